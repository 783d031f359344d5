"""Say which committed results are older than the code they measure: `python experiments/stale.py`.

By the commits: a result is stale when a later commit than its own touched what it depends on.
Reasons to measure again, not proof that a figure has changed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_HARNESS = ("strategies/valuecheck",)
_MUTANTS = (*_HARNESS, "tests/mutants", "tests/engines")

MEASURED = {
    "07-train-tense-logits/manifest.json": ("src/minigrad", "experiments/07-train-tense-logits"),
    "07-visualize-graph/graph.svg": ("src/minigrad", "experiments/07-visualize-graph"),
    "broken-methods/result.json": (*_HARNESS, "tests/engines"),
    "class/result.json": _MUTANTS,
    "detection-power/alternatives.json": ("tests/mutants", "strategies/valuecheck/strategies"),
    "detection-power/kill-matrix.json": ("strategies/valuecheck/suite", "tests/mutants"),
    "detection-power/names.json": ("strategies/valuecheck/diagnosis", "tests/mutants"),
    "detection-power/time-to-kill.json": ("strategies/valuecheck/suite", "tests/mutants"),
    "engine-speed/result.json": ("src/minigrad", "experiments/engine-speed"),
    "false-alarms/checks.json": _HARNESS,
    "false-alarms/result.json": ("strategies/valuecheck/truth", "strategies/valuecheck/strategies"),
    "flakiness/result.json": ("tests",),
    "harness-speed/command.json": _HARNESS,
    "harness-speed/result.json": _HARNESS,
    "mutation/result.json": ("strategies/valuecheck/truth", "strategies/valuecheck/diagnosis"),
    "published-engines/result.json": _HARNESS,
    "strategies/result.json": ("strategies/valuecheck/strategies",),
}
"""By result, the folders whose code it measures."""


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commits_since(result: str) -> list[str]:
    """Return the commits after a result's own that touched what it measures, newest first."""
    own = _git("log", "-1", "--format=%H", "--", f"experiments/{result}")
    if not own:
        return ["never committed"]
    found = _git("log", "--format=%h %s", f"{own}..HEAD", "--", *MEASURED[result])
    return found.splitlines()


def main() -> int:
    """Print every result with what came after it; return 1 where there is any."""
    stale = 0
    for result in MEASURED:
        since = commits_since(result)
        stale += bool(since)
        print(f"{'stale' if since else 'fresh':<6} {result}")
        for commit in since[:3]:
            print(f"           {commit}")
        if len(since) > 3:
            print(f"           and {len(since) - 3} more")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
