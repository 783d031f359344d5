"""What a diagnosis says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["KINDS", "Diagnosis"]

KINDS: Final = (
    *("wrong value", "wrong partial", "missing gradient", "overwritten gradient", "wrong order"),
    *("lost contribution", "upstream ignored", "detached result", "wrong operand"),
    *("conflated nodes", "stale state", "inaccurate", "crash", "hang", "wrong type"),
    *("missing operation", "unexplained"),
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with an engine.

    Attributes:
        kind: one of `KINDS`.
        sentence: the mistake, for a beginner.
        primitive: the symbol of the guilty primitive, None when it is none or all of them.
        operand: the position of the operand treated incorrectly, None when it is none or both.
    """

    kind: str
    sentence: str
    primitive: str | None = None
    operand: int | None = None
