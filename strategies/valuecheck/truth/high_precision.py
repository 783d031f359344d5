"""Arithmetic of mpmath numbers, for the oracles that need more digits than a float has."""

from __future__ import annotations

from functools import cache
from typing import Any

import mpmath

__all__ = ["HighPrecision", "LeftDomainError"]


class LeftDomainError(ArithmeticError):
    """A function was asked for a value outside its real domain."""


@cache
def _context(bits: int) -> Any:
    # Of our own: the precision of mpmath.mp belongs to whoever imported it. And kept: to make one
    # takes as long as to evaluate an expression.
    context = mpmath.MPContext()
    context.prec = bits
    return context


class HighPrecision:
    """Arithmetic of mpmath numbers with a mantissa of `bits` bits.

    `branches` collects at which side of a kink each relu and abs was evaluated: 1, -1, or 0 on
    the kink itself. Two evaluations with the same branches lie on the same smooth piece.

    Its functions raise `LeftDomainError` where the result would not be a finite real number.
    """

    def __init__(self, bits: int) -> None:
        self.context: Any = _context(bits)
        self.branches: list[int] = []

    def number(self, value: float) -> Any:
        """Return a float or int exactly."""
        return self.context.mpf(value)

    def _real(self, value: Any) -> Any:
        if isinstance(value, self.context.mpf) and self.context.isfinite(value):
            return value
        msg = "the result is not a finite real number"
        raise LeftDomainError(msg)

    def exp(self, x: Any, /) -> Any:
        """Return e to the power x."""
        return self.context.exp(x)

    def log(self, x: Any, /) -> Any:
        """Return the natural logarithm of x."""
        return self._real(self.context.log(x))

    def tanh(self, x: Any, /) -> Any:
        """Return the hyperbolic tangent of x."""
        return self.context.tanh(x)

    def sin(self, x: Any, /) -> Any:
        """Return the sine of x, in radians."""
        return self.context.sin(x)

    def cos(self, x: Any, /) -> Any:
        """Return the cosine of x, in radians."""
        return self.context.cos(x)

    def sqrt(self, x: Any, /) -> Any:
        """Return the square root of x."""
        return self._real(self.context.sqrt(x))

    def sinh(self, x: Any, /) -> Any:
        """Return the hyperbolic sine of x."""
        return self.context.sinh(x)

    def cosh(self, x: Any, /) -> Any:
        """Return the hyperbolic cosine of x."""
        return self.context.cosh(x)

    def atan(self, x: Any, /) -> Any:
        """Return the angle whose tangent is x, in radians."""
        return self.context.atan(x)

    def asinh(self, x: Any, /) -> Any:
        """Return the number whose hyperbolic sine is x."""
        return self.context.asinh(x)

    def log1p(self, x: Any, /) -> Any:
        """Return the natural logarithm of 1 + x."""
        return self._real(self.context.log1p(x))

    def expm1(self, x: Any, /) -> Any:
        """Return e to the power x, less 1."""
        return self.context.expm1(x)

    def power(self, base: Any, exponent: Any, /) -> Any:
        """Return base to the power exponent."""
        return self._real(self.context.power(base, exponent))

    def _branch(self, x: Any) -> int:
        branch = int(x > 0) - int(x < 0)
        self.branches.append(branch)
        return branch

    def relu(self, x: Any, /) -> Any:
        """Return x where positive, 0 elsewhere."""
        return x if self._branch(x) > 0 else self.context.zero

    def larger(self, x: Any, y: Any, /) -> Any:
        """Return the larger of x and y."""
        return x if self._branch(x - y) >= 0 else self.context.mpf(y)

    def step(self, x: Any, /) -> Any:
        """Return 1 where positive, 0 elsewhere."""
        return self.context.one if x > 0 else self.context.zero

    def absolute(self, x: Any, /) -> Any:
        """Return the absolute value of x."""
        return x if self._branch(x) >= 0 else -x

    def sign(self, x: Any, /) -> Any:
        """Return the sign of x, 0 at 0."""
        return self.context.mpf((x > 0) - (x < 0))
