"""What torch said: its verdict on recorded expressions, where torch is not installed.

The record is made by experiments/torch-record/record.py in the torch environment, and a test there
shows that it is still what torch says.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from valuecheck.program.expression import Expression

__all__ = ["Recorded", "recorded", "recorded_version"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An expression with torch's primal and adjoint of every node, exact to the bit."""

    expression: Expression
    primals: tuple[float, ...]
    adjoints: tuple[float, ...]


@cache
def _document() -> Any:
    data = (files("valuecheck.truth.oracles") / "torch_recorded.json.gz").read_bytes()
    return json.loads(gzip.decompress(data))


def recorded_version() -> str:
    """Return the version of torch that was asked."""
    return str(_document()["torch"])


@cache
def recorded() -> tuple[Recorded, ...]:
    """Return the whole record, at least 2,000 expressions of every shape."""
    return tuple(
        Recorded(
            Expression.from_json(entry["expression"]),
            tuple(map(float.fromhex, entry["primals"])),
            tuple(map(float.fromhex, entry["adjoints"])),
        )
        for entry in _document()["entries"]
    )
