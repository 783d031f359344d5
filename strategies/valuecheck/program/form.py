"""A form: one way of writing a primitive, with nodes only or with a plain number on one side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from valuecheck.program.expression import Constant, Step
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.program.primitives import Primitive

__all__ = ["SIDES", "Form", "Side"]

Side: TypeAlias = Literal["left", "right"]

SIDES: Final[tuple[Side, Side]] = ("left", "right")


class Form(NamedTuple):
    """A primitive, and the side on which a plain number stands, None where both are nodes."""

    symbol: str
    number: Side | None = None

    @classmethod
    def of(cls, step: Step) -> Form:
        """Return the form of a step."""
        for side, operand in zip(SIDES, step.operands, strict=False):
            if isinstance(operand, Constant):
                return cls(step.symbol, side)
        return cls(step.symbol)

    @classmethod
    def plainest(cls, symbol: str) -> Form:
        """Return the form of a primitive in which as many operands as can be are nodes."""
        kinds = PRIMITIVES[symbol].operands
        return cls(symbol, SIDES[kinds.index("number")] if "number" in kinds else None)

    @property
    def row(self) -> Primitive:
        """The primitive's row of the table."""
        return PRIMITIVES[self.symbol]

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions of the operands that are nodes."""
        return tuple(p for p in range(self.row.arity) if p >= len(SIDES) or SIDES[p] != self.number)

    @property
    def nodes(self) -> int:
        """The number of operands that are nodes."""
        return self.row.arity - (self.number is not None)

    def step(self, nodes: Sequence[int], number: float = 2) -> Step:
        """Return a step of this form on the nodes, with `number` where a plain number stands."""
        following = iter(nodes)
        return Step(
            self.symbol,
            tuple(
                next(following) if position in self.positions else Constant(number)
                for position in range(self.row.arity)
            ),
        )

    def __str__(self) -> str:
        """Return how it is called in reports: `x - y`, `x - 2`, `2 - x`, `tanh`."""
        return self.symbol if self.row.arity == 1 else self.written

    @property
    def written(self) -> str:
        """How it is usually written in Python: `x.tanh()`, `2 - x`."""
        names = [("x", "y")[p] if p in self.positions else "2" for p in range(self.row.arity)]
        if self.positions == (1,):
            names[1] = "x"
        return self.row.spelling.format(*names)
