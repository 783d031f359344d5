"""Break every method of ten right engines in every way of a list: none may pass.

    python experiments/broken-methods/break_methods.py [HOW MANY] [SEED]

What is broken is decided by `truth.py`, which compares what the engine does before and after, form
by form, and knows nothing of valuecheck. Half of what is drawn may be looked at when the instrument
is mended ("seen"), the other half is only counted. Writes `result.json`.
"""

from __future__ import annotations

import collections
import json
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from breaking import Broken, every_break

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))
from tests.engines import closures, dress, elementary, frozen, operations, tape  # noqa: E402

_DRESSES = (
    "gradients begin as None",
    "operands are a set",
    "every sweep resets",
    "values are computed when they are read",
    "partials are computed on the way forward",
)
_USUAL = ("Value", "data", "grad", "backward")


def _text(module: Any) -> str:
    return Path(module.__file__).read_text(encoding="utf-8")


ENGINES = {
    "closures": (_text(closures), _USUAL),
    "minigrad": (_text(frozen), _USUAL),
    "elementary": (_text(elementary), _USUAL),
    "tape": (_text(tape), ("Variable", "value", "gradient", "backward")),
    "operations": (_text(operations), ("Node", "value", "grad", "backprop")),
    **{name: (dress.text_of(name), _USUAL) for name in _DRESSES},
}
"""By name, the text of a right engine, its class and the names of what is read."""

_COMMAND = "from valuecheck.cli import main; main()"


def behaviour(file: Path, names: tuple[str, ...]) -> Any:
    """Return what an engine does, as `truth.py` finds it."""
    done = subprocess.run(
        [sys.executable, str(HERE / "truth.py"), str(file), *names],
        capture_output=True,
        check=True,
        timeout=20,
    )
    return json.loads(done.stdout)


def is_broken(before: Any, after: Any) -> bool:
    """Return whether something that an engine did is done no more, or otherwise.

    What is merely not there any more is not broken.
    """
    if "the class" in after:
        return True
    for form, outcome in before.items():
        now = after.get(form, "not there")
        if now == "not there" or not isinstance(outcome, list):
            continue
        if not isinstance(now, list):
            return True
        if any(abs(a - b) > 1e-9 * max(1.0, abs(a)) for a, b in zip(outcome, now, strict=True)):
            return True
    return False


def check(file: Path, name: str) -> tuple[str, list[str]]:
    """Return "fail", "error", "warning" or "pass", and the faults and warnings that were told."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, "-x", "--format", "json", f"{file}:{name}"],
        capture_output=True,
        check=False,
        cwd=file.parent,
    )
    try:
        (target,) = json.loads(done.stdout)["targets"]
    except ValueError:
        return "error", []
    told = [f"{f['kind']} in {f['primitive']}" for f in (*target["faults"], *target["warnings"])]
    outcome = {0: "pass", 1: "fail"}.get(done.returncode, "error")
    return "warning" if outcome == "pass" and told else outcome, told


def try_one(number: int, engine: str, broken: Broken, before: Any, folder: Path) -> dict[str, Any]:
    """Check one broken engine."""
    names = ENGINES[engine][1]
    file = folder / f"broken_{number}.py"
    file.write_text(broken.source, encoding="utf-8")
    entry = {"number": number, "engine": engine, "way": broken.way, "method": broken.function}
    try:
        entry["broken"] = is_broken(before, behaviour(file, names))
    except subprocess.TimeoutExpired:
        entry["broken"] = True
    if entry["broken"]:
        entry["outcome"], entry["told"] = check(file, names[0])
    return entry


def main() -> None:
    """Draw, break, decide, check and write the result."""
    many, seed = (*map(int, sys.argv[1:3]), *(600, 26)[len(sys.argv) - 1 :])
    drawn = [(name, b) for name, (text, _) in ENGINES.items() for b in every_break(text)]
    distinct = list({b.source: (name, b) for name, b in drawn}.values())
    random.Random(seed).shuffle(distinct)
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(2) as pool:
        folder = Path(place)
        before = {}
        for name, (text, names) in ENGINES.items():
            file = folder / "right.py"
            file.write_text(text, encoding="utf-8")
            before[name] = behaviour(file, names)
        jobs = [
            pool.submit(try_one, number, name, broken, before[name], folder)
            for number, (name, broken) in enumerate(distinct[: 2 * many])
        ]
        entries = []
        for job in jobs:
            entries.append(job.result())
            if sum(entry["broken"] for entry in entries) == many:
                break
        pool.shutdown(cancel_futures=True)
    broken = [entry for entry in entries if entry["broken"]]
    passed = [entry for entry in broken if entry["outcome"] == "pass"]
    ways = collections.Counter(entry["way"] for entry in broken)
    unseen = [entry for entry in broken if entry["number"] % 2]
    result = {
        "seed": seed,
        "distinct": len(distinct),
        "tried": len(entries),
        "broken": len(broken),
        "outcomes": dict(collections.Counter(entry["outcome"] for entry in broken)),
        "passed, seen": [entry for entry in passed if entry["number"] % 2 == 0],
        "passed, unseen": len([entry for entry in passed if entry["number"] % 2]),
        "unseen": len(unseen),
        "ways": dict(ways.most_common()),
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
