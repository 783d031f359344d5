"""Time other ways of finding the order of a sweep: `python sweeps.py`, which prints their ratios.

Each way sweeps the graph of the network; the engine's own is 1. "Its order alone" finds the order
and stops.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pyperf
from graphs import minigrad, network

from minigrad import Value

if TYPE_CHECKING:
    from collections.abc import Callable


def _hand_on(output: Value, order: list[Value]) -> None:
    output.grad = 1.0
    for node in reversed(order):
        node._backward(node)


def order_alone(output: Value) -> None:
    """Find the order as the engine does, and stop."""
    order: list[Value] = []
    seen: set[Value] = set()
    path: list[Value] = []
    stack: list[Value | None] = [output]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(path.pop())
        elif node._prev and node not in seen:
            seen.add(node)
            node.grad = 0.0
            path.append(node)
            stack.append(None)
            stack += node._prev


def one_stack(output: Value) -> None:
    """Keep the nodes of the path on the stack as well, each below a mark of its own."""
    order: list[Value] = []
    seen: set[Value] = set()
    operands_done = Value(0.0)
    stack = [output]
    while stack:
        node = stack.pop()
        if node is operands_done:
            order.append(stack.pop())
        elif node._prev and node not in seen:
            seen.add(node)
            node.grad = 0.0
            stack += (node, operands_done)
            stack += node._prev
    _hand_on(output, order)


def counting_uses(output: Value) -> None:
    """Count the uses of every node, and sweep a node when the last of them is done (Kahn)."""
    uses = {output: 0}
    interior = [output]
    for node in interior:
        for operand in node._prev:
            if operand in uses:
                uses[operand] += 1
            else:
                uses[operand] = 1
                if operand._prev:
                    operand.grad = 0.0
                    interior.append(operand)
    output.grad = 1.0
    ready = [output]
    while ready:
        node = ready.pop()
        node._backward(node)
        for operand in node._prev:
            uses[operand] -= 1
            if not uses[operand] and operand._prev:
                ready.append(operand)


def filtering_operands(output: Value) -> None:
    """Push only operands that have operands themselves."""
    order: list[Value] = []
    seen: set[Value] = set()
    path: list[Value] = []
    stack: list[Value | None] = [output]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(path.pop())
        elif node not in seen:
            seen.add(node)
            node.grad = 0.0
            path.append(node)
            stack.append(None)
            stack += [operand for operand in node._prev if operand._prev]
    _hand_on(output, order)


def looking_twice(output: Value) -> None:
    """Leave a node on the stack while its operands are above it, and look at it again."""
    order: list[Value] = []
    seen: set[Value] = set()
    done: set[Value] = set()
    stack = [output]
    while stack:
        node = stack[-1]
        if node in seen:
            stack.pop()
            if node not in done:
                done.add(node)
                order.append(node)
        else:
            seen.add(node)
            node.grad = 0.0
            stack += [o for o in node._prev if o._prev and o not in seen]
    _hand_on(output, order)


def zero_as_mark(output: Value) -> None:
    """Know the nodes seen by the identity of their 0.0: wrong where floats have no identity."""
    order: list[Value] = []
    mark = float("0")
    path: list[Value] = []
    stack: list[Value | None] = [output]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(path.pop())
        elif node._prev and node.grad is not mark:
            node.grad = mark
            path.append(node)
            stack.append(None)
            stack += node._prev
    _hand_on(output, order)


WAYS: dict[str, Callable[[Value], None]] = {
    "the engine's": Value.backward,
    "its order alone": order_alone,
    "one stack": one_stack,
    "counting uses": counting_uses,
    "filtering operands": filtering_operands,
    "looking twice": looking_twice,
    "a zero as mark": zero_as_mark,
}


def timed(loops: int, way: Callable[[Value], None]) -> float:
    """Return the seconds of `loops` sweeps, each over a graph made anew."""
    graph, engine = network(), minigrad()
    leaves = graph.prepare(engine)
    seconds = 0.0
    for _ in range(loops):
        output = graph.build(engine, leaves)
        started = time.perf_counter()
        way(output)
        seconds += time.perf_counter() - started
    return seconds


def main() -> None:
    """Run the benchmarks and print each as a ratio to the engine's own sweep."""
    runner = pyperf.Runner(processes=6, values=3)
    benchmarks = {name: runner.bench_time_func(name, timed, way) for name, way in WAYS.items()}
    if runner.args.worker:
        return
    own = statistics.median(benchmarks["the engine's"].get_values())
    for name, benchmark in benchmarks.items():
        print(f"{name:20} {statistics.median(benchmark.get_values()) / own:.2f}")


if __name__ == "__main__":
    main()
