"""Print the table from `result.json`: `python show_harness.py`.

Microseconds a program are medians over processes, in brackets the range from the tenth to the
ninetieth percentile.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SIZES = ("1 to 12 steps", "1 to 4 steps", "5 to 8 steps", "9 to 12 steps", "24 to 24 steps")
TOGETHER = ("draw", "engine", "dual numbers", "central differences", "ruler")
GRADCHECK = "torch.autograd.gradcheck"


def spread(values: list[float]) -> str:
    """Return the median of some seconds in microseconds, with its range."""
    ordered = sorted(value * 1e6 for value in values)
    tenth = len(ordered) // 10
    middle = statistics.median(ordered)
    return f"{middle:,.0f} ({ordered[tenth]:,.0f} to {ordered[-1 - tenth]:,.0f})"


def table(result: dict[str, Any]) -> list[str]:
    """Return the lines of one Python's table."""
    seconds: dict[str, list[float]] = result["seconds"]
    parts = list(dict.fromkeys(name.split(" | ")[1] for name in seconds if " | " in name))
    lines = [
        f"## Python {result['python']}, {'with' if result['torch'] else 'without'} torch",
        "",
        "| microseconds a program of | " + " | ".join(SIZES) + " |",
        "|---" * (len(SIZES) + 1) + "|",
    ]
    for part in parts:
        cells = [spread(seconds[f"{size} | {part}"]) for size in SIZES]
        lines.append(f"| {part} | " + " | ".join(cells) + " |")

    def middle(name: str) -> float:
        return statistics.median(seconds[name])

    together = [sum(middle(f"{size} | {part}") for part in TOGETHER) for size in SIZES]
    cells = [f"{total * 1e6:,.0f}" for total in together]
    lines.append("| **draw, engine, both oracles, ruler** | " + " | ".join(cells) + " |")
    if f"{SIZES[0]} | {GRADCHECK}" in seconds:
        cells = [
            f"{total / middle(f'{size} | {GRADCHECK}'):.2f}"
            for size, total in zip(SIZES, together, strict=True)
        ]
        lines.append("| the same, over gradcheck | " + " | ".join(cells) + " |")
    draw = middle(f"{SIZES[0]} | draw") / middle("st.integers()")
    checks = result["whole check"]
    lasted = sorted(check["seconds"] for check in checks)
    memory = max(check["MiB"] for check in checks)
    first = result["seconds to the first law"]
    return [
        *lines,
        "",
        f"- a draw costs {draw:.2f} times `st.integers()`",
        f"- {statistics.median(first):.2f} s to the first law ({first[0]:.2f} to {first[-1]:.2f})",
        f"- a whole check of minigrad: {lasted[0]:.1f} to {lasted[-1]:.1f} s,",
        f"  at most {memory:.0f} MiB in all processes",
        "",
    ]


def main() -> None:
    """Write `table.md`."""
    results = json.loads((HERE / "result.json").read_text(encoding="utf-8"))
    lines = [line for result in results.values() for line in table(result)]
    (HERE / "table.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
