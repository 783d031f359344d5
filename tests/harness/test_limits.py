"""Limits and policies: what is told of an engine where several ways are right."""

from __future__ import annotations

from typing import Any

import pytest

from minigrad import Value
from tests.engines import closures
from tests.engines.dress import dressed
from tests.mutants import Mutant
from valuecheck.engine import DetachedResultError
from valuecheck.limits import LIMITS, policies, try_limit
from valuecheck.probing import bind
from valuecheck.trial import Trial


def _policies(cls: type) -> dict[str, str]:
    return dict(policies(Trial(bind(cls), oracles=())))


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
    found = try_limit(Trial(bind(lazy), oracles=()), LIMITS["exp(710)"])
    assert found is not None
    assert (found["reached"], found["detail"]) == (True, "raises OverflowError")


@pytest.mark.parametrize(
    ("old", "new", "limit", "says"),
    [
        (
            "        t = math.tanh(self.data)",
            "        t = 0.9999999999",
            "tanh(400)",
            "it gives 0.99",
        ),
        ("n * self.data ** (n - 1)", "(n or 0.1)", "x ** 0 at 0", "with the gradient 0.1"),
    ],
    ids=["value", "gradient"],
)
def test_a_limit_is_reached_with_right_numbers_only(
    old: str, new: str, limit: str, says: str
) -> None:
    trial = Trial(bind(_altered(old, new)), oracles=())
    found = try_limit(trial, LIMITS[limit])
    assert found is not None
    assert not found["reached"]
    assert says in found["detail"]


def test_what_is_no_node_is_told_without_its_address() -> None:
    class Odd:
        pass

    def text(result: Any) -> str:
        return str(DetachedResultError("+", result))

    assert text(Odd()) == text(Odd())
