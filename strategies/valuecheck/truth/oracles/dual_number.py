"""Forward mode: each number carries its derivatives with it, and no sweep goes backward.

A dual number is (primal, tangents). A primitive with partials p_i turns operands with tangents
t_i into a result with the tangent sum(p_i * t_i) (Griewank & Walther, Evaluating Derivatives,
chapter 3). To ask after d output / d node, that node is given the tangent 1 of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.high_precision import HighPrecision, LeftDomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from valuecheck.program.arithmetic import Arithmetic
    from valuecheck.program.expression import Expression
    from valuecheck.program.primitives import Primitive

__all__ = ["Dual", "adjoints", "primal", "replay_dual"]

_BITS = 160
"""Enough for the answer to be the true derivative as far as any float can tell."""


@dataclass(slots=True)
class Dual:
    """A primal, and by the number of a node the derivative with respect to that node."""

    primal: Any
    tangents: dict[int, Any] = field(default_factory=dict)


def replay_dual(
    expression: Expression,
    seeds: Collection[int],
    number: Callable[[float], Any],
    arithmetic: Arithmetic,
    table: Mapping[str, Primitive] = PRIMITIVES,
) -> list[Dual]:
    """Replay an expression on dual numbers over any number type.

    Args:
        expression: what to replay.
        seeds: the nodes to differentiate by, leaves or steps, all carried at once.
        number: makes a number of the type from a float.
        arithmetic: the elementary functions of the type.
        table: the primitives, with their partials.
    """
    one = number(1.0)
    built = 0

    def seeded(dual: Dual) -> Dual:
        nonlocal built
        if built in seeds:
            dual.tangents[built] = one
        built += 1
        return dual

    def apply(symbol: str, operands: tuple[Any, ...]) -> Dual:
        row = table[symbol]
        primals = [o.primal if isinstance(o, Dual) else o for o in operands]
        result = Dual(row.primal(arithmetic, *primals))
        for operand, partial_of in zip(operands, row.partials, strict=True):
            if isinstance(operand, Dual) and operand.tangents:
                partial = partial_of(arithmetic, result.primal, *primals)
                for seed, tangent in operand.tangents.items():
                    share = partial * tangent
                    so_far = result.tangents.get(seed)
                    result.tangents[seed] = share if so_far is None else so_far + share
        return seeded(result)

    return expression.replay([seeded(Dual(number(leaf))) for leaf in expression.leaves], apply)


def primal(expression: Expression) -> float | None:
    """Return the primal of the output; abstains outside the domain."""
    arithmetic = HighPrecision(_BITS)
    try:
        return float(replay_dual(expression, (), arithmetic.number, arithmetic)[-1].primal)
    except (LeftDomainError, ZeroDivisionError):
        return None


def adjoints(
    expression: Expression,
    nodes: Sequence[int],
    table: Mapping[str, Primitive] = PRIMITIVES,
) -> list[float | None]:
    """Return d output / d node for each of `nodes`; abstains outside the domain and on kinks."""
    arithmetic = HighPrecision(_BITS)
    try:
        output = replay_dual(expression, set(nodes), arithmetic.number, arithmetic, table)[-1]
    except (LeftDomainError, ZeroDivisionError):
        return [None] * len(nodes)
    if 0 in arithmetic.branches:
        return [None] * len(nodes)
    return [float(output.tangents.get(node, 0.0)) for node in nodes]
