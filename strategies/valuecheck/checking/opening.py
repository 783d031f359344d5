"""From a target, as the user writes it, to an engine that can be asked."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from valuecheck.engines.adapters import ADAPTERS
from valuecheck.engines.engine import CannotCheckError
from valuecheck.engines.process import open_command, open_target
from valuecheck.engines.setup import split_target

if TYPE_CHECKING:
    from valuecheck.checking.outcome import Checked
    from valuecheck.checking.settings import Settings
    from valuecheck.engines.engine import Engine

__all__ = ["open_engine"]

_COMMAND: Final = "command:"


def open_engine(target: str, settings: Settings, checked: Checked) -> Engine:
    """Start the engine of a target, and enter what is to be noted of it.

    Raises `CannotCheckError` when there is none to be had.
    """
    if target.startswith(_COMMAND):
        try:
            arguments = shlex.split(target.removeprefix(_COMMAND))
        except ValueError as error:
            raise CannotCheckError(f"{target!r}: {error}") from error
        if not arguments:
            raise CannotCheckError(f"{target!r}: no program after {_COMMAND!r}")
        return open_command(arguments, settings.limits)
    python = settings.python or (None if settings.apart else _python_beside(target))
    engine, notes = open_target(
        ADAPTERS.get(target, target), settings.names, settings.limits, python
    )
    checked.notes += notes
    if python is not None:
        checked.notes.append(f"run by {python}")
    return engine


def _python_beside(target: str) -> str | None:
    """Return the interpreter of the virtual environment that a target lives in, if in any."""
    place = Path(split_target(target)[0])
    if not place.exists():
        return None
    inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    for folder in (place.resolve(), *place.resolve().parents):
        for name in (".venv", "venv"):
            python = folder / name / inside
            if (folder / name / "pyvenv.cfg").is_file() and python.exists():
                same = python.resolve() == Path(sys.executable).resolve()
                return None if same and Path(sys.prefix) == folder / name else str(python)
        if (folder / ".git").exists():
            break  # a project's own folder: what lies above belongs to somebody else
    return None
