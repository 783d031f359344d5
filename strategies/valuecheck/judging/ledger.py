"""What was counted while a law was tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valuecheck.judging.faults import WrongNumberError

__all__ = ["Ledger"]


@dataclass(slots=True)
class Ledger:
    """What was counted while a law was tried.

    Attributes:
        examples: programs that were judged.
        undecided: those on a kink, or where a ball is not finite.
        sharpness: for the gradients judged that are not 0: radius of the ball / gradient.
        rough: numbers that are right but for lost digits.
        disputes: cases in which an oracle left the ball: faults of ours, never of the engine.
    """

    examples: int = 0
    undecided: int = 0
    sharpness: list[float] = field(default_factory=list)
    rough: list[WrongNumberError] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)
