"""What all strategies share: their options, and decoding what is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, Generic, TypedDict, TypeVar
from weakref import WeakKeyDictionary

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from valuecheck.strategies.decoder import CODE_BITS, StuckError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from valuecheck.program.expression import Expression
    from valuecheck.strategies.leaves import LeafKind
    from valuecheck.strategies.options import Constants

__all__ = ["CODE_BYTES", "Decoder", "SharedOptions", "decoded", "decoder_of"]

CODE_BYTES: Final = CODE_BITS // 8
_MOST_DRAWN: Final = 256
"""Codes drawn for one expression: a quarter of what Hypothesis allows for an example."""

T = TypeVar("T")


class SharedOptions(TypedDict, total=False):
    """The options that every strategy takes, all of them keyword-only.

    Attributes:
        for_: the class of an engine: only what it has is drawn. Needed for every engine that lacks
            some primitive, as most do.
        primitives: the symbols allowed, from `valuecheck.program.primitives`; by default those
            that most engines have.
        constants: on which sides of `+ - * /` a plain number may stand: a collection of "left"
            and "right", or a mapping from symbol to such a collection.
        exponents: the plain numbers that stand as exponents of `**`, simplest first.
        leaf_kinds: what leaves are drawn: simple, decimal, wide, kink, border, saturated.
        min_leaf: the least leaf.
        max_leaf: the greatest leaf.
        floats_only: no int stands beside a node.
    """

    for_: type
    primitives: Collection[str]
    constants: Constants
    exponents: Sequence[float]
    leaf_kinds: Collection[LeafKind]
    min_leaf: float
    max_leaf: float
    floats_only: bool


@dataclass(frozen=True, slots=True)
class Decoder(Generic[T]):
    """Turns drawn bytes into something, whatever the bytes are.

    Attributes:
        size: how many codes it takes, each `CODE_BITS` bits.
        decode: turns as many codes into something; zeros give the simplest.
    """

    size: int
    decode: Callable[[Sequence[int]], T]

    def of(self, drawn: bytes) -> T:
        """Decode `size * CODE_BYTES` bytes."""
        return self.decode(Struct(f">{self.size}I").unpack(drawn))

    def drawn(self) -> st.SearchStrategy[bytes]:
        """Return the strategy that draws what `of` takes.

        A fixed number of bytes at once: a list of integers takes Hypothesis seven times as long,
        and makes small integers likelier than large ones.
        """
        many = self.size * CODE_BYTES
        return st.binary(min_size=many, max_size=many)


_DECODERS: Final[WeakKeyDictionary[Any, Decoder[Any]]] = WeakKeyDictionary()


def decoder_of(strategy: st.SearchStrategy[T]) -> Decoder[T]:
    """Return the decoder behind one of the strategies of this package."""
    return _DECODERS[strategy]


def decoded(
    decode: Callable[[list[int]], Expression], min_codes: int, max_codes: int, *, fixed: int = 0
) -> st.SearchStrategy[Expression]:
    """Return the strategy that decodes lists of codes.

    The first code drawn says how many of the others count. Of those, a 0 is no code, so that
    shrinking can take a step away anywhere, and 1 is the simplest.

    Args:
        decode: turns a list of codes into an expression; may raise `StuckError` for a list that
            leads to operands at which no allowed primitive is legal. What comes of as many zeros
            as there must be is what everything shrinks towards; it stands in for those that are
            stuck.
        min_codes: the least number of codes.
        max_codes: the greatest number of codes; beyond `_MOST_DRAWN` they start over.
        fixed: how many codes at the beginning keep their places, with 0 as the simplest.

    Raises `InvalidArgument` when even the smallest list is stuck.
    """
    many = min(max_codes, _MOST_DRAWN)
    try:
        simplest = decode([0] * max(1, min_codes))
    except StuckError as error:
        msg = (
            "no expression can be built: none of the primitives allowed is defined at the leaves "
            "allowed, or none joins two nodes (primitives=, min_leaf=, max_leaf=)"
        )
        raise InvalidArgument(msg) from error

    def codes(share: int, given: list[int]) -> list[int]:
        size = min_codes + (share * (max_codes - min_codes + 1) >> CODE_BITS)
        found = given[:size] if size <= many else list(islice(cycle(given), size))
        kept = [*found[:fixed], *(code - 1 for code in found[fixed:] if code)]
        return kept + [0] * (min_codes - len(kept))

    def total(drawn: Sequence[int]) -> Expression:
        share, *given = drawn
        try:
            return decode(codes(share, given))
        except StuckError:
            return simplest

    decoder = Decoder(1 + many, total)

    # Not decoder.drawn().map(...): of that Hypothesis would print the bytes, not the expression.
    @st.composite
    def expressions(draw: st.DrawFn) -> Expression:
        return decoder.of(draw(decoder.drawn()))

    strategy = expressions()
    _DECODERS[strategy] = decoder
    return strategy
