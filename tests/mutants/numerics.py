"""Mutants of the numerics: digits lost, small numbers added, clamps and caps."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["NUMERICS"]

NUMERICS = (
    Mutant(
        "log adds a little",
        [("math.log(self.data)", "math.log(self.data + 1e-8)")],
        "inaccurate",
        "log",
        leaves=(3.0,),
        steps=(["log", 0],),
        also=("wrong value",),
    ),
    Mutant(
        "tanh is made of exponentials",
        [
            (
                "math.tanh(self.data)",
                "(math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)",
            )
        ],
        "inaccurate",
        "tanh",
        leaves=(1e-6,),
        steps=(["tanh", 0],),
        also=("wrong value", "wrong partial"),
    ),
    Mutant(
        "division adds a little",
        [("Value(self.data / other.data", "Value(self.data / (other.data + 1e-9)")],
        "inaccurate",
        "/",
        leaves=(3.0, 2.0),
        steps=(["/", 0, 1],),
        also=("wrong value",),
    ),
    Mutant(
        "leaves are rounded to single precision",
        [
            (
                "        self.data = data\n",
                '        import struct\n        self.data = struct.unpack("f", struct.pack("f", data))[0]\n',
            )
        ],
        "inaccurate",
        None,
        leaves=(0.1, 2.0),
        steps=(["*", 0, 1],),
        also=("wrong value", "unexplained"),
    ),
    Mutant(
        "exp is capped",
        [("primal = math.exp(self.data)", "primal = math.exp(min(self.data, 5.0))")],
        "inaccurate",
        "exp",
        leaves=(8.0,),
        steps=(["exp", 0],),
    ),
    Mutant(
        "gradients are rounded in the sweep",
        [
            (
                "            node._backward(node)\n",
                "            node._backward(node)\n"
                "            for o in node._prev:\n"
                "                o.grad = round(o.grad, 6)\n",
            )
        ],
        "inaccurate",
        leaves=(0.7,),
        steps=(["tanh", 0],),
    ),
    Mutant(
        "nan becomes 0",
        [("        self.data = data\n", "        self.data = data if data == data else 0.0\n")],
        "wrong value",
        also=("unexplained",),
    ),
    Mutant(
        "log is clamped",
        [
            (
                '        if self.data <= 0.0:\n            msg = f"log(',
                '        if False:\n            msg = f"log(',
            ),
            ("math.log(self.data)", "math.log(max(self.data, 1e-10))"),
            ("a.grad += out.grad / a.data", "a.grad += out.grad / max(a.data, 1e-10)"),
        ],
        "wrong value",
        "log",
        leaves=(1e-12,),
        steps=(["log", 0],),
    ),
)
