"""A law: a claim about every correct engine, and the strategies that draw what it is tried on."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from valuecheck.engines.engine import OutOfTimeError
from valuecheck.judging.faults import (
    Fault,
    InconstantError,
    NotJudged,
    StoryFault,
    UndecidedError,
    WrongNumberError,
    asserted,
)
from valuecheck.judging.ledger import Ledger
from valuecheck.truth.agreement import NotANumberError

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.judging.judge import Judge

__all__ = ["Budget", "Law", "law", "law_for_each_primitive", "law_of"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a law may draw.

    Attributes:
        examples: examples a law; None leaves it to the Hypothesis profile.
        seed: what each law's own seed is made from; None leaves it to Hypothesis.
        seconds: how long a law may take; None for as long as it likes.
    """

    examples: int | None = None
    seed: int | None = None
    seconds: float | None = None

    def most(self, weight: float = 1.0) -> int:
        """Return how many examples a law draws that has a weight."""
        profile: Any = settings.default
        return max(1, int((self.examples or profile.max_examples) * weight))

    def settings(self, weight: float) -> settings:
        """Return the Hypothesis settings of a law."""
        return settings(
            max_examples=self.most(weight),
            # Engines of strangers: no claim about how fast they are, nothing kept on disk.
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=Verbosity.quiet,
        )


@dataclass(frozen=True, slots=True)
class Law:
    """A claim about every correct engine.

    Attributes:
        name: the theorem.
        claim: (judge, drawn ...) raises `Fault` where the engine breaks the law, and `NotJudged`
            where the law does not apply to it.
        strategies: each (judge) to the strategy for one argument of the claim; may raise
            `NotJudged`. None at all makes the law a single example.
        family: the family of laws it belongs to.
        weight: how many times the usual number of examples it draws.
    """

    name: str
    claim: Callable[..., None]
    strategies: tuple[Callable[..., st.SearchStrategy[Any]], ...]
    family: str
    weight: float = 1.0

    def try_on(self, judge: Judge, budget: Budget, *arguments: Any) -> None:
        """Draw examples and put the claim to the engine.

        The ledger of the judge is a new one afterwards, with this law's counts.

        Args:
            judge: holds the engine to the ruler.
            budget: how much may be drawn.
            *arguments: further arguments of the claim before what is drawn.

        Raises `Fault` with the simplest expression found that breaks the law, `NotJudged` when the
        law does not apply to the engine, `OutOfTimeError` when time is up, and `EngineLostError`
        when no answer comes.
        """
        __tracebackhide__ = True
        judge.ledger, judge.share = Ledger(), budget.most() / _USUAL
        known = judge.subject.known_cause
        if known is not None and self.family not in _ALWAYS_JUDGED:
            raise NotJudged(f"gradients are known to be wrong: {known}")
        strategies = [strategy(judge, *arguments) for strategy in self.strategies]
        found: list[Fault] = []

        def claimed(drawn: tuple[Any, ...]) -> None:
            __tracebackhide__ = True
            try:
                self.claim(judge, *arguments, *drawn)
            except UndecidedError:
                return
            except Fault as fault:
                found.append(fault)
                raise
            except NotANumberError as error:
                found.append(Fault(str(error), judge.last))
                raise found[-1] from error

        test: Callable[[], None] = functools.partial(claimed, ())
        if strategies:
            test = hypothesis.given(st.tuples(*strategies))(claimed)
            if budget.seed is not None:
                # A seed of its own: the same claim about 18 primitives shall not see 18 times
                # the same numbers.
                test = hypothesis.seed(f"{budget.seed} {self.name} {arguments}")(test)
            test = budget.settings(self.weight)(test)
        _run(judge, test, found, budget.seconds)


def _run(judge: Judge, test: Callable[[], None], found: list[Fault], seconds: float | None) -> None:
    """Run a test within its time; when that is up the shortest fault found by then counts."""
    __tracebackhide__ = True
    engine = judge.subject.engine
    engine.until = None if seconds is None else time.monotonic() + seconds
    try:
        test()
    except Flaky as flaky:
        raise _inconstant(judge, flaky) from None
    except OutOfTimeError:
        if found:
            raise min(found, key=_length) from None
        raise
    finally:
        engine.until = None


def _length(fault: Fault) -> int:
    return len(fault.expression) if fault.expression is not None else 0


def _inconstant(judge: Judge, flaky: Flaky) -> InconstantError:
    causes = getattr(flaky, "exceptions", ())
    first = next((cause for cause in causes if isinstance(cause, Fault)), None)
    said = "the same program gives different results from one time to the next"
    if first is None or first.expression is None:
        return InconstantError(said, None, [])
    source, said = judge.subject.engine.source, f"{said}: {first.message}"
    if isinstance(first, StoryFault):
        story, complete = first.story, first.complete
    elif isinstance(first, WrongNumberError) and first.quantity == "grad":
        swept = source.sweep(first.expression)
        line = asserted(source, "grad", first.expression, first.node, first.ball)
        story, complete = [swept, line], False
    else:
        story, complete = first.failing(source), True
    return InconstantError(said, first.expression, story, complete=complete, first=first)


def law(*strategies: Any, weight: float = 1.0) -> Callable[[Callable[..., None]], Any]:
    """Turn a claim into a law that is also a test function for pytest.

    Args:
        *strategies: each takes the judge and returns the strategy for one argument of the claim.
        weight: how many times the usual number of examples the law draws.
    """

    def decorate(claim: Callable[..., None]) -> Any:
        this = _law(claim, strategies, weight)

        def test(checker: Checker) -> None:
            __tracebackhide__ = True
            checker.try_law(this)

        return _dressed(test, this)

    return decorate


def law_for_each_primitive(
    *strategies: Any, weight: float = 1.0
) -> Callable[[Callable[..., None]], Any]:
    """Turn a claim about one primitive into a law for each row of the table.

    The claim, and each of the strategies, take the symbol after the judge.
    """

    def decorate(claim: Callable[..., None]) -> Any:
        this = _law(claim, strategies, weight)

        def test(checker: Checker, symbol: str) -> None:
            __tracebackhide__ = True
            checker.try_law(this, symbol)

        return _dressed(test, this)

    return decorate


class Checker(Protocol):
    """What the pytest plugin hands to a law: it tries the law and enters the outcome."""

    def try_law(self, law: Law, *arguments: Any) -> None:
        """Try a law; raises `Fault` when it is broken, and skips when it is not judged."""


_USUAL: Final = 100
"""Examples a law, by default."""

_ALWAYS_JUDGED: Final = {"primitives", "replay"}
"""Families that are judged though all gradients are known to be wrong: others would repeat it."""

_ATTRIBUTE: Final = "valuecheck_law"


def _law(claim: Callable[..., None], strategies: tuple[Any, ...], weight: float) -> Law:
    family = claim.__module__.rpartition(".")[2].removeprefix("test_")
    return Law(claim.__name__, claim, strategies, family, weight)


def _dressed(test: Any, this: Law) -> Any:
    test.__name__ = test.__qualname__ = this.name
    test.__doc__ = this.claim.__doc__
    test.__module__ = this.claim.__module__
    setattr(test, _ATTRIBUTE, this)
    return test


def law_of(test: Any) -> Law | None:
    """Return the law behind a test function, None when it is none of ours."""
    found: Law | None = getattr(test, _ATTRIBUTE, None)
    return found
