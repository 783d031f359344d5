"""Sharing: a node may be used more than once, and its adjoint is the sum over all its uses."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from valuecheck.program.transform import built_in_order, operands_swapped, unshared
from valuecheck.suite.drawn import (
    drawn_chains,
    drawn_diamonds,
    drawn_expressions,
    drawn_fan_outs,
    drawn_ladders,
    drawn_self_operands,
    drawn_twins,
    integers,
)
from valuecheck.suite.law import law

if TYPE_CHECKING:
    from valuecheck.judging.judge import Judge
    from valuecheck.program.expression import Expression
    from valuecheck.suite.trial import Held


@law(drawn_self_operands())
def test_an_operand_may_stand_on_both_sides(judge: Judge, expression: Expression) -> Held:
    """Claims: in `x op x` the node x gets both contributions.

    True because x stands at two operands, each a use. Catches a repeated operand counted once, as
    with operands kept in a set, and `=` for `+=`.
    """
    del judge
    return expression


@law(drawn_diamonds())
def test_a_diamond_adds_what_comes_along_both_arms(judge: Judge, expression: Expression) -> Held:
    """Claims: where two paths part at a node and meet again, the node's adjoint is their sum.

    True by the chain rule for several variables. Catches `=` for `+=`, recursion without a
    topological order, and breadth-first traversal.
    """
    del judge
    return expression


@law(drawn_ladders())
def test_a_ladder_of_diamonds_adds_all_its_paths(judge: Judge, expression: Expression) -> Held:
    """Claims: through k diamonds on top of each other all 2^k paths count, each once.

    True by the chain rule, applied k times. Catches traversals whose mistake only grows with
    depth, and adjoints handed on before they are complete.
    """
    del judge
    return expression


@law(drawn_fan_outs())
def test_a_fan_out_sums_over_all_uses(judge: Judge, expression: Expression) -> Held:
    """Claims: a node used many times, by different primitives, gets the sum of all contributions.

    True by the chain rule. Catches contributions lost at the third use, or by one primitive only.
    """
    del judge
    return expression


@law(drawn_twins())
def test_distinct_nodes_of_equal_value_stay_distinct(judge: Judge, expression: Expression) -> Held:
    """Claims: two nodes with the same primal are two nodes, each with an adjoint of its own.

    True because a derivative is taken by a variable, not by its value. Catches `__eq__` and
    `__hash__` on the value, caches of leaves, visited lists searched with `in`.
    """
    del judge
    return expression


@law(drawn_chains())
def test_a_chain_carries_the_gradient_to_its_start(judge: Judge, expression: Expression) -> Held:
    """Claims: however long a chain of steps, the adjoint arrives at its beginning.

    True by the chain rule. Catches sweeps that stop at some depth. Depths of 1,000 and more are
    limits, which are reported apart.
    """
    del judge
    return expression


@law(drawn_expressions(max_steps=6))
def test_sharing_a_diamond_gives_the_same_gradient_as_repeating_it(
    judge: Judge, expression: Expression
) -> Held:
    """Claims: a subexpression used twice, and the same one written out twice, have one gradient.

    True because both are the same function of the leaves. Catches everything that goes wrong with
    shared interior nodes, and tells it from what goes wrong with shared leaves.
    """
    del judge
    return [unshared(expression), expression]


@law(drawn_expressions())
def test_the_order_of_operands_does_not_matter(judge: Judge, expression: Expression) -> Held:
    """Claims: with the operands of sums and products exchanged, gradients are as right as before.

    True because sums and products commute. Catches traversals that are right only when the deeper
    operand stands on one side.
    """
    del judge
    return [expression, operands_swapped(expression)]


@law(drawn_expressions(), lambda _: integers(0, 2**32 - 1))
def test_the_order_of_building_does_not_matter(
    judge: Judge, expression: Expression, seed: int
) -> Held:
    """Claims: the steps of an expression may be built in any order that is possible.

    True because a gradient belongs to the graph, not to its history. Catches sweeps that go by
    the order of construction, or by a global list of nodes.
    """
    del judge
    return built_in_order(expression, Random(seed).randrange)  # noqa: S311 - no secret
