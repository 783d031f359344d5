"""The graphs that are timed, built on any engine, and the engines they are built on.

An engine is what makes a leaf, applies relu and sweeps; arithmetic is written with operators. The
floor is no engine: it makes as many objects with slots, and does as many multiply-adds, as minigrad
does for the same graph, in a bare loop. No engine of this kind in pure Python can be faster.
"""

from __future__ import annotations

import random
import sys
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (5, 16, 16, 5)  # of the network's layers
NEAR = 50  # a node of the random graph takes its operands from the last so many


class Engine(NamedTuple):
    """How an engine is used: `leaf(number)`, `relu(node)`, `sweep(output)`."""

    leaf: Callable[[float], Any]
    relu: Callable[[Any], Any]
    sweep: Callable[[Any], None]


def minigrad() -> Engine:
    """Return the engine of this project."""
    from minigrad.scalar import Value

    return Engine(Value, Value.relu, Value.backward)


def micrograd() -> Engine:
    """Return PyPI's micrograd; its sweep is recursive, so the limit of recursion is lifted."""
    from micrograd.engine import Value

    sys.setrecursionlimit(10**8)
    return Engine(Value, Value.relu, Value.backward)


def torch() -> Engine:
    """Return torch, each node a tensor of no dimensions, in double precision, on one thread."""
    import torch as library

    library.set_num_threads(1)

    def leaf(number: float) -> Any:
        return library.tensor(number, dtype=library.float64, requires_grad=True)

    return Engine(leaf, library.relu, lambda output: output.backward())


ENGINES = {"minigrad": minigrad, "micrograd": micrograd, "torch": torch}


class Graph(NamedTuple):
    """A graph to time: `prepare(engine)` makes the leaves, `build(engine, leaves)` the output."""

    prepare: Callable[[Engine], Any]
    build: Callable[[Engine, Any], Any]


def network() -> Graph:
    """Return the squared loss of a relu network over the five one-hot inputs, 4,930 nodes."""

    def prepare(engine: Engine) -> Any:
        draw = random.Random(0)
        return [
            [
                ([engine.leaf(draw.uniform(-0.5, 0.5)) for _ in range(width)], engine.leaf(0.1))
                for _ in range(neurons)
            ]
            for width, neurons in pairwise(SIZES)
        ]

    def build(engine: Engine, layers: Any) -> Any:
        loss = engine.leaf(0.0)
        for chosen in range(SIZES[0]):
            one_hot = [1.0 if place == chosen else 0.0 for place in range(SIZES[0])]
            outputs: list[Any] = [engine.leaf(number) for number in one_hot]
            for depth, layer in enumerate(layers, 1):
                inputs, outputs = outputs, []
                for weights, bias in layer:
                    total = bias
                    for weight, given in zip(weights, inputs, strict=True):
                        total = total + weight * given
                    outputs.append(total if depth == len(layers) else engine.relu(total))
            for output, wanted in zip(outputs, one_hot, strict=True):
                difference = output + -wanted
                loss = loss + difference * difference
        return loss

    return Graph(prepare, build)


@cache
def _program(size: int) -> list[tuple[bool, int, int]]:
    """Draw a program of sums and products whose numbers stay between -1 and 1."""
    draw = random.Random(0)
    primals = [draw.uniform(-1.0, 1.0) for _ in range(NEAR)]
    steps = []
    for node in range(NEAR, NEAR + size):
        a, b = node - draw.randint(1, NEAR), node - draw.randint(1, NEAR)
        adds = abs(primals[a] + primals[b]) <= 1.0
        primals.append(primals[a] + primals[b] if adds else primals[a] * primals[b])
        steps.append((adds, a, b))
    return steps


def random_graph(size: int) -> Graph:
    """Return a random graph of `size` sums and products; the output is the sum of its end."""

    def prepare(engine: Engine) -> Any:
        draw = random.Random(0)
        return _program(size), [engine.leaf(draw.uniform(-1.0, 1.0)) for _ in range(NEAR)]

    def build(engine: Engine, prepared: Any) -> Any:
        del engine
        steps, leaves = prepared
        nodes = list(leaves)
        for adds, a, b in steps:
            nodes.append(nodes[a] + nodes[b] if adds else nodes[a] * nodes[b])
        return sum(nodes[-NEAR + 1 :], nodes[-NEAR])

    return Graph(prepare, build)


def chain(size: int) -> Graph:
    """Return `size` sums and products, each over the one before."""

    def prepare(engine: Engine) -> Any:
        return engine.leaf(0.5), engine.leaf(0.999)

    def build(engine: Engine, leaves: Any) -> Any:
        del engine
        node, factor = leaves
        for _ in range(size // 2):
            node = node * factor + factor
        return node

    return Graph(prepare, build)


def ladder(size: int) -> Graph:
    """Return `size` nodes in diamonds: each result is used twice, by a product and a sum."""

    def prepare(engine: Engine) -> Any:
        return engine.leaf(0.5), engine.leaf(-0.5)

    def build(engine: Engine, leaves: Any) -> Any:
        del engine
        node, factor = leaves
        for _ in range(size // 2):
            node = node + node * factor
        return node

    return Graph(prepare, build)


class _Node:
    """What a graph must have at the least: the number, its adjoint, the operands."""

    __slots__ = ("data", "grad", "operands")

    def __init__(self, data: float, operands: tuple[Any, ...]) -> None:
        self.data = data
        self.grad = 0.0
        self.operands = operands


def floor_forward(size: int) -> list[_Node]:
    """Make `size` nodes, with a multiply-add for each."""
    leaf = _Node(0.5, ())
    nodes = [_Node(0.5, (leaf, leaf))]
    for _ in range(size - 1):
        a = nodes[-1]
        nodes.append(_Node(a.data * leaf.data + leaf.data, (a, leaf)))
    return nodes


def floor_backward(nodes: list[_Node]) -> None:
    """Do two multiply-adds for each node, from the last to the first."""
    nodes[-1].grad = 1.0
    for node in reversed(nodes):
        a, b = node.operands
        a.grad += b.data * node.grad
        b.grad += a.data * node.grad


def interior_nodes(graph: Graph) -> int:
    """Count the results in a graph, as minigrad builds it."""
    engine = minigrad()
    leaves = graph.prepare(engine)
    stack, seen = [graph.build(engine, leaves)], set()
    while stack:
        node = stack.pop()
        if node._prev and node not in seen:
            seen.add(node)
            stack += node._prev
    return len(seen)


SCALES = (1_000, 10_000, 100_000, 1_000_000)
GRAPHS: dict[str, Callable[[], Graph]] = {
    "network": network,
    "random 100,000": partial(random_graph, 100_000),
    **{f"chain {size:,}": partial(chain, size) for size in SCALES},
    **{f"ladder {size:,}": partial(ladder, size) for size in SCALES},
}
