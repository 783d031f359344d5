"""Mutate our own code: `python mutate.py [PATTERN ...]`, by default the engine.

mutmut makes the mutants and runs the tests on each, in a process forked for it. It takes a project
with all its sources in `src`; such a one is laid out in a temporary folder. Patterns are those of
`mutmut run`: `minigrad.scalar.*`, `valuecheck.enclosure.*`, `valuecheck.oracles.*`,
`valuecheck.diagnosis.*`. What came of it is added to `result.json`, by module: how many mutants,
how many the tests killed, and for each survivor what it changes. Survivors that nothing can tell
from the original stand in `equivalent.json` with the reason. Exits with 1 when there are others.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULT, EQUIVALENT = HERE / "result.json", HERE / "equivalent.json"
_CHANGED = re.compile(r"^[-+](?![-+]) *(.*\S)", re.MULTILINE)


def lay_out(folder: Path) -> None:
    """Copy both distributions into one `src`, and what the tests need beside it."""
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "src", folder / "src", ignore=ignore)
    shutil.copytree(
        ROOT / "strategies" / "valuecheck", folder / "src" / "valuecheck", ignore=ignore
    )
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)


def changes(name: str, folder: Path) -> list[str]:
    """Return the lines that a mutant takes out and puts in."""
    command = [sys.executable, "-m", "mutmut", "show", name]
    diff = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return _CHANGED.findall(diff)


def main() -> int:
    """Mutate, test, and write down what survived."""
    patterns = sys.argv[1:] or ["minigrad.scalar.*"]
    results: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    equivalent = json.loads(EQUIVALENT.read_text(encoding="utf-8"))
    unexplained = 0
    with tempfile.TemporaryDirectory(prefix="mutation-") as temporary:
        folder = Path(temporary)
        lay_out(folder)
        run = [sys.executable, "-m", "mutmut", "run", *patterns]
        subprocess.run(run, cwd=folder, check=True)
        told = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
        listed = subprocess.run(told, cwd=folder, check=True, capture_output=True, text=True)
        outcomes = dict(line.strip().split(": ") for line in listed.stdout.splitlines() if line)
        asked = {name: outcome for name, outcome in outcomes.items() if outcome != "not checked"}
        modules = {name.partition(".x")[0] for name in asked}
        for module in sorted(modules):
            own = {n: outcome for n, outcome in asked.items() if n.startswith(f"{module}.x")}
            counts = {outcome: list(own.values()).count(outcome) for outcome in set(own.values())}
            survivors = {n: changes(n, folder) for n, o in own.items() if o != "killed"}
            results[module] = {
                "mutants": len(own),
                "outcomes": dict(sorted(counts.items())),
                "not killed": survivors,
            }
            others = {name: lines for name, lines in survivors.items() if name not in equivalent}
            unexplained += len(others)
            print(f"{module}: {len(own)} mutants, {len(survivors)} not killed", end=", ")
            print(f"{len(survivors) - len(others)} of them equivalent")
            for name, lines in others.items():
                print(f"  {own[name]}: {name}", *lines, sep="\n      ")
    text = json.dumps(dict(sorted(results.items())), indent=1, ensure_ascii=False)
    RESULT.write_text(text + "\n", encoding="utf-8")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
