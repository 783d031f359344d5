"""`assert_gradients`: the one-line test of a `Value` in a test file of one's own."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from valuecheck.diagnosis.finding import find
from valuecheck.engines.in_process import open_class
from valuecheck.judging.faults import Fault
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.transform import has_value
from valuecheck.report.text import fault_block

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression

__all__ = ["WrongGradientError", "assert_gradients"]


class WrongGradientError(AssertionError):
    """A value or gradient is wrong; as text, the mistake with its evidence.

    The cause is only looked for when the text is asked for: while Hypothesis shrinks it is not.
    """

    def __init__(self, subject: Subject, fault: Fault) -> None:
        super().__init__(fault.message)
        self.subject = subject
        self.fault = fault

    @cached_property
    def text(self) -> str:
        """The block that the command would show, and the program to see it again."""
        finding = find(self.subject, self.fault)
        if finding is None:
            return f"an oracle dispute, not a fault of the engine: {self.fault.message}"
        return f"{fault_block(finding)}\n\nto see it again:\n\n{finding.reproducer}"

    def __str__(self) -> str:
        """Return the block."""
        return self.text


@cache
def _judge_of(cls: Any) -> Judge:
    return Judge(Subject(open_class(cls)), oracles=())


def assert_gradients(cls: Any, expression: Expression) -> None:
    """Assert that a class computes the values and gradients of an expression correctly.

    Args:
        cls: somebody's `Value`; how it is used is found out, as by the command.
        expression: what to compute; draw it with `valuecheck.strategies`, for example
            `diamonds(for_=MyValue)`, which draws only what the class has.

    Raises `WrongGradientError`, an `AssertionError`, when a number is outside its ball,
    `valuecheck.CannotCheckError` when the class does not look like an autograd engine,
    `LookupError` when the expression uses what the class does not have, and `ValueError` when it
    has no finite value, so that nothing can be said about it.
    """
    __tracebackhide__ = True
    judge = _judge_of(cls)
    lacking = judge.subject.lacks(expression)
    if lacking is not None:
        raise LookupError(
            f"{cls.__name__} has no {lacking}; draw what it has with for_={cls.__name__}, as in "
            f"expressions(for_={cls.__name__})"
        )
    if not has_value(expression):
        raise ValueError(
            f"it has no finite value in floats, so nothing can be judged:\n{expression}"
        )
    try:
        judge.hold(expression)
    except Fault as fault:
        raise WrongGradientError(judge.subject, fault) from None
