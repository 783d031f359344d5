"""Independent of our rules: gradients held to the function itself, without a table of partials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuecheck.judging.faults import DirectionError
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.suite.drawn import drawn_expressions, one_of, several
from valuecheck.suite.law import law
from valuecheck.truth.high_precision import HighPrecision, LeftDomainError
from valuecheck.truth.oracles.dual_number import replay_dual
from valuecheck.truth.ruler import midpoint, radius

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.judging.judge import Judge
    from valuecheck.program.expression import Expression
    from valuecheck.strategies.codes import Decoder

_BITS = 400


def _directions(_judge: Judge) -> Decoder[tuple[int, ...]]:
    return several(one_of((1, 0, -1, 2, -2, 3, -3, 4, -4)), 6)


@law(drawn_expressions(), _directions)
def test_the_taylor_remainder_shrinks_with_the_square_of_the_step(
    judge: Judge, expression: Expression, direction: tuple[int, ...]
) -> None:
    """Claims: |f(x + h*d) - f(x) - h * <g, d>| shrinks like h^2, for the engine's gradient g.

    True by Taylor's theorem; f is computed with 400 bits and no derivative is taken by us. The
    slope that halving h leaves over is what g misses of the directional derivative: it may be no
    more than g's balls allow. Catches wrong gradients even where our own table were wrong.
    """
    balls = judge.loosely(expression)
    if judge.enclosed(expression).undecided or balls.undecided:
        return
    run = judge.run(expression)
    numbers = HighPrecision(_BITS)
    steps = [direction[i % len(direction)] for i in range(len(expression.leaves))]
    gradient = [run.grad_of(leaf) for leaf in range(len(steps))]
    scale = min((abs(x) for x in expression.leaves if x), default=1.0)
    try:
        h = numbers.number(scale) * numbers.number(2.0**-60)
        slopes = [_remainder(expression, steps, gradient, step, numbers) for step in (h, h / 2)]
    except (LeftDomainError, ZeroDivisionError):
        return  # the step left the domain or the smooth piece
    # remainder / h = (missed slope) + (curvature) * h; the second term halves, the first stays.
    missed = abs(2 * slopes[1] - slopes[0])
    allowed = sum(
        abs(step) * (radius(balls.adjoints[leaf]) + abs(midpoint(balls.adjoints[leaf])) * 2.0**-50)
        for leaf, step in enumerate(steps)
    )
    # Where the gradient is right, remainder / h at least halves, whatever the function's order.
    shrinks = abs(slopes[1]) <= 0.75 * abs(slopes[0])
    if missed > 2 * allowed + abs(slopes[0]) * 2.0**-40 and not shrinks:
        raise DirectionError(
            f"along the direction {steps} the function departs from its gradient by "
            f"{float(missed):.3g} per unit of step, and {allowed:.1g} is allowed",
            expression,
        )


def _remainder(
    expression: Expression,
    direction: Sequence[int],
    gradient: Sequence[float],
    h: Any,
    numbers: HighPrecision,
) -> Any:
    """Return (f(x + h*d) - f(x)) / h - <g, d>; raises `LeftDomainError` across a kink."""

    def apply(symbol: str, operands: tuple[Any, ...]) -> Any:
        return PRIMITIVES[symbol].primal(numbers, *operands)

    values, branches = [], []
    for step in (0, h):
        numbers.branches = []
        leaves = [
            numbers.number(x) + step * d for x, d in zip(expression.leaves, direction, strict=True)
        ]
        values.append(expression.replay(leaves, apply)[-1])
        branches.append(numbers.branches)
    if branches[0] != branches[1] or 0 in branches[0]:
        raise LeftDomainError
    slope = sum(numbers.number(g) * d for g, d in zip(gradient, direction, strict=True))
    return (values[1] - values[0]) / h - slope


@law(drawn_expressions(), _directions)
def test_the_gradient_is_the_transpose_of_the_tangent(
    judge: Judge, expression: Expression, direction: tuple[int, ...]
) -> None:
    """Claims: <J^T u, v> = <u, J v>: reverse mode agrees with forward mode along any direction.

    True because one is the transpose of the other. Forward mode runs in floats, and every engine
    could have it. Catches gradients wrong in one component, by all components at once.
    """
    balls = judge.loosely(expression)
    if judge.enclosed(expression).undecided or balls.undecided:
        return
    run = judge.run(expression)
    leaves = range(len(expression.leaves))
    output = replay_dual(expression, set(leaves), float, FLOATS)[-1]
    forward = sum(direction[i % len(direction)] * output.tangents.get(i, 0.0) for i in leaves)
    reverse = sum(direction[i % len(direction)] * run.grad_of(i) for i in leaves)
    # Forward mode in floats errs by as much as the balls allow, and so may the engine.
    allowed = sum(abs(direction[i % len(direction)]) * radius(balls.adjoints[i]) for i in leaves)
    if not abs(forward - reverse) <= 2 * allowed:
        raise DirectionError(
            f"along the direction {direction} reverse mode gives {reverse!r}, forward mode "
            f"{forward!r}, and {2 * allowed:.1g} is allowed between them",
            expression,
        )
