"""The diagnosis by itself: the smallest expression that shows a mistake is enough to name it.

What it tells of each mutant is kept in `tests/mutants/sentences.json`, to be read as a beginner
would. Long decimals are left out of it (`~`): their last digits are those of a machine's libm; and
so is what Python says of its own errors, which differs from version to version.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from minigrad import Value
from tests.alarm import alarm
from tests.mutants import MUTANTS, Mutant
from tests.mutants.wrong_lines import WRONG_LINES, WrongLine
from tests.valuecheck.altered import fault_of, wrong_number
from valuecheck.diagnosis import Diagnosis, diagnose
from valuecheck.diagnosis.equal_values import conflated
from valuecheck.diagnosis.measure import measure
from valuecheck.engines.in_process import open_class
from valuecheck.engines.protocol import Question
from valuecheck.judging.faults import (
    ChangedError,
    Fault,
    InconstantError,
    LostError,
    SpecialValueError,
)
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Expression, Step
from valuecheck.truth.ruler import enclose

SMALL = [mutant for mutant in MUTANTS if mutant.smallest is not None]
SENTENCES = json.loads(
    (Path(__file__).parents[1] / "mutants" / "sentences.json").read_text(encoding="utf-8")
)
_LONG_DECIMAL = re.compile(r"-?\d+\.\d{9,}(e[-+]\d+)?")
_PYTHONS_WORDS = re.compile(r"(raised \w+): (.*?)(?=: it |$)")


def _diagnosis(engine: type, expression: Expression) -> tuple[Diagnosis, str]:
    """Return the diagnosis of what an engine does, and its sentence as it is kept."""
    subject = Subject(open_class(engine))
    with alarm(20.0):
        found = diagnose(subject, fault_of(subject, expression))
    return found, _PYTHONS_WORDS.sub(r"\1: ~", _LONG_DECIMAL.sub("~", found.sentence))


@pytest.mark.parametrize("mutant", SMALL, ids=str)
def test_the_smallest_expression_is_enough_to_name_the_mistake(mutant: Mutant) -> None:
    assert mutant.smallest is not None
    found, sentence = _diagnosis(mutant.engine, mutant.smallest)
    assert found.kind in {mutant.kind, *mutant.also}
    if found.kind != "unexplained":
        assert (found.primitive, found.operand) == (mutant.primitive, mutant.operand)
    assert sentence == SENTENCES[mutant.name]


def test_a_sentence_is_kept_for_every_mutant_with_a_smallest_expression() -> None:
    assert list(SENTENCES) == [mutant.name for mutant in SMALL]


@pytest.mark.parametrize("row", WRONG_LINES, ids=lambda row: f"{row.rule}: {row.wrong}")
def test_a_wrong_line_is_told_in_words(row: WrongLine) -> None:
    found, sentence = _diagnosis(row.engine, row.shows)
    assert (found.kind, sentence) == (row.kind, row.sentence)
    alone = not sentence.startswith("wrong as soon as one operation is applied to another's")
    assert found.primitive == (row.rule.split()[0] if alone else None)


_ADD = "    a, b = out._prev\n    a.grad += out.grad\n    b.grad += out.grad\n"


@pytest.mark.parametrize(
    ("right", "wrong", "expression", "told"),
    [
        (
            "        self.data = data\n",
            "        self.data = data if _prev else round(data, 4)\n",
            Expression((1.0 / 3.0,), (Step("+", (0, 0)),)),
            ("wrong value", None, "a leaf made from ~ holds 0.3333"),
        ),
        (
            "        self.data = data\n",
            "        self.data = data if _prev else round(data, 8)\n",
            Expression((1.0 / 3.0,), (Step("+", (0, 0)),)),
            ("inaccurate", None, "a leaf made from ~ holds 0.33333333"),
        ),
        (
            "self.data + other.data",
            "self.data + other.data + bool(self._prev)",
            Expression((2.0,), (Step("+", (0, 0)), Step("+", (1, 1)))),
            (
                "unexplained",
                None,
                "+ gives 9.0 here, not 8.0, but the right value when it is alone",
            ),
        ),
        (
            _ADD,
            _ADD.replace("a.grad += out.grad", "a.grad += out.grad * (0.5 if a._prev else 1.0)"),
            Expression((2.0,), (Step("*", (0, 0)), Step("+", (1, 0)))),
            ("unexplained", "+", "+ is right alone, but wrong when used on a result"),
        ),
        (
            "math.log(self.data)",
            "math.log(self.data) + 0.1",
            Expression((0.7,), (Step("log", (0,)), Step("+", (1, 1)))),
            ("wrong value", "log", "x.log() gives ~ at x = 0.7, not ~"),
        ),
        (
            "        self.grad += 1.0\n",
            "        self.data *= 2.0\n        self.grad += 1.0\n",
            Expression((2.0,), (Step("exp", (0,)),)),
            ("stale state", None, "the sweep changes values: after it, data is another"),
        ),
    ],
    ids=[
        "a coarse leaf",
        "a rounded leaf",
        "a wrong value on a result",
        "half a gradient on a result",
        "a wrong value",
        "a sweep that changes data",
    ],
)
def test_what_is_wrong_beyond_a_rule_is_told_in_words(
    right: str, wrong: str, expression: Expression, told: tuple[str, str | None, str]
) -> None:
    engine = Mutant(wrong, [(right, wrong)], told[0]).engine
    found, sentence = _diagnosis(engine, expression)
    assert (found.kind, found.primitive, sentence) == told


def test_an_operation_of_which_no_answer_comes_is_a_hang_or_a_crash() -> None:
    subject = Subject(open_class(Value))
    program = Expression((1.0,), (Step("tanh", (0,)), Step("exp", (1,))))
    for steps in (1, 2):  # it builds them: it must be the sweep that does not come back
        question = Question(program.ending_at(steps), (("backward", steps), ("read",)))
        found = diagnose(subject, LostError("never finishes", question, hangs=True))
        assert (found.kind, found.primitive) == ("hang", None)
        assert found.sentence == "the sweep: never finishes"
    ended = LostError("it ended its process", None, hangs=False)
    assert diagnose(subject, ended).kind == "crash"


def test_a_fault_that_does_not_come_back_is_something_left_over() -> None:
    subject = Subject(open_class(Value))
    square = Expression((3.0,), (Step("*", (0, 0)),))
    ball = enclose(square).adjoints[0]
    found = diagnose(subject, wrong_number("once", square, 1.0, ball))
    assert found.kind == "stale state"
    assert "right numbers when it is run again" in found.sentence
    found = diagnose(subject, InconstantError("it changed", square, []))
    assert (found.kind, found.sentence) == ("stale state", "it changed")
    assert diagnose(subject, Fault("what", square)) == Diagnosis("unexplained", "what")
    assert diagnose(subject, Fault("what", None)) == Diagnosis("unexplained", "what")
    assert diagnose(subject, ChangedError("what", None, [])).kind == "stale state"


def test_what_differs_from_time_to_time_is_something_left_over() -> None:
    mutant = next(m for m in MUTANTS if m.name == "every seventh sweep counts twice")
    subject = Subject(open_class(mutant.engine))
    square = Expression((3.0,), (Step("*", (0, 0)),))
    with pytest.raises(Fault) as caught:
        _ = [Judge(subject).hold(square) for _ in range(14)]
    found = diagnose(subject, caught.value)
    assert found.kind == "stale state"
    assert "other gradients each time" in found.sentence


def test_nodes_are_conflated_only_when_that_happens_every_time() -> None:
    # Two uses of exp in each of the programs on twins: the next 8 sweeps err, and never again.
    by_chance = "out.data * out.grad * (1.001 if out.wrong_for > 0 else 1.0)"
    rule = f"a.grad += {by_chance}\n    type(out).wrong_for -= 1"
    changes = [
        ("a.grad += out.data * out.grad", rule),
        ("class Value:\n", "class Value:\n    wrong_for = 0\n"),
    ]
    engine: Any = Mutant("exp errs for a while", changes, "stale state").engine
    subject = Subject(open_class(engine))
    outcome = measure(subject, Expression((0.7,), (Step("exp", (0,)),)))
    assert outcome is not None
    engine.wrong_for = 8
    assert conflated(subject, outcome) is None
    assert engine.wrong_for <= 0


def test_a_guard_at_a_special_value_belongs_to_its_primitive() -> None:
    subject = Subject(open_class(Value))
    fault = SpecialValueError("log of 0", Expression((2.0,), (Step("log", (0,)),)), 1.0)
    found = diagnose(subject, fault)
    assert (found.kind, found.primitive) == ("wrong value", "log")
    assert found.sentence.startswith("log of 0: something guards against this operand")
