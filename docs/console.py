"""The console blocks of README and docs: made by running them, checked by running them again.

    cog -r README.md docs/*.md docs/course/*/*.md   writes what the commands print now
    cog --check ...   fails where that is another thing than what stands there

`tox -e docs` checks in a fresh environment without torch, and `tox -e docs -- -r` writes.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SOLUTION = "docs/course/solution/my_scalar.py"

# What differs from machine to machine and from run to run is marked by … or a plain word.
_VARIES = (
    (re.compile(r"programs\s+in\s+\d+\.\d\s+s"), "programs in … s"),
    (re.compile(r"(run by) \S+"), r"\1 python"),
)


def console(*commands: str) -> None:
    """Print a block with commands and what each prints, errors included.

    Args:
        *commands: run one after the other, in the folder of the project.
    """
    print("```console")
    for command in commands:
        print(f"$ {command}")
        print(_output_of(command))
    print("```")


def _output_of(command: str, folder: Path = ROOT) -> str:
    done = subprocess.run(  # noqa: S602 - our own commands, as a reader types them
        command,
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "80"},
    )
    text = "\n".join(line for line in done.stdout.splitlines() if "valuecheck: " not in line)
    text += done.stderr if done.returncode not in {0, 1} else ""
    for pattern, always in _VARIES:
        text = pattern.sub(always, text)
    return text.rstrip()


@cache
def _output_beside(source: str, command: str) -> str:
    """Return what a command prints beside a `my_scalar.py`; both languages show the same."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "my_scalar.py").write_text(source, encoding="utf-8")
        return _output_of(command, Path(folder))


def shortened(
    command: str, edit: tuple[str, str] | None = None, file: str = SOLUTION, indent: int = 0
) -> None:
    """Print a block with a command on `my_scalar.py`, and the chief lines of what it prints.

    Args:
        command: as a learner types it, beside a file of that name.
        edit: a text of the file and what stands in its place, once.
        file: the file of the course that plays `my_scalar.py`.
        indent: blanks before every line, inside a block that unfolds.
    """
    text = (ROOT / file).read_text(encoding="utf-8")
    if edit is not None:
        assert edit[0] in text, edit
        text = text.replace(*edit, 1)
    printed = _output_beside(text, command).splitlines()
    lines, inside = ["```console", f"$ {command}"], False
    for line in printed:
        if line.startswith(("✗", "!")):
            inside = True
        if line.startswith(("  breaks ", "laws about")):
            inside = False
        if line.startswith(("PASS", "FAIL", "ERROR")):
            head, judged, _ = line.partition(" operations judged")
            lines.append(f"{head}{judged}".rpartition(", ")[0] if not judged else f"{head}{judged}")
        elif inside or line.startswith("valuecheck:"):
            lines.append(line)
    print("\n".join(f"{' ' * indent if line else ''}{line}" for line in [*lines, "```"]))
