"""Expressions made from expressions: what the laws of calculus speak about."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.builder import Program
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "apart",
    "built_in_order",
    "has_value",
    "in_domain",
    "operands_swapped",
    "shifted",
    "unshared",
    "with_factor",
]


def apart(expression: Expression) -> Expression:
    """Return the last step of an expression on leaves of its own, one for each operand.

    The leaves have the primals that the operands have in the expression, which must be leaves.
    """
    step = expression.steps[-1]
    leaves = [expression.leaves[o] for o in step.operands if isinstance(o, int)]
    numbers = iter(range(len(leaves)))
    operands = tuple(next(numbers) if isinstance(o, int) else o for o in step.operands)
    return Expression(tuple(leaves), (Step(step.symbol, operands),))


def shifted(expression: Expression, by: int) -> list[Step]:
    """Return the steps of an expression with room for `by` more leaves after its own."""
    leaves = len(expression.leaves)
    return [
        Step(
            symbol,
            tuple(o + by if isinstance(o, int) and o >= leaves else o for o in operands),
        )
        for symbol, operands in expression.steps
    ]


def with_factor(expression: Expression, factor: float, symbol: str = "*") -> Expression:
    """Return the expression times (or, by `symbol`, otherwise joined to) a leaf of its own."""
    program = Program((*expression.leaves, factor), shifted(expression, by=1))
    output = program.expression.output if program.steps else 0
    program.add(symbol, output, len(expression.leaves))
    return program.expression


def unshared(expression: Expression, most: int = 200) -> Expression:
    """Return the expression with every interior node built again for each of its uses.

    Leaves stay shared, so that their gradients must be those of the shared expression. Where that
    takes more than `most` steps the rest stays shared.
    """
    leaves = len(expression.leaves)
    program = Program(expression.leaves)
    originals: dict[int, int] = {}

    def build(node: int) -> int:
        if node < leaves:
            return node
        if len(program.steps) >= most and node in originals:
            return originals[node]
        symbol, operands = expression.steps[node - leaves]
        copy = program.add(symbol, *(o if isinstance(o, Constant) else build(o) for o in operands))
        originals[node] = copy
        return copy

    build(expression.output)
    return program.expression


def operands_swapped(expression: Expression) -> Expression:
    """Return the expression with the nodes of every sum and product the other way round.

    A plain number stays on its side: an engine may take numbers on one side only.
    """
    return Expression(
        expression.leaves,
        tuple(
            Step(symbol, operands[::-1])
            if symbol in {"+", "*"} and not any(isinstance(o, Constant) for o in operands)
            else Step(symbol, operands)
            for symbol, operands in expression.steps
        ),
    )


def has_value(expression: Expression) -> bool:
    """Return whether floats can compute an expression: every primal is a finite real number."""
    return _computes(expression, lambda *_: True)


def in_domain(expression: Expression) -> bool:
    """Return whether floats can compute an expression, at no kink and in every domain."""
    return _computes(expression, lambda symbol, operands: PRIMITIVES[symbol].domain(*operands))


def _computes(expression: Expression, allowed: Callable[[str, tuple[float, ...]], bool]) -> bool:
    def apply(symbol: str, operands: tuple[float, ...]) -> float:
        result = float(PRIMITIVES[symbol].primal(FLOATS, *operands))
        if not (math.isfinite(result) and allowed(symbol, operands)):
            raise ZeroDivisionError
        return result

    try:
        expression.replay(expression.leaves, apply)
    except (ArithmeticError, ValueError, TypeError):
        return False
    return all(map(math.isfinite, expression.leaves))


def built_in_order(expression: Expression, choose: Callable[[int], int]) -> Expression:
    """Return the same expression with its steps built in another order that is possible.

    Args:
        expression: what to reorder; its output stays the last step.
        choose: (n) to a number below n: which of the n steps that could come next does.
    """
    leaves = len(expression.leaves)
    moved = dict(zip(range(leaves), range(leaves), strict=True))
    waiting = list(range(leaves, expression.output))
    program = Program(expression.leaves)

    def place(node: int) -> None:
        symbol, operands = expression.steps[node - leaves]
        moved[node] = program.add(
            symbol, *(o if isinstance(o, Constant) else moved[o] for o in operands)
        )

    while waiting:
        ready = [
            node
            for node in waiting
            if all(
                isinstance(o, Constant) or o in moved for o in expression.steps[node - leaves][1]
            )
        ]
        chosen = ready[choose(len(ready))]
        waiting.remove(chosen)
        place(chosen)
    if expression.steps:
        place(expression.output)
    return program.expression
