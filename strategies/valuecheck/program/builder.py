"""An expression while it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuecheck.program.expression import Constant, Expression, Operand, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Program"]


class Program:
    """An expression while it is extended; nodes keep their numbers.

    Every leaf has to be there before the first step that is added.
    """

    def __init__(self, leaves: Sequence[float], steps: Sequence[Step] = ()) -> None:
        self.leaves: tuple[float, ...] = tuple(leaves)
        self.steps: list[Step] = list(steps)

    @classmethod
    def of(cls, expression: Expression) -> Program:
        """Start from an expression."""
        return cls(expression.leaves, expression.steps)

    def add(self, symbol: str, *operands: Operand | float) -> int:
        """Add a step and return its node; a float operand is a constant, an int a node."""
        self.steps.append(
            Step(symbol, tuple(Constant(o) if isinstance(o, float) else o for o in operands))
        )
        return len(self.leaves) + len(self.steps) - 1

    @property
    def expression(self) -> Expression:
        """The expression as it stands; its output is the latest step."""
        return Expression(self.leaves, tuple(self.steps))
