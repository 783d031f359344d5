"""Print which law catches which mutant: `python -m tests.kill_matrix [EXAMPLES]`.

Each law is tried by itself, without what other laws found out before it.
"""

from __future__ import annotations

import sys

from tests.alarm import alarm
from tests.laws import check_of
from tests.mutants import MUTANTS
from valuecheck.engines.engine import EngineLostError
from valuecheck.judging.faults import Fault, NotJudged
from valuecheck.suite.families import every_law


def catches(name: str, engine: type, examples: int) -> bool:
    """Return whether a law, with any of its primitives, catches an engine."""
    for law, arguments in every_law():
        if law.name != name:
            continue
        check = check_of(engine, examples)
        try:
            with alarm(20.0):
                law.try_on(check.judge, check.settings.budget, *arguments)
        except (Fault, EngineLostError):
            return True
        except NotJudged:
            continue
    return False


def main() -> None:
    """Print a table: a row for each mutant, a column for each law."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    names = list(dict.fromkeys(task.law.name for task in every_law()))
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
