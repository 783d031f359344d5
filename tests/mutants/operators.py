"""Mutants of the operators: numbers as operands, reflected operators, types, crashes."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["OPERATORS"]

OPERATORS = (
    Mutant(
        "0 + x is a new leaf",
        [
            (
                "        return Value(other) + self\n",
                "        return Value(self.data) if other == 0 else Value(other) + self\n",
            )
        ],
        "missing gradient",
        "+",
        1,
        leaves=(2.0,),
        steps=(["+", {"constant": 0.0}, 0],),
        also=("detached result", "unexplained"),
    ),
    Mutant(
        "2 - x computes x - 2",
        [("return Value(other) - self", "return self - other")],
        "wrong value",
        "-",
        leaves=(3.0,),
        steps=(["-", {"constant": 2.0}, 0],),
    ),
    Mutant(
        "2 / x computes x / 2",
        [("return Value(other) / self", "return self / other")],
        "wrong value",
        "/",
        leaves=(3.0,),
        steps=(["/", {"constant": 2.0}, 0],),
    ),
    Mutant(
        "2 + x recurses for ever",
        [("return Value(other) + self", "return other + self")],
        "crash",
        "+",
        leaves=(3.0,),
        steps=(["+", {"constant": 2.0}, 0],),
    ),
    Mutant(
        "2 * x returns None",
        [("return Value(other) * self", "Value(other) * self")],
        "wrong type",
        "*",
        leaves=(3.0,),
        steps=(["*", {"constant": 2.0}, 0],),
    ),
    Mutant(
        "2 + x returns a number",
        [("return Value(other) + self", "return other + self.data  # type: ignore")],
        "detached result",
        "+",
        leaves=(3.0,),
        steps=(["+", {"constant": 2.0}, 0],),
    ),
    Mutant(
        "x / 2 returns a number",
        [
            (
                "            other = Value(other)\n        if other.data == 0.0:",
                "            return self.data / other\n        if other.data == 0.0:",
            )
        ],
        "detached result",
        "/",
        leaves=(3.0,),
        steps=(["/", 0, {"constant": 2.0}],),
    ),
    Mutant(
        "x - 2 adds",
        [
            (
                "            other = Value(other)\n        out = Value(self.data - other.data",
                "            other = Value(-other)\n        out = Value(self.data - other.data",
            )
        ],
        "wrong value",
        "-",
        leaves=(3.0,),
        steps=(["-", 0, {"constant": 2.0}],),
    ),
    Mutant(
        "x - y computes y - x",
        [
            (
                "Value(self.data - other.data, (self, other)",
                "Value(other.data - self.data, (self, other)",
            )
        ],
        "wrong value",
        "-",
        leaves=(3.0, 2.0),
        steps=(["-", 0, 1],),
    ),
    Mutant(
        "negation takes another argument",
        [("def __neg__(self) -> Value:", "def __neg__(self, other) -> Value:")],
        "crash",
        "neg",
        leaves=(3.0,),
        steps=(["neg", 0],),
    ),
    Mutant(
        "exp misses an import",
        [("primal = math.exp(self.data)", "primal = maths.exp(self.data)")],
        "crash",
        "exp",
        leaves=(3.0,),
        steps=(["exp", 0],),
    ),
    Mutant(
        "power takes the log of its base in the sweep",
        [
            (
                "a.grad += n.data * _power(a.data, n.data - 1.0) * out.grad",
                "a.grad += n.data * _power(a.data, n.data - 1.0) * out.grad\n"
                "        n.grad += out.data * math.log(a.data) * out.grad",
            )
        ],
        "crash",
        "**",
        leaves=(-3.0,),
        steps=(["**", 0, {"constant": 2}],),
    ),
    Mutant(
        "gradients are complex numbers",
        [("        self.grad += 1.0\n", "        self.grad += 1.0 + 0j\n")],
        "wrong type",
        None,
        leaves=(3.0, 2.0),
        steps=(["*", 0, 1],),
    ),
    Mutant(
        "gradients are strings",
        [
            (
                "            node._backward(node)\n",
                "            node._backward(node)\n"
                "        for node in reversed(order):\n"
                "            for leaf in node._prev:\n"
                "                leaf.grad = str(leaf.grad)\n",
            )
        ],
        "wrong type",
        None,
        leaves=(3.0, 2.0),
        steps=(["*", 0, 1],),
    ),
    Mutant(
        "a whole number on the right of a product is rounded",
        [
            (
                "            other = Value(other)\n        out = Value(self.data * other.data",
                "            other = Value(round(other))\n        out = Value(self.data * other.data",
            )
        ],
        "wrong value",
        "*",
        leaves=(3.0,),
        steps=(["*", 0, {"constant": 0.4}],),
    ),
    Mutant(
        "relu turns nan and -0.5 alike into themselves",
        [
            (
                "primal = 0.0 if self.data <= 0.0 else self.data",
                "primal = 0.0 if self.data <= -1.0 else self.data",
            )
        ],
        "wrong value",
        "relu",
        leaves=(-0.5,),
        steps=(["relu", 0],),
    ),
    Mutant(
        "a power of nodes forgets its exponent",
        [
            (
                "    def __pow__(self, n: float) -> Value:\n",
                "    def __pow__(self, n: Any) -> Value:\n"
                "        if isinstance(n, Value):\n"
                '            out = Value(self.data**n.data, (self,), "**")\n'
                "\n"
                "            def _power() -> None:\n"
                "                self.grad += n.data * self.data ** (n.data - 1) * out.grad\n"
                "                n.grad += math.log(self.data) * out.data * out.grad\n"
                "\n"
                "            out._backward = _power\n"
                "            return out\n",
            )
        ],
        "missing gradient",
        "x**y",
        1,
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["x**y", 0, 2]),
        base="closures",
    ),
)
