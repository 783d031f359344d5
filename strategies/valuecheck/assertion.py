"""One-line tests of a `Value` in a test file of one's own: `assert_gradients`, `assert_law`."""

from __future__ import annotations

from functools import cache, cached_property, partial
from typing import Any
from unittest import SkipTest

from valuecheck.checking.outcome import Checked
from valuecheck.checking.run import Check
from valuecheck.checking.settings import Settings
from valuecheck.diagnosis.finding import find
from valuecheck.engines.in_process import open_class
from valuecheck.judging.faults import Fault, NotJudged
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Expression
from valuecheck.program.transform import has_value
from valuecheck.report.text import fault_block
from valuecheck.suite.families import Task, every_law
from valuecheck.suite.trial import Trial

__all__ = ["BrokenLawError", "WrongGradientError", "assert_gradients", "assert_law", "laws"]


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


class BrokenLawError(AssertionError):
    """A class breaks a law; as text, the block that the command would show."""


@cache
def _judge_of(cls: Any) -> Judge:
    return Judge(Subject(open_class(cls)), oracles=())


def assert_gradients(cls: Any, expression: Expression, *, law: str | None = None) -> None:
    """Assert that a class computes the values and gradients of an expression correctly.

    Args:
        cls: somebody's `Value`; how it is used is found out, as by the command.
        expression: what to compute; draw it with `valuecheck.strategies`, for example
            `diamonds(for_=MyValue)`, which draws only what the class has.
        law: the name of a law to hold it to instead, one of those that are about an expression,
            such as "test_a_zero_upstream_gives_zero". What else the law draws is the simplest.

    Raises `WrongGradientError`, an `AssertionError`, when a number is outside its ball,
    `valuecheck.CannotCheckError` when the class does not look like an autograd engine,
    `LookupError` when the expression uses what the class does not have, `ValueError` when it has no
    finite value, so that nothing can be said about it, or for what is no such law, and
    `unittest.SkipTest` when the law does not apply to the class.
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
        if law is None:
            judge.hold(expression)
        else:
            _hold_to(judge, expression, law)
    except Fault as fault:
        raise WrongGradientError(judge.subject, fault) from None
    except NotJudged as reason:
        raise SkipTest(str(reason)) from None


def _hold_to(judge: Judge, expression: Expression, name: str) -> None:
    __tracebackhide__ = True
    found = _task(name).law
    simplest = [d.decode([0] * d.size) for d in (decoder(judge) for decoder in found.decoders)]
    if not simplest or not isinstance(simplest[0], Expression):
        raise ValueError(f"{name} is not about an expression: use valuecheck.assert_law")
    Trial(judge, partial(found.claim, judge)).try_one((expression, *simplest[1:]))


def _task(name: str) -> Task:
    """Return the law of a name; raises `ValueError` where there is none."""
    for task in every_law():
        if task.name == name:
            return task
    raise ValueError(f"{name!r} is no law: valuecheck.laws() has their names")


def laws() -> list[str]:
    """Return the names of all laws, to parametrise a test with; see `assert_law`."""
    return [task.name for task in every_law()]


def assert_law(cls: Any, law: str, *, max_examples: int = 100, random_seed: int = 0) -> None:
    """Assert that a class obeys a law, by itself, whatever other laws found.

    All laws in a test file of one's own, each a test with a name that can be read:

        @pytest.mark.parametrize("law", valuecheck.laws())
        def test_my_value(law):
            valuecheck.assert_law(MyValue, law)

    Args:
        cls: somebody's `Value`. It runs in this process: nothing ends an endless loop.
        law: one of `laws()`.
        max_examples: examples drawn.
        random_seed: what the drawing starts from.

    Raises `BrokenLawError`, an `AssertionError`, with the block that the command would show,
    `unittest.SkipTest`, a skipped test under pytest, where the law does not apply to the class,
    `ValueError` for what is no law, and `valuecheck.CannotCheckError` when the class does not look
    like an autograd engine.
    """
    __tracebackhide__ = True
    task = _task(law)
    engine = _judge_of(cls).subject.engine
    settings = Settings(examples=max_examples, seed=random_seed, time_limit=None)
    outcome = Check(engine, settings, Checked(cls.__name__, hello=engine.hello)).try_law(task)
    if outcome.finding is not None:
        raise BrokenLawError(f"{fault_block(outcome.finding)}\n")
    if outcome.outcome == "unsupported":
        raise SkipTest(outcome.reason)
    if outcome.outcome != "held":
        raise BrokenLawError(outcome.reason)
