"""Agreement: what an engine computes lies where every correct engine's results lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuecheck.suite.drawn import drawn_expressions
from valuecheck.suite.law import law
from valuecheck.truth.agreement import agrees
from valuecheck.truth.oracles.torch_recorded import recorded

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression
    from valuecheck.trial import Trial

_WHOLE_RECORD = 100
"""Examples a law, from which on every recorded expression is run."""


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


@law()
def test_gradients_agree_with_what_torch_said_of_recorded_expressions(trial: Trial) -> None:
    """Claims: on expressions of every shape that torch was asked about, this engine agrees with it.

    True because torch's numbers lie in the ball, and so do those of every correct engine. Makes
    torch's verdict count where torch is not installed, and catches what our own partials would
    share with the engine. The whole record is gone through when a law may take 100 examples, every
    second entry when it may take 50, and so on.
    """
    for entry in recorded()[:: max(1, round(_WHOLE_RECORD / trial.settings().max_examples))]:
        expression = entry.expression
        unsound = {step.symbol for step in expression.steps} - set(trial.sound)
        if unsound or trial.lacks(expression):
            continue
        balls = trial.enclosed(expression)
        replayed = trial.run(expression)
        trial.judge_primals(expression, replayed, balls)
        trial.judge_adjoints(expression, replayed, balls)
        for leaf in range(len(expression.leaves)):
            if not agrees(entry.adjoints[leaf], balls.adjoints[leaf]):
                trial.ledger.disputes.append(
                    f"recorded torch says {entry.adjoints[leaf]!r}, the engine "
                    f"{replayed.adjoints[leaf]!r}, in\n{expression}"
                )
