"""Mutants that are wrong rarely: for some numbers, above a threshold, in depth."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["RARE"]

_POW = "a.grad += n.data * _power(a.data, n.data - 1.0) * out.grad"
_TANH = "a.grad += (1.0 - out.data * out.data) * out.grad"

RARE = (
    Mutant(
        "relu at 0 depends on the upstream",
        [
            (
                "a.grad += 0.0 if a.data <= 0.0 else out.grad",
                "a.grad += out.grad if a.data > 0.0 else max(0.0, out.grad) * (a.data == 0.0)",
            )
        ],
        "wrong partial",
        "relu",
        0,
    ),
    Mutant(
        "power is wrong for negative exponents",
        [(_POW, "a.grad += abs(n.data) * _power(a.data, n.data - 1.0) * out.grad")],
        "wrong partial",
        "**",
        0,
        leaves=(3.0,),
        steps=(["**", 0, {"constant": -1}],),
    ),
    Mutant(
        "power is wrong for fractional exponents",
        [(_POW, "a.grad += n.data * _power(a.data, int(n.data) - 1.0) * out.grad")],
        "wrong partial",
        "**",
        0,
        leaves=(3.0,),
        steps=(["**", 0, {"constant": 0.5}],),
    ),
    Mutant(
        "power hands on 1 for the exponent 0",
        [
            (
                "    if n.data != 0.0:",
                "    if n.data == 0.0:\n        a.grad += out.grad\n    else:",
            )
        ],
        "wrong partial",
        "**",
        0,
        leaves=(3.0,),
        steps=(["**", 0, {"constant": 0}],),
    ),
    Mutant(
        "power is wrong for negative bases",
        [(_POW, "a.grad += n.data * _power(abs(a.data), n.data - 1.0) * out.grad")],
        "wrong partial",
        "**",
        0,
        leaves=(-3.0,),
        steps=(["**", 0, {"constant": 2}],),
    ),
    Mutant(
        "tanh is wrong beyond 3",
        [(_TANH, "a.grad += (1.0 - out.data * out.data) * out.grad * (abs(a.data) < 3.0)")],
        "missing gradient",
        "tanh",
        0,
        leaves=(4.0,),
        steps=(["tanh", 0],),
        also=("wrong partial",),
    ),
    Mutant(
        "product is wrong when both are negative",
        [
            (
                "    a.grad += b.data * out.grad\n",
                "    a.grad += (abs(b.data) if a.data < 0.0 else b.data) * out.grad\n",
            )
        ],
        "wrong partial",
        "*",
        0,
        leaves=(-3.0, -2.0),
        steps=(["*", 0, 1],),
    ),
    Mutant(
        "gradients are clipped at 10",
        [
            (
                "            node._backward(node)\n",
                "            node._backward(node)\n"
                "            for operand in node._prev:\n"
                "                operand.grad = max(-10.0, min(10.0, operand.grad))\n",
            )
        ],
        "wrong partial",
        None,
        leaves=(30.0, 20.0),
        steps=(["*", 0, 1],),
        also=("unexplained", "stale state"),  # what two sweeps add up to is clipped as well
    ),
    Mutant(
        "relu has its kink at 1",
        [("a.grad += 0.0 if a.data <= 0.0", "a.grad += 0.0 if a.data <= 1.0")],
        "missing gradient",
        "relu",
        0,
        leaves=(0.5,),
        steps=(["relu", 0],),
        also=("wrong partial",),
    ),
    Mutant(
        "relu at 0 hands on 2",
        [
            (
                "a.grad += 0.0 if a.data <= 0.0",
                "a.grad += 2.0 * out.grad if a.data == 0.0 else 0.0 if a.data < 0.0",
            )
        ],
        "wrong partial",
        "relu",
        0,
        leaves=(0.0,),
        steps=(["relu", 0],),
        also=("unexplained",),
    ),
    Mutant(
        "abs divides by its operand",
        [("(1 if self.data > 0 else -1)", "(self.data / abs(self.data))")],
        "crash",
        "abs",
        leaves=(0.0,),
        steps=(["abs", 0],),
        base="closures",
    ),
    Mutant(
        "quotient is wrong for negative divisors",
        [("b.grad -= out.data / b.data * out.grad", "b.grad -= out.data / abs(b.data) * out.grad")],
        "wrong partial",
        "/",
        1,
        leaves=(3.0, -2.0),
        steps=(["/", 0, 1],),
    ),
    Mutant(
        "exp of small numbers is 1 + x",
        [
            (
                "primal = math.exp(self.data)",
                "primal = math.exp(self.data) if abs(self.data) > 0.05 else 1.0 + self.data",
            )
        ],
        "wrong value",
        "exp",
        leaves=(0.01,),
        steps=(["exp", 0],),
        also=("inaccurate",),
    ),
    Mutant(
        "a deep chain loses its sign",
        [
            (
                "        for node in reversed(order):\n            node._backward(node)\n",
                "        for depth, node in enumerate(reversed(order)):\n"
                "            if depth == 20:\n"
                "                node.grad = -node.grad\n"
                "            node._backward(node)\n",
            )
        ],
        "unexplained",
        None,
        also=("wrong partial", "wrong order"),
    ),
)
