"""A class made by machine: nothing lost, nothing wrong, nothing forged.

    python experiments/class/grade.py [HOW MANY]    # 60 by default; 1,000 take about an hour

Right engines in their dresses, mutants, and one in a hundred hostile: they hang, die, do not parse,
forge a report, delete themselves. What each must be told is known from how it was made. The class
is checked with `-j 2`, and a part of it again with `-j 1`. Writes `result.json`.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))
from tests.engines import closures, dress  # noqa: E402
from tests.mutants import MUTANTS  # noqa: E402

_COMMAND = "from valuecheck.cli import main; main()"
_RIGHT = Path(closures.__file__).read_text(encoding="utf-8")
_WRONG = _RIGHT.replace("self.grad += out.grad", "self.grad = out.grad", 1)
_HOSTILE = {
    "hangs": ("import time\nwhile True: time.sleep(1)\n" + _RIGHT, {"error", "pass"}),
    "dies": ("import os\nos._exit(0)\n", {"error"}),
    "does not parse": ("class Value(\n", {"error"}),
    "forges": (f'print(\'{{"schema": 1, "targets": []}}\')\n{_WRONG}', {"fail"}),
    "deletes itself": (f"import os\nos.remove(__file__)\n{_WRONG}", {"fail", "error"}),
}


def submissions(many: int, folder: Path) -> dict[str, set[str]]:
    """Write a class into a folder, and return by file the verdicts that are right for it."""
    rng = random.Random(26)
    right = sorted(dress.CHANGES)
    due: dict[str, set[str]] = {}
    for number in range(many):
        if number % 100 == 50:  # one in a hundred
            text, verdicts = _HOSTILE[sorted(_HOSTILE)[number // 100 % len(_HOSTILE)]]
        elif rng.random() < 0.4:
            text, verdicts = dress.text_of(rng.choice(right)), {"pass"}
        else:
            mutant = rng.choice(MUTANTS)
            # Lost digits are a warning as long as they are few.
            verdicts = {"fail", "pass"} if mutant.kind == "inaccurate" else {"fail"}
            text = mutant.write(folder).read_text("utf-8")
        file = folder / "class" / f"s{number:04}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        due[str(file)] = verdicts
    return due


class Memory(threading.Thread):
    """Looks at the memory of a process, without its children, once a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.seen: list[float] = []

    def run(self) -> None:
        """Look until the process is gone."""
        try:
            while True:
                self.seen.append(self.process.memory_info().rss / 2**20)
                time.sleep(1.0)
        except psutil.Error:
            return


def graded(files: list[str], jobs: int, folder: Path) -> tuple[float, list[Any], list[float]]:
    """Check files, and return the seconds it took, the records, and the memory of the command."""
    lines = folder / f"class-{jobs}.jsonl"
    command = [sys.executable, "-c", _COMMAND, *files, "-j", str(jobs), "--target-limit", "120"]
    began = time.monotonic()
    with subprocess.Popen(
        [*command, f"--report=jsonl={lines}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    ) as process:
        memory = Memory(process.pid)
        memory.start()
        process.wait()
    records = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    return time.monotonic() - began, records, memory.seen


def main() -> None:
    """Make the class, have it checked, and count."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        due = submissions(many, folder)
        seconds, records, memory = graded(list(due), 2, folder)
        part = list(due)[:: max(many // 12, 1)]
        alone, _, _ = graded(part, 1, folder)
        together, _, _ = graded(part, 2, folder)
    verdicts = {record["target"]: record["verdict"] for record in records}
    wrong = [Path(f).name for f, right in due.items() if verdicts.get(f) not in right]
    checks = sum(record["seconds"] for record in records)
    half = len(memory) // 2
    result = {
        "submissions": many,
        "lost": many - len(verdicts),
        "twice": len(records) - len(verdicts),
        "wrong verdicts": wrong,
        "seconds, -j 2": round(seconds),
        "seconds a submission": round(seconds / many, 2),
        "share of time that is not the check": round(1 - checks / (2 * seconds), 3),
        "a part of the class": len(part),
        "its seconds, -j 1": round(alone),
        "its seconds, -j 2": round(together),
        "MiB of the command, first half": round(max(memory[:half])),
        "MiB of the command, second half": round(max(memory[half:])),
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
