"""Strategies for the shapes that break engines: each draws nothing but its shape."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING, Unpack

from valuecheck.strategies.codes import SharedOptions, decoded
from valuecheck.strategies.decoder import Builder, Code, StuckError
from valuecheck.strategies.fit import options_for
from valuecheck.strategies.options import check_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hypothesis import strategies as st

    from valuecheck.program.expression import Expression
    from valuecheck.program.form import Form

__all__ = ["chains", "diamonds", "fan_outs", "ladders", "self_operands", "twins"]

_ZERO = Code.of(0)


def diamonds(*, max_arm: int = 3, **shared: Unpack[SharedOptions]) -> st.SearchStrategy[Expression]:
    """Return a strategy for diamonds: two different paths part at a node and meet again.

    The node is a leaf or a result; the arms have partials of 1 and others; the meeting node takes
    them in either order; what follows gives the meeting node a non-unit adjoint.

    Args:
        max_arm: the greatest number of steps on one arm; the shorter arm may be a bare edge.
        **shared: the options that all strategies take, see `SharedOptions`.

    Shrinks towards one step on one arm, a bare edge for the other, and nothing else:
    `x0 = Value(1.0); v1 = x0 + x0; v2 = v1 + x0`.

    Raises `hypothesis.errors.InvalidArgument` at once when an argument is out of range.
    """
    check_sizes("arm", 1, max_arm, least=1)

    def build(builder: Builder, head: Code, steps: Iterator[Code]) -> None:
        node = _source(builder, head, steps)
        long = short = node
        for _ in range(1 + head.left % max_arm):
            long = _apart(builder, next(steps), long)
        for _ in range(head.right % (max_arm + 1)):
            short = _apart(builder, next(steps), short)
        _meet(builder, head, long, short)
        _follow_up(builder, head, steps)

    return _shape(build, shared, steps=3 + 2 * max_arm)


def ladders(
    *, min_rungs: int = 1, max_rungs: int = 8, **shared: Unpack[SharedOptions]
) -> st.SearchStrategy[Expression]:
    """Return a strategy for ladders: diamonds on top of each other, 2^k paths through k rungs.

    Args:
        min_rungs: the least number of diamonds.
        max_rungs: the greatest number of diamonds.
        **shared: the options that all strategies take, see `SharedOptions`.

    Shrinks towards `min_rungs` diamonds, each `v = a + a; a = v + a`, on a leaf of 1.0.

    Raises `hypothesis.errors.InvalidArgument` at once when an argument is out of range.
    """
    check_sizes("rungs", min_rungs, max_rungs, least=1)

    def build(builder: Builder, head: Code, steps: Iterator[Code]) -> None:
        node = _source(builder, head, steps)
        for rung in range(min_rungs + head.number % (max_rungs - min_rungs + 1)):
            long = builder.step(next(steps), node)
            short = builder.step(next(steps), node) if head.left >> rung % 5 & 1 else node
            node = _meet(builder, next(steps) if head.left else head, long, short)

    return _shape(build, shared, steps=9)


def chains(
    *, min_depth: int = 1, max_depth: int = 64, **shared: Unpack[SharedOptions]
) -> st.SearchStrategy[Expression]:
    """Return a strategy for chains: each step uses the one before it, and a leaf or a number.

    Args:
        min_depth: the least number of steps.
        max_depth: the greatest number of steps; 1,000 and more is deeper than the recursion of
            most engines can go. Decoding takes about 10 microseconds a step.
        **shared: the options that all strategies take, see `SharedOptions`.

    Shrinks towards `min_depth` additions: `x0 = Value(1.0); v1 = x0 + x0`.

    Raises `hypothesis.errors.InvalidArgument` at once when an argument is out of range.
    """
    check_sizes("depth", min_depth, max_depth, least=1)

    def build(builder: Builder, head: Code, steps: Iterator[Code]) -> None:
        first = node = builder.leaf(head.number)
        # The depth comes of three fields, so that any depth is drawn and 0 is the least.
        depth = min_depth + (head.form << 10 | head.left << 5 | head.right) * (
            max_depth - min_depth + 1
        ) // (1 << 16)
        # Long chains keep to steps of partial 1 and -1: products of thousands of others overflow.
        forms = [f for f in builder.options.forms if f.symbol in {"+", "-", "neg", "pos"}]
        gentle = depth > 64 and any(form.nodes > 1 or form.number for form in forms)  # noqa: PLR2004
        for _ in range(depth):
            node = builder.step(next(steps), node, first, forms=forms if gentle else None)

    return _shape(build, shared, steps=6)


def fan_outs(
    *, min_uses: int = 3, max_uses: int = 8, **shared: Unpack[SharedOptions]
) -> st.SearchStrategy[Expression]:
    """Return a strategy for fan-outs: one node used many times, by different primitives.

    Args:
        min_uses: the least number of steps that use the node.
        max_uses: the greatest number of steps that use the node.
        **shared: the options that all strategies take, see `SharedOptions`.

    Shrinks towards `min_uses` additions that use a leaf of 1.0, added up:
    `v1 = x0 + x0; v2 = x0 + v1; v3 = x0 + v2`, then `v1 + v2 + v3`.

    Raises `hypothesis.errors.InvalidArgument` at once when an argument is out of range.
    """
    check_sizes("uses", min_uses, max_uses, least=2)

    def build(builder: Builder, head: Code, steps: Iterator[Code]) -> None:
        node = _source(builder, head, steps)
        results = [
            builder.step(next(steps), node)
            for _ in range(min_uses + head.right % (max_uses - min_uses + 1))
        ]
        total = results[0]
        for result in results[1:]:
            total = _meet(builder, next(steps), total, result)
        _follow_up(builder, head, steps)

    return _shape(build, shared, steps=2 * max_uses)


def self_operands(**shared: Unpack[SharedOptions]) -> st.SearchStrategy[Expression]:
    """Return a strategy for `x op x`: `x*x`, `x-x`, `x/x`, `x+x`, and `x**2` beside `x*x`.

    Shrinks towards `x0 = Value(1.0); v1 = x0 + x0`.

    Args:
        **shared: the options that all strategies take, see `SharedOptions`.

    Raises `hypothesis.errors.InvalidArgument` at once when an argument is out of range.
    """

    def build(builder: Builder, head: Code, steps: Iterator[Code]) -> None:
        node = _source(builder, head, steps)
        first = next(steps)
        result = builder.step(first, node, node, forms=builder.options.binary)
        power = [form for form in builder.options.forms if form.symbol == "**"]
        if power and head.left % 4 == 3:  # noqa: PLR2004 - one in four has x**n beside it
            square = builder.step(next(steps), node, forms=power)
            _meet(builder, head, result, square)
        _follow_up(builder, head, steps)

    return _shape(build, shared, steps=5)


def twins(**shared: Unpack[SharedOptions]) -> st.SearchStrategy[Expression]:
    """Return a strategy for twins: distinct leaves, and distinct results, of equal primal.

    An engine that takes nodes of equal value for one node gives one of the twins the gradient of
    both, or of neither.

    Shrinks towards `x0 = Value(1.0); x1 = Value(1.0); v2 = x0 + x1`.

    Args:
        **shared: the options that all strategies take, see `SharedOptions`.

    Raises `hypothesis.errors.InvalidArgument` at once when an argument is out of range.
    """

    def build(builder: Builder, head: Code, steps: Iterator[Code]) -> None:
        left = builder.leaf(head.number)
        right = builder.twin(left)
        for _ in range(head.left % 3):  # the same steps on both, so that results are twins too
            code = next(steps)
            operand = builder.leaf(code.second_number)
            left, right = builder.step(code, left, operand), builder.step(code, right, operand)
        for side in (1, 2):  # then different ones, so that their adjoints differ
            if head.right & side:
                code = next(steps)
                if side == 1:
                    left = builder.step(code, left)
                else:
                    right = builder.step(code, right)
        _meet(builder, head, left, right)
        _follow_up(builder, head, steps)

    return _shape(build, shared, steps=7)


def _shape(
    build: Callable[[Builder, Code, Iterator[Code]], None], shared: SharedOptions, steps: int
) -> st.SearchStrategy[Expression]:
    """Return the strategy that decodes a head and a list of steps with `build`.

    The steps start over when they run out, so a short list is a simple pattern.
    """
    options = options_for(shared)

    def decode(drawn: Sequence[int]) -> Expression:
        builder = Builder(options)
        rest = [Code.of(number) for number in drawn[1:]]
        build(builder, Code.of(drawn[0]), cycle(rest or [_ZERO]))
        return builder.expression()

    return decoded(decode, 1, 1 + steps, fixed=1)


def _source(builder: Builder, head: Code, steps: Iterator[Code]) -> int:
    """Return the node that a shape grows from: mostly a leaf, or a result of two steps."""
    node = builder.leaf(head.number)
    for code in islice(steps, 2 if head.form % 4 == 3 else 0):  # noqa: PLR2004 - one in four
        node = builder.step(code, node)
    return node


def _apart(builder: Builder, code: Code, node: int) -> int:
    """Add a step whose second operand, if any, is the node itself or a new leaf.

    So that the arms of a diamond stay apart.
    """
    if code.right == 0:
        return builder.step(code, node, node)
    return builder.step(code._replace(right=code.right | 3), node)


def _meet(builder: Builder, code: Code, left: int, right: int) -> int:
    """Join two nodes by a primitive, in either order; raises `StuckError` when none can."""
    forms: list[Form] = builder.options.binary
    if not forms:
        raise StuckError
    return builder.step(code, left, right, forms=forms)


def _follow_up(builder: Builder, head: Code, steps: Iterator[Code]) -> None:
    """Add up to two steps after the shape, so that its adjoint is not 1."""
    for code in islice(steps, head.form // 4 % 3):
        builder.step(code, builder.loose[-1])
