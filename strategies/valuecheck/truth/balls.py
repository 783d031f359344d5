"""Arithmetic of balls that grow by a slack with every operation, as the ruler assumes."""

from __future__ import annotations

from typing import Final

from flint import arb

__all__ = ["FROM_MINUS_ONE_TO_ONE", "Ball", "Balls"]

_UNDERFLOW: Final = arb(0, 2.0**-1022)
_FROM_ZERO_TO_ONE: Final = arb(0.5, 0.5)
FROM_MINUS_ONE_TO_ONE: Final = arb(0, 1)


class Ball:
    """A ball that grows by its slack, as above, with every operation."""

    __slots__ = ("arb", "slack")

    def __init__(self, ball: arb, slack: arb) -> None:
        self.arb = ball
        self.slack = slack

    def grown(self, ball: arb) -> Ball:
        if not ball.is_zero():
            ball = ball * self.slack + _UNDERFLOW
        return Ball(ball, self.slack)

    def __add__(self, other: Ball | float) -> Ball:
        return self.grown(self.arb + _as_arb(other))

    def __radd__(self, other: float) -> Ball:
        return self.grown(arb(other) + self.arb)

    def __sub__(self, other: Ball | float) -> Ball:
        return self.grown(self.arb - _as_arb(other))

    def __rsub__(self, other: float) -> Ball:
        return self.grown(arb(other) - self.arb)

    def __mul__(self, other: Ball | float) -> Ball:
        return self.grown(self.arb * _as_arb(other))

    def __rmul__(self, other: float) -> Ball:
        return self.grown(arb(other) * self.arb)

    def __truediv__(self, other: Ball | float) -> Ball:
        return self.grown(self.arb / _as_arb(other))

    def __rtruediv__(self, other: float) -> Ball:
        return self.grown(arb(other) / self.arb)

    def __neg__(self) -> Ball:
        return Ball(-self.arb, self.slack)  # exact on every engine


def _as_arb(number: Ball | float) -> arb:
    return number.arb if isinstance(number, Ball) else arb(number)


class Balls:
    """Arithmetic of balls; notices when a derivative was asked for on a kink."""

    def __init__(self, slack: float) -> None:
        self.one = Ball(arb(1), arb(1, slack))
        self.met_kink = False

    def exact(self, number: float) -> Ball:
        return Ball(arb(number), self.one.slack)

    def exp(self, x: Ball, /) -> Ball:
        return x.grown(x.arb.exp())

    def log(self, x: Ball, /) -> Ball:
        return x.grown(x.arb.log())

    def tanh(self, x: Ball, /) -> Ball:
        return x.grown(x.arb.tanh())

    def sin(self, x: Ball, /) -> Ball:
        return x.grown(x.arb.sin())

    def cos(self, x: Ball, /) -> Ball:
        return x.grown(x.arb.cos())

    def sqrt(self, x: Ball, /) -> Ball:
        return x.grown(x.arb.sqrt())

    def power(self, base: Ball | float, exponent: Ball | float, /) -> Ball:
        if not isinstance(exponent, Ball) and float(exponent).is_integer():
            # Arb multiplies for whole exponents, and so can take balls that straddle 0.
            return self.one.grown(_as_arb(base) ** int(exponent))
        return self.one.grown(_as_arb(base) ** _as_arb(exponent))

    def relu(self, x: Ball, /) -> Ball:
        return Ball(x.arb.nonnegative_part(), x.slack)  # exact on every engine

    def step(self, x: Ball, /) -> Ball:
        return self._side(x, 0, _FROM_ZERO_TO_ONE)

    def absolute(self, x: Ball, /) -> Ball:
        return Ball(abs(x.arb), x.slack)

    def sign(self, x: Ball, /) -> Ball:
        return self._side(x, -1, FROM_MINUS_ONE_TO_ONE)

    def _side(self, x: Ball, below: int, at_the_kink: arb) -> Ball:
        if x.arb > 0:
            return self.one
        if x.arb < 0:
            return self.exact(below)
        self.met_kink = True
        return Ball(at_the_kink, x.slack)
