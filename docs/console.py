"""The console blocks of README and docs: made by running them, checked by running them again.

    cog -r README.md docs/*.md        writes what the commands print now
    cog --check README.md docs/*.md   fails where that is another thing than what stands there

`tox -e docs` checks in a fresh environment without torch, and `tox -e docs -- -r` writes.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# What differs from machine to machine and from run to run is marked by … or a plain word.
_VARIES = (
    (re.compile(r"in \d+\.\d s"), "in … s"),
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


def _output_of(command: str) -> str:
    done = subprocess.run(  # noqa: S602 - our own commands, as a reader types them
        command,
        shell=True,
        cwd=ROOT,
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
