"""Measure how soon a mutant is caught: `python time_to_kill.py [SEEDS]`.

Every mutant is tried with every seed, until a law is broken; nothing is shrunk. What is counted are
the programs judged until then, over all laws together:

0. what raises on its simplest use is known when the engine is bound, before any program;
1. up to 300 random programs, by the law of agreement;
2. the rest of 1,000 shared evenly by the other laws, from the last family to the first; a law about
   one primitive shares its part among all primitives;
3. 100 examples for every law, as by default, in the same order.

Each check is appended to `times.jsonl`, which is not committed, so that a run can be stopped and
taken up again; the summary `time-to-kill.json` and the picture are made at the end.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.alarm import alarm
from tests.laws import check_of
from tests.mutants import MUTANTS, Mutant

from valuecheck.engines.engine import EngineLostError
from valuecheck.judging.faults import Fault, NotJudged
from valuecheck.suite.families import every_law
from valuecheck.suite.law import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuecheck.suite.law import Law

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "times.jsonl"
BUDGET = 1_000
AGREEMENT = 300
MEDIAN_GOAL = 30
DEFAULT = 100
_BOUND = "when it is bound"
_FIRST = "test_adjoints_of_all_nodes_lie_in_their_balls"
_RECORD = "test_gradients_agree_with_what_torch_said_of_recorded_expressions"


def turns() -> Iterator[tuple[Law, tuple[str, ...], float]]:
    """Yield the laws with their arguments and the examples that each may take, as above."""
    laws = tuple(reversed(every_law()))
    names = Counter(law.name for law, _ in laws)
    part = (BUDGET - AGREEMENT) / (len(names) - 1)
    yield from ((law, (), AGREEMENT) for law, _ in laws if law.name == _FIRST)
    for law, arguments in laws:
        if law.name not in {_FIRST, _RECORD}:  # the record is one of programs drawn before
            yield law, arguments, part / names[law.name]
    for law, arguments in laws:
        yield law, arguments, DEFAULT * law.weight


def time_to_kill(mutant: Mutant, seed: int) -> dict[str, Any]:
    """Try the laws on a mutant until one is broken."""
    judge = check_of(mutant.engine).judge
    examples = 0
    caught = _BOUND if judge.subject.engine.hello.broken else None
    started = time.perf_counter()
    for law, arguments, share in turns():
        if caught:
            break
        budget = Budget(max(1, round(share / law.weight)), seed, shrink=False)
        try:
            with alarm(20.0):
                law.try_on(judge, budget, *arguments)
        except NotJudged:
            continue
        except (Fault, EngineLostError):
            caught = law.name
        examples += judge.ledger.examples
    return {
        "mutant": mutant.name,
        "seed": seed,
        "law": caught,
        "examples": examples,
        "seconds": round(time.perf_counter() - started, 3),
    }


def main() -> None:
    """Measure what is not in the results yet, then summarise."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    done = set()
    if RESULTS.exists():
        done = {(row["mutant"], row["seed"]) for row in _rows()}
    for seed in range(seeds):
        for mutant in MUTANTS:
            if (mutant.name, seed) not in done:
                row = json.dumps(time_to_kill(mutant, seed))
                with RESULTS.open("a", encoding="utf-8") as file:
                    file.write(row + "\n")
    summarise()


def _rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


def summarise() -> None:
    """Write and print the shares and medians, and draw the time to kill of every mutant."""
    rows = _rows()
    caught = [row for row in rows if row["law"]]
    early = [row for row in caught if row["examples"] <= BUDGET]
    mutants = {}
    for mutant in MUTANTS:
        own = [row for row in rows if row["mutant"] == mutant.name]
        counts = sorted(row["examples"] for row in own if row["law"])
        mutants[mutant.name] = {
            "seeds": len(own),
            "caught": len(counts),
            "caught by program 1,000": sum(row["mutant"] == mutant.name for row in early),
            "programs, median": statistics.median(counts) if counts else None,
            "programs, most": counts[-1] if counts else None,
        }
    summary = {
        "checks": len(rows),
        "seeds": len({row["seed"] for row in rows}),
        "caught": len(caught),
        "caught by program 1,000": len(early),
        "programs until then, median": statistics.median(row["examples"] for row in caught),
        "seconds, median": statistics.median(row["seconds"] for row in caught),
        "below 99 % by program 1,000": [
            name
            for name, own in mutants.items()
            if own["caught by program 1,000"] < 0.99 * own["seeds"]
        ],
        "mutants": mutants,
    }
    (HERE / "time-to-kill.json").write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    print(json.dumps({k: v for k, v in summary.items() if k != "mutants"}, indent=1))
    _draw(caught)


def _draw(caught: list[dict[str, Any]]) -> None:
    import matplotlib.pyplot as plt

    names = sorted(
        {row["mutant"] for row in caught},
        key=lambda name: statistics.median(r["examples"] for r in caught if r["mutant"] == name),
    )
    figure, axes = plt.subplots(figsize=(8, 14), layout="constrained")
    for place, name in enumerate(names):
        counts = [max(1, row["examples"]) for row in caught if row["mutant"] == name]
        axes.plot(counts, [place] * len(counts), "|", color="0.6", markersize=6)
        axes.plot(statistics.median(counts), place, "o", color="black", markersize=3)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.set_xscale("log")
    for goal in (MEDIAN_GOAL, BUDGET):
        axes.axvline(goal, color="0.4", linewidth=0.8, linestyle=":")
        axes.text(goal, len(names) + 0.3, f"{goal:,}", ha="center", fontsize=7)
    axes.set_xlabel("programs until caught: a dash for each seed, a dot for their median")
    axes.margins(y=0.01)
    figure.savefig(HERE / "time-to-kill.png", dpi=110)


if __name__ == "__main__":
    main()
