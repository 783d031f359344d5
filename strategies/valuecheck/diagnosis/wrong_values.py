"""Wrong values: of a leaf, of a result, or where a domain ends."""

from __future__ import annotations

import math
from ctypes import c_float
from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.inspection import capped
from valuecheck.diagnosis.measure import (
    Measurement,
    alone,
    attempt,
    forms_of,
    measure,
    one_step,
    samples,
)
from valuecheck.engines.protocol import Question
from valuecheck.judging.faults import AtTheKinkError
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.expression import Constant, Expression
from valuecheck.program.form import Form
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.judging.faults import Fault
    from valuecheck.judging.subject import Subject

__all__ = ["at_a_border", "leaf", "primal"]


def leaf(subject: Subject, leaves: Sequence[float]) -> Diagnosis | None:
    """Look for leaves that do not hold the numbers they are made from."""
    wanted = (*leaves, 0.1, 1.0 / 3.0, 123456789.1)
    answer = subject.engine.ask_one(Question(Expression(wanted), (("read",),)))
    if answer.error is not None:
        return None
    for node, want in enumerate(wanted):
        got = answer.number_of(0, "data", node)
        if not isinstance(got, float):
            continue
        number = got
        if number != want and number == c_float(want).value:
            return Diagnosis(
                "inaccurate",
                f"a leaf made from {want!r} holds {got!r}: numbers are kept in single precision "
                "(float32), with 7 digits, where a float has 16",
            )
        if number != want:
            kind = "inaccurate" if _close(number, want) else "wrong value"
            return Diagnosis(kind, f"a leaf made from {want!r} holds {got!r}")
    return None


def _close(got: float, want: float) -> bool:
    """Return whether a wrong number is nearly right: the ball of 2^-20 an operation, roughly."""
    return abs(got - want) <= 1e-6 * abs(want)


def primal(subject: Subject, outcome: Measurement) -> Diagnosis | None:
    """Explain a wrong primal: a primitive that gives a wrong value alone."""
    for symbol in dict.fromkeys(step.symbol for step in outcome.expression.steps):
        fudged = None if all(outcome.primal_right) else capped(subject, symbol)
        if fudged is not None:
            return fudged
    leaves = len(outcome.expression.leaves)
    wrong = next((n for n, right in enumerate(outcome.primal_right) if not right), None)
    for form in forms_of(outcome.expression):
        for single in samples(subject, form):
            by_itself = measure(subject, single)
            if by_itself is not None and not all(by_itself.primal_right):
                return _wrong_value(form, by_itself)
    if wrong is None:
        return None
    by_itself = measure(subject, alone(outcome, wrong - leaves))
    if by_itself is not None and not all(by_itself.primal_right):
        return _wrong_value(Form.of(outcome.expression.steps[wrong - leaves]), by_itself)
    step = outcome.expression.steps[wrong - leaves]
    symbol = step.symbol
    whole = measure(subject, one_step(Form.of(step), (3, 2), 2))
    if whole is not None and not all(whole.primal_right):
        found = _wrong_value(Form.of(step), whole)
        told = f"{found.sentence}, when its operands hold an int; floats are right"
        return Diagnosis("wrong value", told, symbol)
    return Diagnosis(
        "unexplained",
        f"{symbol} gives {outcome.primals[wrong]!r} here, not {outcome.true_primals[wrong]!r}, "
        "but the right value when it is alone",
    )


def _wrong_value(form: Form, single: Measurement) -> Diagnosis:
    (step,) = single.expression.steps
    row = PRIMITIVES[form.symbol]
    leaves = single.expression.leaves
    operands = [leaves[o] if isinstance(o, int) else o.value for o in step.operands]
    names = [
        f"{o.value!r}" if isinstance(o, Constant) else name
        for o, name in zip(step.operands, "xy", strict=False)
    ]
    written = row.spelling.format(*names)
    got, want = single.primals[-1], single.true_primals[-1]
    at = " and ".join(f"{n} = {o!r}" for n, o in zip(names, operands, strict=True) if n in "xy")
    sentence = f"{written} gives {got!r} at {at}, not {want!r}"
    if len(operands) > 1 and got is not None:
        swapped = attempt(lambda: row.primal(FLOATS, *operands[::-1]))
        if math.isclose(swapped, got, rel_tol=1e-9):
            sentence = f"{written} computes {row.spelling.format(*names[::-1])}: {sentence}"
    return Diagnosis("wrong value", sentence, form.symbol)


def at_a_border(subject: Subject, fault: Fault, symbol: str) -> Diagnosis:
    """Explain what a primitive does where its domain ends, or at its kink."""
    if isinstance(fault, AtTheKinkError):
        return Diagnosis("wrong partial", fault.message, symbol, 0)
    answer = subject.engine.ask_one(Question(Expression((math.nan,)), (("read",),)))
    held = None if answer.error is not None else answer.number_of(0, "data", 0)
    if isinstance(held, float) and not math.isnan(held):
        return Diagnosis("wrong value", f"a leaf made from nan holds {held!r}")
    guarded = Diagnosis("wrong value", f"{fault.message}: {_GUARDED}", symbol)
    return capped(subject, symbol) or guarded


_GUARDED: Final = (
    "something guards against this operand (a small number added, a clamp, a test), and the "
    "wrong number goes on where an error, nan or infinity would say so"
)
