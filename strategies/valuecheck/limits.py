"""Limits and policies: what an engine cannot do, and what it does where several ways are right.

Neither is a fault. Limits are tried and reported; policies are found out and named.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from valuecheck.engine import DetachedResultError, EngineError, call
from valuecheck.overtime import ENDLESS, TimeIsUp
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.truth.agreement import NotANumberError, agrees, read_number
from valuecheck.truth.ruler import enclose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from valuecheck.trial import Trial

__all__ = ["LIMITS", "Limit", "policies", "try_limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that a robust engine can do.

    Attributes:
        name: what it is, for the report.
        needs: the symbols it takes.
        reach: (trial) returns a detail for the report; raises when the engine does not get there.
    """

    name: str
    needs: tuple[str, ...]
    reach: Callable[[Trial], str]


class _NotReachedError(Exception):
    """The engine came through, but with a wrong number."""


def _chain(length: int) -> Callable[[Trial], str]:
    def reach(trial: Trial) -> str:
        engine = trial.engine
        x = engine.make(1.5)
        one = engine.make(0.0)
        node = x
        for _ in range(length):
            node = engine.apply("+", (node, one))
        engine.sweep(node)
        if read_number(engine.grad(x)) != 1.0:
            raise _NotReachedError(f"the gradient is {engine.grad(x)!r}, not 1.0")
        return ""

    return reach


_MOST_LINES: Final = 100_000
"""Lines of Python that a sweep over 25 nodes may run; most engines run some hundreds."""


def _ladder(trial: Trial) -> str:
    """Sweep 24 diamonds on top of each other: 2^24 paths, but only 25 nodes.

    A computer goes all these ways in seconds, so what counts is the number of lines run.
    """
    engine = trial.engine
    x = node = engine.make(1.0)
    for _ in range(24):
        node = engine.apply("+", (node, node))
    lines = 0

    def count(*_: Any) -> Any:
        nonlocal lines
        lines += 1
        if lines > _MOST_LINES:
            raise _NotReachedError("it visits paths, not nodes: the time doubles with each diamond")
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        engine.sweep(node)
    except EngineError as error:
        raise error.cause if isinstance(error.cause, _NotReachedError) else error from None
    finally:
        sys.settrace(before)
    if read_number(engine.grad(x)) != 2.0**24:
        raise _NotReachedError(f"the gradient is {engine.grad(x)!r}, not 2**24")
    return ""


def _at(number: float, step: Step) -> Callable[[Trial], str]:
    expression = Expression((number,), (step,))

    def reach(trial: Trial) -> str:
        run, balls = trial.engine.run(expression), enclose(expression)
        value, gradient = read_number(run.primals[1]), read_number(run.adjoints[0])
        if not (agrees(value, balls.primals[1]) and agrees(gradient, balls.adjoints[0])):
            raise _NotReachedError(f"it gives {value!r} with the gradient {gradient!r}")
        return ""

    return reach


def _overflowing_exp(trial: Trial) -> str:
    """Say what exp does where the result is too large: an error that says so, or infinity."""
    engine = trial.engine
    try:
        got = engine.data(engine.apply("exp", (engine.make(710.0),)))
    except EngineError as error:
        if isinstance(error.cause, OverflowError):
            return "raises OverflowError"
        raise
    got = read_number(got)
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


def try_limit(trial: Trial, limit: Limit) -> dict[str, Any] | None:
    """Try a limit; None when the engine lacks what it takes, or that is known to be broken.

    Returns JSON data: the name, whether it was reached, and a detail.
    """
    if not set(limit.needs) <= set(trial.sound):
        return None
    try:
        detail, reached = limit.reach(trial), True
    except TimeIsUp:
        detail, reached = f"it {ENDLESS}", False
    except (EngineError, DetachedResultError, NotANumberError, _NotReachedError) as error:
        cause = getattr(error, "cause", error)
        detail = f"{type(cause).__name__}: {cause}" if cause is not error else str(error)
        detail, reached = detail[:100], False
    return {"name": limit.name, "reached": reached, "detail": detail}


def policies(trial: Trial) -> Iterator[tuple[str, str]]:
    """Find out what an engine does where several ways are right; yield names and answers.

    Each is found out when it is asked for; `TimeIsUp` meanwhile is an answer too.
    """
    for name, question in (
        ("second backward", _second_sweep),
        ("backward again from gradients of 0", _again_from_zero),
        ("interior gradients", _interior),
        ("two outputs over one leaf", _two_outputs),
        ("relu at 0", _relu_at_zero),
        ("data changed after the forward sweep", _data_changed),
        *((f"{name}", _border(*case)) for name, case in _BORDERS.items()),
    ):
        try:
            answer = question(trial)
        except TimeIsUp:
            answer = ENDLESS
        except (EngineError, DetachedResultError, NotANumberError) as error:
            answer = f"raises {type(getattr(error, 'cause', error)).__name__}"
        if answer is not None:
            yield name, answer


def _product_or_sum(trial: Trial) -> str | None:
    return next((symbol for symbol in ("*", "+") if symbol in trial.sound), None)


def _second_sweep(trial: Trial) -> str:
    return trial.second_sweep


def _again_from_zero(trial: Trial) -> str | None:
    """Say whether a graph can be swept again once every gradient in it is set to 0."""
    join = _product_or_sum(trial)
    if join is None:
        return None
    expression = Expression((2.0, 3.0), (Step(join, (0, 1)), Step(join, (2, 1))))
    run = trial.engine.run(expression)
    first = [read_number(run.adjoints[leaf]) for leaf in (0, 1)]
    try:
        for node in run.nodes:
            trial.engine.set_grad(node, 0.0)
    except EngineError:
        return None  # they are kept where the caller cannot set them
    trial.engine.backward(run)
    again = [read_number(run.adjoints[leaf]) for leaf in (0, 1)]
    if again == first:
        return "the same gradients"
    return "other gradients" if any(again) else "nothing arrives"


def _interior(trial: Trial) -> str:
    return "kept" if trial.keeps_interior else "not kept"


def _two_outputs(trial: Trial) -> str | None:
    join = _product_or_sum(trial)
    if join is None:
        return None
    engine = trial.engine
    x = engine.make(2.0)
    once = enclose(Expression((2.0, 3.0), (Step(join, (0, 1)),))).adjoints[0]
    for _ in range(2):
        engine.sweep(engine.apply(join, (x, engine.make(3.0))))
    got = read_number(engine.grad(x))
    return "accumulates" if agrees(got, 2 * once) else "resets" if agrees(got, once) else "neither"


def _relu_at_zero(trial: Trial) -> str | None:
    if "relu" not in trial.sound:
        return None
    engine = trial.engine
    x = engine.make(0.0)
    engine.sweep(engine.apply("relu", (x,)))
    return f"gradient {read_number(engine.grad(x)):g}"


def _data_changed(trial: Trial) -> str | None:
    """Say whether a sweep uses the data that nodes have now, or had when they were used."""
    if "*" not in trial.sound:
        return None
    engine = trial.engine
    x, y = engine.make(2.0), engine.make(3.0)
    out = engine.apply("*", (x, y))
    try:
        engine.set_data(y, 5.0)
        engine.sweep(out)
    except EngineError:
        return None  # it cannot be set, or is kept as something else than a plain number
    got = read_number(engine.grad(x))
    return {5.0: "read live", 3.0: "saved"}.get(got, "neither")


_BORDERS: Final = {
    "log of 0": ("log", (0.0,)),
    "log of -1": ("log", (-1.0,)),
    "1 / 0": ("/", (1.0, 0.0)),
    "0 ** -1": ("**", (0.0, -1)),
    "(-8) ** 0.5": ("**", (-8.0, 0.5)),
    "exp of 1000": ("exp", (1000.0,)),
    "inf + 1": ("+", (math.inf, 1.0)),
    "nan * 1": ("*", (math.nan, 1.0)),
}


def _border(symbol: str, numbers: tuple[float, ...]) -> Callable[[Trial], str | None]:
    def question(trial: Trial) -> str | None:
        engine = trial.engine
        if symbol not in trial.sound:
            return None
        if symbol == "**" and not engine.takes_exponent(numbers[1]):
            return None
        operands = [engine.make(n) for n in numbers]
        if symbol == "**":
            operands[1] = numbers[1]
        got = engine.data(engine.apply(symbol, tuple(operands)))
        return f"gives {call(symbol, repr, got):.60}"

    return question
