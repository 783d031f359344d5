"""Limits and policies: what is reported of an engine where several ways are right."""

from __future__ import annotations

import pytest

from minigrad import Value
from tests.engines import closures
from tests.engines.dress import dressed
from tests.mutants import Mutant
from valuecheck.engines.in_process import open_class
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.suite.limits import LIMITS, try_limit
from valuecheck.suite.policies import find_policies
from valuecheck.worker.numbers import shown


def _policies(cls: type) -> dict[str, str]:
    asked = find_policies(Subject(open_class(cls)))
    return {name: answer for name, question in asked if (answer := question()) is not None}


def _altered(old: str, new: str) -> type:
    return Mutant("altered", [(old, new)], "unexplained", base="closures").engine


_MARKED = ("            if v not in visited:", "            if not hasattr(v, 'seen'):")


@pytest.mark.parametrize(
    ("cls", "says"),
    [
        (Value, "the same gradients"),
        (closures.Value, "the same gradients"),
        (_altered(_MARKED[0], f"{_MARKED[1]}\n                v.seen = True"), "nothing arrives"),
    ],
    ids=["minigrad", "closures", "marks that stay"],
)
def test_whether_a_graph_can_be_swept_again_from_0_is_told(cls: type, says: str) -> None:
    assert _policies(cls)["backward again from gradients of 0"] == says


def test_an_engine_that_computes_late_raises_what_it_raises() -> None:
    lazy = dressed("values are computed when they are read")
    assert _policies(lazy)["exp of 1000"] == "raises OverflowError"
    assert _policies(lazy)["log of 0"] == "raises ValueError"
    found = try_limit(Judge(Subject(open_class(lazy))), LIMITS["exp(710)"])
    assert found is not None
    assert (found.reached, found.detail) == (True, "raises OverflowError")


@pytest.mark.parametrize(
    ("old", "new", "limit", "says"),
    [
        (
            "        t = math.tanh(self.data)",
            "        t = 0.9999999999",
            "tanh(400)",
            "it gives 0.99",
        ),
        ("n * self.data ** (n - 1)", "(n or 0.1)", "x ** 0 at 0", "with the grad 0.1"),
    ],
    ids=["value", "gradient"],
)
def test_a_limit_is_reached_with_right_numbers_only(
    old: str, new: str, limit: str, says: str
) -> None:
    judge = Judge(Subject(open_class(_altered(old, new))))
    found = try_limit(judge, LIMITS[limit])
    assert found is not None
    assert not found.reached
    assert says in found.detail


def test_a_strangers_object_is_shown_without_its_address() -> None:
    class Odd:
        pass

    assert shown(Odd()) == shown(Odd())
