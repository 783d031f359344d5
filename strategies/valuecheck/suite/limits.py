"""Limits: how far an engine goes. Not to get there is not a fault; a wrong number on the way is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from valuecheck.judging.faults import DeepError, Fault, RaisedError, WrongNumberError
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.truth.agreement import NotANumberError, agrees
from valuecheck.truth.ruler import enclose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from valuecheck.judging.judge import Judge

__all__ = ["LIMITS", "Limit", "Reached", "try_limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that a robust engine can do.

    Attributes:
        name: what it is, for the report.
        needs: the symbols it takes.
        reach: (judge) returns a detail for the report; raises when the engine does not get there.
    """

    name: str
    needs: tuple[str, ...]
    reach: Callable[[Judge], str]


@dataclass(frozen=True, slots=True)
class Reached:
    """How an engine did at a limit.

    Attributes:
        name: which limit.
        reached: whether it got there.
        detail: more to be said, "" for nothing.
    """

    name: str
    reached: bool
    detail: str = ""


class _NotReachedError(Exception):
    """The engine came through, but with a number that is not right there."""


def chain(length: int) -> Expression:
    """Return a chain of additions on a leaf, whose gradient is 1."""
    steps = [Step("+", (0, 1))]
    steps += [Step("+", (node, 1)) for node in range(2, length + 1)]
    return Expression((1.5, 0.0), tuple(steps))


def _chain(length: int) -> Callable[[Judge], str]:
    def reach(judge: Judge) -> str:
        if judge.run(chain(length)).grad_of(0) != 1.0:
            # An error is a limit. A wrong number is none: nobody is told that it is wrong.
            raise _shortest(judge, length)
        return ""

    return reach


def _shortest(judge: Judge, length: int) -> DeepError:
    """Return the fault of a chain, with the length from which on it shows."""
    right, wrong = 1, length
    while wrong - right > max(1, right // 100):
        middle = (right + wrong) // 2
        if judge.run(chain(middle)).grad_of(0) == 1.0:
            right = middle
        else:
            wrong = middle
    expression = chain(wrong)
    ball = enclose(Expression((1.0,))).adjoints[0]
    return DeepError(expression, judge.run(expression).grad[0], ball, depth=wrong)


_MOST_LINES: Final = 100_000
"""Lines of Python that a sweep over 25 nodes may run; most engines run some hundreds."""


def _runs_long(judge: Judge, expression: Expression, most: int) -> bool:
    """Return whether a sweep runs more lines of Python than that."""
    if "lines" not in judge.subject.engine.hello.own_questions:
        return False
    answer = judge.ask(expression, ("lines", expression.output, most))
    return answer.error is None and answer.got[0].lines is None


def _ladder(judge: Judge) -> str:
    """Sweep 24 diamonds on top of each other: 2^24 paths, but only 25 nodes.

    A computer goes all these ways in seconds, so what counts is the number of lines run.
    """
    ladder = Expression((1.0,), tuple(Step("+", (node, node)) for node in range(24)))
    # Where two diamonds take a twelfth of the lines, a framework is at work that runs many a node.
    share = _MOST_LINES * 2 // 24
    if _runs_long(judge, ladder, _MOST_LINES) and not _runs_long(judge, ladder.ending_at(2), share):
        raise _NotReachedError("it visits paths, not nodes: the time doubles with each diamond")
    gradient = judge.run(ladder).grad_of(0)
    if gradient != 2.0**24:
        raise _NotReachedError(f"the grad is {gradient!r}, not 2**24")
    return ""


def _at(number: float, step: Step) -> Callable[[Judge], str]:
    expression = Expression((number,), (step,))

    def reach(judge: Judge) -> str:
        run, balls = judge.run(expression), judge.subject.ruler.enclose(expression)
        value, gradient = run.data_of(1), run.grad_of(0)
        if not (agrees(value, balls.primals[1]) and agrees(gradient, balls.adjoints[0])):
            raise _NotReachedError(f"it gives {value!r} with the grad {gradient!r}")
        return ""

    return reach


def _overflowing_exp(judge: Judge) -> str:
    """Say what exp does where the result is too large: an error that says so, or infinity."""
    try:
        got = judge.build(Expression((710.0,), (Step("exp", (0,)),))).data_of(1)
    except RaisedError as fault:
        if fault.error.type == "OverflowError":
            return "raises OverflowError"
        raise
    if got != math.inf:
        raise _NotReachedError(f"it gives {got!r}")
    return "gives inf"


LIMITS: Final[Mapping[str, Limit]] = MappingProxyType(
    {
        limit.name: limit
        for limit in (
            Limit("a chain of 1,000", ("+",), _chain(1_000)),
            Limit("a chain of 10,000", ("+",), _chain(10_000)),
            Limit("a chain of 100,000", ("+",), _chain(100_000)),
            Limit("a ladder of 24 diamonds", ("+",), _ladder),
            Limit("tanh(400)", ("tanh",), _at(400.0, Step("tanh", (0,)))),
            Limit("exp(710)", ("exp",), _overflowing_exp),
            Limit("x ** 0 at 0", ("**",), _at(0.0, Step("**", (0, Constant(0))))),
        )
    }
)
"""Every limit that is tried, by its name."""


def try_limit(judge: Judge, limit: Limit) -> Reached | None:
    """Try a limit; None when the engine lacks what it takes, or that is known to be broken.

    Raises `WrongNumberError` where an engine says nothing and is wrong, and `EngineLostError` where
    no answer comes.
    """
    if not set(limit.needs) <= set(judge.subject.sound):
        return None
    try:
        return Reached(limit.name, reached=True, detail=limit.reach(judge))
    except WrongNumberError:
        raise
    except RaisedError as fault:
        detail = fault.message if fault.detached else str(fault.error)
    except (Fault, NotANumberError, _NotReachedError) as error:
        detail = str(error)
    return Reached(limit.name, reached=False, detail=detail[:100])
