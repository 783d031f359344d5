"""Kinks: at a point without a derivative every subgradient is right, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flint import arb

from valuecheck.judging.faults import AtTheKinkError, InconstantError
from valuecheck.program.builder import Program
from valuecheck.program.expression import Expression, Step
from valuecheck.suite.drawn import drawn_expressions, one_of
from valuecheck.suite.law import law
from valuecheck.truth.agreement import agrees

if TYPE_CHECKING:
    from valuecheck.judging.judge import Judge
    from valuecheck.strategies.codes import Decoder
    from valuecheck.suite.trial import Held


def _zeros(_judge: Judge) -> Decoder[float]:
    return one_of([0.0, -0.0, 0])


def _upstreams(_judge: Judge) -> Decoder[float]:
    return one_of([1.0, -1.0, 2.0, -3.5])


@law(_zeros, _upstreams, weight=0.3)
def test_relu_at_zero_gives_a_subgradient(judge: Judge, zero: float, upstream: float) -> None:
    """Claims: at 0 relu hands on between 0 and 1 times the upstream, the same share every time.

    True because [0, 1] is the subdifferential of relu at 0. Catches nan, and numbers beyond.
    """
    judge.subject.need("relu", "*")
    _steady(judge, "relu", zero, upstream)


@law(_zeros, _upstreams, weight=0.3)
def test_abs_at_zero_gives_a_subgradient(judge: Judge, zero: float, upstream: float) -> None:
    """Claims: at 0 abs hands on between -1 and 1 times the upstream, the same share every time.

    True because [-1, 1] is the subdifferential of abs at 0. Catches 0/0.
    """
    judge.subject.need("abs", "*")
    _steady(judge, "abs", zero, upstream)


def _steady(judge: Judge, symbol: str, zero: float, upstream: float) -> None:
    """Hold the subgradient to its ball, and ask for it again under another upstream."""
    factors = (upstream, -2.0 * upstream, upstream)
    programs = [
        Expression((zero, factor), (Step(symbol, (0,)), Step("*", (2, 1)))) for factor in factors
    ]
    shares = [  # the ball covers the whole subdifferential
        judge.hold(program).grad_of(0) / factor
        for program, factor in zip(programs, factors, strict=True)
    ]
    ball = arb(shares[0]) * arb(1, judge.subject.ruler.slack)
    if all(agrees(share, ball) for share in shares):
        return
    source = judge.subject.engine.source
    story = []
    for number, program in enumerate(programs):
        grad = source.read("grad", program, 0)
        factor = source.read("data", program, 1)
        share = f"share{number} = {grad} / {factor}"
        story += [*source.lines(program), source.sweep(program), share]
    kind = InconstantError if shares[0] != shares[2] else AtTheKinkError
    raise kind(
        f"at the kink {symbol} hands on {shares[0]!r} of an upstream of {upstream!r}, "
        f"{shares[1]!r} of {-2.0 * upstream!r}, then {shares[2]!r} of {upstream!r}",
        programs[0],
        [*story, "assert share0 == share1 == share2, (share0, share1, share2)"],
        complete=True,
    )


@law(
    lambda _: one_of([s * d for d in (1e-300, 1e-8, 0.25, 3.0, 1e8) for s in (1, -1)]),
    _upstreams,
    weight=0.5,
)
def test_beside_the_kink_relu_is_one_sided(judge: Judge, number: float, upstream: float) -> Held:
    """Claims: however close to 0, relu passes positive numbers whole and negative ones not at all.

    True by the definition of relu. Catches leaks, thresholds other than 0, and tests of truth.
    """
    judge.subject.need("relu", "*")
    return Expression((number, upstream), (Step("relu", (0,)), Step("*", (2, 1))))


@law(drawn_expressions(max_steps=6), weight=0.5)
def test_both_sides_of_a_relu_are_right_inside_an_expression(
    judge: Judge, expression: Expression
) -> Held:
    """Claims: with a relu on its output, and on its negative, an expression is as right as before.

    True by the chain rule off the kink, where the ball decides; on it the ball covers both sides.
    Catches a relu that reads the wrong node's sign.
    """
    judge.subject.need("relu")
    plus, minus = Program.of(expression), Program.of(expression)
    plus.add("relu", expression.output)
    if "neg" not in judge.subject.sound:
        return plus.expression
    minus.add("relu", minus.add("neg", expression.output))
    return [plus.expression, minus.expression]
