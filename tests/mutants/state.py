"""Mutants of state: what one operation or sweep leaves behind for the next."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["STATE"]

STATE = (
    Mutant(
        "augmented subtraction forgets its rule",
        [
            (
                "    def __neg__(self)",
                "    def __isub__(self, other):\n"
                "        number = other.data if isinstance(other, Value) else other\n"
                "        return Value(self.data - number)\n"
                "\n"
                "    def __neg__(self)",
            )
        ],
        "stale state",
    ),
    Mutant(
        "a division that raised leaves a gradient in its divisor",
        [
            (
                '            msg = f"{self.data} / {other.data}: division by zero"\n',
                "            other.grad = 7.0\n"
                '            msg = f"{self.data} / {other.data}: division by zero"\n',
            )
        ],
        "stale state",
    ),
    Mutant(
        "leaf gradients are reset when another operation is swept",
        [
            ("class Value:\n", '_latest = [""]\n\n\nclass Value:\n'),
            (
                "        self.grad += 1.0\n",
                "        if _latest[0] != self._op:\n"
                "            for node in order:\n"
                "                for o in node._prev:\n"
                "                    o.grad = 0.0\n"
                "        _latest[0] = self._op\n"
                "        self.grad += 1.0\n",
            ),
        ],
        "stale state",
    ),
    Mutant(
        "a sweep doubles the output",
        [("        self.grad += 1.0\n", "        self.data *= 2.0\n        self.grad += 1.0\n")],
        "stale state",
        also=("unexplained", "wrong value"),
    ),
    Mutant(
        "building resets the gradients of operands",
        [
            (
                '        out = Value(self.data * other.data, (self, other), "*")\n',
                '        out = Value(self.data * other.data, (self, other), "*")\n'
                "        self.grad = other.grad = 0.0\n",
            )
        ],
        "stale state",
    ),
    Mutant(
        "negative interior gradients stay",
        [
            (
                "                node.grad = 0.0\n",
                "                node.grad = min(node.grad, 0.0)\n",
            )
        ],
        "stale state",
    ),
    Mutant(
        "augmented addition changes the node",
        [
            (
                "    def __neg__(self)",
                "    def __iadd__(self, other):\n"
                "        self.data += other.data if isinstance(other, Value) else other\n"
                "        return self\n"
                "\n"
                "    def __neg__(self)",
            )
        ],
        "stale state",
    ),
    Mutant(
        "a sweep reaches everything that was ever built",
        [
            ("class Value:\n", "_all = []\n\n\nclass Value:\n"),
            (
                "        self._backward: Callable[[Value], None] = _backward_leaf\n",
                "        self._backward: Callable[[Value], None] = _backward_leaf\n"
                "        _all.append(self)\n"
                "        del _all[:-60]\n",
            ),
            ("        for node in reversed(order):\n", "        for node in reversed(_all):\n"),
            (
                "        self.grad += 1.0\n",
                "        for node in _all:\n"
                "            if node._prev:\n"
                "                node.grad = 1.0 if not any(node in n._prev for n in _all) else 0.0\n"
                "        self.grad = 1.0\n",
            ),
        ],
        "stale state",
        also=("unexplained",),
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["*", 0, 1]),
    ),
    Mutant(
        "leaf gradients are reset now and then",
        [
            (
                "            elif node._prev and node not in seen:\n",
                "            elif not node._prev and node.data > 2.0:\n"
                "                node.grad = 0.0\n"
                "            elif node._prev and node not in seen:\n",
            )
        ],
        "stale state",
    ),
    Mutant(
        "every seventh sweep counts twice",
        [
            ("class Value:\n", "_sweeps = 0\n\n\nclass Value:\n"),
            (
                "        self.grad += 1.0\n",
                "        global _sweeps\n"
                "        _sweeps += 1\n"
                "        self.grad += 2.0 if _sweeps % 7 == 0 else 1.0\n",
            ),
        ],
        "stale state",
        also=("wrong partial",),
        varies=True,
    ),
    Mutant(
        "results differ from run to run",
        [
            ("import math\n", "import math\nimport random\n"),
            (
                "a.grad += out.data * out.grad",
                "a.grad += out.data * out.grad * random.SystemRandom().choice([1.0, 1.0, 1.001])",
            ),
        ],
        "stale state",
        also=("unexplained", "wrong partial", "crash"),
        spreads_to=("exp",),
        varies=True,
    ),
    Mutant(
        "log that raised keeps a gradient",
        [
            (
                '        if self.data <= 0.0:\n            msg = f"log(',
                '        if self.data <= 0.0:\n            self.data = 1.0\n            msg = f"log(',
            )
        ],
        "stale state",
    ),
)
