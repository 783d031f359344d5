"""Primitives: each alone, before anything is built from several of them.

A primitive that breaks a law here is left out of what later laws draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from valuecheck.composing import Program, apart
from valuecheck.expression import Step
from valuecheck.law import law_for_each_primitive
from valuecheck.strategies import expressions
from valuecheck.trial import Fault, NotJudged

if TYPE_CHECKING:
    from valuecheck.expression import Expression
    from valuecheck.trial import Trial


def _one_step(trial: Trial, symbol: str) -> st.SearchStrategy[Expression]:
    trial.need(symbol)
    if symbol in trial.engine.broken:
        raise Fault(str(trial.engine.broken[symbol]), error=trial.engine.broken[symbol])
    return expressions(primitives=[symbol], constants=trial.engine.sides, min_steps=1, max_steps=1)


def _upstreams(trial: Trial, symbol: str) -> st.SearchStrategy[float]:
    del trial, symbol
    return st.sampled_from([2.0, -1.0, 0.5, -3.0, 0.25, 5.0, -0.125])


@law_for_each_primitive(_one_step, weight=0.5)
def test_a_primitive_alone_has_the_right_partials(
    trial: Trial, symbol: str, expression: Expression
) -> None:
    """Claims: one primitive on leaves gives its primal, and its partials as gradients.

    True by the rules of differentiation, with an upstream of 1. Catches a wrong rule: a sign, the
    operands exchanged, the input where the output belongs, a rule never attached, a number on the
    left taken for one on the right.
    """
    del symbol
    trial.judge(apart(expression))


@law_for_each_primitive(_one_step, _upstreams, weight=0.5)
def test_a_primitive_multiplies_by_the_upstream(
    trial: Trial, symbol: str, expression: Expression, upstream: float
) -> None:
    """Claims: what a primitive hands on is its partial times the adjoint of its result.

    True by the chain rule. Catches a rule without `* out.grad`, which is right as long as the
    primitive is the output.
    """
    del symbol
    expression = apart(expression)
    # A product with a leaf gives the upstream: its rule has been judged, or is being judged.
    program = Program((*expression.leaves, upstream), _moved(expression))
    program.add(_carrier(trial), program.expression.output, len(expression.leaves))
    trial.judge(program.expression)


@law_for_each_primitive(_one_step, weight=0.5)
def test_a_primitive_adds_to_what_its_operand_has(
    trial: Trial, symbol: str, expression: Expression
) -> None:
    """Claims: a primitive adds its contribution to an operand that another use contributes to.

    True because an adjoint is the sum over all uses. Catches `=` where `+=` belongs, in the rule
    of one primitive.
    """
    del symbol
    join = trial.join()
    for leaf in range(len(expression.leaves)):
        for uses_first in (False, True):
            program = Program.of(expression)
            first, second = (leaf, expression.output)[:: 1 if uses_first else -1]
            program.add(join, first, second)
            trial.judge(program.expression)


def _moved(expression: Expression) -> list[Step]:
    """Return the steps with room for one more leaf."""
    leaves = len(expression.leaves)
    return [
        Step(
            symbol,
            tuple(o + 1 if isinstance(o, int) and o >= leaves else o for o in operands),
        )
        for symbol, operands in expression.steps
    ]


def _carrier(trial: Trial) -> str:
    for symbol in ("*", "/"):
        if symbol in trial.sound:
            return symbol
    raise NotJudged("needs a sound * or / to make an upstream")
