"""Agreement: what an engine computes lies where every correct engine's results lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuecheck.suite.drawn import drawn_expressions
from valuecheck.suite.law import law
from valuecheck.truth.agreement import agrees
from valuecheck.truth.oracles.torch_recorded import recorded

if TYPE_CHECKING:
    from valuecheck.judging.judge import Judge
    from valuecheck.program.expression import Expression
    from valuecheck.suite.trial import Held
    from valuecheck.truth.ruler import Enclosure


@law(drawn_expressions())
def test_primals_are_those_of_the_expression(judge: Judge, expression: Expression) -> None:
    """Claims: the forward sweep computes what the expression says, at every node.

    True by the definition of each primitive. Catches a wrong forward rule, operands taken in the
    wrong order, a sign or a guard in the wrong place.
    """
    judge.must_stay_in_range(expression)
    judge.hold_data(expression, judge.build(expression), judge.enclosed(expression))


@law(drawn_expressions(), weight=3, oracles=True)
def test_adjoints_of_all_nodes_lie_in_their_balls(judge: Judge, expression: Expression) -> Held:
    """Claims: after a sweep every node holds d output / d node; all oracles say the same.

    True by the chain rule; the ball allows for rounding and for nothing else. Catches whatever
    goes wrong in a random program: the laws after this one only look where it is likeliest.
    """
    del judge
    return expression


@law()
def test_gradients_agree_with_what_torch_said_of_recorded_expressions(judge: Judge) -> None:
    """Claims: on expressions of every shape that torch was asked about, this engine agrees with it.

    True because torch's numbers lie in the ball, and so do those of every correct engine. Makes
    torch's verdict count where torch is not installed, and catches what our own partials would
    share with the engine. The whole record is gone through when a law may take 100 examples, every
    second entry when it may take 50, and so on.
    """
    entries = [
        entry
        for entry in recorded()[:: max(1, round(1 / judge.share))]
        if not judge.subject.lacks(entry.expression)
        and {step.symbol for step in entry.expression.steps} <= set(judge.subject.sound)
    ]
    said = iter(entries)

    def compare(expression: Expression, balls: Enclosure) -> None:
        adjoints = next(entry.adjoints for entry in said if entry.expression is expression)
        for leaf, adjoint in enumerate(adjoints[: len(expression.leaves)]):
            if not agrees(adjoint, balls.adjoints[leaf]):
                judge.ledger.disputes.append(
                    f"recorded torch says {adjoint!r} for the grad of {expression.name(leaf)} in\n"
                    f"{expression}"
                )

    judge.hold_all([entry.expression for entry in entries], consult=compare)
