"""Linearity: the gradient is linear in the output, and in the seed the sweep starts from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from valuecheck.judging.faults import ScalingError
from valuecheck.program.builder import Program
from valuecheck.program.transform import with_factor
from valuecheck.suite.drawn import drawn_expressions, integers, one_of
from valuecheck.suite.law import law

if TYPE_CHECKING:
    from valuecheck.judging.judge import Judge
    from valuecheck.program.expression import Expression
    from valuecheck.strategies.codes import Decoder
    from valuecheck.suite.trial import Held


@law(drawn_expressions(), lambda _: integers(0, 99))
def test_the_gradient_of_a_sum_is_the_sum_of_the_gradients(
    judge: Judge, expression: Expression, which: int
) -> Held:
    """Claims: for two nodes f and g of one program, grad (f + g) = grad f + grad g.

    True because differentiation is linear. Catches contributions that replace one another when
    two whole subgraphs meet.
    """
    judge.subject.need("+")
    program = Program.of(expression)
    program.add("+", expression.output, which % len(expression))
    return program.expression


def _factors(_judge: Judge) -> Decoder[float]:
    return one_of([2.0, -1.0, 3.0, -0.5, 0.1, -7.0])


@law(drawn_expressions(max_steps=8), _factors)
def test_scaling_the_output_scales_the_gradient(
    judge: Judge, expression: Expression, factor: float
) -> Held:
    """Claims: grad (c * f) = c * grad f.

    True because differentiation is linear. Catches rules that leave the upstream out anywhere in
    the graph, and gradients that are clipped.
    """
    judge.subject.need("*")
    return with_factor(expression, factor)


@law(drawn_expressions(max_steps=8))
def test_a_zero_upstream_gives_zero(judge: Judge, expression: Expression) -> Held:
    """Claims: grad (0 * f) = 0, at every node below.

    True because differentiation is linear. Catches rules that add something of their own.
    """
    judge.subject.need("*")
    return with_factor(expression, 0.0)


@law(drawn_expressions(max_steps=8), lambda _: one_of([2.0, 0.5, -4.0, 1024.0]))
def test_scaling_by_a_power_of_two_is_exact(
    judge: Judge, expression: Expression, factor: float
) -> None:
    """Claims: times a power of two, every gradient is exactly that many times itself.

    True because a float times a power of two is exact, and so is everything the reverse sweep does
    with it, as long as nothing underflows. Only where a node has several uses may the last bits
    differ, by the order in which contributions are added; there the balls decide. Catches
    thresholds and offsets inside rules.
    """
    judge.subject.need("*")
    scaled_expression = with_factor(expression, factor)
    plain, scaled = judge.hold(expression), judge.hold(scaled_expression)
    if max(map(len, expression.uses())) > 1:
        return
    for leaf in range(len(expression.leaves)):
        once, many = plain.grad_of(leaf), scaled.grad_of(leaf)
        if abs(once) > 1e-250 and math.isfinite(many) and many != once * factor:
            name = expression.name(leaf)
            raise ScalingError(
                f"times {factor}, the grad of {name} goes from {once!r} to {many!r}, not to "
                f"{once * factor!r}",
                scaled_expression,
                _scaled_exactly(judge, (expression, scaled_expression), name, factor),
                complete=True,
            )


def _scaled_exactly(
    judge: Judge, programs: tuple[Expression, Expression], name: str, factor: float
) -> list[str]:
    """Return the Python that sweeps both programs and asserts that one has the other's adjoint."""
    source = judge.subject.engine.source
    grad = source.spellings["grad"].format(name)
    lines = []
    for program in programs:
        lines += [*source.lines(program), source.sweep(program), f"once = {grad}"]
    return [*lines[:-1], f"assert {grad} == {factor} * once, ({grad}, once)"]
