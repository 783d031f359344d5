"""The ruler: a ball around each primal and adjoint that every correct float64 engine must hit.

What is assumed of an engine. Each primal it computes is within a relative 2^-48 of the exact
result of the primitive on the primals it was given, or within 2^-1022 of it (underflow); each
contribution to an adjoint (partial times adjoint of the result) is built from operations of that
accuracy, in the form of the table of primitives or in one that errs less; contributions are added
in IEEE double precision, in any order. 2^-48 is 32 units in the last place of a double, room
enough for a few roundings where the table has one, as in `a * b**-1` for `a / b`.

What is proved. Ball arithmetic (Arb, through python-flint) encloses the exact result of an
operation on any numbers in the operands' balls. After every operation the ball is multiplied by
1 ± 2^-48 and, unless it is exactly 0, widened by 2^-1022. By induction over the program each ball
holds the true primal or adjoint and the one computed by every engine as assumed. An exact 0 is not
widened: 0 times anything is 0 on every engine, and relu at exactly 0 is to stay recognisable.

For the order of addition: n numbers of magnitude at most c_i, added in any order, miss their sum
by at most (n - 1) * 2^-53 * sum(c_i) to first order (Higham, Accuracy and Stability of Numerical
Algorithms, section 4.2). A node used three times or more gets twice that on top; two numbers can
be added in one order only.

What is not decided. On a kink (relu at 0), or so close that the ball straddles it, any derivative
between the sides is right: the ball covers them all, and `undecided` says "kink". Where a ball
reaches beyond the range of floats nothing can be said: "not finite".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from flint import arb

from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.agreement import decides
from valuecheck.truth.balls import FROM_MINUS_ONE_TO_ONE, Ball, Balls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.program.expression import Expression

__all__ = ["LOOSE", "TIGHT", "Enclosure", "enclose", "midpoint", "radius"]

TIGHT: Final = 2.0**-48
"""Slack an operation, relative: a correct engine lies inside balls grown by this much."""

LOOSE: Final = 2.0**-20
"""Slack an operation, relative: outside balls grown by this much an engine is wrong, not rough."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The balls of an expression.

    Attributes:
        primals: for each node the ball around its primal.
        adjoints: for each node the ball around d output / d node; exactly 0 for dead nodes.
        undecided: why the balls are no sharp verdict, or None when they are one.
    """

    primals: Sequence[arb]
    adjoints: Sequence[arb]
    undecided: Literal["kink", "not finite"] | None


def enclose(expression: Expression, slack: float = TIGHT, seed: float = 1.0) -> Enclosure:
    """Return the balls around every primal and adjoint of an expression.

    Args:
        expression: what to enclose.
        slack: the relative slack an operation, `TIGHT` or `LOOSE`.
        seed: the adjoint of the output that the reverse sweep starts from.
    """
    balls = Balls(slack)

    def apply(symbol: str, operands: tuple[Any, ...]) -> Ball:
        result: Ball = PRIMITIVES[symbol].primal(balls, *operands)
        return result

    primals = expression.replay([balls.exact(leaf) for leaf in expression.leaves], apply)
    contributions: list[list[Ball]] = [[] for _ in primals]
    contributions[-1].append(balls.exact(seed))
    adjoints = [balls.exact(0)] * len(primals)
    first_step = len(expression.leaves)
    for node in range(expression.output, -1, -1):
        if not contributions[node]:
            continue
        adjoint = adjoints[node] = _total(contributions[node])
        if node < first_step:
            continue
        symbol, operands = expression.steps[node - first_step]
        numbers = [primals[o] if isinstance(o, int) else o.value for o in operands]
        for operand, partial in zip(operands, PRIMITIVES[symbol].partials, strict=True):
            if isinstance(operand, int):
                contributions[operand].append(
                    adjoint * partial(balls, primals[node], *numbers),
                )
    return Enclosure(
        [ball.arb for ball in primals],
        [ball.arb for ball in adjoints],
        _undecided(primals, adjoints, met_kink=balls.met_kink),
    )


def _total(contributions: list[Ball]) -> Ball:
    total = contributions[0]
    for contribution in contributions[1:]:
        total = total + contribution
    uses = len(contributions)
    if uses > 2:  # noqa: PLR2004 - two numbers can be added in one order only
        magnitudes = sum((abs(c.arb) for c in contributions), start=arb(0))
        any_order = uses * 2.0**-52 * magnitudes.abs_upper()
        total = Ball(total.arb + any_order * FROM_MINUS_ONE_TO_ONE, total.slack)
    return total


def _undecided(
    primals: list[Ball], adjoints: list[Ball], *, met_kink: bool
) -> Literal["kink", "not finite"] | None:
    if not all(decides(ball.arb) for balls in (primals, adjoints) for ball in balls):
        return "not finite"
    return "kink" if met_kink else None


def midpoint(ball: arb) -> float:
    """Return the centre of a ball, rounded to a float."""
    return float(ball.mid())


def radius(ball: arb) -> float:
    """Return the radius of a ball, rounded up to a float."""
    return float(ball.rad().upper())
