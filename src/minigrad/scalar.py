"""Reverse-mode automatic differentiation of scalars: the whole of backpropagation in one file.

A `Value` holds one float. Arithmetic on `Value`s computes the result (the forward sweep) and
remembers its operands, so that every result is the output of a graph. `backward()` walks that
graph from the output to the leaves (the reverse sweep) and leaves in every node's `grad` the
adjoint of that node: the derivative of the output with respect to it.

Every operation is one place: it computes the primal and makes the node, and under it stands the
rule that hands the node's adjoint on. A rule adds to every operand the partial (d node / d operand)
times the node's own adjoint. It adds, for a node may be used more than once, and its adjoint is the
sum over all its uses.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Value"]


def _no_rule(_out: Value) -> None:
    """Do nothing: a leaf has no operands."""


def _power(base: float, exponent: float) -> float:
    """`base**exponent`, infinite where Python would raise: a partial may be infinite."""
    try:
        return float(base**exponent)
    except (OverflowError, ZeroDivisionError):
        return -math.inf if base < 0.0 and exponent % 2.0 == 1.0 else math.inf


def _to_float(number: float) -> float:
    if not isinstance(number, (int, float)):
        raise TypeError(
            f"Value holds an int or a float, not {number!r} of type {type(number).__name__}"
        )
    return float(number)


class Value:
    """One float in a computation, and the derivative of the output with respect to it.

    `data` is the primal, a float. `grad` is the adjoint, 0.0 until a sweep reaches the node.
    `_prev` is the tuple of operands, empty for a leaf; `_op` names the operation; `_backward`
    is the rule that hands this node's adjoint on to its operands. A plain function serves every
    node of its kind (a closure for each would tie it into a reference cycle), so a graph is freed
    as soon as its output goes.

    Raises `TypeError` when `data` is not an int or a float.
    """

    __slots__ = ("_backward", "_op", "_prev", "data", "grad")

    def __init__(
        self,
        data: float,
        _prev: tuple[Value, ...] = (),
        _op: str = "",
        _backward: Callable[[Value], None] = _no_rule,
    ) -> None:
        if type(data) is not float:
            data = _to_float(data)
        self.data: float = data
        self.grad: float = 0.0
        self._prev = _prev
        self._op = _op
        self._backward = _backward

    def __add__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            if not isinstance(other, (int, float)):
                return NotImplemented
            other = Value(other)
        return Value(self.data + other.data, (self, other), "+", Value._backward_add)

    def _backward_add(self) -> None:
        a, b = self._prev
        a.grad += self.grad
        b.grad += self.grad

    def __sub__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            if not isinstance(other, (int, float)):
                return NotImplemented
            other = Value(other)
        return Value(self.data - other.data, (self, other), "-", Value._backward_sub)

    def _backward_sub(self) -> None:
        a, b = self._prev
        a.grad += self.grad
        b.grad -= self.grad

    def __mul__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            if not isinstance(other, (int, float)):
                return NotImplemented
            other = Value(other)
        return Value(self.data * other.data, (self, other), "*", Value._backward_mul)

    def _backward_mul(self) -> None:
        a, b = self._prev
        a.grad += b.data * self.grad
        b.grad += a.data * self.grad

    def __truediv__(self, other: Value | float) -> Value:
        """Divide; raises `ZeroDivisionError` when the divisor is 0."""
        if not isinstance(other, Value):
            if not isinstance(other, (int, float)):
                return NotImplemented
            other = Value(other)
        if other.data == 0.0:
            raise ZeroDivisionError(f"{self.data} / {other.data}: division by zero")
        return Value(self.data / other.data, (self, other), "/", Value._backward_div)

    def _backward_div(self) -> None:
        a, b = self._prev
        a.grad += self.grad / b.data
        b.grad -= self.data / b.data * self.grad  # a / b**2, without b**2, which may underflow to 0

    def __pow__(self, exponent: float) -> Value:
        """Raise to a constant power.

        Raises `TypeError` when the exponent is a `Value`, `ValueError` for a negative base with a
        fractional exponent (the power would be complex), `ZeroDivisionError` for a base of 0 with
        a negative exponent, and `OverflowError` when the power is too large for a float.
        """
        if isinstance(exponent, Value):
            raise TypeError(f"{self.data} ** {exponent!r}: the exponent must be an int or a float")
        if not isinstance(exponent, (int, float)):
            return NotImplemented
        n = Value(exponent)
        if self.data < 0.0 and math.isfinite(n.data) and not n.data.is_integer():
            raise ValueError(f"{self.data} ** {n.data}: a negative base needs an integer exponent")
        try:
            primal = self.data**n.data
        except ZeroDivisionError:
            raise ZeroDivisionError(
                f"{self.data} ** {n.data}: zero cannot be raised to a negative power"
            ) from None
        except OverflowError:
            raise OverflowError(f"{self.data} ** {n.data}: too large for a float") from None
        return Value(primal, (self, n), "**", Value._backward_pow)

    def _backward_pow(self) -> None:
        a, n = self._prev
        if n.data != 0.0:  # x**0 is the constant 1, at 0 too
            a.grad += n.data * _power(a.data, n.data - 1.0) * self.grad

    def __neg__(self) -> Value:
        return Value(-self.data, (self,), "neg", Value._backward_neg)

    def _backward_neg(self) -> None:
        (a,) = self._prev
        a.grad -= self.grad

    def exp(self) -> Value:
        """Return e to this power; raises `OverflowError` when that is too large for a float."""
        try:
            primal = math.exp(self.data)
        except OverflowError:
            raise OverflowError(f"exp({self.data}): too large for a float") from None
        return Value(primal, (self,), "exp", Value._backward_exp)

    def _backward_exp(self) -> None:
        (a,) = self._prev
        a.grad += self.data * self.grad

    def log(self) -> Value:
        """Return the natural logarithm; raises `ValueError` for 0 and for negative numbers."""
        if self.data <= 0.0:
            raise ValueError(f"log({self.data}): defined for positive numbers only")
        return Value(math.log(self.data), (self,), "log", Value._backward_log)

    def _backward_log(self) -> None:
        (a,) = self._prev
        a.grad += self.grad / a.data

    def relu(self) -> Value:
        """Return the number itself when positive, otherwise 0; the derivative at 0 is 0."""
        primal = 0.0 if self.data <= 0.0 else self.data  # noqa: FURB136 - max(0.0, nan) is 0.0
        return Value(primal, (self,), "relu", Value._backward_relu)

    def _backward_relu(self) -> None:
        (a,) = self._prev
        a.grad += (
            0.0 if a.data <= 0.0 else self.grad
        )  # at the kink, 0, the derivative is taken as 0

    def tanh(self) -> Value:
        """Return the hyperbolic tangent, between -1 and 1."""
        return Value(math.tanh(self.data), (self,), "tanh", Value._backward_tanh)

    def _backward_tanh(self) -> None:
        (a,) = self._prev
        a.grad += (1.0 - self.data * self.data) * self.grad

    # A number on the left: Python asks the number first, then comes here.

    def __radd__(self, other: float) -> Value:
        if not isinstance(other, (int, float)):
            return NotImplemented
        return Value(other) + self

    def __rsub__(self, other: float) -> Value:
        if not isinstance(other, (int, float)):
            return NotImplemented
        return Value(other) - self

    def __rmul__(self, other: float) -> Value:
        if not isinstance(other, (int, float)):
            return NotImplemented
        return Value(other) * self

    def __rtruediv__(self, other: float) -> Value:
        if not isinstance(other, (int, float)):
            return NotImplemented
        return Value(other) / self

    def backward(self) -> None:
        """Sweep from this node back to its leaves, leaving in each node's `grad` its adjoint.

        Leaves accumulate: a second sweep adds to what the first one left, so set `grad` to 0.0
        between steps of training. The adjoints of interior nodes belong to the latest sweep.
        """
        # A node may hand its adjoint on only when every use of it has contributed. So list the
        # nodes with operands before uses (depth first, no recursion) and sweep the list backwards.
        order: list[Value] = []
        seen: set[Value] = set()
        path: list[Value] = []  # nodes whose operands are being listed, from the output down
        stack: list[Value | None] = [self]
        while stack:
            node = stack.pop()
            if node is None:  # it lay below the operands of the last node of the path
                order.append(path.pop())
            elif node._prev and node not in seen:
                seen.add(node)
                node.grad = 0.0
                path.append(node)
                stack.append(None)
                stack += node._prev
        self.grad += 1.0
        for node in reversed(order):
            node._backward(node)

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"
