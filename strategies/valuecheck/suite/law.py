"""A law: a claim about every correct engine, and what decodes the examples it is tried on."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from hypothesis import settings

from valuecheck.judging.faults import NotJudged
from valuecheck.judging.ledger import Ledger
from valuecheck.suite.drawn import together
from valuecheck.suite.memory import Remembered
from valuecheck.suite.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.judging.judge import Judge
    from valuecheck.strategies.codes import Decoder
    from valuecheck.suite.memory import Memory
    from valuecheck.suite.trial import Held

__all__ = ["Budget", "Law", "law", "law_for_each_primitive", "law_of"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a law may draw.

    Attributes:
        examples: examples a law; None leaves it to the Hypothesis profile.
        seed: what each law's own seed is made from; None for one by chance.
        seconds: how long a law may take; None for as long as it likes.
        shrink: whether a simpler program is looked for once one has broken a law.
        round: which time it is that the law is tried; each has examples of its own.
        memory: what broke laws before, and is tried first.
    """

    examples: int | None = None
    seed: int | None = None
    seconds: float | None = None
    shrink: bool = True
    round: int = 0
    memory: Memory | None = None

    def most(self, weight: float = 1.0) -> int:
        """Return how many examples a law draws that has a weight."""
        profile: Any = settings.default
        return max(1, int((self.examples or profile.max_examples) * weight))


@dataclass(frozen=True, slots=True)
class Law:
    """A claim about every correct engine.

    Attributes:
        name: the theorem.
        claim: (judge, drawn ...) raises `Fault` where the engine breaks the law, and `NotJudged`
            where the law does not apply to it. What it returns, an expression or several, is held
            to its balls: it is cheaper to ask about many programs at once.
        decoders: each (judge) to what decodes one argument of the claim; may raise `NotJudged`.
            None at all makes the law a single example.
        family: the family of laws it belongs to.
        weight: how many times the usual number of examples it draws.
        oracles: whether the oracles are asked about what the claim returns.
    """

    name: str
    claim: Callable[..., Held]
    decoders: tuple[Callable[..., Decoder[Any]], ...]
    family: str
    weight: float = 1.0
    oracles: bool = False

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
        decoders = [decoder(judge, *arguments) for decoder in self.decoders]
        claim = functools.partial(self.claim, judge, *arguments)
        trial = Trial(judge, claim, judge.consult if self.oracles else None)
        engine = judge.subject.engine
        engine.until = None if budget.seconds is None else time.monotonic() + budget.seconds
        try:
            if decoders:
                # A seed of its own: the same claim about 18 primitives shall not see 18 times the
                # same numbers.
                seed = None if budget.seed is None else f"{budget.seed} {self.name} {arguments}"
                seed = f"{seed} {budget.round}" if budget.round else seed
                key = f"{self.name} {arguments}"
                remembered = Remembered(budget.memory, key) if budget.memory else None
                trial.draw(
                    together(decoders),
                    budget.most(self.weight),
                    seed,
                    shrink=budget.shrink,
                    remembered=remembered,
                )
            else:
                trial.try_one(())
        finally:
            engine.until = None


def law(
    *decoders: Any, weight: float = 1.0, oracles: bool = False
) -> Callable[[Callable[..., Held]], Any]:
    """Turn a claim into a law that is also a test function for pytest.

    Args:
        *decoders: each takes the judge and returns what decodes one argument of the claim.
        weight: how many times the usual number of examples the law draws.
        oracles: whether the oracles are asked about what the claim returns.
    """

    def decorate(claim: Callable[..., Held]) -> Any:
        this = _law(claim, decoders, weight, oracles=oracles)

        def test(checker: Checker) -> None:
            __tracebackhide__ = True
            checker.try_law(this)

        return _dressed(test, this)

    return decorate


def law_for_each_primitive(
    *decoders: Any, weight: float = 1.0
) -> Callable[[Callable[..., Held]], Any]:
    """Turn a claim about one primitive into a law for each row of the table.

    The claim, and each of the decoders, take the symbol after the judge.
    """

    def decorate(claim: Callable[..., Held]) -> Any:
        this = _law(claim, decoders, weight)

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


def _law(
    claim: Callable[..., Held], decoders: tuple[Any, ...], weight: float, *, oracles: bool = False
) -> Law:
    family = claim.__module__.rpartition(".")[2].removeprefix("test_")
    return Law(claim.__name__, claim, decoders, family, weight, oracles)


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
