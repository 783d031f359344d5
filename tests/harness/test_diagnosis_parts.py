"""The parts of the diagnosis, each asked about an engine that is wrong in one known way."""

from __future__ import annotations

from typing import Any

import pytest

from minigrad import Value
from tests.harness.altered import (
    EXP,
    SQUARE,
    TANH,
    told,
    trial_of,
    unary,
)
from valuecheck.diagnosis import Diagnosis, diagnose
from valuecheck.diagnosis.measure import (
    join_of,
)
from valuecheck.diagnosis.patterns import Pattern, trials
from valuecheck.diagnosis.wrong_values import leaf
from valuecheck.engine import EngineError
from valuecheck.fault import Fault
from valuecheck.overtime import TimeIsUp
from valuecheck.probing import bind
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.trial import Trial

# What was raised


def test_an_engine_that_fails_in_the_middle_of_the_experiments_is_told_so() -> None:
    refuses = "        if data == 0.1:\n            raise KeyError\n        self.data = data\n"
    found = diagnose(trial_of(("        self.data = data\n", refuses)), Fault("what", SQUARE))
    assert found.kind == "unexplained"
    assert found.sentence.startswith("what; looking for the cause, ")
    assert "KeyError" in found.sentence


def test_a_leaf_that_lost_its_number_is_why_a_division_raises() -> None:
    trial = trial_of(
        ("        self.data = data\n", "        self.data = ctypes.c_float(data).value\n"),
        ("import math\n", "import ctypes\nimport math\n"),
    )
    kind, _, _, sentence = told(trial, Expression((1.0, 1e-50), (Step("/", (0, 1)),)))
    assert (kind, sentence.split(":")[0]) == ("inaccurate", "a leaf made from 1e-50 holds 0.0")
    too_large = leaf(trial, [-1e300])
    assert too_large is not None
    assert too_large.sentence.startswith("a leaf made from -1e+300 holds -inf: numbers are kept in")


@pytest.mark.parametrize("leaf", ["raise KeyError", "data = 'x'"])
def test_what_raised_is_told_even_if_leaves_cannot_be_looked_at(leaf: str) -> None:
    refuses = f"        if data == 0.1:\n            {leaf}\n        self.data = data\n"
    trial = trial_of(("        self.data = data\n", refuses))
    found = diagnose(trial, Fault("", SQUARE, error=EngineError("tanh", KeyError("x"))))
    assert (found.kind, found.primitive) == ("crash", "tanh")


def test_what_raises_in_a_primitive_is_put_down_to_it() -> None:
    trial = Trial(bind(Value), oracles=())
    error = EngineError("tanh", KeyError("x"))
    found = diagnose(trial, Fault("", error=error))
    assert found == Diagnosis("crash", str(error), "tanh")
    guilty_too = trial_of((EXP, "raise KeyError"))
    assert diagnose(guilty_too, Fault("", unary("exp"), error=error)).primitive == "tanh"
    hang = EngineError("tanh", TimeIsUp())
    assert diagnose(trial, Fault("", error=hang)) == Diagnosis("hang", str(hang), "tanh")
    endless = diagnose(trial, Fault("", error=EngineError("tanh", RecursionError())))
    assert endless.sentence.endswith(": it calls itself without end")


def test_what_raises_in_the_sweep_is_put_down_to_the_one_primitive_that_does_alone() -> None:
    trial = trial_of((EXP, "raise KeyError"), (TANH, "raise KeyError"))
    both = Expression((0.7,), (Step("exp", (0,)), Step("tanh", (1,))))
    for expression, primitive in ((unary("exp"), "exp"), (both, None)):
        with pytest.raises(Fault) as caught:
            trial.judge(expression)
        found = diagnose(trial, Fault("", expression, error=caught.value.error))
        assert (found.kind, found.primitive) == ("crash", primitive)


def test_what_is_no_number_is_put_down_to_the_step_it_came_from() -> None:
    trial = Trial(bind(Value), oracles=())
    told_of = [
        diagnose(trial, Fault("it is 'x'", SQUARE, node=node, quantity=quantity))
        for node, quantity in ((1, "primal"), (0, "primal"), (None, "type"))
    ]
    assert [found.primitive for found in told_of] == ["*", None, None]
    assert {(found.kind, found.sentence) for found in told_of} == {("wrong type", "it is 'x'")}


# Values


def test_a_value_that_is_nearly_right_has_lost_digits() -> None:
    trial = trial_of(("primal = math.exp(self.data)", "primal = round(math.exp(self.data), 9)"))
    found = diagnose(trial, Fault("what", unary("exp")))
    assert (found.kind, found.primitive) == ("inaccurate", "exp")
    assert found.sentence.startswith("x.exp() gives 2.013752707 at x = 0.7, not 2.01375270747")
    assert found.sentence.endswith(": the rule is right, but digits are lost in computing it")


def test_operands_that_are_exchanged_are_told() -> None:
    trial = trial_of(("primal = self.data**n.data", "primal = n.data**self.data"))
    kind, primitive, _, sentence = told(trial, Expression((3.0,), (Step("**", (0, Constant(2))),)))
    assert (kind, primitive) == ("wrong value", "**")
    assert sentence.startswith("x ** 3 computes 3 ** x: x ** 3 gives ")


def test_a_kink_is_told_as_the_law_tells_it() -> None:
    trial = Trial(bind(Value), oracles=())
    fault = Fault("at the kink", unary("relu", 0.0), quantity="kink")
    assert diagnose(trial, fault) == Diagnosis("wrong partial", "at the kink", "relu", 0)


def test_a_leaf_that_does_not_hold_nan_is_why_a_border_is_guarded() -> None:
    kept = "        self.data = data if data == data else 0.0\n"
    trial = trial_of(("        self.data = data\n", kept))
    fault = Fault("log of nan", unary("log"), quantity="special value")
    told_of = diagnose(trial, fault)
    assert told_of == Diagnosis("wrong value", "a leaf made from nan holds 0.0")
    for odd in ("raise KeyError", "data = 'x'"):
        refuses = f"        if data != data:\n            {odd}\n        self.data = data\n"
        found = diagnose(trial_of(("        self.data = data\n", refuses)), fault)
        assert found.sentence.startswith("log of nan: something guards against this operand")


# Patterns


def test_the_runs_of_a_pattern_are_as_many_as_wanted_and_on_different_numbers() -> None:
    trial = Trial(bind(Value), oracles=())

    def build(p: Pattern) -> Any:
        return p.step(join_of("*"), p.leaf())

    outcomes = trials(trial, build, most=3)
    leaves = {outcome.expression.leaves for outcome in outcomes}
    assert len(leaves) == len(outcomes) == 3
    assert {len(numbers) for numbers in leaves} == {2}
    assert len(trials(trial, build)) == 4
