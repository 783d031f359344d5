"""A right engine of another build: a class for each operation, the sweep a function beside them.

`backward` is there too, but it is the rule of one operation only.
"""

from __future__ import annotations

import math
from typing import Any


class Node:
    operands: tuple[Any, ...] = ()

    def __init__(self, value: Any) -> None:
        self.value = float(value)
        self.grad = 0.0

    def __add__(self, other: Any) -> Any:
        return Sum(self, other)

    def __mul__(self, other: Any) -> Any:
        return Product(self, other)

    def tanh(self) -> Any:
        return Tanh(self)

    def backward(self) -> None:
        pass


class Sum(Node):
    def __init__(self, a: Any, b: Any) -> None:
        super().__init__(a.value + b.value)
        self.operands = (a, b)

    def backward(self) -> None:
        for operand in self.operands:
            operand.grad += self.grad


class Product(Node):
    def __init__(self, a: Any, b: Any) -> None:
        super().__init__(a.value * b.value)
        self.operands = (a, b)

    def backward(self) -> None:
        a, b = self.operands
        a.grad += b.value * self.grad
        b.grad += a.value * self.grad


class Tanh(Node):
    def __init__(self, a: Any) -> None:
        super().__init__(math.tanh(a.value))
        self.operands = (a,)

    def backward(self) -> None:
        self.operands[0].grad += (1.0 - self.value**2) * self.grad


def backprop(output: Any) -> None:
    order: list[Node] = []
    seen: set[Node] = set()

    def visit(node: Any) -> None:
        if node not in seen:
            seen.add(node)
            for operand in node.operands:
                visit(operand)
            order.append(node)

    visit(output)
    output.grad = 1.0
    for node in reversed(order):
        node.backward()
