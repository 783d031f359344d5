"""The ruler: a ball around each primal and adjoint that every correct float64 engine must hit.

What is assumed of an engine. Each primal it computes is within a relative 2^-48 of the exact
result of the primitive on the primals it was given, or within 2^-1022 of it (underflow); each
contribution to an adjoint (partial times adjoint of the result) is built from operations of that
accuracy, in the form of the table of primitives or in one that errs less; contributions are added
in IEEE double precision, in any order. 2^-48 is 32 units in the last place of a double, room
enough for a few roundings where the table has one, as in `a * b**-1` for `a / b`.

A power may be made by exp and log: its slack grows with the exponent of e. Where a product of
adjoints falls below 2^-500 a right engine may have lost it half way: there nothing is judged.

What is proved. Ball arithmetic (Arb, through python-flint) encloses the exact result of an
operation on any numbers in the operands' balls. After every operation the ball is multiplied by
1 ± 2^-48 and, unless it is exactly 0, widened by 2^-1022 (an adjoint by 2^-500). By induction over
the program each ball holds the true primal or adjoint and the one computed by every engine as
assumed. An exact 0 is not widened: 0 times anything is 0 on every engine, and relu at exactly 0 is
to stay recognisable. A sum that cancels is widened by 2^-150 of its terms: numbers that are not
floats are rounded before they are added.

For the order of addition: n numbers of magnitude at most c_i, added in any order, miss their sum
by at most (n - 1) * 2^-53 * sum(c_i) to first order (Higham, Accuracy and Stability of Numerical
Algorithms, section 4.2). A node used three times or more gets twice that on top; two numbers can
be added in one order only.

What is not decided. On a kink (relu at 0), or so close that the ball straddles it, any derivative
between the sides is right: the ball covers them all, and `undecided` says "kink". Where a ball
reaches beyond the range of floats nothing can be said: "not finite".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from flint import arb

from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.agreement import decides
from valuecheck.truth.balls import FROM_MINUS_ONE_TO_ONE, Ball, Balls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from valuecheck.program.expression import Expression

__all__ = [
    "DOUBLE",
    "FLOAT64",
    "LOOSE",
    "TIGHT",
    "Enclosure",
    "Ruler",
    "enclose",
    "midpoint",
    "radius",
]

TIGHT: Final = 2.0**-48
"""Slack an operation, relative: a correct engine lies inside balls grown by this much."""

LOOSE: Final = 2.0**-20
"""Slack an operation, relative: outside balls grown by this much an engine is wrong, not rough."""

_CANCELLED: Final = arb(0, 2.0**-44)
"""What is lost where numbers near 1 are subtracted, as in (e^2x - 1) / (e^2x + 1) near 0."""

_ANYWHERE: Final = arb(0, math.inf)
"""A ball that decides nothing."""

DOUBLE: Final = 53
"""Bits of a float."""

_SINGLE: Final = (1e-18, 1e18)
"""Sizes between which single precision neither overflows nor underflows half way."""


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


class Ruler:
    """Encloses what every correct engine of a kind computes.

    Attributes:
        width: how many bits its numbers have: 53 for floats, 24 for single precision.
        lossy: symbols of primitives that lose digits to cancellation near 0, which the loose balls
            allow for.
    """

    def __init__(self, width: int = 53, lossy: frozenset[str] = frozenset()) -> None:
        self.width = width
        self.lossy = lossy
        self._single = width < DOUBLE
        self.slack: float = TIGHT * 2.0 ** (DOUBLE - width)

    def holds(self, number: float) -> bool:
        """Return whether a number is of a size at which the engine's numbers keep their digits."""
        return not self._single or number == 0.0 or _SINGLE[0] < abs(number) < _SINGLE[1]

    def enclose(
        self,
        expression: Expression,
        seed: float = 1.0,
        same: Mapping[int, int] | None = None,
        *,
        loose: bool = False,
    ) -> Enclosure:
        """Return the balls around every primal and adjoint of an expression.

        Args:
            expression: what to enclose.
            seed: the adjoint of the output that the reverse sweep starts from.
            same: by node, an earlier node that it is once more: that one gets what is due to both.
            loose: allow for `LOOSE` an operation, outside of which an engine is wrong, not rough.
        """
        same = same or {}
        slack = max(LOOSE, 2.0**7 * self.slack) if loose else self.slack
        primal_balls = Balls(slack, 2.0**-126 if self._single else 2.0**-1022)
        adjoint_balls = Balls(slack, 2.0**-60 if self._single else 2.0**-500)

        def apply(symbol: str, operands: tuple[Any, ...]) -> Ball:
            result: Ball = PRIMITIVES[symbol].primal(primal_balls, *operands)
            if loose and symbol in self.lossy:
                return Ball(result.arb + _CANCELLED, primal_balls)
            return result

        primals = expression.replay(
            [self._leaf(leaf, primal_balls) for leaf in expression.leaves], apply
        )
        for ball in primals:
            ball.balls = adjoint_balls
        return self._reverse(expression, primals, adjoint_balls, seed, same)

    def _leaf(self, number: float, balls: Balls) -> Ball:
        ball = balls.exact(number)
        if self._single and number:
            return Ball(ball.arb * arb(1, 2.0**-self.width), balls)
        return ball

    def _reverse(
        self,
        expression: Expression,
        primals: list[Ball],
        balls: Balls,
        seed: float,
        same: Mapping[int, int],
    ) -> Enclosure:
        contributions: list[list[Ball]] = [[] for _ in primals]
        contributions[same.get(expression.output, expression.output)].append(balls.exact(seed))
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
                    contributions[same.get(operand, operand)].append(
                        adjoint * partial(balls, primals[node], *numbers),
                    )
        undecided = self._undecided(primals, adjoints, met_kink=balls.met_kink)
        if self._single and undecided == "not finite":
            return Enclosure([_ANYWHERE] * len(primals), [_ANYWHERE] * len(primals), undecided)
        return Enclosure([ball.arb for ball in primals], [ball.arb for ball in adjoints], undecided)

    def _undecided(
        self, primals: list[Ball], adjoints: list[Ball], *, met_kink: bool
    ) -> Literal["kink", "not finite"] | None:
        if not all(decides(ball.arb) for balls in (primals, adjoints) for ball in balls):
            return "not finite"
        if self._single and not all(
            ball.arb.is_zero() or self.holds(midpoint(ball.arb))
            for balls in (primals, adjoints)
            for ball in balls
        ):
            return "not finite"
        return "kink" if met_kink else None


FLOAT64: Final = Ruler()
"""The ruler of engines that compute with Python's floats."""


def enclose(expression: Expression, seed: float = 1.0, *, loose: bool = False) -> Enclosure:
    """Return the balls of an expression by the ruler for floats, as `Ruler.enclose` does."""
    return FLOAT64.enclose(expression, seed, loose=loose)


def _total(contributions: list[Ball]) -> Ball:
    total = contributions[0]
    for contribution in contributions[1:]:
        total = total + contribution
    uses = len(contributions)
    if uses > 2:  # noqa: PLR2004 - two numbers can be added in one order only
        magnitudes = sum((abs(c.arb) for c in contributions), start=arb(0))
        any_order = uses * 2.0**-52 * magnitudes.abs_upper()
        total = Ball(total.arb + any_order * FROM_MINUS_ONE_TO_ONE, total.balls)
    return total


def midpoint(ball: arb) -> float:
    """Return the centre of a ball, rounded to a float."""
    return float(ball.mid())


def radius(ball: arb) -> float:
    """Return the radius of a ball, rounded up to a float."""
    return float(ball.rad().upper())
