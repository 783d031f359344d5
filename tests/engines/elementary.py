"""A right engine with every function of the table that only some engines have."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


class Value:
    def __init__(s, data: float, p: tuple[Value, ...] = ()) -> None:
        s.data = data
        s.grad = 0.0
        s._p = p
        s._b: Callable[[], None] = lambda: None

    def _u(s, v: float, d: float) -> Value:
        o = Value(v, (s,))

        def b() -> None:
            s.grad += d * o.grad

        o._b = b
        return o

    def __add__(s, t: Any) -> Value:
        t = t if isinstance(t, Value) else Value(t)
        o = Value(s.data + t.data, (s, t))

        def b() -> None:
            s.grad += o.grad
            t.grad += o.grad

        o._b = b
        return o

    __radd__ = __add__

    def __mul__(s, t: Any) -> Value:
        t = t if isinstance(t, Value) else Value(t)
        o = Value(s.data * t.data, (s, t))

        def b() -> None:
            s.grad += t.data * o.grad
            t.grad += s.data * o.grad

        o._b = b
        return o

    __rmul__ = __mul__

    def tan(s) -> Value:
        return s._u(math.tan(s.data), 1 + math.tan(s.data) ** 2)

    def sinh(s) -> Value:
        return s._u(math.sinh(s.data), math.cosh(s.data))

    def cosh(s) -> Value:
        return s._u(math.cosh(s.data), math.sinh(s.data))

    def arctan(s) -> Value:
        return s._u(math.atan(s.data), 1 / (1 + s.data**2))

    def asinh(s) -> Value:
        return s._u(math.asinh(s.data), 1 / math.sqrt(1 + s.data**2))

    def log1p(s) -> Value:
        return s._u(math.log1p(s.data), 1 / (1 + s.data))

    def expm1(s) -> Value:
        less_one = math.expm1(s.data)
        return s._u(less_one, less_one + 1)

    def softplus(s) -> Value:
        small = math.exp(-abs(s.data))
        slope = 1 / (1 + small) if s.data > 0 else small / (1 + small)
        return s._u(max(s.data, 0.0) + math.log1p(small), slope)

    def silu(s) -> Value:
        g = 1 / (1 + math.exp(-s.data))
        return s._u(s.data * g, g + s.data * g * (1 - g))

    def square(s) -> Value:
        return s._u(s.data**2, 2 * s.data)

    def reciprocal(s) -> Value:
        return s._u(1 / s.data, -1 / s.data**2)

    def maximum(s, t: Value) -> Value:
        o = Value(max(s.data, t.data), (s, t))

        def b() -> None:
            if s.data > t.data:
                s.grad += o.grad
            else:
                t.grad += o.grad

        o._b = b
        return o

    def minimum(s, t: Value) -> Value:
        o = Value(min(s.data, t.data), (s, t))

        def b() -> None:
            if s.data < t.data:
                s.grad += o.grad
            else:
                t.grad += o.grad

        o._b = b
        return o

    def gelu(s) -> Value:
        u = math.sqrt(2 / math.pi) * (s.data + 0.044715 * s.data**3)
        th = math.tanh(u)
        return s._u(
            0.5 * s.data * (1 + th),
            0.5 * (1 + th)
            + 0.5
            * s.data
            * (1 - th * th)
            * math.sqrt(2 / math.pi)
            * (1 + 3 * 0.044715 * s.data**2),
        )

    def hyp(s, t: Value) -> Value:
        r = math.hypot(s.data, t.data)
        o = Value(r, (s, t))

        def b() -> None:
            s.grad += s.data / r * o.grad
            t.grad += t.data / r * o.grad

        o._b = b
        return o

    def backward(s) -> None:
        topo: list[Value] = []
        seen: set[Value] = set()

        def v(n: Value) -> None:
            if n not in seen:
                seen.add(n)
                for c in n._p:
                    v(c)
                topo.append(n)

        v(s)
        s.grad = 1.0
        for n in reversed(topo):
            n._b()
