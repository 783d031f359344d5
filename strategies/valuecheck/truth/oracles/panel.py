"""The jury: the oracles side by side. They are called from here and know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from valuecheck.truth.oracles import central_difference, dual_number, torch_float64
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from valuecheck.program.expression import Expression

__all__ = ["ORACLES", "Oracle", "votes", "votes_on_data"]


class Adjoints(Protocol):
    """d output / d node for each of `nodes`; None where the oracle abstains."""

    def __call__(self, expression: Expression, nodes: Sequence[int], /) -> list[float | None]:
        """Answer for the nodes asked after, in their order."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """One independent source of gradients.

    Attributes:
        name: what it is called in reports.
        adjoints: answers for an expression and some of its nodes.
        primal: what it computes for the output itself; None where it abstains.
    """

    name: str
    adjoints: Adjoints
    primal: Callable[[Expression], float | None]


ORACLES: Final[Mapping[str, Oracle]] = MappingProxyType(
    {
        oracle.name: oracle
        for oracle in (
            Oracle("torch", torch_float64.adjoints, torch_float64.primal),
            Oracle("central_difference", central_difference.adjoints, central_difference.primal),
            Oracle("dual_number", dual_number.adjoints, dual_number.primal),
        )
    }
)
"""Every oracle by its name in the JSON report."""


def votes(
    expression: Expression, nodes: Sequence[int], names: Sequence[str] = tuple(ORACLES)
) -> dict[str, list[float | None]]:
    """Ask the oracles that are installed for the adjoints of some nodes.

    An oracle whose library is missing answers None throughout, like one that abstains.
    """
    versions = oracle_versions()
    return {
        name: (
            ORACLES[name].adjoints(expression, nodes)
            if versions[name] is not None
            else [None] * len(nodes)
        )
        for name in names
    }


def votes_on_data(expression: Expression, node: int) -> dict[str, float | None]:
    """Ask the oracles that are installed for the data of a node, as `votes` does."""
    versions, part = oracle_versions(), expression.ending_at(node)
    return {
        name: oracle.primal(part) if versions[name] is not None else None
        for name, oracle in ORACLES.items()
    }
