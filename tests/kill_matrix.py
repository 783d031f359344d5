"""Print which law catches which mutant: `python -m tests.kill_matrix [EXAMPLES]`.

Each law is tried on a fresh trial, without what other laws found out before it.
"""

from __future__ import annotations

import sys

from tests.laws import all_laws
from tests.mutants import MUTANTS
from valuecheck.fault import Fault, NotJudged
from valuecheck.overtime import TimeIsUp, time_limit
from valuecheck.probing import bind
from valuecheck.trial import Trial


def catches(name: str, engine: type, examples: int) -> bool:
    """Say whether a law, with any of its primitives, catches an engine."""
    for law, arguments in all_laws():
        if law.name != name:
            continue
        try:
            with time_limit(20.0):
                law.try_on(
                    Trial(bind(engine), max_examples=examples, seed=0, oracles=()), *arguments
                )
        except (Fault, TimeIsUp):
            return True
        except NotJudged:
            continue
    return False


def main() -> None:
    """Print a table: a row for each mutant, a column for each law."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    names = list(dict.fromkeys(law.name for law, _ in all_laws()))
    for number, name in enumerate(names):
        print(f"{number:>3}  {name}")
    print("     " + "".join(f"{number:>3}" for number in range(len(names))))
    killed = dict.fromkeys(names, 0)
    for mutant in MUTANTS:
        row = ""
        for name in names:
            caught = catches(name, mutant.engine, examples)
            killed[name] += caught
            row += "  x" if caught else "  ."
        print(f"     {row}  {mutant.name}", flush=True)
    print("     " + "".join(f"{killed[name]:>3}" for name in names) + "  mutants caught")


if __name__ == "__main__":
    main()
