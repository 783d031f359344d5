"""Looking into an engine's nodes: what a result remembers of its operands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuecheck.composing import in_domain
from valuecheck.diagnosis.experiments import GENERIC, Form, one_step
from valuecheck.primitives import PRIMITIVES

if TYPE_CHECKING:
    from valuecheck.trial import Trial

__all__ = ["forgotten_operands"]


def forgotten_operands(trial: Trial, form: Form) -> list[int]:
    """Return the positions of the operands to which a result of this form holds no reference.

    Empty when results of other primitives hold none either: then nodes cannot be looked into.
    """
    single = one_step(form, GENERIC, [2.0])
    if not in_domain(single):
        return []
    nodes = trial.engine.replay(single).nodes
    (step,) = single.steps
    forgotten = [
        position
        for position, operand in enumerate(step.operands)
        if isinstance(operand, int) and not _holds(nodes[-1], nodes[operand])
    ]
    if len(forgotten) < form.nodes or any(
        _first_is_held(trial, symbol) for symbol in trial.sound if symbol != form.symbol
    ):
        return forgotten
    return []


def _first_is_held(trial: Trial, symbol: str) -> bool:
    kinds = PRIMITIVES[symbol].operands
    if "number" in kinds:
        return False
    nodes = trial.engine.replay(one_step(Form(symbol, (False,) * len(kinds)), GENERIC, [])).nodes
    return _holds(nodes[-1], nodes[0])


def _holds(node: Any, operand: Any) -> bool:
    """Say whether a node has its operand among the things it refers to."""
    names = [*getattr(node, "__dict__", ()), *getattr(type(node), "__slots__", ())]
    for name in names:
        found = getattr(node, name, None)
        if found is operand:
            return True
        if isinstance(found, (set, frozenset, tuple, list)) and any(o is operand for o in found):
            return True
    return False
