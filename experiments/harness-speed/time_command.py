"""Time the command as its user does: a whole check, and the first fault on the screen.

    python experiments/harness-speed/time_command.py [COMMIT]    # by default 4ac1ba4

The whole check of minigrad alternates between this checkout and another commit, five times each, so
that both meet the same machine. The first fault is that of every mutant, from the start of the
command to its first line on a terminal; the check is ended then. Writes `command.json`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pexpect

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.mutants import MUTANTS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENGINE = ROOT / "src" / "minigrad" / "scalar.py"
_COMMAND = [sys.executable, "-c", "from valuecheck.cli import main; main()"]


def whole_check(harness: Path) -> float:
    """Return the seconds that a check takes with the harness of a folder."""
    began = time.perf_counter()
    subprocess.run(
        [*_COMMAND, str(ENGINE)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(harness)},
    )
    return time.perf_counter() - began


def first_fault(file: Path) -> tuple[float, bool]:
    """Return the seconds until the first fault stands on a terminal, and whether one did."""
    began = time.perf_counter()
    child: Any = pexpect.spawn(
        _COMMAND[0], [*_COMMAND[1:], str(file)], dimensions=(40, 100), encoding="utf-8"
    )
    seen = child.expect(["✗", pexpect.EOF], timeout=120) == 0
    took = time.perf_counter() - began
    child.close(force=True)
    return took, seen


def main() -> None:
    """Measure and write the result."""
    commit = sys.argv[1] if len(sys.argv) > 1 else "4ac1ba4"
    with tempfile.TemporaryDirectory() as place:
        before = Path(place) / "before"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(before)], check=True)
        subprocess.run(["git", "-C", str(before), "checkout", "-q", commit], check=True)
        times: dict[str, list[float]] = {commit: [], "now": []}
        for _ in range(5):
            times[commit].append(whole_check(before / "strategies"))
            times["now"].append(whole_check(ROOT / "strategies"))
        firsts = {mutant.name: first_fault(mutant.write(Path(place))) for mutant in MUTANTS}
    medians = {name: statistics.median(found) for name, found in times.items()}
    told = sorted(took for took, seen in firsts.values() if seen)
    result = {
        "whole check, seconds": {n: [round(t, 2) for t in found] for n, found in times.items()},
        "whole check, median": {name: round(median, 2) for name, median in medians.items()},
        "before / now": round(medians[commit] / medians["now"], 2),
        "first fault, mutants": len(told),
        "first fault, median": round(statistics.median(told), 2),
        "first fault, 90 %": round(told[len(told) * 9 // 10], 2),
        "first fault, most": round(told[-1], 2),
        "no fault on the screen": sorted(name for name, (_, seen) in firsts.items() if not seen),
    }
    (HERE / "command.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
