"""Looking into an engine: what results remember of their operands, and where values end."""

from __future__ import annotations

import pytest

from tests.engines import operations, tape
from tests.valuecheck.altered import SUM, TANH, only, subject_of, told
from valuecheck.diagnosis.inspection import capped, forgotten_operands
from valuecheck.engines.in_process import open_class
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Expression, Step
from valuecheck.program.form import Form

REMEMBERS = "        self._prev = _children"
FORGETS = (SUM, SUM.replace("(self, other)", "()"))


@pytest.mark.parametrize(
    ("remembered", "positions"),
    [("(other,)", [0]), ("(self,)", [1]), ("()", [0, 1]), ("(self, other)", [])],
)
def test_operands_that_a_result_forgets_are_found(remembered: str, positions: list[int]) -> None:
    subject = subject_of((SUM, SUM.replace("(self, other)", remembered)))
    assert forgotten_operands(subject, Form("+")) == positions


def test_operands_that_are_attributes_are_found() -> None:
    subject = Subject(open_class(operations.Node))
    assert forgotten_operands(subject, Form("+")) == []


def test_where_no_result_remembers_anything_nothing_is_said_of_it() -> None:
    subject = Subject(open_class(tape.Variable))
    assert forgotten_operands(subject, Form("+")) == []


@pytest.mark.parametrize(
    "container", ["set(_children)", "frozenset(_children)", "list(_children)", "_children"]
)
def test_operands_are_found_in_any_container(container: str) -> None:
    kept = (REMEMBERS, f"        self._prev = {container}")
    subject = subject_of(kept, base="closures")
    assert forgotten_operands(subject, Form("+")) == []


def test_where_nothing_can_be_looked_into_powers_are_no_exception() -> None:
    subject = subject_of((REMEMBERS, "        self._prev = ()"), base="closures")
    assert "**" in subject.sound
    assert forgotten_operands(subject, Form("+")) == []


@pytest.mark.parametrize("other", ["*", "exp"])
def test_one_other_primitive_shows_that_results_can_be_looked_into(other: str) -> None:
    subject = only(subject_of(FORGETS, base="closures"), "+", other)
    assert forgotten_operands(subject, Form("+")) == [0, 1]


def test_an_operand_may_be_an_attribute() -> None:
    by_name = "        self._prev, self.left = (), _children[0] if _children else None"
    subject = subject_of(FORGETS, (REMEMBERS, by_name), base="closures")
    assert forgotten_operands(subject, Form("+")) == [0, 1]


def test_a_slot_that_is_not_set_does_no_harm() -> None:
    subject = subject_of(('__slots__ = ("_backward"', '__slots__ = ("_empty", "_backward"'))
    assert forgotten_operands(subject, Form("+")) == []


@pytest.mark.parametrize(
    ("remembered", "who", "operand"),
    [("(other,)", "left", 0), ("(self,)", "right", 1), ("()", "left and right", None)],
)
def test_a_sum_that_forgets_an_operand_cuts_off_the_gradient(
    remembered: str, who: str, operand: int | None
) -> None:
    # The rule knows its operands, but the sweep does not.
    subject = subject_of((SUM, SUM.replace("(self, other)", remembered)), base="closures")
    expression = Expression((0.7, 1.3), (Step("exp", (0,)), Step("exp", (1,)), Step("+", (2, 3))))
    found = told(subject, expression)
    assert found[:3] == ("missing gradient", "+", operand)
    assert f"its result does not remember its {who} operand" in found[3]


@pytest.mark.parametrize(
    ("exponent", "found"),
    [
        ("min(self.data, 100.0)", "from x = 120 on, if not before"),
        ("min(self.data, 130.0)", "from x = 200 on, if not before"),
        ("min(self.data, 220.0)", None),
        ("max(self.data, 3.0)", None),
        ("self.data", None),
    ],
)
def test_a_cap_is_a_constant_beyond_a_number_and_seen_at_two_at_least(
    exponent: str, found: str | None
) -> None:
    subject = subject_of(("primal = math.exp(self.data)", f"primal = math.exp({exponent})"))
    answer = capped(subject, "exp")
    assert (answer is not None) == (found is not None)
    if answer is not None and found is not None:
        assert found in answer.sentence
    assert capped(subject, "*") is None


def test_a_cap_that_the_program_does_not_reach_is_not_blamed_for_it() -> None:
    subject = subject_of(
        ("primal = math.exp(self.data)", "primal = math.exp(min(self.data, 100.0))"),
        (TANH, f"{TANH} * 2.0"),
    )
    chain = Expression((0.7,), (Step("exp", (0,)), Step("tanh", (1,))))
    assert told(subject, chain)[:2] == ("wrong partial", "tanh")
