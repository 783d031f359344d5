"""Mutants of the sweep: its order, what it reaches, what it counts."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["TRAVERSAL"]

_SWEEP = "        for node in reversed(order):\n            node._backward(node)\n"
_DIAMOND = {"leaves": (2.0,), "steps": (["+", 0, 0], ["+", 1, 1])}

TRAVERSAL = (
    Mutant(
        "recursion without an order",
        [
            (
                _SWEEP,
                "        def descend(node):\n"
                "            node._backward(node)\n"
                "            for operand in node._prev:\n"
                "                descend(operand)\n"
                "        descend(self)\n",
            )
        ],
        "wrong order",
        **_DIAMOND,  # type: ignore[arg-type]
    ),
    Mutant(
        "breadth first without a visited set",
        [
            (
                _SWEEP,
                "        queue = [self]\n"
                "        while queue:\n"
                "            node = queue.pop(0)\n"
                "            node._backward(node)\n"
                "            queue += node._prev\n",
            )
        ],
        "wrong order",
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["*", 0, 2], ["+", 2, 3]),
    ),
    Mutant(
        "breadth first, each node once",
        [
            (
                _SWEEP,
                "        queue, visited = [self], {self}\n"
                "        while queue:\n"
                "            node = queue.pop(0)\n"
                "            node._backward(node)\n"
                "            for operand in node._prev:\n"
                "                if operand not in visited:\n"
                "                    visited.add(operand)\n"
                "                    queue.append(operand)\n",
            )
        ],
        "wrong order",
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["*", 0, 2], ["+", 2, 3]),
    ),
    Mutant(
        "depth first before the operands",
        [
            (
                _SWEEP,
                "        visited = set()\n"
                "        stack = [self]\n"
                "        while stack:\n"
                "            node = stack.pop()\n"
                "            if node not in visited:\n"
                "                visited.add(node)\n"
                "                node._backward(node)\n"
                "                stack += node._prev\n",
            )
        ],
        "wrong order",
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["*", 2, 0], ["+", 3, 2]),
    ),
    Mutant(
        "the order is not reversed",
        [("for node in reversed(order):", "for node in order:")],
        "wrong order",
        leaves=(2.0, 3.0, 4.0),
        steps=(["*", 0, 1], ["*", 3, 2]),
    ),
    Mutant(
        "the sweep stops at depth 5",
        [("for node in reversed(order):", "for node in order[::-1][:5]:")],
        "missing gradient",
        None,
        leaves=(2.0,),
        steps=(["neg", 0], ["neg", 1], ["neg", 2], ["neg", 3], ["neg", 4], ["neg", 5]),
        also=("wrong order", "unexplained"),
    ),
    Mutant(
        "a repeated operand counts once",
        [
            (
                "    a.grad += b.data * out.grad\n",
                "    a.grad += b.data * out.grad if a is not b else 0.0\n",
            )
        ],
        "lost contribution",
        "*",
        leaves=(3.0,),
        steps=(["*", 0, 0],),
    ),
    Mutant(
        "a repeated operand of a sum counts once",
        [
            (
                "    a.grad += out.grad\n    b.grad += out.grad",
                "    for operand in {a, b}:\n        operand.grad += out.grad",
            )
        ],
        "lost contribution",
        "+",
        leaves=(3.0,),
        steps=(["+", 0, 0],),
    ),
    Mutant(
        "nodes of equal value are one",
        [
            (
                "    def __repr__(self)",
                "    def __eq__(self, other):\n"
                "        return isinstance(other, Value) and self.data == other.data\n"
                "\n"
                "    def __hash__(self):\n"
                "        return hash(self.data)\n"
                "\n"
                "    def __repr__(self)",
            )
        ],
        "conflated nodes",
        leaves=(3.0, 3.0, 1.0),
        steps=(["*", 0, 2], ["*", 1, 2], ["+", 3, 4]),
    ),
    Mutant(
        "visited nodes are remembered by value",
        [
            ("seen: set[Value] = set()", "seen: set[float] = set()"),
            ("node not in seen", "node.data not in seen"),
            ("seen.add(node)", "seen.add(node.data)"),
        ],
        "conflated nodes",
        leaves=(3.0, 3.0, 1.0),
        steps=(["*", 0, 2], ["*", 1, 2], ["+", 3, 4]),
    ),
    Mutant(
        "leaves are cached by value",
        [
            (
                "class Value:\n",
                "_cache = {}\n\n\nclass Value:\n    def __new__(cls, data, _prev=(), _op=''):\n"
                "        if _prev or not isinstance(data, float):\n"
                "            return object.__new__(cls)\n"
                "        return _cache.setdefault(data, object.__new__(cls))\n",
            )
        ],
        "conflated nodes",
        leaves=(3.0, 3.0),
        steps=(["*", 0, 1],),
        also=("stale state",),
    ),
    Mutant(
        "the third use is lost",
        [
            (
                "        self.grad += 1.0\n        for node in reversed(order):\n"
                "            node._backward(node)\n",
                "        self.grad += 1.0\n"
                "        uses = {}\n"
                "        for node in reversed(order):\n"
                "            before = {o: o.grad for o in node._prev}\n"
                "            node._backward(node)\n"
                "            for o in before:\n"
                "                uses[o] = uses.get(o, 0) + 1\n"
                "                if uses[o] > 2:\n"
                "                    o.grad = before[o]\n",
            )
        ],
        "lost contribution",
        None,
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["+", 0, 2], ["+", 0, 3]),
    ),
    Mutant(
        "only leaves accumulate",
        [
            (
                "            node._backward(node)\n",
                "            saved = {o: o.grad for o in node._prev if o._prev}\n"
                "            for o in saved:\n"
                "                o.grad = 0.0\n"
                "            node._backward(node)\n",
            )
        ],
        "overwritten gradient",
        None,
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["*", 2, 0], ["+", 2, 3]),
        also=("lost contribution",),
    ),
    Mutant(
        "results are set and leaves are added to",
        [
            (
                "            node._backward(node)\n",
                "            had = [(o, o.grad) for o in node._prev if o._prev]\n"
                "            node._backward(node)\n"
                "            for o, before in had[:1]:\n"
                "                o.grad -= before\n",
            )
        ],
        "overwritten gradient",
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["*", 2, 0], ["+", 3, 2]),
        also=("lost contribution", "unexplained"),
    ),
    Mutant(
        "negative gradients are not handed on",
        [
            (
                "        for node in reversed(order):\n",
                "        for node in [node for node in reversed(order)]:\n"
                "            if node.grad < 0.0:\n"
                "                continue\n",
            )
        ],
        "missing gradient",
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["neg", 2]),
    ),
    Mutant(
        "the sweep stops a rule early",
        [("in reversed(order):\n", "in reversed(order[1:]):\n")],
        "missing gradient",
        leaves=(2.0,),
        steps=(["tanh", 0],),
    ),
    Mutant(
        "operands in a set and no order",
        [
            ("self._prev = _children", "self._prev = set(_children)"),
            (
                "                for child in v._prev:\n"
                "                    build(child)\n"
                "                topo.append(v)\n",
                "                topo.append(v)\n"
                "                for child in v._prev:\n"
                "                    build(child)\n",
            ),
            ("for v in reversed(topo)", "for v in topo"),
        ],
        "wrong order",
        base="closures",
        varies=True,
    ),
    Mutant(
        "the sweep starts from 2",
        [("        self.grad += 1.0\n", "        self.grad += 2.0\n")],
        "wrong partial",
        None,
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1],),
    ),
)
