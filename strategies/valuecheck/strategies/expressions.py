"""`expressions()`: any program at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from valuecheck.strategies.codes import SharedOptions, decoded
from valuecheck.strategies.decoder import Builder, Code
from valuecheck.strategies.fit import options_for
from valuecheck.strategies.options import Options, check_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis import strategies as st

    from valuecheck.program.expression import Expression

__all__ = ["decode_expression", "expressions"]


def expressions(
    *, min_steps: int = 1, max_steps: int = 12, **shared: Unpack[SharedOptions]
) -> st.SearchStrategy[Expression]:
    """Return a strategy for expressions of any shape, most of them sharing subexpressions.

    Numbers stand as operands on both sides, as ints and floats; operands come in both orders and
    may be the same node; now and then a branch is dead or a leaf unused.

    Args:
        min_steps: the least number of steps; 0 allows a leaf alone.
        max_steps: the greatest number of steps.
        **shared: the options that all strategies take, see `SharedOptions`.

    Shrinks towards fewer steps, primitives early in the table, and leaves of 1.0: its minimal
    example is `x0 = Value(1.0); v1 = x0 + x0`.

    Raises `hypothesis.errors.InvalidArgument` at once when an argument is out of range.
    """
    check_sizes("steps", min_steps, max_steps, least=0)
    options = options_for(shared)

    def decode(drawn: list[int]) -> Expression:
        return decode_expression(drawn, options, max_steps, min_steps)

    return decoded(decode, min_steps, max_steps)


def decode_expression(
    drawn: Sequence[int], options: Options, max_steps: int, min_steps: int = 0
) -> Expression:
    """Decode integers of `CODE_BITS` bits; what `expressions()` does with what it draws."""
    builder = Builder(options)
    if not drawn:
        builder.leaf(0)
        return builder.expression()
    for number in drawn:
        code = Code.of(number)
        # Each loose end but one will take a step to be tied.
        room = max_steps - len(builder) - max(len(builder.loose) - 1, 0)
        if room < 1:
            break
        if room == 1 and builder.loose:
            builder.step(code, builder.loose[-1])
        else:
            builder.step(code)
    last = Code.of(drawn[-1])
    if not last.rare:  # else dead branches are left
        builder.tie(last)
    while len(builder) < min_steps:  # room was kept for ends that needed no tying
        builder.step(Code.of(0))
    if last.right >> 2 == 7:  # noqa: PLR2004 - few have a leaf that nothing uses
        builder.leaf(last.number)
    return builder.expression()
