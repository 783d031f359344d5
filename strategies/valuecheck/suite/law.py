"""A law: a claim about every correct engine, and the strategies that draw what it is tried on."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import hypothesis
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from valuecheck.engine import DetachedResultError, EngineError
from valuecheck.fault import Fault, NotJudged
from valuecheck.overtime import check_time
from valuecheck.trial import MOST_OVERRUNS, Ledger
from valuecheck.truth.agreement import NotANumberError
from valuecheck.truth.ruler import assertion

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.trial import Trial

__all__ = ["Law", "law", "law_for_each_primitive", "law_of"]


@dataclass(frozen=True, slots=True)
class Law:
    """A claim about every correct engine.

    Attributes:
        name: the theorem.
        claim: (trial, drawn ...) raises `Fault` where the engine breaks the law, and `NotJudged`
            where the law does not apply to it.
        strategies: each (trial) to the strategy for one argument of the claim; may raise
            `NotJudged`. None at all makes the law a single example.
        family: the family of laws it belongs to.
        weight: how many times the usual number of examples it draws.
    """

    name: str
    claim: Callable[..., None]
    strategies: tuple[Callable[..., st.SearchStrategy[Any]], ...]
    family: str
    weight: float = 1.0

    def try_on(self, trial: Trial, *arguments: Any) -> None:
        """Draw examples and put the claim to the engine.

        The ledger of the trial is a new one afterwards, with this law's counts.

        Args:
            trial: the engine on trial.
            *arguments: further arguments of the claim before what is drawn.

        Raises `Fault` with the simplest expression found that breaks the law, `NotJudged` when the
        law does not apply to the engine, and `TimeIsUp` when a limit of time runs out.
        """
        __tracebackhide__ = True
        trial.ledger, trial.at_work_on = Ledger(), None
        if trial.known_cause is not None and self.family not in _ALWAYS_JUDGED:
            raise NotJudged(f"gradients are known to be wrong: {trial.known_cause}")
        if trial.overruns >= MOST_OVERRUNS:
            raise NotJudged(f"{trial.overruns} laws ran out of time before")
        strategies = [strategy(trial, *arguments) for strategy in self.strategies]

        def claimed(drawn: tuple[Any, ...]) -> None:
            __tracebackhide__ = True
            check_time()
            try:
                self.claim(trial, *arguments, *drawn)
            except NotANumberError as error:
                raise Fault(str(error), trial.last, quantity="type") from error
            except (EngineError, DetachedResultError) as error:
                raise Fault(str(error), trial.last, error=error) from error

        test: Callable[[], None] = functools.partial(claimed, ())
        if strategies:
            test = hypothesis.given(st.tuples(*strategies))(claimed)
            if trial.seed is not None:
                # A seed of its own: the same claim about 18 primitives shall not see 18 times
                # the same numbers.
                test = hypothesis.seed(f"{trial.seed} {self.name} {arguments}")(test)
            test = trial.settings(self.weight)(test)
        try:
            test()
        except Flaky as flaky:
            check_time()  # an example that was cut short did not come out as it had before
            raise _inconstant(trial, flaky) from None


def _inconstant(trial: Trial, flaky: Flaky) -> Fault:
    causes = getattr(flaky, "exceptions", ())
    first = next((cause for cause in causes if isinstance(cause, Fault)), None)
    said = "the same expression gives different results from one time to the next"
    if first is None or first.expression is None:
        return Fault(said, quantity="constancy")
    story = first.story
    if first.node is not None and first.ball is not None and first.quantity == "adjoint":
        grad = trial.engine.spell_read("grad", first.expression, first.node)
        story = f"{trial.engine.spell_sweep(first.expression)}\n{assertion(grad, first.ball)}"
    return Fault(
        f"{said}: {first.message}",
        first.expression,
        quantity="constancy",
        story=story,
        complete=first.complete,
    )


def law(*strategies: Any, weight: float = 1.0) -> Callable[[Callable[..., None]], Any]:
    """Turn a claim into a law that is also a test function for pytest.

    Args:
        *strategies: each takes the trial and returns the strategy for one argument of the claim.
        weight: how many times the usual number of examples the law draws.
    """

    def decorate(claim: Callable[..., None]) -> Any:
        this = _law(claim, strategies, weight)

        def test(docket: Docket) -> None:
            __tracebackhide__ = True
            docket.try_law(this)

        return _dressed(test, this)

    return decorate


def law_for_each_primitive(
    *strategies: Any, weight: float = 1.0
) -> Callable[[Callable[..., None]], Any]:
    """Turn a claim about one primitive into a law for each row of the table.

    The claim, and each of the strategies, take the symbol after the trial.
    """

    def decorate(claim: Callable[..., None]) -> Any:
        this = _law(claim, strategies, weight)

        def test(docket: Docket, symbol: str) -> None:
            __tracebackhide__ = True
            docket.try_law(this, symbol)

        return _dressed(test, this)

    return decorate


class Docket(Protocol):
    """What the pytest plugin hands to a law: it tries the law and enters the outcome."""

    def try_law(self, law: Law, *arguments: Any) -> None:
        """Try a law; raises `Fault` when it is broken, and skips when it is not judged."""


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
