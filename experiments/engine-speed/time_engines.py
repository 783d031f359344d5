"""Time the engines side by side: `python time_engines.py [GRAPH ...]`, on each Python to be shown.

pyperf starts a process of its own for every run of every benchmark; the results are added to
`result.json` under this Python's version, those of all graphs unless some are named.
`python show_engines.py` makes the table and the picture.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import platform
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyperf
from graphs import ENGINES, GRAPHS, Graph, chain, floor_backward, floor_forward, interior_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).resolve().parent
RESULT = HERE / "result.json"
# Graphs of 10^6 nodes take seconds: fewer runs of them do.
SCALES = {
    "small": ("--processes", "6", "--values", "3", "--min-time", "0.05"),
    "large": ("--processes", "2", "--values", "1", "--warmups", "1"),
}
# What is timed: the sweeps, and both of them with the freeing of the graph; each also while
# Python's garbage collector is off, which on a large graph costs more than the engine does.
FORWARD, BACKWARD, WHOLE = "forward", "backward", "whole"
OFF = ", collector off"


def timed(loops: int, engine_name: str, graph_name: str, part: str) -> float:
    """Return the seconds that `loops` rounds of one part take."""
    forward, backward = _sweeps(engine_name, GRAPHS[graph_name]())
    seconds = 0.0
    name = part.removesuffix(OFF)
    if name != part:
        gc.disable()
    for _ in range(loops):
        started = time.perf_counter()
        output = forward()
        built = time.perf_counter()
        backward(output)
        swept = time.perf_counter()
        del output
        freed = time.perf_counter()
        seconds += {FORWARD: built - started, BACKWARD: swept - built}.get(name, freed - started)
        if name != part:
            gc.collect()  # not timed: micrograd's graphs go with the collector only
    return seconds


def _sweeps(engine_name: str, graph: Graph) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    if engine_name == "floor":
        size = interior_nodes(graph)
        return lambda: floor_forward(size), floor_backward
    engine = ENGINES[engine_name]()
    leaves = graph.prepare(engine)
    return lambda: graph.build(engine, leaves), engine.sweep


def benchmarks(graphs: Sequence[str]) -> None:
    """Run the benchmarks of some graphs: pyperf starts this script again for each."""
    runner = pyperf.Runner(program_args=(__file__, ";".join(graphs)))
    engines = [
        name for name in ENGINES if name == "minigrad" or importlib.util.find_spec(name) is not None
    ]
    for graph in graphs:
        for part in (FORWARD, BACKWARD, WHOLE) if graph == "network" else (WHOLE,):
            for collector in ("", OFF):
                for engine in (*engines, "floor"):
                    name = f"{graph} | {part}{collector} | {engine}"
                    runner.bench_time_func(name, timed, engine, graph, part + collector)


def bytes_a_node(engine_name: str, size: int = 10_000) -> float:
    """Return the bytes that a chain of `size` nodes holds after both sweeps, for each node."""
    engine, graph = ENGINES[engine_name](), chain(size)
    leaves = graph.prepare(engine)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    output = graph.build(engine, leaves)
    engine.sweep(output)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del output
    return (after - before) / size


def freed_without_collector(size: int = 1_000_000) -> bool:
    """Return whether a graph of minigrad's goes with its output while the collector is off."""
    engine, graph = ENGINES["minigrad"](), chain(size)
    leaves = graph.prepare(engine)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    output = graph.build(engine, leaves)
    engine.sweep(output)
    held, _ = tracemalloc.get_traced_memory()
    del output
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.enable()
    return left < held / 1000 and gc.collect() == 0


def main(graphs: Sequence[str]) -> None:
    """Run the benchmarks in processes of their own, and add what they gave to the results."""
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for scale, options in SCALES.items():
            chosen = [name for name in graphs if name.endswith("1,000,000") == (scale == "large")]
            if chosen:
                times = str(Path(folder, f"{scale}.json"))
                command = [sys.executable, __file__, ";".join(chosen), *options, "-o", times]
                subprocess.run(command, check=True)
                for benchmark in pyperf.BenchmarkSuite.load(times).get_benchmarks():
                    seconds[benchmark.get_name()] = list(benchmark.get_values())
    results: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    version = ".".join(platform.python_version_tuple()[:2])
    seconds = {**results.get(version, {}).get("seconds", {}), **seconds}
    results[version] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "pyperf": pyperf.__version__,
        "seconds": seconds,
        "bytes_a_node": {name: round(bytes_a_node(name), 1) for name in ("minigrad", "micrograd")},
        "freed_without_collector": freed_without_collector(),
    }
    text = json.dumps(dict(sorted(results.items())), indent=1)
    RESULT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if any(argument.startswith("-") for argument in sys.argv):
        benchmarks(sys.argv.pop(1).split(";"))
    else:
        main(sys.argv[1:] or list(GRAPHS))
