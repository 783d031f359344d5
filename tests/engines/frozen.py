"""Reverse-mode automatic differentiation of scalars: the whole of backpropagation in one file.

A `Value` holds one float. Arithmetic on `Value`s computes the result (the forward sweep) and
remembers its operands, so that every result is the output of a graph. `backward()` walks that
graph from the output to the leaves (the reverse sweep) and leaves in every node's `grad` the
adjoint of that node: the derivative of the output with respect to it.

Every operation has the same three beats: lift the other operand, compute the primal, attach the
rule that hands the adjoint on. The rules, one per operation, stand at the top of the file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Value"]


# The rules. Each adds to every operand: the partial (d out / d operand) times out's own adjoint.
# It adds, for a node may be used more than once, and its adjoint is the sum over all its uses.


def _backward_leaf(_out: Value) -> None:
    """Do nothing: a leaf has no operands."""


def _backward_add(out: Value) -> None:
    a, b = out._prev
    a.grad += out.grad
    b.grad += out.grad


def _backward_sub(out: Value) -> None:
    a, b = out._prev
    a.grad += out.grad
    b.grad -= out.grad


def _backward_mul(out: Value) -> None:
    a, b = out._prev
    a.grad += b.data * out.grad
    b.grad += a.data * out.grad


def _backward_div(out: Value) -> None:
    a, b = out._prev
    a.grad += out.grad / b.data
    b.grad -= out.data / b.data * out.grad  # a / b**2, without b**2, which may underflow to 0


def _backward_pow(out: Value) -> None:
    a, n = out._prev
    if n.data != 0.0:  # x**0 is the constant 1, at 0 too
        a.grad += n.data * _power(a.data, n.data - 1.0) * out.grad


def _backward_neg(out: Value) -> None:
    (a,) = out._prev
    a.grad -= out.grad


def _backward_exp(out: Value) -> None:
    (a,) = out._prev
    a.grad += out.data * out.grad


def _backward_log(out: Value) -> None:
    (a,) = out._prev
    a.grad += out.grad / a.data


def _backward_relu(out: Value) -> None:
    (a,) = out._prev
    a.grad += 0.0 if a.data <= 0.0 else out.grad  # at the kink, 0, the derivative is taken as 0


def _backward_tanh(out: Value) -> None:
    (a,) = out._prev
    a.grad += (1.0 - out.data * out.data) * out.grad


def _power(base: float, exponent: float) -> float:
    """`base**exponent`, infinite where Python would raise: a partial may be infinite."""
    try:
        return float(base**exponent)
    except (OverflowError, ZeroDivisionError):
        return -math.inf if base < 0.0 and exponent % 2.0 == 1.0 else math.inf


def _to_float(number: float) -> float:
    if not isinstance(number, (int, float)):
        msg = f"Value holds an int or a float, not {number!r} of type {type(number).__name__}"
        raise TypeError(msg)
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

    def __init__(self, data: float, _prev: tuple[Value, ...] = (), _op: str = "") -> None:
        if type(data) is not float:
            data = _to_float(data)
        self.data = data
        self.grad = 0.0
        self._prev = _prev
        self._op = _op
        self._backward: Callable[[Value], None] = _backward_leaf

    def __add__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            if not isinstance(other, (int, float)):
                return NotImplemented
            other = Value(other)
        out = Value(self.data + other.data, (self, other), "+")
        out._backward = _backward_add
        return out

    def __sub__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            if not isinstance(other, (int, float)):
                return NotImplemented
            other = Value(other)
        out = Value(self.data - other.data, (self, other), "-")
        out._backward = _backward_sub
        return out

    def __mul__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            if not isinstance(other, (int, float)):
                return NotImplemented
            other = Value(other)
        out = Value(self.data * other.data, (self, other), "*")
        out._backward = _backward_mul
        return out

    def __truediv__(self, other: Value | float) -> Value:
        """Divide; raises `ZeroDivisionError` when the divisor is 0."""
        if not isinstance(other, Value):
            if not isinstance(other, (int, float)):
                return NotImplemented
            other = Value(other)
        if other.data == 0.0:
            msg = f"{self.data} / {other.data}: division by zero"
            raise ZeroDivisionError(msg)
        out = Value(self.data / other.data, (self, other), "/")
        out._backward = _backward_div
        return out

    def __pow__(self, exponent: float) -> Value:
        """Raise to a constant power.

        Raises `TypeError` when the exponent is a `Value`, `ValueError` for a negative base with a
        fractional exponent (the power would be complex), `ZeroDivisionError` for a base of 0 with
        a negative exponent, and `OverflowError` when the power is too large for a float.
        """
        if isinstance(exponent, Value):
            msg = f"{self.data} ** {exponent!r}: the exponent must be an int or a float"
            raise TypeError(msg)
        if not isinstance(exponent, (int, float)):
            return NotImplemented
        n = Value(exponent)
        if self.data < 0.0 and math.isfinite(n.data) and not n.data.is_integer():
            msg = f"{self.data} ** {n.data}: a negative base needs a whole exponent"
            raise ValueError(msg)
        try:
            primal = self.data**n.data
        except ZeroDivisionError:
            msg = f"{self.data} ** {n.data}: zero cannot be raised to a negative power"
            raise ZeroDivisionError(msg) from None
        except OverflowError:
            msg = f"{self.data} ** {n.data}: too large for a float"
            raise OverflowError(msg) from None
        out = Value(primal, (self, n), "**")
        out._backward = _backward_pow
        return out

    def __neg__(self) -> Value:
        out = Value(-self.data, (self,), "neg")
        out._backward = _backward_neg
        return out

    def exp(self) -> Value:
        """Return e to this power; raises `OverflowError` when that is too large for a float."""
        try:
            primal = math.exp(self.data)
        except OverflowError:
            msg = f"exp({self.data}): too large for a float"
            raise OverflowError(msg) from None
        out = Value(primal, (self,), "exp")
        out._backward = _backward_exp
        return out

    def log(self) -> Value:
        """Return the natural logarithm; raises `ValueError` for 0 and for negative numbers."""
        if self.data <= 0.0:
            msg = f"log({self.data}): defined for positive numbers only"
            raise ValueError(msg)
        out = Value(math.log(self.data), (self,), "log")
        out._backward = _backward_log
        return out

    def relu(self) -> Value:
        """Return the number itself when positive, otherwise 0; the derivative at 0 is 0."""
        primal = 0.0 if self.data <= 0.0 else self.data  # noqa: FURB136 - max(0.0, nan) is 0.0
        out = Value(primal, (self,), "relu")
        out._backward = _backward_relu
        return out

    def tanh(self) -> Value:
        """Return the hyperbolic tangent, between -1 and 1."""
        out = Value(math.tanh(self.data), (self,), "tanh")
        out._backward = _backward_tanh
        return out

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
