"""Draw which law catches which mutant: `python kill_matrix.py [EXAMPLES]`.

Each law is tried on each mutant by itself, on 60 examples unless told otherwise. What came of it is
kept in `kill-matrix.json`; where that has all mutants already, only the picture is drawn again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.kill_matrix import catches
from tests.mutants import MUTANTS

from valuecheck.suite.families import every_law

HERE = Path(__file__).resolve().parent
RESULT = HERE / "kill-matrix.json"


def measure(examples: int) -> dict[str, list[str]]:
    """Return for each mutant the laws that catch it."""
    names = list(dict.fromkeys(task.law.name for task in every_law()))
    return {
        mutant.name: [name for name in names if catches(name, mutant.engine, examples)]
        for mutant in MUTANTS
    }


def draw(caught: dict[str, list[str]]) -> None:
    """Draw a square where a law catches a mutant; mutants that few laws catch stand at the top."""
    import matplotlib.pyplot as plt

    family_of = {law.name: law.family for law, _ in every_law()}
    laws = sorted(
        family_of, key=lambda name: list(dict.fromkeys(family_of.values())).index(family_of[name])
    )
    mutants = sorted(caught, key=lambda name: len(caught[name]))
    figure, axes = plt.subplots(figsize=(12, 15), layout="constrained")
    cells = [[float(law in caught[mutant]) for law in laws] for mutant in mutants]
    axes.imshow(cells, cmap="Greys", vmin=0.0, vmax=1.3, aspect="auto", interpolation="nearest")
    axes.set_yticks(range(len(mutants)), mutants, fontsize=6)
    axes.set_xticks(
        range(len(laws)),
        [name.removeprefix("test_").replace("_", " ") for name in laws],
        rotation=90,
        fontsize=6,
    )
    for place in range(1, len(laws)):
        if family_of[laws[place]] != family_of[laws[place - 1]]:
            axes.axvline(place - 0.5, color="black", linewidth=0.8)
    for family in dict.fromkeys(family_of.values()):
        places = [place for place, law in enumerate(laws) if family_of[law] == family]
        middle = (places[0] + places[-1]) / 2
        axes.text(middle, -1.2, family, rotation=45, fontsize=7, ha="left", va="bottom")
    axes.set_xticks([place - 0.5 for place in range(len(laws))], minor=True)
    axes.set_yticks([place - 0.5 for place in range(len(mutants))], minor=True)
    axes.grid(which="minor", color="0.93", linewidth=0.4)
    axes.tick_params(which="minor", length=0)
    figure.savefig(HERE / "kill-matrix.png", dpi=110)


def main() -> None:
    """Measure what is not there yet, print how many laws catch a mutant, and draw."""
    caught: dict[str, list[str]] = {}
    if RESULT.exists():
        caught = json.loads(RESULT.read_text(encoding="utf-8"))
    if set(caught) != {mutant.name for mutant in MUTANTS}:
        caught = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
        RESULT.write_text(json.dumps(caught, indent=1) + "\n", encoding="utf-8")
    counts = sorted(len(laws) for laws in caught.values())
    print(f"{len(caught)} mutants, caught by {counts[0]} to {counts[-1]} laws,", end=" ")
    print(f"half of them by {counts[len(counts) // 2]} or fewer")
    draw(caught)


if __name__ == "__main__":
    main()
