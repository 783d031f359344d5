"""Looking into an engine: what a result remembers of its operands, and where values end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.measure import GENERIC, Form, measure, one_step
from valuecheck.program.expression import Expression, Step
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.program.transform import in_domain

if TYPE_CHECKING:
    from valuecheck.trial import Trial

__all__ = ["capped", "forgotten_operands"]


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


def capped(trial: Trial, symbol: str) -> Diagnosis | None:
    """Conclude on a cap when a unary primitive is right up to a number, and constant beyond it."""
    row = PRIMITIVES[symbol]
    if row.arity != 1:
        return None
    right: list[float] = []
    beyond: dict[float | None, list[float]] = {}
    for x in (0.5, 1.0, 2.0, 4.0, 7.0, 12.0, 24.0, 36.0, 48.0, 60.0, 96.0, 120.0, 200.0, 250.0):
        outcome = measure(trial, Expression((x,), (Step(symbol, (0,)),))) if row.domain(x) else None
        if outcome is not None and outcome.primal_right[-1]:
            right.append(x)
        elif outcome is not None:
            beyond.setdefault(outcome.primals[-1], []).append(x)
    if len(beyond) != 1 or not right:
        return None
    ((value, wrong),) = beyond.items()
    if len(wrong) < 2 or min(wrong) < max(right):  # noqa: PLR2004 - one number is no constant
        return None
    written = row.spelling.format("x")
    return Diagnosis(
        "inaccurate",
        f"{written} is capped: from x = {min(wrong):g} on, if not before, it gives {value!r} "
        "whatever x is",
        symbol,
    )


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
