"""The number types a primitive is evaluated on: what each must offer, and Python's floats.

The others live with those that use them: tensors and high precision with the oracles, balls with
the ruler.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FLOATS", "Arithmetic", "Floats"]


_Unary: TypeAlias = "Callable[[float], float]"


class Arithmetic(Protocol):
    """The elementary functions of one number type; `+ - * /` come from the numbers themselves."""

    def exp(self, x: Any, /) -> Any:
        """Return e to the power x."""

    def log(self, x: Any, /) -> Any:
        """Return the natural logarithm of x."""

    def tanh(self, x: Any, /) -> Any:
        """Return the hyperbolic tangent of x."""

    def sin(self, x: Any, /) -> Any:
        """Return the sine of x, in radians."""

    def cos(self, x: Any, /) -> Any:
        """Return the cosine of x, in radians."""

    def sqrt(self, x: Any, /) -> Any:
        """Return the square root of x."""

    def sinh(self, x: Any, /) -> Any:
        """Return the hyperbolic sine of x."""

    def cosh(self, x: Any, /) -> Any:
        """Return the hyperbolic cosine of x."""

    def atan(self, x: Any, /) -> Any:
        """Return the angle whose tangent is x, in radians."""

    def asinh(self, x: Any, /) -> Any:
        """Return the number whose hyperbolic sine is x."""

    def log1p(self, x: Any, /) -> Any:
        """Return the natural logarithm of 1 + x."""

    def expm1(self, x: Any, /) -> Any:
        """Return e to the power x, less 1."""

    def power(self, base: Any, exponent: Any, /) -> Any:
        """Return base to the power exponent; at most one of them is a plain number."""

    def relu(self, x: Any, /) -> Any:
        """Return x where positive, 0 elsewhere."""

    def larger(self, x: Any, y: Any, /) -> Any:
        """Return the larger of x and y."""

    def step(self, x: Any, /) -> Any:
        """Return the derivative of relu at x: 1 where positive, 0 where negative."""

    def absolute(self, x: Any, /) -> Any:
        """Return the absolute value of x."""

    def sign(self, x: Any, /) -> Any:
        """Return the derivative of the absolute value at x: 1 or -1."""


class Floats:
    """Arithmetic of Python floats, as a careful student would write it."""

    log: _Unary = staticmethod(math.log)
    tanh: _Unary = staticmethod(math.tanh)
    sin: _Unary = staticmethod(math.sin)
    cos: _Unary = staticmethod(math.cos)
    sqrt: _Unary = staticmethod(math.sqrt)
    sinh: _Unary = staticmethod(math.sinh)
    cosh: _Unary = staticmethod(math.cosh)
    atan: _Unary = staticmethod(math.atan)
    asinh: _Unary = staticmethod(math.asinh)
    log1p: _Unary = staticmethod(math.log1p)
    expm1: _Unary = staticmethod(math.expm1)
    absolute: _Unary = staticmethod(abs)

    @staticmethod
    def exp(x: float, /) -> float:
        """Return e to the power x, infinity where that is too large, as IEEE 754 has it."""
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf

    @staticmethod
    def power(base: float, exponent: float, /) -> float:
        """Return base to the power exponent."""
        return float(base**exponent)

    @staticmethod
    def relu(x: float, /) -> float:
        """Return x where positive, 0.0 elsewhere."""
        return max(x, 0.0)

    larger: Callable[[float, float], float] = staticmethod(max)

    @staticmethod
    def step(x: float, /) -> float:
        """Return 1.0 where positive, 0.0 elsewhere."""
        return 1.0 if x > 0.0 else 0.0

    @staticmethod
    def sign(x: float, /) -> float:
        """Return the sign of x, 0.0 at 0."""
        return (x > 0.0) - (x < 0.0) + 0.0


FLOATS: Final[Arithmetic] = Floats()
