"""Run the whole test suite with different seeds: `python repeat.py [TIMES] [FIRST]`.

Every run draws other examples, and puts engines on trial with another seed. What came of it is
added to `result.json`, by seed: how many tests passed, and the names of those that did not. Exits
with 1 when any run failed.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULT = HERE / "result.json"
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", re.MULTILINE)
_PASSED = re.compile(r"(\d+) passed")


def run(seed: int) -> dict[str, Any]:
    """Run the suite once and return what came of it."""
    command = [sys.executable, "-m", "pytest", "-n", "auto", "-q", f"--hypothesis-seed={seed}"]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "default"}  # "ci" draws the same every time
    started = time.perf_counter()
    told = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    passed = _PASSED.search(told.stdout)
    return {
        "status": told.returncode,
        "passed": int(passed[1]) if passed else 0,
        "failed": _FAILED.findall(told.stdout),
        "seconds": round(time.perf_counter() - started),
        "python": platform.python_version(),
    }


def main() -> int:
    """Run the suite as often as told, and write down each run as it ends."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    results: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    for seed in range(first, first + times):
        results[str(seed)] = found = run(seed)
        print(f"seed {seed}: {found['passed']} passed in {found['seconds']} s", *found["failed"])
        RESULT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    clean = sum(found["status"] == 0 for found in results.values())
    print(f"{clean} of {len(results)} runs without a failure")
    return 0 if clean == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
