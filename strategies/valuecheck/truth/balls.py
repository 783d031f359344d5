"""Arithmetic of balls that grow by a slack with every operation, as the ruler assumes."""

from __future__ import annotations

import math
from typing import Final

from flint import arb

__all__ = ["FROM_MINUS_ONE_TO_ONE", "Ball", "Balls"]

_FROM_ZERO_TO_ONE: Final = arb(0.5, 0.5)
FROM_MINUS_ONE_TO_ONE: Final = arb(0, 1)

_OF_A_ZERO: Final = 2.0**-150
"""What a sum that cancels may be, relative to its terms: decimals of 50 digits are rounded too."""

_OF_A_LOGARITHM: Final = 8.0
"""A power made by exp and log errs by the rounding of the exponent of e, times that exponent."""


class Ball:
    """A ball that grows by its slack with every operation."""

    __slots__ = ("arb", "balls")

    def __init__(self, ball: arb, balls: Balls) -> None:
        self.arb: arb = ball
        self.balls: Balls = balls

    def __add__(self, other: Ball | float) -> Ball:
        return self.balls.total(self.arb, _as_arb(other))

    def __radd__(self, other: float) -> Ball:
        return self.balls.total(arb(other), self.arb)

    def __sub__(self, other: Ball | float) -> Ball:
        return self.balls.total(self.arb, -_as_arb(other))

    def __rsub__(self, other: float) -> Ball:
        return self.balls.total(arb(other), -self.arb)

    def __mul__(self, other: Ball | float) -> Ball:
        return self.balls.grown(self.arb * _as_arb(other))

    def __rmul__(self, other: float) -> Ball:
        return self.balls.grown(arb(other) * self.arb)

    def __truediv__(self, other: Ball | float) -> Ball:
        return self.balls.grown(self.arb / _as_arb(other))

    def __rtruediv__(self, other: float) -> Ball:
        return self.balls.grown(arb(other) / self.arb)

    def __neg__(self) -> Ball:
        return Ball(-self.arb, self.balls)  # exact on every engine


def _as_arb(number: Ball | float) -> arb:
    return number.arb if isinstance(number, Ball) else arb(number)


class Balls:
    """Arithmetic of balls; notices when a derivative was asked for on a kink.

    Attributes:
        slack: relative, an operation.
        underflow: the absolute slack of what is not exactly 0.
        met_kink: whether a derivative was asked for on a kink.
    """

    def __init__(self, slack: float, underflow: float) -> None:
        self.slack = slack
        self._factor = arb(1, slack)
        self._underflow = arb(0, underflow)
        self.one: Ball = Ball(arb(1), self)
        self.met_kink: bool = False

    def exact(self, number: float) -> Ball:
        return Ball(arb(number), self)

    def grown(self, ball: arb) -> Ball:
        if not ball.is_zero():
            ball = ball * self._factor + self._underflow
        return Ball(ball, self)

    def total(self, left: arb, right: arb) -> Ball:
        result = left + right
        if result.is_zero() and not left.is_zero():
            return Ball(left * arb(0, _OF_A_ZERO), self)
        return self.grown(result)

    def exp(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.exp())

    def log(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.log())

    def tanh(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.tanh())

    def sin(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.sin())

    def cos(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.cos())

    def sqrt(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.sqrt())

    def sinh(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.sinh())

    def cosh(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.cosh())

    def atan(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.atan())

    def asinh(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.asinh())

    def log1p(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.log1p())

    def expm1(self, x: Ball, /) -> Ball:
        return self.grown(x.arb.expm1())

    def power(self, base: Ball | float, exponent: Ball | float, /) -> Ball:
        b = _as_arb(base)
        if not isinstance(exponent, Ball) and float(exponent).is_integer():
            # Arb multiplies for integer exponents, and so can take balls that straddle 0.
            result = b ** int(exponent)
        else:
            result = b ** _as_arb(exponent)
        size = abs(float(_as_arb(exponent).mid()))
        middle = abs(float(b.mid()))
        if size > 1.0 and 0.0 < middle < math.inf:
            # Who makes it by exp and log loses digits as the exponent of e grows.
            loss = abs(size * math.log(middle)) / _OF_A_LOGARITHM
            if math.isfinite(loss):
                result = result * arb(1, self.slack * loss)
        return self.grown(result)

    def relu(self, x: Ball, /) -> Ball:
        return Ball(x.arb.nonnegative_part(), self)  # exact on every engine

    def larger(self, x: Ball, y: Ball, /) -> Ball:
        return Ball(x.arb.max(y.arb), self)  # exact on every engine

    def step(self, x: Ball, /) -> Ball:
        return self._side(x, 0, _FROM_ZERO_TO_ONE)

    def absolute(self, x: Ball, /) -> Ball:
        return Ball(abs(x.arb), self)

    def sign(self, x: Ball, /) -> Ball:
        return self._side(x, -1, FROM_MINUS_ONE_TO_ONE)

    def _side(self, x: Ball, below: int, at_the_kink: arb) -> Ball:
        if x.arb > 0:
            return self.one
        if x.arb < 0:
            return self.exact(below)
        self.met_kink = True
        return Ball(at_the_kink, self)
