"""The parts of the diagnosis, each asked about an engine that is wrong in one known way."""

from __future__ import annotations

from typing import Any

import pytest

from minigrad import Value
from tests.valuecheck.altered import (
    EXP,
    SQUARE,
    TANH,
    raises,
    subject_of,
    told,
    unary,
)
from valuecheck.diagnosis import Diagnosis, diagnose
from valuecheck.diagnosis.patterns import Pattern, trials
from valuecheck.diagnosis.wrong_values import leaf
from valuecheck.engines.in_process import open_class
from valuecheck.engines.protocol import NotNumber
from valuecheck.judging.faults import (
    AtTheKinkError,
    Fault,
    NotANumberFault,
    SpecialValueError,
)
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.form import Form

# What was raised


def test_an_engine_that_fails_in_the_middle_of_the_experiments_is_not_explained() -> None:
    refuses = "        if data == 0.1:\n            raise KeyError\n        self.data = data\n"
    subject = subject_of(("        self.data = data\n", refuses))
    assert diagnose(subject, Fault("what", SQUARE)) == Diagnosis("unexplained", "what")


def test_a_leaf_that_lost_its_number_is_told() -> None:
    subject = subject_of(
        ("        self.data = data\n", "        self.data = ctypes.c_float(data).value\n"),
        ("import math\n", "import ctypes\nimport math\n"),
    )
    lost = leaf(subject, [1e-50])
    assert lost is not None
    assert lost.sentence.startswith("a leaf made from 1e-50 holds 0.0")
    too_large = leaf(subject, [-1e300])
    assert too_large is not None
    assert too_large.sentence.startswith("a leaf made from -1e+300 holds -inf: numbers are kept in")


@pytest.mark.parametrize("leaf", ["raise KeyError", "data = 'x'"])
def test_what_raised_is_told_even_if_leaves_cannot_be_looked_at(leaf: str) -> None:
    refuses = f"        if data == 0.1:\n            {leaf}\n        self.data = data\n"
    subject = subject_of(("        self.data = data\n", refuses))
    found = diagnose(subject, raises("KeyError", "tanh", SQUARE))
    assert (found.kind, found.primitive) == ("crash", "tanh")


def test_what_raises_in_a_primitive_is_put_down_to_it() -> None:
    subject = Subject(open_class(Value))
    found = diagnose(subject, raises("KeyError", "tanh"))
    assert found == Diagnosis("crash", "tanh raised KeyError: no message", "tanh")
    guilty_too = subject_of((EXP, "raise KeyError"))
    assert diagnose(guilty_too, raises("KeyError", "tanh", unary("exp"))).primitive == "tanh"
    assert diagnose(subject, raises("hang", "tanh")).kind == "hang"
    assert diagnose(subject, raises("lost", "tanh")).kind == "crash"
    endless = diagnose(subject, raises("RecursionError", "tanh"))
    assert endless.sentence.endswith(": it calls itself without end")


def test_what_raises_in_the_sweep_is_put_down_to_the_one_primitive_that_does_alone() -> None:
    subject = subject_of((EXP, "raise KeyError"), (TANH, "raise KeyError"))
    both = Expression((0.7,), (Step("exp", (0,)), Step("tanh", (1,))))
    for expression, primitive in ((unary("exp"), "exp"), (both, None)):
        with pytest.raises(Fault) as caught:
            Judge(subject).hold(expression)
        found = diagnose(subject, caught.value)
        assert (found.kind, found.primitive) == ("crash", primitive)


def test_what_is_not_a_number_is_put_down_to_the_step_it_came_from() -> None:
    subject = Subject(open_class(Value))
    text = NotNumber("str", "'x'")
    told_of = [
        diagnose(subject, NotANumberFault(SQUARE, node=node, quantity="data", got=text))
        for node in (1, 0)
    ]
    assert [found.primitive for found in told_of] == ["*", None]
    assert {found.kind for found in told_of} == {"wrong type"}
    assert told_of[0].sentence == "data of v1: 'x' of type str is not a real number"


# Values


def test_operands_that_are_exchanged_are_told() -> None:
    subject = subject_of(("primal = self.data**n.data", "primal = n.data**self.data"))
    kind, primitive, _, sentence = told(
        subject, Expression((3.0,), (Step("**", (0, Constant(2))),))
    )
    assert (kind, primitive) == ("wrong value", "**")
    assert sentence.startswith("x ** 3 computes 3 ** x: x ** 3 gives ")


def test_a_kink_is_told_as_the_law_tells_it() -> None:
    subject = Subject(open_class(Value))
    fault = AtTheKinkError("at the kink", unary("relu", 0.0), [])
    assert diagnose(subject, fault) == Diagnosis("wrong partial", "at the kink", "relu", 0)


def test_a_leaf_that_does_not_hold_nan_is_why_a_border_is_guarded() -> None:
    kept = "        self.data = data if data == data else 0.0\n"
    subject = subject_of(("        self.data = data\n", kept))
    fault = SpecialValueError("log of nan", unary("log"), 1.0)
    told_of = diagnose(subject, fault)
    assert told_of == Diagnosis("wrong value", "a leaf made from nan holds 0.0")
    for odd in ("raise KeyError", "data = 'x'"):
        refuses = f"        if data != data:\n            {odd}\n        self.data = data\n"
        found = diagnose(subject_of(("        self.data = data\n", refuses)), fault)
        assert found.sentence.startswith("log of nan: something guards against this operand")


# Patterns


def test_the_runs_of_a_pattern_are_as_many_as_wanted_and_on_different_numbers() -> None:
    subject = Subject(open_class(Value))

    def build(p: Pattern) -> Any:
        return p.step(Form("*"), p.leaf())

    outcomes = trials(subject, build, most=3)
    leaves = {outcome.expression.leaves for outcome in outcomes}
    assert len(leaves) == len(outcomes) == 3
    assert {len(numbers) for numbers in leaves} == {2}
    assert len(trials(subject, build)) == 4
