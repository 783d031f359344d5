"""`assert_gradients`: the one-line test of a `Value` in a test file of one's own."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache, cached_property
from typing import TYPE_CHECKING

from valuecheck.fault import Fault, NotJudged
from valuecheck.probing import CannotBindError, bind
from valuecheck.program.transform import has_value
from valuecheck.report.blocks import fault_block
from valuecheck.trial import Trial
from valuecheck.verdict import finding_of

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression

__all__ = ["WrongGradientError", "assert_gradients"]


class WrongGradientError(AssertionError):
    """A value or gradient is wrong; as text, the mistake with its evidence.

    The cause is only looked for when the text is asked for: while Hypothesis shrinks it is not.
    """

    def __init__(self, trial: Trial, fault: Fault) -> None:
        super().__init__(fault.message)
        self.trial = trial
        self.fault = fault

    @cached_property
    def text(self) -> str:
        """The block that the command would show, and the program to see it again."""
        finding = finding_of(self.trial, self.fault)
        if finding is None:
            return f"an oracle dispute, not a fault of the engine: {self.fault.message}"
        return f"{fault_block(asdict(finding))}\n\nto see it again:\n\n{finding.reproducer}"

    def __str__(self) -> str:
        """Return the block."""
        return self.text


@cache
def _trial_of(cls: type) -> Trial:
    return Trial(bind(cls))


def _what_to_draw(trial: Trial) -> str:
    try:
        options = trial.options()
    except NotJudged:
        return "none of its operations works"
    return "draw with " + ", ".join(f"{name}={value!r}" for name, value in options.items())


def assert_gradients(cls: type, expression: Expression) -> None:
    """Assert that a class computes the values and gradients of an expression rightly.

    Args:
        cls: somebody's `Value`; how it is used is found out, as by the command.
        expression: what to compute; draw it with `valuecheck.strategies`. It may only use
            primitives and forms that the class has: pass `primitives=`, `constants=` and
            `exponents=` to the strategy where it lacks some.

    Raises `WrongGradientError`, an `AssertionError`, when a number is outside its ball,
    `probing.CannotBindError` when the class does not look like an autograd engine, `LookupError`
    when the expression uses what the class does not have, and `ValueError` when it has no finite
    value, so that nothing can be said about it.
    """
    __tracebackhide__ = True
    if not isinstance(cls, type):
        raise CannotBindError(f"{cls!r:.80} is no class: give the class itself")
    trial = _trial_of(cls)
    lacking = trial.lacks(expression)
    if lacking is not None:
        raise LookupError(f"{cls.__name__} has no {lacking}; {_what_to_draw(trial)}")
    if not has_value(expression):
        raise ValueError(
            f"it has no finite value in floats, so nothing can be judged:\n{expression}"
        )
    try:
        trial.judge(expression)
    except Fault as fault:
        raise WrongGradientError(trial, fault) from None
