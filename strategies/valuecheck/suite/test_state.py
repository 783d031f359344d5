"""Sweeps and state: what a sweep changes, and what it must leave alone."""

from __future__ import annotations

import contextlib
import operator
from typing import TYPE_CHECKING

from flint import arb
from hypothesis import strategies as st

from valuecheck.agreement import agrees, decides, read_number
from valuecheck.composing import Program, shifted
from valuecheck.enclosure import TIGHT, enclose
from valuecheck.engine import DetachedResultError, EngineError, call
from valuecheck.expression import Expression, Step
from valuecheck.law import law
from valuecheck.suite.drawing import drawn_expressions
from valuecheck.trial import Fault, NotJudged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuecheck.trial import Trial


def _changed(
    expression: Expression, message: str, story: Sequence[str] = (), node: int | None = None
) -> Fault:
    return Fault(message, expression, node=node, quantity="state", story="\n".join(story))


@law(drawn_expressions())
def test_a_forward_sweep_leaves_gradients_alone(trial: Trial, expression: Expression) -> None:
    """Claims: building on nodes that have gradients changes none of these gradients.

    True because no derivative has been asked for. Catches operations that reset or touch grad.
    """
    replayed = trial.run(expression)
    before = [repr(trial.engine.grad(node)) for node in replayed.nodes]
    trial.ledger.examples += 1
    expression.replay(replayed.nodes[: len(expression.leaves)], trial.engine.apply)
    for number, node in enumerate(replayed.nodes):
        if repr(trial.engine.grad(node)) != before[number]:
            raise _changed(
                expression,
                f"building the expression again on the same leaves changes the gradient of "
                f"{expression.name(number)} from {before[number]} to {trial.engine.grad(node)!r}",
            )


@law(drawn_expressions())
def test_a_backward_sweep_leaves_data_alone(trial: Trial, expression: Expression) -> None:
    """Claims: no sweep changes a primal.

    True because values do not depend on derivatives. Catches rules that store in data.
    """
    replayed = trial.run(expression)
    trial.ledger.examples += 1
    for number, node in enumerate(replayed.nodes):
        now = trial.engine.data(node)
        if repr(now) != repr(replayed.primals[number]):
            name = expression.name(number)
            raise _changed(
                expression,
                f"the sweep changes the value of {name} from {replayed.primals[number]!r} "
                f"to {now!r}",
                [
                    f"before = {trial.engine.spellings['data'].format(name)}",
                    trial.engine.spellings["backward"].format(expression.name(expression.output)),
                    f"assert {trial.engine.spellings['data'].format(name)} == before",
                ],
            )


@law(drawn_expressions())
def test_repeating_an_expression_gives_identical_gradients(
    trial: Trial, expression: Expression
) -> None:
    """Claims: the same program, built afresh, gives the same gradients to the last bit.

    True because a gradient depends on the program alone. Only where three contributions or more
    meet may the last bits differ: engines that keep operands in a set add them up in any order,
    and that is no fault. Catches module-level state, caches, and adjoints left in rules.
    """
    first = trial.judge(expression)
    second = trial.judge(expression)
    if max(map(len, expression.uses())) > 2:
        return
    for leaf in range(len(expression.leaves)):
        one, two = first.adjoints[leaf], second.adjoints[leaf]
        if repr(one) != repr(two):
            raise _changed(
                expression,
                f"the gradient of {expression.name(leaf)} is {one!r} the first time and {two!r} "
                "the second",
            )


@law(drawn_expressions(), lambda _: st.integers(0, 99))
def test_a_sweep_from_an_inner_node_reaches_only_its_ancestors(
    trial: Trial, expression: Expression, which: int
) -> None:
    """Claims: sweeping from an inner node gives its own gradients, and nothing to what is above.

    True because the nodes above do not enter its value. Catches global lists of nodes.
    """
    node = which % len(expression)
    replayed = trial.build(expression)
    trial.sweep(expression, replayed, node)
    inner = expression.ending_at(node)
    balls = trial.enclosed(inner)
    below = _below(expression, node)
    spell = trial.engine.spellings
    for number in range(len(expression)):
        if number >= len(expression.leaves) and (
            number == node or not trial.keeps_interior or number in below
        ):
            continue
        got = replayed.adjoints[number]
        if number == node or number in below:
            ball = balls.adjoints[0 if node < len(expression.leaves) else number]
            right = agrees(read_number(got), ball)
        else:
            right = read_number(got) == 0.0
        if not right:
            name = expression.name(number)
            raise _changed(
                expression,
                f"after a sweep from {expression.name(node)} the gradient of {name} is {got!r}",
                [
                    spell["backward"].format(expression.name(node)),
                    *([f"assert not {spell['grad'].format(name)}"] if number not in below else []),
                ],
            )


def _below(expression: Expression, node: int) -> set[int]:
    """Return the nodes that a node depends on."""
    below: set[int] = set()
    stack = [node]
    while stack:
        number = stack.pop()
        if number >= len(expression.leaves):
            for operand in expression.steps[number - len(expression.leaves)].operands:
                if isinstance(operand, int) and operand not in below:
                    below.add(operand)
                    stack.append(operand)
    return below


@law(drawn_expressions(max_steps=8), drawn_expressions(max_steps=4))
def test_dead_branches_and_unused_leaves_get_nothing(
    trial: Trial, expression: Expression, dead: Expression
) -> None:
    """Claims: what the output does not depend on has a gradient of 0, or none.

    True because the derivative by it is 0. Catches sweeps over everything that was ever built.
    """
    leaves = len(expression.leaves)
    program = Program((*expression.leaves, *dead.leaves))
    for symbol, operands in dead.steps:
        program.add(symbol, *(o + leaves if isinstance(o, int) else o for o in operands))
    for symbol, operands in shifted(expression, by=len(dead)):
        program.add(symbol, *operands)
    trial.judge(program.expression)


def _needs_clean_sweeps(trial: Trial) -> None:
    if trial.second_sweep == "neither":
        raise NotJudged("interior gradients stay from one sweep to the next (a policy)")


@law(drawn_expressions(max_steps=8))
def test_two_outputs_over_shared_leaves_add_up_or_replace(
    trial: Trial, expression: Expression
) -> None:
    """Claims: two programs on the same leaves, swept in turn, add up, or the second replaces.

    Whichever the engine does, it does always. True because each sweep is right by itself.
    Catches gradients that are half reset.
    """
    leaves = len(expression.leaves)
    first = trial.run(expression)
    once = [read_number(first.adjoints[leaf]) for leaf in range(leaves)]
    nodes = expression.replay(first.nodes[:leaves], trial.engine.apply)
    trial.engine.sweep(nodes[-1])
    balls = trial.enclosed(expression)
    usual = _what_a_second_output_does(trial)
    for leaf in range(leaves):
        now = read_number(trial.engine.grad(nodes[leaf]))
        ball = balls.adjoints[leaf]
        if not decides(ball) or ball.contains(0):
            continue
        if not (2 * ball if usual == "adds up" else ball).contains(now):
            raise _changed(
                expression,
                f"one sweep gives {expression.name(leaf)} the gradient {once[leaf]!r}; after "
                f"another sweep over a second copy on the same leaves it is {now!r}, but elsewhere "
                f"the second {usual}",
            )


def _what_a_second_output_does(trial: Trial) -> str:
    """Return "adds up" or "replaces", by what happens to x in `x op 3` twice over."""
    engine, join = trial.engine, trial.join()
    x = engine.make(2.0)
    gradients = []
    for _ in range(2):
        engine.sweep(engine.apply(join, (x, engine.make(3.0))))
        gradients.append(read_number(engine.grad(x)))
    return "replaces" if gradients[0] == gradients[1] else "adds up"


@law(drawn_expressions(max_steps=8))
def test_a_larger_sweep_after_a_smaller_one_is_right(trial: Trial, expression: Expression) -> None:
    """Claims: a sweep of a part, then of the whole, gives the whole gradient on the leaves.

    It comes with that of the part, or without it. True because interior adjoints belong to one
    sweep. Catches interior gradients that are not reset. Many engines do not reset them: for these
    it is a policy, which is reported apart.
    """
    _needs_clean_sweeps(trial)
    leaves = len(expression.leaves)
    middle = leaves + len(expression.steps) // 2
    if middle >= expression.output:
        return
    replayed = trial.build(expression)
    trial.sweep(expression, replayed, middle)
    trial.sweep(expression, replayed)
    part = enclose(expression.ending_at(middle))
    whole = trial.enclosed(expression)
    live = expression.live()
    for leaf in range(leaves):
        got = read_number(replayed.adjoints[leaf])
        want = whole.adjoints[leaf]
        if trial.second_sweep == "accumulates":
            want = want + part.adjoints[leaf]
        elif not live[leaf]:
            continue  # a sweep that resets may do so only where it goes
        if not agrees(got, want * arb(1, TIGHT)):
            raise _changed(
                expression,
                f"after a sweep from {expression.name(middle)} and one from the output, the "
                f"gradient of {expression.name(leaf)} is {got!r}, expected {want!s}",
            )


@law(lambda _: st.sampled_from(["+", "-", "*", "/"]), lambda _: st.sampled_from([2.0, 3.0, -1.5]))
def test_augmented_assignment_makes_a_new_node(trial: Trial, symbol: str, number: float) -> None:
    """Claims: after `y = x; y += z` the node x is what it was, and y is another one.

    True because `y += z` is short for `y = y + z`. Catches `__iadd__` and its kin that change a
    node which the graph still needs.
    """
    trial.need(symbol)
    functions: dict[str, Callable[..., object]] = {
        "+": operator.iadd,
        "-": operator.isub,
        "*": operator.imul,
        "/": operator.itruediv,
    }
    engine = trial.engine
    x, z = engine.make(3.0), engine.make(number)
    expression = Expression((3.0, number), (Step(symbol, (0, 1)),))
    trial.ledger.examples += 1
    y = call(symbol, functions[symbol], x, z)
    if y is x or read_number(engine.data(x)) != 3.0:
        data = engine.spellings["data"]
        raise _changed(
            expression,
            f"after y = x; y {symbol}= z the node x is changed",
            [
                "y = x0",
                f"y {symbol}= x1",
                "assert y is not x0",
                f"assert {data.format('x0')} == 3.0",
            ],
        )


def _raising(trial: Trial) -> st.SearchStrategy[tuple[str, tuple[float, ...]]]:
    cases = [
        ("/", (1.0, 0.0)),
        ("log", (-1.0,)),
        ("log", (0.0,)),
        ("exp", (1e4,)),
    ]
    able = [case for case in cases if case[0] in trial.sound]
    if not able:
        raise NotJudged("has no operation that may raise")
    return st.sampled_from(able)


@law(_raising, weight=0.3)
def test_an_operation_that_raises_leaves_its_operands_usable(
    trial: Trial, case: tuple[str, tuple[float, ...]]
) -> None:
    """Claims: after an operation raised, its operands compute and differentiate as before.

    True because nothing was computed. Catches nodes half attached when the error comes.
    """
    symbol, numbers = case
    engine = trial.engine
    nodes = [engine.make(number) for number in numbers]
    trial.ledger.examples += 1
    with contextlib.suppress(EngineError, DetachedResultError):
        engine.apply(symbol, tuple(nodes))
    join = "*" if "*" in trial.sound else trial.join()
    expression = Expression((numbers[0], 2.0), (Step(join, (0, 1)),))
    fresh = expression.replay([nodes[0], engine.make(2.0)], engine.apply)
    engine.sweep(fresh[-1])
    balls = enclose(expression)
    for node in range(3):
        primal, adjoint = engine.data(fresh[node]), engine.grad(fresh[node])
        if not agrees(read_number(primal), balls.primals[node]):
            raise _changed(expression, f"after {symbol} at {numbers} raised, data is {primal!r}")
        if node < 2 and not agrees(read_number(adjoint), balls.adjoints[node]):
            raise _changed(expression, f"after {symbol} at {numbers} raised, grad is {adjoint!r}")
