"""Agreement: what an engine computes lies where every correct engine's results lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuecheck.law import law
from valuecheck.suite.drawing import drawn_expressions

if TYPE_CHECKING:
    from valuecheck.expression import Expression
    from valuecheck.trial import Trial


@law(drawn_expressions())
def test_primals_are_those_of_the_expression(trial: Trial, expression: Expression) -> None:
    """Claims: the forward sweep computes what the expression says, at every node.

    True by the definition of each primitive. Catches a wrong forward rule, operands taken in the
    wrong order, a sign or a guard in the wrong place.
    """
    trial.judge_primals(expression, trial.build(expression), trial.enclosed(expression))


@law(drawn_expressions(), weight=3)
def test_adjoints_of_all_nodes_lie_in_their_balls(trial: Trial, expression: Expression) -> None:
    """Claims: after a sweep every node holds d output / d node; all oracles say the same.

    True by the chain rule; the ball allows for rounding and for nothing else. Catches whatever
    goes wrong in a random program: the laws after this one only look where it is likeliest.
    """
    trial.judge(expression, oracles=True)
