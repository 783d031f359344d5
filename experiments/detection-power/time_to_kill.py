"""Measure how soon a mutant is caught: `python time_to_kill.py [SEEDS]`.

Every mutant is tried with every seed on a budget of 1,000 examples: first 300 random programs by
the law of agreement, then what is left shared evenly by the other laws, in the order of the
command; a law about one primitive shares its part among all primitives. The first failure ends it;
nothing is shrunk. What is counted are the programs judged until then. Results are appended to
`times.jsonl`, seed by seed, so that a run can be stopped and taken up again; the summary and the
picture are made at the end.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.laws import all_laws
from tests.mutants import MUTANTS, Mutant

from valuecheck.engine import TimeIsUp
from valuecheck.probing import bind
from valuecheck.session import time_limit
from valuecheck.trial import Fault, NotJudged, Trial

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "times.jsonl"
BUDGET = 1_000
AGREEMENT = 300
_FIRST = "test_adjoints_of_all_nodes_lie_in_their_balls"


class _Unshrunk(Trial):
    """A trial in which the first failure ends a law."""

    def settings(self, weight: float = 1.0, **more: Any) -> settings:
        """Return the settings of the law, without the phase of shrinking."""
        return settings(super().settings(weight, **more), phases=(Phase.explicit, Phase.generate))


def time_to_kill(mutant: Mutant, seed: int) -> dict[str, Any]:
    """Try the laws on a mutant until one is broken, or the budget is spent."""
    laws = sorted(all_laws(), key=lambda entry: entry[0].name != _FIRST)
    entries = Counter(law.name for law, _ in laws)
    part = (BUDGET - AGREEMENT) / (len(entries) - 1)
    examples = 0
    started = time.perf_counter()
    caught = None
    trial = _Unshrunk(bind(mutant.engine), seed=seed, oracles=())
    for law, arguments in laws:
        share = AGREEMENT if law.name == _FIRST else part / entries[law.name]
        trial.max_examples = max(1, round(share / law.weight))
        try:
            with time_limit(20.0):
                law.try_on(trial, *arguments)
        except NotJudged:
            continue
        except (Fault, TimeIsUp):
            caught = law.name
        examples += trial.ledger.examples
        if caught:
            break
    seconds = time.perf_counter() - started
    return {
        "mutant": mutant.name,
        "seed": seed,
        "law": caught,
        "examples": examples,
        "seconds": round(seconds, 3),
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
    """Print the shares and medians, and draw the time to kill of every mutant."""
    rows = _rows()
    caught = [row for row in rows if row["law"]]
    print(f"{len(rows)} checks, {len({row['seed'] for row in rows})} seeds")
    print(f"caught within {BUDGET}: {len(caught) / len(rows):.2%}")
    print("median examples:", statistics.median(row["examples"] for row in caught))
    print("median seconds:", statistics.median(row["seconds"] for row in caught))
    for mutant in MUTANTS:
        own = [row for row in rows if row["mutant"] == mutant.name]
        share = sum(bool(row["law"]) for row in own) / max(1, len(own))
        if share < 0.99:
            print(f"  {share:.0%} {mutant.name}")
    _draw(caught)


def _draw(caught: list[dict[str, Any]]) -> None:
    import matplotlib.pyplot as plt

    names = sorted(
        {row["mutant"] for row in caught},
        key=lambda name: statistics.median(r["examples"] for r in caught if r["mutant"] == name),
    )
    figure, axes = plt.subplots(figsize=(8, 14))
    for place, name in enumerate(names):
        counts = [max(1, row["examples"]) for row in caught if row["mutant"] == name]
        axes.plot(counts, [place] * len(counts), "|", color="0.6", markersize=6)
        axes.plot(statistics.median(counts), place, "o", color="black", markersize=3)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.set_xscale("log")
    axes.set_xlabel("expressions until caught (a dash for each seed, a dot for their median)")
    axes.set_title("Time to kill, by mutant")
    axes.margins(y=0.01)
    figure.tight_layout()
    figure.savefig(HERE / "time-to-kill.png", dpi=110)


if __name__ == "__main__":
    main()
