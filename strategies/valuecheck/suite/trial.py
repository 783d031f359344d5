"""Trying a law: examples are drawn and tried many at a time; what breaks it is shrunk alone."""

from __future__ import annotations

from itertools import chain
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import Flaky

from valuecheck.engines.engine import OutOfTimeError
from valuecheck.judging.faults import (
    Fault,
    InconstantError,
    StoryFault,
    UndecidedError,
    WrongNumberError,
    asserted,
)
from valuecheck.program.expression import Expression
from valuecheck.strategies.codes import CODE_BYTES
from valuecheck.truth.agreement import NotANumberError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from valuecheck.judging.judge import Consult, Judge
    from valuecheck.strategies.codes import Decoder
    from valuecheck.suite.memory import Remembered

__all__ = ["Held", "Trial"]

Held: TypeAlias = "Expression | Iterable[Expression] | None"
"""What a claim returns: expressions that are to be held to their balls."""

_AT_ONCE: Final = 32
"""Examples that are tried together."""


class Trial:
    """A claim that is put to an engine."""

    def __init__(
        self, judge: Judge, claim: Callable[..., Held], consult: Consult | None = None
    ) -> None:
        self._judge = judge
        self._claim = claim
        self._consult = consult
        self._found: list[Fault] = []

    def try_one(self, drawn: tuple[Any, ...]) -> None:
        """Put the claim to the engine for one example; raises `Fault` where it breaks."""
        __tracebackhide__ = True
        try:
            self._judge.hold_all(list(_several(self._claim(*drawn))), consult=self._consult)
        except UndecidedError:
            return
        except Fault as fault:
            self._found.append(fault)
            raise
        except NotANumberError as error:
            self._found.append(Fault(str(error), self._judge.last))
            raise self._found[-1] from error

    def draw(
        self,
        decoder: Decoder[tuple[Any, ...]],
        many: int,
        seed: str | None,
        *,
        shrink: bool,
        remembered: Remembered | None = None,
    ) -> None:
        """Draw examples until one breaks the claim; raise `Fault` for the simplest that does.

        Hypothesis shrinks what is found. Its own cost of one example is more than that of drawing
        and judging one, so it has no part in those that only hold.

        Args:
            decoder: from bytes to the arguments of the claim.
            many: how many examples.
            seed: what the drawing starts from; None for one by chance.
            shrink: whether to look for the simplest.
            remembered: what broke the claim before: it comes first.
        """
        __tracebackhide__ = True
        size = decoder.size * CODE_BYTES
        before = remembered.blocks(size) if remembered is not None else []
        try:
            for some in chain(([block] for block in before), _blocks(size, many, seed)):
                broken = self._first(decoder, some)
                if broken is not None and remembered is not None:
                    remembered.add(broken[0])
                elif remembered is not None and some[0] in before:
                    remembered.forget(some[0])
                if broken is not None and shrink:
                    self._shrink(decoder, *broken)
                if broken is not None:
                    raise broken[1]
        except OutOfTimeError:
            if self._found:
                raise min(self._found, key=_length) from None
            raise

    def _first(
        self, decoder: Decoder[tuple[Any, ...]], blocks: Sequence[bytes]
    ) -> tuple[bytes, Fault] | None:
        """Try examples together; return the first that breaks the claim, with the fault."""
        __tracebackhide__ = True
        held: list[Expression] = []
        ledger = self._judge.ledger
        judged = ledger.examples, ledger.undecided
        try:
            for block in blocks:
                try:
                    held += _several(self._claim(*decoder.of(block)))
                except UndecidedError:
                    continue
            self._judge.hold_all(held, consult=self._consult)
        except Fault as fault:
            self._found.append(fault)
        except NotANumberError as error:
            self._found.append(Fault(str(error), self._judge.last))
        else:
            return None
        ledger.examples, ledger.undecided = judged  # they are counted once
        for block in blocks:
            try:
                self.try_one(decoder.of(block))
            except Fault as fault:
                return block, fault
        # One by one they hold: what comes before makes the difference.
        raise _inconstant(self._judge, self._found[0])

    def _shrink(self, decoder: Decoder[tuple[Any, ...]], block: bytes, fault: Fault) -> None:
        """Raise the fault of the simplest example that Hypothesis finds on the way from a block."""
        __tracebackhide__ = True

        def claimed(drawn: bytes) -> None:
            __tracebackhide__ = True
            self.try_one(decoder.of(drawn))

        test: Any = settings(
            database=InMemoryExampleDatabase(),
            phases=(Phase.reuse, Phase.shrink),
            # Engines of strangers: no claim about how fast they are.
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=Verbosity.quiet,
        )(hypothesis.given(decoder.drawn())(claimed))
        try:
            # Enters the block into the database, from where it is taken up again.
            try:
                test.hypothesis.fuzz_one_input(block)
            except Fault:
                test()
        except Flaky as flaky:
            causes = getattr(flaky, "exceptions", ())
            fault = next((cause for cause in causes if isinstance(cause, Fault)), fault)
        raise _inconstant(self._judge, fault)


def _several(held: Held) -> Iterable[Expression]:
    if held is None:
        return ()
    return (held,) if isinstance(held, Expression) else held


def _blocks(size: int, many: int, seed: str | None) -> Iterator[list[bytes]]:
    """Yield lists of blocks of bytes; the first block is the simplest there is."""
    random = Random(seed)  # noqa: S311 - no secret
    blocks = [bytes(size), *(random.randbytes(size) for _ in range(many - 1))]
    for start in range(0, many, _AT_ONCE):
        yield blocks[start : start + _AT_ONCE]


def _length(fault: Fault) -> int:
    return len(fault.expression) if fault.expression is not None else 0


def _inconstant(judge: Judge, first: Fault) -> InconstantError:
    said = "the same program gives different results from one time to the next"
    if first.expression is None:
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
