"""What laws draw: expressions with the options of the engine that is judged, and small things.

Everything is decoded from codes, a fixed number of them; of zeros comes the simplest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from valuecheck.strategies import (
    chains,
    diamonds,
    expressions,
    fan_outs,
    ladders,
    self_operands,
    twins,
)
from valuecheck.strategies.codes import Decoder, decoder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis import strategies as st

    from valuecheck.judging.judge import Judge
    from valuecheck.program.expression import Expression

__all__ = [
    "drawn_chains",
    "drawn_diamonds",
    "drawn_expressions",
    "drawn_fan_outs",
    "drawn_ladders",
    "drawn_self_operands",
    "drawn_twins",
    "integers",
    "one_of",
    "several",
    "together",
]

T = TypeVar("T")
_Drawn: TypeAlias = "Callable[..., Callable[[Judge], Decoder[Expression]]]"


def _of_the_engine(
    strategy: Callable[..., st.SearchStrategy[Expression]], *, joins: bool = False
) -> _Drawn:
    def with_options(**options: Any) -> Callable[[Judge], Decoder[Expression]]:
        def for_judge(judge: Judge) -> Decoder[Expression]:
            if joins:
                judge.subject.join()
            return decoder_of(strategy(**judge.subject.options(), **options))

        return for_judge

    return with_options


drawn_expressions: _Drawn = _of_the_engine(expressions)
drawn_diamonds: _Drawn = _of_the_engine(diamonds, joins=True)
drawn_ladders: _Drawn = _of_the_engine(ladders, joins=True)
drawn_chains: _Drawn = _of_the_engine(chains)
drawn_fan_outs: _Drawn = _of_the_engine(fan_outs, joins=True)
drawn_self_operands: _Drawn = _of_the_engine(self_operands, joins=True)
drawn_twins: _Drawn = _of_the_engine(twins, joins=True)


def one_of(choices: Sequence[T]) -> Decoder[T]:
    """Return what decodes one of several things, the first of them the simplest."""
    return Decoder(1, lambda codes: choices[codes[0] % len(choices)])


def integers(low: int, high: int) -> Decoder[int]:
    """Return what decodes an integer between two, both included; the first is the simplest."""
    many = high + 1 - low  # more, perhaps, than a sequence may have in a browser
    return Decoder(1, lambda codes: low + codes[0] % many)


def together(decoders: Sequence[Decoder[Any]]) -> Decoder[tuple[Any, ...]]:
    """Return what decodes a tuple, one element after the other."""

    def decode(codes: Sequence[int]) -> tuple[Any, ...]:
        found, start = [], 0
        for decoder in decoders:
            found.append(decoder.decode(codes[start : start + decoder.size]))
            start += decoder.size
        return tuple(found)

    return Decoder(sum(decoder.size for decoder in decoders), decode)


def several(decoder: Decoder[T], many: int) -> Decoder[tuple[T, ...]]:
    """Return what decodes as many of one kind."""
    return together([decoder] * many)
