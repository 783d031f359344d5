"""Count the whole default checks of right engines that do not end with exit status 0.

    python experiments/false-alarms/checks.py [SEEDS]     # 200 by default

Eleven engines of different design, each with seeds of its own, as a user calls the command. Each
check is appended to `checks.jsonl`, which is not committed, so that a run can be stopped and taken
up again; the summary is `checks.json`.
"""

from __future__ import annotations

import collections
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.engines.dress import text_of
from tests.mutants import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
RAW = HERE / "checks.jsonl"
_COMMAND = "from valuecheck.cli import main; main()"
_DRESSED = (
    "operands are a set",
    "every sweep resets",
    "values are computed when they are read",
    "a sweep frees the graph, and another raises",
    "values are arrays and stay so",
)


def engines(folder: Path) -> dict[str, str]:
    """Return targets by what is to be said of them; some are written into a folder."""
    found = {
        "minigrad": str(ROOT / "src/minigrad/scalar.py"),
        "micrograd of PyPI": "micrograd.engine:Value",
        "a tape": str(ROOT / "tests/engines/tape.py"),
    }
    for number, dress in enumerate(_DRESSED):
        file = folder / f"dressed_{number}.py"
        file.write_text(text_of(dress), encoding="utf-8")
        found[dress] = str(file)
    (single,) = (m for m in MUTANTS if m.name == "leaves are rounded to single precision")
    found["leaves in single precision"] = str(single.write(folder))
    node, compiler = shutil.which("node"), shutil.which("gcc")
    if node:
        found["JavaScript over a pipe"] = f"command:{node} {ROOT / 'docs/examples/engine.mjs'}"
    if compiler:
        program, source = folder / "engine", ROOT / "docs/examples/engine.c"
        subprocess.run([compiler, "-O1", source, "-o", program, "-lm"], check=True)
        found["C over a pipe"] = f"command:{program}"
    return found


def check(name: str, target: str, seed: int) -> dict[str, Any]:
    """Check an engine and return what came of it."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, "--random-seed", str(seed), "--format", "json", target],
        capture_output=True,
        text=True,
        check=False,
    )
    entry: dict[str, Any] = {"engine": name, "seed": seed, "status": done.returncode}
    if done.returncode:
        entry["told"] = done.stderr[-500:]
        targets = json.loads(done.stdout)["targets"] if done.stdout else []
        entry["faults"] = [f["message"] for t in targets for f in t["faults"]]
    return entry


def main() -> None:
    """Check what is not there yet, and summarise."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    lines = RAW.read_text(encoding="utf-8").splitlines() if RAW.exists() else []
    entries = [json.loads(line) for line in lines]
    done = {(entry["engine"], entry["seed"]) for entry in entries}
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(2) as pool:
        targets = engines(Path(place))
        jobs = [
            pool.submit(check, name, target, seed)
            for seed in range(seeds)
            for name, target in targets.items()
            if (name, seed) not in done
        ]
        with RAW.open("a", encoding="utf-8") as file:
            for job in jobs:
                entries.append(job.result())
                file.write(json.dumps(entries[-1]) + "\n")
                file.flush()
    counts: dict[str, collections.Counter[str]] = {}
    for entry in entries:
        told = "exit 0" if entry["status"] == 0 else f"exit {entry['status']}"
        counts.setdefault(entry["engine"], collections.Counter())[told] += 1
    summary = {
        "checks": len(entries),
        "not exit 0": [entry for entry in entries if entry["status"]],
        "engines": {name: dict(count) for name, count in counts.items()},
    }
    (HERE / "checks.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
