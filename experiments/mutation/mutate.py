"""Mutate our own code: `python mutate.py [AREA ...]`, by default the engine.

    python mutate.py valuecheck.truth.ruler valuecheck.truth.oracles
    python mutate.py valuecheck.diagnosis.shared_nodes      # a module of an area
    python mutate.py --sample valuecheck.diagnosis     # one mutant in ten
    python mutate.py --survivors valuecheck.diagnosis  # those left last time, by newer tests

mutmut makes the mutants and runs the tests of the area on each, in a process forked for it. It
takes a project with all its sources in `src`; such a one is laid out in a temporary folder, for
each area anew, since the engines wrong on purpose are made from the source of ours, which must be
whole. What came of it is added to `result.json`, by module: how many mutants there are, and for
each that the tests did not kill what it changes. Survivors that nothing can tell from the original
stand in `equivalent.json` with the reason: by function and by what they change, for their numbers
differ whenever the function does; "everywhere" has regular expressions for kinds of change. Exits
with 1 when there are others.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULT, EQUIVALENT = HERE / "result.json", HERE / "equivalent.json"
_RULER = ["tests/valuecheck/oracles", "tests/valuecheck/test_ruler.py"]
AREAS = {
    "minigrad.scalar": ("src/minigrad/scalar.py", ["tests/test_scalar_*.py"]),
    "valuecheck.truth.ruler": ("src/valuecheck/truth/ruler.py", _RULER),
    "valuecheck.truth.oracles": ("src/valuecheck/truth/oracles/*.py", _RULER),
    "valuecheck.diagnosis": (
        "src/valuecheck/diagnosis/*.py",
        ["tests/valuecheck/test_diagnosis*.py"],
    ),
}
"""What to mutate and the tests that must notice."""
_SETTINGS = "[tool.mutmut]\n"
_CHANGED = re.compile(r"^[-+](?![-+]) *(.*\S)", re.MULTILINE)


def area_of(module: str) -> str:
    """Return the area that a module belongs to, "" when it belongs to none."""
    return next((area for area in AREAS if module == area or module.startswith(f"{area}.")), "")


def lay_out(area: str, folder: Path) -> None:
    """Copy both distributions into one `src`, and what the tests need beside it."""
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "src", folder / "src", ignore=ignore)
    shutil.copytree(
        ROOT / "strategies" / "valuecheck", folder / "src" / "valuecheck", ignore=ignore
    )
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignore)
    files, tests = AREAS[area]
    selection = [str(path.relative_to(ROOT)) for test in tests for path in sorted(ROOT.glob(test))]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert _SETTINGS in project
    own = f"only_mutate = [{files!r}]\npytest_add_cli_args_test_selection = {selection!r}\n"
    text = project.replace(_SETTINGS, _SETTINGS + own)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def changes(name: str, folder: Path) -> list[str]:
    """Return the lines that a mutant takes out and puts in."""
    command = [sys.executable, "-m", "mutmut", "show", name]
    diff = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return _CHANGED.findall(diff)


def outcomes_of(area: str, names: Sequence[str]) -> dict[str, tuple[str, list[str]]]:
    """Test mutants of an area; return what came of each, with the lines it changes.

    The lines are left out of those that were killed, or that ran out of time.

    Args:
        area: what to mutate.
        names: of mutants, or patterns for them.
    """
    with tempfile.TemporaryDirectory(prefix="mutation-") as temporary:
        folder = Path(temporary)
        lay_out(area, folder)
        subprocess.run([sys.executable, "-m", "mutmut", "run", *names], cwd=folder, check=True)
        told = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
        listed = subprocess.run(told, cwd=folder, check=True, capture_output=True, text=True)
        outcomes = dict(line.strip().split(": ") for line in listed.stdout.splitlines() if line)
        return {
            name: (outcome, changes(name, folder) if outcome not in {"killed", "timeout"} else [])
            for name, outcome in outcomes.items()
            if outcome != "not checked"
        }


def reason(name: str, lines: list[str], equivalent: dict[str, dict[str, str]]) -> str | None:
    """Return why nothing can tell a mutant from the original, None when something can."""
    change = " => ".join(lines)
    own = equivalent.get(name.rpartition("__mutmut_")[0], {})
    everywhere = equivalent["everywhere"].items()
    return own.get(change) or next((why for p, why in everywhere if re.fullmatch(p, change)), None)


def main() -> int:
    """Mutate, test, and write down what survived."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("areas", nargs="*", help=" ".join(AREAS))
    parser.add_argument("--sample", action="store_true", help="one mutant in ten")
    parser.add_argument("--survivors", action="store_true", help="those left the last time")
    options = parser.parse_args()
    areas = options.areas or ["minigrad.scalar"]
    if not all(map(area_of, areas)):
        parser.error(f"an area is one of {' '.join(AREAS)}, not {' '.join(areas)}")
    results: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    equivalent = json.loads(EQUIVALENT.read_text(encoding="utf-8"))
    unexplained = 0
    for area in areas:
        names = [f"{area}.*7" if options.sample else f"{area}.*"]
        if options.survivors:
            left = [found["not killed"] for m, found in results.items() if m.startswith(area)]
            names = [name for survivors in left for name in survivors]
            if not names:
                continue  # without a name mutmut would ask all of them
        asked = outcomes_of(area_of(area), names)
        for module in sorted({name.partition(".x")[0] for name in asked}):
            own = {name: found for name, found in asked.items() if name.startswith(f"{module}.x")}
            survivors = {name: lines for name, (outcome, lines) in own.items() if lines}
            late = [name for name, (outcome, _) in own.items() if outcome == "timeout"]
            number = len(own)
            if options.survivors:  # of the others, what came of them the last time stands
                number, late = results[module]["mutants"], results[module]["timed out"] + late
            results[module] = {"mutants": number, "timed out": late, "not killed": survivors}
            others = {n: c for n, c in survivors.items() if reason(n, c, equivalent) is None}
            unexplained += len(others)
            print(f"{module}: {number} mutants, {len(survivors)} not killed", end=", ")
            print(f"{len(survivors) - len(others)} of them equivalent")
            for name, lines in others.items():
                print(f"  {own[name][0]}: {name}", *lines, sep="\n      ")
    text = json.dumps(dict(sorted(results.items())), indent=1, ensure_ascii=False)
    RESULT.write_text(text + "\n", encoding="utf-8")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
