"""What a caller may ask of a strategy, checked at once and put into the form the decoder uses."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from hypothesis.errors import InvalidArgument

from valuecheck.program.form import Form, Side
from valuecheck.program.primitives import EXPONENTS, PRIMITIVES, STANDARD, Primitive
from valuecheck.strategies.leaves import LEAF_KINDS, LeafKind

__all__ = ["Constants", "Options", "check_sizes"]

Constants: TypeAlias = Collection[Side] | Mapping[str, Collection[Side]]
"""On which sides of a binary primitive a plain number may stand; of all, or by symbol."""


@dataclass(frozen=True)
class Options:
    """The options that all strategies share.

    Raises `InvalidArgument`, with the argument's name and value, for anything it cannot use.
    """

    primitives: Collection[str] = STANDARD
    constants: Constants = ("left", "right")
    exponents: Sequence[float] = EXPONENTS
    leaf_kinds: Collection[LeafKind] = LEAF_KINDS
    min_leaf: float = -math.inf
    max_leaf: float = math.inf
    floats_only: bool = False

    def __post_init__(self) -> None:
        """Check every option."""
        _check_members("primitives", self.primitives, PRIMITIVES)
        _check_members("leaf_kinds", self.leaf_kinds, LEAF_KINDS)
        by_symbol = (
            self.constants.values() if isinstance(self.constants, Mapping) else (self.constants,)
        )
        for sides in by_symbol:
            if not _is_collection(sides) or not set(sides) <= {"left", "right"}:
                msg = f'constants={self.constants!r}: sides are a collection of "left" and "right"'
                raise InvalidArgument(msg)
        numbers = self.exponents if _is_collection(self.exponents) else ()
        if not numbers or not all(type(n) in {int, float} and math.isfinite(n) for n in numbers):
            msg = f"exponents={self.exponents!r} must be a sequence of at least one number"
            raise InvalidArgument(msg)
        for name, bound, never in (
            ("min_leaf", self.min_leaf, math.inf),
            ("max_leaf", self.max_leaf, -math.inf),
        ):
            if type(bound) not in {int, float} or math.isnan(bound) or bound == never:
                msg = f"{name}={bound!r} must be a number that leaves a leaf"
                raise InvalidArgument(msg)
        if self.min_leaf > self.max_leaf:
            msg = f"min_leaf={self.min_leaf!r} is larger than max_leaf={self.max_leaf!r}"
            raise InvalidArgument(msg)

    def _sides(self, row: Primitive) -> list[Side]:
        allowed = (
            self.constants.get(row.symbol, ())
            if isinstance(self.constants, Mapping)
            else self.constants
        )
        return [side for side in ("right", "left") if side in allowed]

    @cached_property
    def binary(self) -> list[Form]:
        """The forms that join two nodes."""
        return [
            Form(row.symbol) for row in self._rows if row.arity > 1 and "number" not in row.operands
        ]

    @cached_property
    def forms(self) -> list[Form]:
        """All forms, simplest first, each as often as it is to be drawn.

        Those that join nodes stand thrice, those of one node alone twice: the others, with a plain
        number, are two for each that joins nodes.
        """
        unary: list[Form] = []
        with_number: list[Form] = []
        for row in self._rows:
            if row.arity == 1:
                unary.append(Form(row.symbol))
            elif "number" in row.operands:
                unary.append(Form.plainest(row.symbol))
            elif "either" in row.operands:
                with_number.extend(Form(row.symbol, side) for side in self._sides(row))
        return [*self.binary, *unary, *with_number, *self.binary, *unary, *self.binary]

    @cached_property
    def _rows(self) -> list[Primitive]:
        # In the order of the table whatever the order asked for: simplest first.
        return [row for symbol, row in PRIMITIVES.items() if symbol in self.primitives]

    @cached_property
    def simplest_leaf(self) -> float:
        """The leaf that everything shrinks towards: 1.0, or what is nearest to it in range."""
        return min(max(1.0, self.min_leaf), self.max_leaf)

    @cached_property
    def another_leaf(self) -> float:
        """A leaf beside the simplest one: 2.0, or what is nearest to it in range."""
        return min(max(2.0, self.min_leaf), self.max_leaf)


def _is_collection(given: object) -> bool:
    return isinstance(given, Collection) and not isinstance(given, str)


def _check_members(name: str, members: Collection[str], known: Collection[str]) -> None:
    if not _is_collection(members) or not members:
        msg = f"{name}={members!r} must be a collection of at least one of {list(known)}"
        raise InvalidArgument(msg)
    for member in members:
        if member not in known:
            msg = f"{name}={members!r}: {member!r} is none of {list(known)}"
            raise InvalidArgument(msg)


def check_sizes(name: str, minimum: int, maximum: int, least: int, most: int = 1_000_000) -> None:
    """Check a pair of arguments min_`name` and max_`name`.

    Raises `InvalidArgument` unless least <= minimum <= maximum <= most, all of them ints.
    """
    for prefix, size in (("min", minimum), ("max", maximum)):
        if type(size) is not int or not least <= size <= most:
            msg = f"{prefix}_{name}={size!r} must be an int from {least} to {most}"
            raise InvalidArgument(msg)
    if minimum > maximum:
        msg = f"min_{name}={minimum!r} is larger than max_{name}={maximum!r}"
        raise InvalidArgument(msg)
