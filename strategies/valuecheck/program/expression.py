"""An `Expression`: a Wengert list that can be replayed on any number type."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Constant", "Expression", "MalformedExpressionError", "Operand", "Step", "spell_number"]

Number = TypeVar("Number")


class Constant(NamedTuple):
    """A plain Python number standing as an operand; nothing is differentiated by it."""

    value: float


Operand: TypeAlias = int | Constant
"""The number of an earlier node, or a constant."""


class Step(NamedTuple):
    """One application of a primitive."""

    symbol: str
    operands: tuple[Operand, ...]


class MalformedExpressionError(ValueError):
    """An expression in JSON does not have the form that is documented."""


@dataclass(frozen=True, slots=True, repr=False)
class Expression:
    """A straight-line program: leaves, then steps, each applied to what stands before it.

    Nodes are numbered, leaves first; the output is the last node. The same program is replayed
    on an engine, on tensors, on dual numbers and on balls.

    Attributes:
        leaves: the primals of the leaves, ints or floats.
        steps: the applications of primitives, in the order of building.
    """

    leaves: tuple[float, ...]
    steps: tuple[Step, ...] = ()

    def __len__(self) -> int:
        """Return the number of nodes, leaves and steps together."""
        return len(self.leaves) + len(self.steps)

    @property
    def output(self) -> int:
        """The number of the output node."""
        return len(self) - 1

    def replay(
        self, leaves: Sequence[Number], apply: Callable[[str, tuple[Any, ...]], Number]
    ) -> list[Number]:
        """Run the program on any number type and return every node.

        Args:
            leaves: one number for each leaf; `self.leaves` gives the primals to make them from.
            apply: (symbol, operands) to the result; a constant arrives as the plain number.
        """
        return self.resume(list(leaves), apply)

    def resume(
        self, nodes: list[Number], apply: Callable[[str, tuple[Any, ...]], Number]
    ) -> list[Number]:
        """Run the rest of the program when the first `len(nodes)` nodes are known already."""
        for symbol, operands in self.steps[len(nodes) - len(self.leaves) :]:
            nodes.append(
                apply(
                    symbol,
                    tuple(
                        [  # a list first: it is made faster than a generator is run
                            nodes[operand] if isinstance(operand, int) else operand.value
                            for operand in operands
                        ]
                    ),
                )
            )
        return nodes

    def uses(self) -> list[list[tuple[int, int]]]:
        """Return for each node its uses: pairs of the using node and the operand's position."""
        uses: list[list[tuple[int, int]]] = [[] for _ in range(len(self))]
        for node, step in enumerate(self.steps, len(self.leaves)):
            for position, operand in enumerate(step.operands):
                if isinstance(operand, int):
                    uses[operand].append((node, position))
        return uses

    def live(self) -> list[bool]:
        """Return for each node whether the output depends on it."""
        live = [False] * len(self)
        live[-1] = True
        for node in range(self.output, len(self.leaves) - 1, -1):
            if live[node]:
                for operand in self.steps[node - len(self.leaves)].operands:
                    if isinstance(operand, int):
                        live[operand] = True
        return live

    def ending_at(self, node: int) -> Expression:
        """Return the program cut off after `node`, which becomes the output.

        A leaf as the output is the program of that leaf alone.
        """
        if node < len(self.leaves):
            return Expression((self.leaves[node],))
        return Expression(self.leaves, self.steps[: node - len(self.leaves) + 1])

    def name(self, node: int) -> str:
        """Return what a node is called in the printed program: x0, x1 ... leaves, v2 ... steps."""
        return f"{'x' if node < len(self.leaves) else 'v'}{node}"

    def to_python(self) -> str:
        """Return the program as Python source, one node a line, without the sweep."""
        from valuecheck.program.source import Source  # noqa: PLC0415 - which imports this file

        return "\n".join(Source().lines(self))

    def __str__(self) -> str:
        """Return the program as Python that can be pasted after `from theirs import Value`."""
        return self.to_python()

    def __repr__(self) -> str:
        """Return Python that makes this expression again."""
        return f"Expression.from_json({json.dumps(self.to_json())})"

    def to_json(self) -> dict[str, Any]:
        """Return the program as JSON data; ints stay ints, floats keep every bit.

        Infinities and nan, which JSON lacks, become the strings "inf", "-inf" and "nan".
        """
        return {
            "leaves": [number_to_json(leaf) for leaf in self.leaves],
            "steps": [
                [
                    step.symbol,
                    *(
                        operand
                        if isinstance(operand, int)
                        else {"constant": number_to_json(operand.value)}
                        for operand in step.operands
                    ),
                ]
                for step in self.steps
            ],
        }

    @classmethod
    def from_json(cls, document: Any) -> Expression:
        """Read what `to_json` wrote.

        Raises `MalformedExpressionError`, saying which entry is wrong and what would be right.
        """
        if not isinstance(document, dict) or not {"leaves", "steps"} <= document.keys():
            msg = f'an expression is {{"leaves": [...], "steps": [...]}}, not {document!r:.80}'
            raise MalformedExpressionError(msg)
        leaves, steps = document["leaves"], document["steps"]
        if not isinstance(leaves, list) or not leaves or not isinstance(steps, list):
            msg = '"leaves" is a list of at least one number, "steps" a list'
            raise MalformedExpressionError(msg)
        return cls(
            tuple(_number_from_json(leaf, f"leaf {i}") for i, leaf in enumerate(leaves)),
            tuple(_step_from_json(step, i, len(leaves) + i) for i, step in enumerate(steps)),
        )


def spell_number(number: float) -> str:
    """Return a number as Python source that evaluates to the same bits."""
    return repr(number) if math.isfinite(number) else f'float("{number}")'


def number_to_json(number: float) -> float | str:
    """Return a number as JSON can hold it: itself, or the string "inf", "-inf" or "nan"."""
    return number if math.isfinite(number) else str(float(number))


def _number_from_json(number: Any, where: str) -> float:
    if isinstance(number, str) and number in {"inf", "-inf", "nan", "-0.0"}:
        return float(number)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        msg = f"{where} is {number!r}, not a number"
        raise MalformedExpressionError(msg)
    if isinstance(number, int) and not _is_a_float(number):
        msg = f"{where} is {str(number)[:40]}, an int that no float holds"
        raise MalformedExpressionError(msg)
    return number


def _is_a_float(number: int) -> bool:
    try:
        return float(number) == number
    except OverflowError:
        return False


def _step_from_json(step: Any, index: int, nodes_before: int) -> Step:
    if not isinstance(step, list) or not step or str(step[0]) not in PRIMITIVES:
        msg = f"step {index} is {step!r:.80}: it must begin with one of {' '.join(PRIMITIVES)}"
        raise MalformedExpressionError(msg)
    row = PRIMITIVES[str(step[0])]
    if len(step) != 1 + row.arity:
        msg = f"step {index} is {step!r:.80}: {row.symbol} takes {row.arity} operands"
        raise MalformedExpressionError(msg)
    operands = tuple(_operands_from_json(row.operands, step[1:], index, nodes_before))
    if all(isinstance(operand, Constant) for operand in operands):
        msg = f"step {index} is {step!r:.80}: at least one operand must be a node"
        raise MalformedExpressionError(msg)
    return Step(row.symbol, operands)


def _operands_from_json(
    kinds: Sequence[str], operands: Sequence[Any], index: int, nodes_before: int
) -> Iterable[Operand]:
    for kind, operand in zip(kinds, operands, strict=True):
        where = f"step {index}, operand {operand!r:.80}"
        if isinstance(operand, dict) and operand.keys() == {"constant"} and kind != "node":
            yield Constant(_number_from_json(operand["constant"], where))
        elif type(operand) is int and 0 <= operand < nodes_before and kind != "number":
            yield operand
        else:
            wanted = {
                "node": f"a node from 0 to {nodes_before - 1}",
                "number": '{"constant": number}',
                "either": f'a node from 0 to {nodes_before - 1} or {{"constant": number}}',
            }[kind]
            msg = f"{where} must be {wanted}"
            raise MalformedExpressionError(msg)
