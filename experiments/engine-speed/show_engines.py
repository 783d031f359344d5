"""Make the table and the picture from `result.json`: `python show_engines.py`.

A ratio is the median of the ratios of paired values (the first run of one with the first of the
other, and so on); in brackets the range from the tenth to the ninetieth percentile.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OTHERS = ("micrograd", "torch", "floor")
OFF = ", collector off"
UNCOLLECTED = "whole" + OFF

Ratios = list[float]


def ratios(slow: list[float], fast: list[float]) -> Ratios:
    """Return the ratio of each pair of values, sorted."""
    return sorted(a / b for a, b in zip(slow, fast, strict=True))


def told(values: Ratios) -> str:
    """Return the median of some ratios with their spread, for a table."""
    tenth = len(values) // 10
    return f"{statistics.median(values):.2f} ({values[tenth]:.2f} to {values[-1 - tenth]:.2f})"


def forward_and_backward(
    seconds: dict[str, list[float]], engine: str, collector: str
) -> list[float]:
    """Return what both sweeps of the network take, pair by pair."""
    forward = seconds[f"network | forward{collector} | {engine}"]
    backward = seconds[f"network | backward{collector} | {engine}"]
    return [f + b for f, b in zip(forward, backward, strict=True)]


def costs_of_a_node(
    seconds: dict[str, list[float]], shape: str, part: str, engine: str
) -> tuple[float, float]:
    """Return the median seconds for a node of a graph of 10^4 nodes, and of one of 10^6."""
    small, large = (
        statistics.median(seconds[f"{shape} {size:,} | {part} | {engine}"]) / size
        for size in (10_000, 1_000_000)
    )
    return small, large


def rows(result: dict[str, Any]) -> dict[str, str]:
    """Return the figures of one Python, each under what it is."""
    seconds = result["seconds"]
    table = {}
    for collector in ("", OFF):
        own = forward_and_backward(seconds, "minigrad", collector)
        for other in OTHERS:
            if f"network | forward | {other}" in seconds:
                theirs = forward_and_backward(seconds, other, collector)
                pair = (own, theirs) if other == "floor" else (theirs, own)
                names = ("minigrad", other) if other == "floor" else (other, "minigrad")
                name = f"{names[0]} / {names[1]}, network, both sweeps{collector}"
                table[name] = told(ratios(*pair))
    for graph in ("random 100,000", "chain 100,000", "ladder 100,000"):
        for part in ("whole", UNCOLLECTED):
            ours, theirs = (
                seconds[f"{graph} | {part} | {engine}"] for engine in ("minigrad", "micrograd")
            )
            table[f"micrograd / minigrad, {graph}, {part}"] = told(ratios(theirs, ours))
    for shape in ("chain", "ladder"):
        for part in ("whole", UNCOLLECTED):
            for engine in ("minigrad", "floor"):
                small, large = costs_of_a_node(seconds, shape, part, engine)
                name = f"{engine}, a node of a {shape} at 10^6 / at 10^4, {part}"
                table[name] = f"{large / small:.2f}"
        small, large = costs_of_a_node(seconds, shape, "whole", "minigrad")
        small_off, large_off = costs_of_a_node(seconds, shape, UNCOLLECTED, "minigrad")
        name = f"what the collector alone adds from 10^4 to 10^6, to a node of a {shape} at 10^4"
        table[name] = f"{((large - large_off) - (small - small_off)) / small:.2f}"
    bytes_ = result["bytes_a_node"]
    table["bytes a node, minigrad"] = f"{bytes_['minigrad']:.0f}"
    table["bytes a node, minigrad / micrograd"] = f"{bytes_['minigrad'] / bytes_['micrograd']:.2f}"
    freed = result["freed_without_collector"]
    table["a chain of 10^6 is freed without the collector"] = "yes" if freed else "no"
    return table


def main() -> None:
    """Write `table.md` and draw `cost-a-node.png`."""
    results = json.loads((HERE / "result.json").read_text(encoding="utf-8"))
    columns = {version: rows(result) for version, result in results.items()}
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    lines = [
        "| | " + " | ".join(f"Python {version}" for version in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for name in names:
        cells = [column.get(name, "-") for column in columns.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    (HERE / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw(results)


def draw(results: dict[str, Any]) -> None:
    """Draw the cost of a node by the size of the graph, for each engine, on one Python."""
    import matplotlib.pyplot as plt

    version, result = next(iter(results.items()))
    figure, plots = plt.subplots(1, 2, figsize=(11, 4), sharey=True)
    for plot, shape in zip(plots, ("chain", "ladder"), strict=True):
        for engine, style in (
            ("torch", "s:"),
            ("micrograd", "^--"),
            ("minigrad", "o-"),
            ("floor", "v-."),
        ):
            for part, colour in (("whole", "black"), (UNCOLLECTED, "0.6")):
                points = {
                    size: statistics.median(result["seconds"][name]) / size * 1e6
                    for size in (1_000, 10_000, 100_000, 1_000_000)
                    if (name := f"{shape} {size:,} | {part} | {engine}") in result["seconds"]
                }
                if points:
                    label = engine if part == "whole" else f"{engine}, collector off"
                    plot.loglog(
                        *zip(*points.items(), strict=True), style, color=colour, label=label
                    )
        plot.set_title(f"{shape}, Python {version}")
        plot.set_xlabel("nodes")
        plot.grid(visible=True, axis="y", color="0.9")
    plots[0].set_ylabel("microseconds a node\n(forward, backward, freeing)")
    plots[1].legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    figure.savefig(HERE / "cost-a-node.png", dpi=110)


if __name__ == "__main__":
    main()
