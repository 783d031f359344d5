"""Running the command as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema

from valuecheck.checking.record import schema

ENGINE = (Path(__file__).parents[1] / "engines" / "closures.py").read_text(encoding="utf-8")

COMMAND = (sys.executable, "-c", "from valuecheck.cli import main; main()")


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1"},
    )


def report(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = run("--format", "json", "--max-examples", "10", *arguments)
    document = json.loads(done.stdout)
    jsonschema.validate(document, schema())
    return done.returncode, document


def engine_in(folder: Path, old: str, new: str) -> Path:
    file = folder / "engine_on_trial.py"
    assert old in ENGINE
    file.write_text(ENGINE.replace(old, new, 1), encoding="utf-8")
    return file
