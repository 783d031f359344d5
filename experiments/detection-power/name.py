"""Ask how often the diagnosis names a mutant's mistake: `python name.py [SEEDS]`.

Every mutant is checked with every seed, up to the first family of laws that finds something. Each
finding is then right (kind, primitive and operand as the catalogue says), unexplained, or wrong.
Each check is appended to `names.jsonl`, which is not committed, so that a run can be stopped and
taken up again; the summary is printed at the end and kept in `names.json`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.laws import check_of, try_all
from tests.mutants import MUTANTS, Mutant

if TYPE_CHECKING:
    from valuecheck.diagnosis.finding import Finding

RESULTS = Path(__file__).with_name("names.jsonl")
EXAMPLES = 100


def verdict(mutant: Mutant, finding: Finding) -> str:
    """Say how a finding stands to what the catalogue expects: right, unexplained or wrong."""
    kinds = {mutant.kind, *mutant.also}
    if finding.kind == "unexplained" and "unexplained" not in kinds:
        return "unexplained"
    if finding.kind not in kinds:
        return "wrong"
    # A primitive built from the guilty one is guilty too; none at all is vague, but not wrong.
    if finding.primitive not in {mutant.primitive, None, *mutant.spreads_to}:
        return "wrong"
    if finding.primitive is None and mutant.primitive is not None and not mutant.also:
        return "unexplained"
    exact = finding.operand in {mutant.operand, None}
    return "right" if exact or mutant.operand is None else "wrong"


def examine(mutant: Mutant, seed: int) -> dict[str, Any]:
    """Check one mutant with one seed and return what was found, as JSON data."""
    check = check_of(mutant.engine, EXAMPLES, seed)
    outcomes = try_all(check, limit=20.0, until_found=True)
    findings = [outcome.finding for outcome in outcomes if outcome.finding is not None]
    return {
        "mutant": mutant.name,
        "seed": seed,
        "verdicts": sorted({verdict(mutant, finding) for finding in findings}),
        "found": sorted({f"{f.kind} | {f.primitive} | {f.operand}" for f in findings}),
        "steps": [len(f.expression["steps"]) for f in findings if f.expression][:1],
    }


def main() -> None:
    """Check what is not in the results yet, then print the summary."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    done = set()
    if RESULTS.exists():
        rows = map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines())
        done = {(row["mutant"], row["seed"]) for row in rows}
    for seed in range(seeds):
        for mutant in MUTANTS:
            if (mutant.name, seed) not in done:
                row = json.dumps(examine(mutant, seed))
                with RESULTS.open("a", encoding="utf-8") as file:
                    file.write(row + "\n")
    summarise()


def summarise() -> None:
    """Print the shares, and every case that was not named rightly."""
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    counts: Counter[str] = Counter()
    for row in rows:
        verdicts = set(row["verdicts"])
        case = next((v for v in ("wrong", "right", "unexplained") if v in verdicts), "not caught")
        counts[case] += 1
        if case != "right":
            print(f"{case:12} {row['mutant']} (seed {row['seed']}): {row['found']}")
    sizes = sorted(size for row in rows for size in row["steps"])
    summary = {
        "checks": len(rows),
        "seeds": len({row["seed"] for row in rows}),
        "mutants": len({row["mutant"] for row in rows}),
        "counts": dict(counts),
        "operations of the shrunk program, median": sizes[len(sizes) // 2],
        "operations of the shrunk program, 99 %": sizes[len(sizes) * 99 // 100],
        "not right": sorted(
            f"{row['mutant']} (seed {row['seed']}): {', '.join(row['found']) or 'not caught'}"
            for row in rows
            if "right" not in row["verdicts"] or "wrong" in row["verdicts"]
        ),
    }
    RESULTS.with_suffix(".json").write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
