"""What all strategies share: their options, and drawing integers to decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from valuecheck.strategies.builder import CODE_BITS, StuckError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from valuecheck.expression import Expression
    from valuecheck.strategies.leaves import LeafKind
    from valuecheck.strategies.options import Constants

__all__ = ["SharedOptions", "codes", "decoded"]


class SharedOptions(TypedDict, total=False):
    """The options that every strategy takes, all of them keyword-only.

    Attributes:
        primitives: the symbols allowed, from `valuecheck.primitives.PRIMITIVES`; by default those
            that most engines have.
        constants: on which sides of `+ - * /` a plain number may stand: a collection of "left"
            and "right", or a mapping from symbol to such a collection.
        leaf_kinds: what leaves are drawn: simple, decimal, wide, kink, border, saturated.
        min_leaf: the least leaf.
        max_leaf: the greatest leaf.
    """

    primitives: Collection[str]
    constants: Constants
    leaf_kinds: Collection[LeafKind]
    min_leaf: float
    max_leaf: float


def codes(min_size: int, max_size: int) -> st.SearchStrategy[list[int]]:
    """Return a strategy for lists of integers to decode, one a step."""
    return st.lists(st.integers(0, 2**CODE_BITS - 1), min_size=min_size, max_size=max_size)


def decoded(
    drawn: st.SearchStrategy[list[int]],
    decode: Callable[[list[int]], Expression],
    smallest: list[int],
) -> st.SearchStrategy[Expression]:
    """Return the strategy that decodes what `drawn` draws.

    Args:
        drawn: lists of integers.
        decode: turns such a list into an expression; may raise `StuckError` for a list that leads
            to operands at which no allowed primitive is legal.
        smallest: the list that everything shrinks towards; stands in for those that are stuck.

    Raises `InvalidArgument` when even the smallest list is stuck.
    """
    try:
        simplest = decode(smallest)
    except StuckError as error:
        msg = (
            "no expression can be built: none of the primitives allowed is defined at the leaves "
            "allowed, or none joins two nodes (primitives=, min_leaf=, max_leaf=)"
        )
        raise InvalidArgument(msg) from error

    # Not drawn.map(...): of that Hypothesis would print the integers, and not the expression.
    @st.composite
    def total(draw: st.DrawFn) -> Expression:
        try:
            return decode(draw(drawn))
        except StuckError:
            return simplest

    return total()
