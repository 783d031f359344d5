"""A right engine of another build: one tape for all, which a sweep empties."""

from __future__ import annotations

import math
from typing import Any

_TAPE: list[Any] = []


class Variable:
    def __init__(self, value: Any) -> None:
        self.value = float(value)
        self.gradient = 0.0

    def __add__(self, other: Any) -> Any:
        return _record(self.value + _value(other), (self, 1.0), (other, 1.0))

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __mul__(self, other: Any) -> Any:
        return _record(self.value * _value(other), (self, _value(other)), (other, self.value))

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def exp(self) -> Any:
        result = math.exp(self.value)
        return _record(result, (self, result))

    def backward(self) -> None:
        self.gradient = 1.0
        while _TAPE:
            result, edges = _TAPE.pop()
            for operand, partial in edges:
                operand.gradient += partial * result.gradient


def _value(other: Any) -> Any:
    return other.value if isinstance(other, Variable) else other


def _record(value: Any, *edges: Any) -> Any:
    result = Variable(value)
    _TAPE.append((result, [edge for edge in edges if isinstance(edge[0], Variable)]))
    return result
