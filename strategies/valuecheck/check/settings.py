"""What a user may say about the names in a class, on the command line or in pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valuecheck.program.primitives import PRIMITIVES

__all__ = ["BadNamesError", "Names", "from_pyproject", "split_target"]


class BadNamesError(ValueError):
    """A [tool.valuecheck] table says something that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names that the user gave, which are taken as they are.

    Attributes:
        data: the attribute, property or method that holds the primal.
        grad: the attribute, property or method that holds the adjoint.
        backward: the method or function that runs the sweep.
        primitives: by symbol, the method or function that applies it.
    """

    data: str | None = None
    grad: str | None = None
    backward: str | None = None
    primitives: dict[str, str] = field(default_factory=dict)

    def over(self, other: Names) -> Names:
        """Return these names, and those of `other` where these say nothing."""
        return Names(
            self.data or other.data,
            self.grad or other.grad,
            self.backward or other.backward,
            {**other.primitives, **self.primitives},
        )


def split_target(target: str) -> tuple[str, str | None]:
    """Return the place of a target, and its class if it names one."""
    # A colon may belong to the drive of a Windows path.
    place, colon, class_name = target.rpartition(":")
    if colon and class_name.isidentifier() and len(place) > 1:
        return place, class_name
    return target, None


def from_pyproject(target: str) -> Names:
    """Return the [tool.valuecheck] table of the nearest pyproject.toml above a target.

    For a target that is no path the search begins in the current folder.

    Raises `BadNamesError` when the file or the table cannot be read.
    """
    place = Path(split_target(target)[0])
    start = place if place.exists() else Path()
    for folder in (start.resolve(), *start.resolve().parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _read(file)
    return Names()


def _read(file: Path) -> Names:
    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadNamesError(f"{file}: {error}") from error
    table = table.get("valuecheck", {}) if isinstance(table, dict) else {}
    known = {"data", "grad", "backward", "primitives"}
    if not isinstance(table, dict) or not table.keys() <= known:
        raise BadNamesError(f"{file}: [tool.valuecheck] takes {', '.join(sorted(known))}")
    primitives = table.get("primitives", {})
    texts = [table.get(key, "") for key in ("data", "grad", "backward")]
    if not isinstance(primitives, dict) or not primitives.keys() <= PRIMITIVES.keys():
        raise BadNamesError(f"{file}: primitives is a table of names by {' '.join(PRIMITIVES)}")
    if not all(isinstance(text, str) for text in (*texts, *primitives.values())):
        raise BadNamesError(f"{file}: every name in [tool.valuecheck] is a string")
    data, grad, backward = (text or None for text in texts)
    return Names(data, grad, backward, primitives)
