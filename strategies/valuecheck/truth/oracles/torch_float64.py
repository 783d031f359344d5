"""PyTorch in double precision: somebody else's engine, used by millions.

torch is optional; `versions.oracle_versions` tells whether it is there, and so does every report.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.program.expression import Expression

__all__ = ["adjoints", "primal", "replay_torch"]


class _Tensors:
    """Arithmetic of 0-d float64 tensors."""

    def __init__(self) -> None:
        import torch  # noqa: PLC0415 - takes seconds, and only when torch takes part

        self.torch = torch
        self.exp, self.log, self.tanh = torch.exp, torch.log, torch.tanh
        self.sin, self.cos, self.sqrt = torch.sin, torch.cos, torch.sqrt
        self.sinh, self.cosh, self.atan, self.asinh = (
            torch.sinh,
            torch.cosh,
            torch.atan,
            torch.asinh,
        )
        self.log1p, self.expm1, self.larger = torch.log1p, torch.expm1, torch.maximum
        self.relu, self.absolute, self.power = torch.relu, torch.abs, torch.pow

    def leaf(self, number: float) -> Any:
        return self.torch.tensor(number, dtype=self.torch.float64, requires_grad=True)


@cache
def _tensors() -> Any:
    return _Tensors()


def replay_torch(expression: Expression) -> list[Any]:
    """Replay an expression on 0-d float64 tensors that keep their gradients; no sweep yet.

    Raises `ImportError` when torch is not installed.
    """
    tensors = _tensors()

    def apply(symbol: str, operands: tuple[Any, ...]) -> Any:
        result = PRIMITIVES[symbol].primal(tensors, *operands)
        result.retain_grad()
        return result

    return expression.replay([tensors.leaf(leaf) for leaf in expression.leaves], apply)


def primal(expression: Expression) -> float | None:
    """Return the output as torch computes it; abstains where that is nan.

    Raises `ImportError` when torch is not installed.
    """
    found = float(replay_torch(expression)[-1].detach())
    return None if math.isnan(found) else found


def adjoints(expression: Expression, nodes: Sequence[int]) -> list[float | None]:
    """Return d output / d node for each of `nodes`; 0.0 for nodes that torch did not reach.

    Raises `ImportError` when torch is not installed.
    """
    tensors = replay_torch(expression)
    tensors[-1].backward()
    return [0.0 if tensors[node].grad is None else float(tensors[node].grad) for node in nodes]
