"""The line of a rule: the one that wrote the gradient that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from valuecheck.engines.protocol import Question
from valuecheck.program.expression import Expression
from valuecheck.program.form import Form

if TYPE_CHECKING:
    from valuecheck.judging.faults import WrongNumberError
    from valuecheck.judging.subject import Subject

__all__ = ["line_of_rule"]

_OTHERS: Final = 2
"""Primitives that must not be written by the same line."""


def line_of_rule(subject: Subject, fault: WrongNumberError, symbol: str) -> str | None:
    """Return the line, "file:line", that wrote a wrong gradient.

    None where nothing was written, where the engine does not know, and where the same line writes
    for other primitives too, as in a sweep that holds partials: it is no line of this rule.
    """
    if fault.quantity != "grad" or "writers" not in subject.engine.hello.own_questions:
        return None
    lines = _lines(subject, fault.expression, fault.node)
    if not lines:
        return None
    others = [other for other in subject.sound if other != symbol][:_OTHERS]
    for other in others:
        form = Form.plainest(other)
        program = Expression((0.5, 0.75)[: form.nodes], (form.step(range(form.nodes)),))
        if lines[-1] in _lines(subject, program, 0):
            return None
    return lines[-1]


def _lines(subject: Subject, program: Expression, node: int) -> list[str]:
    """Return the lines that wrote the gradient of a node, in the order of writing."""
    answer = subject.engine.ask_one(Question(program, (("writers", program.output),)))
    if answer.error is not None or not answer.got or not answer.got[0].writers:
        return []
    return [str(write["where"]) for write in answer.got[0].writers[node]]
