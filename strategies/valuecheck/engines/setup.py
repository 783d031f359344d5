"""What a Python worker is sent first: the target, what the user said, the table of primitives."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valuecheck.engines.engine import CannotCheckError
from valuecheck.engines.notebook import CannotReadNotebookError, cells_of
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.expression import number_to_json
from valuecheck.program.form import SIDES, Form
from valuecheck.program.primitives import EXPONENTS, PRIMITIVES, Primitive

__all__ = ["Names", "setup_for_class", "setup_for_target", "split_target"]


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

    def to_json(self) -> dict[str, Any]:
        """Return the names as JSON data."""
        return {
            "data": self.data,
            "grad": self.grad,
            "backward": self.backward,
            "primitives": self.primitives,
        }


def split_target(target: str) -> tuple[str, str | None]:
    """Return the place of a target, and its class if it names one."""
    # A colon may belong to the drive of a Windows path.
    place, colon, class_name = target.rpartition(":")
    if colon and class_name.isidentifier() and len(place) > 1:
        return place, class_name
    return target, None


def setup_for_class(names: Names) -> dict[str, Any]:
    """Return what it takes to bind a class that is there already."""
    return {"table": _table(), "names": names.to_json()}


def setup_for_target(
    target: str,
    names: Names,
    *,
    memory: int | None,
    definitions_only: str = "",
    avoid: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the first line for a worker, as JSON data.

    Args:
        target: as on the command line.
        names: what the user said about the names in the class.
        memory: bytes the engine may take; None for no limit.
        definitions_only: why not to run all of a file, "" to do so.
        avoid: by symbol, the error to enter in place of trying that primitive.

    Raises `CannotCheckError` when the target is a notebook that cannot be read.
    """
    place, class_name = split_target(target)
    cells: list[tuple[str, str]] = []
    if place.endswith(".ipynb") and Path(place).is_file():
        try:
            cells = cells_of(Path(place))
        except CannotReadNotebookError as error:
            raise CannotCheckError(str(error)) from error
    return {
        **setup_for_class(names),
        "target": target,
        "place": place,
        "class": class_name,
        "cells": cells,
        "memory": memory,
        "definitions_only": definitions_only,
        "avoid": avoid or {},
    }


def _table() -> list[dict[str, Any]]:
    return [_row(row) for row in PRIMITIVES.values()]


def _row(row: Primitive) -> dict[str, Any]:
    samples = [[0.5]] if row.arity == 1 else [[3.0, 2.0], [2.0, 3.0]]
    if row.operands == ("node", "number"):
        samples = [[3.0, 2]]
    either = "either" in row.operands
    return {
        "symbol": row.symbol,
        "operands": row.operands,
        "arity": row.arity,
        "spelling": row.spelling,
        "dunder": row.dunder,
        "reflected": row.reflected,
        "methods": row.methods,
        "standard": row.standard,
        "forms": {side: str(Form(row.symbol, side)) for side in SIDES} if either else {},
        "exponents": (*EXPONENTS, True) if row.symbol == "**" else (),
        "samples": [_sample(row, operands) for operands in samples],
    }


def _sample(row: Primitive, operands: list[float]) -> dict[str, Any]:
    result = row.primal(FLOATS, *operands)
    return {
        "operands": operands,
        "primal": result,
        "partials": [number_to_json(p(FLOATS, result, *operands)) for p in row.partials],
    }
