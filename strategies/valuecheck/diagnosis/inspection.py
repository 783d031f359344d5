"""Looking into an engine: what a result remembers of its operands, and where values end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.measure import GENERIC, measure, one_step
from valuecheck.engines.protocol import Question
from valuecheck.program.expression import Expression, Step
from valuecheck.program.form import Form
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.program.transform import in_domain

if TYPE_CHECKING:
    from valuecheck.judging.subject import Subject

__all__ = ["capped", "forgotten_operands"]


def forgotten_operands(subject: Subject, form: Form) -> list[int]:
    """Return the positions of the operands to which a result of this form holds no reference.

    Empty when results of other primitives hold none either: then nodes cannot be looked into.
    """
    single = one_step(form, GENERIC)
    if not in_domain(single):
        return []
    held = _held(subject, single)
    if held is None:
        return []
    (step,) = single.steps
    forgotten = [
        position
        for position, operand in enumerate(step.operands)
        if isinstance(operand, int) and operand not in held
    ]
    if len(forgotten) < form.nodes or any(
        _first_is_held(subject, symbol) for symbol in subject.sound if symbol != form.symbol
    ):
        return forgotten
    return []


def capped(subject: Subject, symbol: str) -> Diagnosis | None:
    """Look for a cap when a unary primitive is right up to a number, and constant beyond it."""
    row = PRIMITIVES[symbol]
    if row.arity != 1:
        return None
    right: list[float] = []
    beyond: dict[float | None, list[float]] = {}
    for x in (0.5, 1.0, 2.0, 4.0, 7.0, 12.0, 24.0, 36.0, 48.0, 60.0, 96.0, 120.0, 200.0, 250.0):
        outcome = (
            measure(subject, Expression((x,), (Step(symbol, (0,)),))) if row.domain(x) else None
        )
        if outcome is not None and outcome.primal_right[-1]:
            right.append(x)
        elif outcome is not None:
            beyond.setdefault(outcome.primals[-1], []).append(x)
    if len(beyond) != 1 or not right:
        return None
    ((value, wrong),) = beyond.items()
    if len(wrong) < 2 or min(wrong) < max(right):  # noqa: PLR2004 - one number is no constant
        return None
    written = row.spelling.format("x")
    return Diagnosis(
        "inaccurate",
        f"{written} is capped: from x = {min(wrong):g} on, if not before, it gives {value!r} "
        "whatever x is",
        symbol,
    )


def _first_is_held(subject: Subject, symbol: str) -> bool:
    form = Form.plainest(symbol)
    return form.number is None and 0 in (_held(subject, one_step(form, GENERIC)) or ())


def _held(subject: Subject, single: Expression) -> list[int] | None:
    """Return the nodes that a result refers to; None where that cannot be looked into."""
    if "holds" not in subject.engine.hello.own_questions:
        return None
    answer = subject.engine.ask_one(Question(single, (("holds", single.output),)))
    return None if answer.error is not None else answer.got[0].holds
