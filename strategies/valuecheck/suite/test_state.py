"""State: what operations and sweeps must leave alone."""

from __future__ import annotations

import operator
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from valuecheck.engine import DetachedResultError, EngineError, Replayed, call
from valuecheck.fault import Fault, NotJudged
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.transform import Program
from valuecheck.suite.drawn import changed, drawn_expressions
from valuecheck.suite.law import law
from valuecheck.truth.agreement import agrees, read_number, same
from valuecheck.truth.ruler import assertion, enclose

if TYPE_CHECKING:
    from flint import arb

    from valuecheck.trial import Trial


@law(drawn_expressions())
def test_a_forward_sweep_leaves_gradients_alone(trial: Trial, expression: Expression) -> None:
    """Claims: building on nodes that have gradients, leaves and results, changes none of them.

    True because no derivative has been asked for. Catches operations that reset or touch grad.
    """
    replayed = trial.judge(expression)
    before = [read_number(trial.engine.grad(node)) for node in replayed.nodes]
    swept = trial.engine.spell_sweep(expression)
    steps = trial.engine.spell(expression)[len(expression.leaves) :]
    again = [f"again{line[line.index(' = ') :]}" for line in steps]
    trial.ledger.examples += 1
    for index, (symbol, operands) in enumerate(expression.steps):
        given = (replayed.nodes[o] if isinstance(o, int) else o.value for o in operands)
        try:
            trial.engine.apply(symbol, tuple(given))
        except (EngineError, DetachedResultError) as error:
            name = expression.name(len(expression.leaves) + index)
            message = f"doing {name} once more after the sweep: {error}"
            raise changed(expression, message, [swept, *again[: index + 1]]) from error
    for number, node in enumerate(replayed.nodes):
        now = read_number(trial.engine.grad(node))
        if not same(now, before[number]):
            grad = trial.engine.spell_read("grad", expression, number)
            raise changed(
                expression,
                "applying the same operations to the same nodes again changes the gradient of "
                f"{expression.name(number)} from {before[number]!r} to {now!r}",
                [swept, f"before = {grad}", *again, f"assert {grad} == before, {grad}"],
            )


@law(drawn_expressions())
def test_a_backward_sweep_leaves_data_alone(trial: Trial, expression: Expression) -> None:
    """Claims: no sweep changes a primal.

    True because values do not depend on derivatives. Catches rules that store in data.
    """
    replayed = trial.build(expression)
    trial.judge_primals(expression, replayed, enclose(expression))
    before = list(map(read_number, replayed.primals))
    trial.sweep(expression, replayed)
    trial.ledger.examples += 1
    for number, node in enumerate(replayed.nodes):
        now = read_number(trial.engine.data(node))
        if not same(now, before[number]):
            data = trial.engine.spell_read("data", expression, number)
            raise changed(
                expression,
                f"the sweep changes the value of {expression.name(number)} from "
                f"{before[number]!r} to {now!r}",
                [
                    f"before = {data}",
                    trial.engine.spell_sweep(expression),
                    f"assert {data} == before",
                ],
            )


@law(drawn_expressions())
def test_repeating_an_expression_gives_identical_gradients(
    trial: Trial, expression: Expression
) -> None:
    """Claims: the same program, built afresh, gives the same gradients to the last bit.

    True because a gradient depends on the program alone. Only where a node has several uses may
    the last bits differ: engines that keep operands in a set add contributions up in any order,
    and that is no fault; there the balls decide. Catches module-level state, caches, and adjoints
    left in rules.
    """
    first = trial.judge(expression)
    second = trial.judge(expression)
    if max(map(len, expression.uses())) > 1:
        return
    for leaf in range(len(expression.leaves)):
        one, two = read_number(first.adjoints[leaf]), read_number(second.adjoints[leaf])
        if not same(one, two):
            name = trial.engine.spell_read("grad", expression, leaf)
            swept = trial.engine.spell_sweep(expression)
            again = [
                swept,
                f"first = {name}",
                *trial.engine.spell(expression),
                swept,
                f"assert {name} == first, {name}",
            ]
            raise changed(
                expression,
                f"the gradient of {expression.name(leaf)} is {one!r} the first time and {two!r} "
                "the second",
                again,
            )


_AUGMENTED: Final = MappingProxyType(
    {
        "+": operator.iadd,
        "-": operator.isub,
        "*": operator.imul,
        "/": operator.itruediv,
        "**": operator.ipow,
    }
)


def _augmentations(trial: Trial) -> st.SearchStrategy[tuple[str, bool]]:
    able = [
        (symbol, plain)
        for symbol in _AUGMENTED
        for plain in (False, True)
        if symbol in trial.sound
        and (plain if symbol == "**" else not plain or "right" in trial.engine.sides[symbol])
    ]
    if not able:
        raise NotJudged("has no sound operator that can be augmented")
    return st.sampled_from(able)


@law(_augmentations, lambda _: st.sampled_from([2.0, 3.0, 4.0]))
def test_augmented_assignment_makes_a_new_node(
    trial: Trial, case: tuple[str, bool], number: float
) -> None:
    """Claims: `y = x; y += z` leaves x as it was, and gives the value and gradients of `x + z`.

    True because `y += z` is short for `y = y + z`. Catches `__iadd__` and its kin that change a
    node which the graph still needs, or have a rule of their own that is wrong.
    """
    symbol, plain = case
    engine, join = trial.engine, trial.join()
    constant = int(number) if symbol == "**" else number
    z = Constant(constant) if plain else 1
    # x is a result, and used again after y was made of it.
    program = Program((3.0, number))
    x = program.add(join, 0, 1)
    y = program.add(symbol, x, z)
    program.add(join, y, x)
    expression = program.expression

    def build() -> list[object]:
        nodes = [engine.make(leaf) for leaf in expression.leaves]
        nodes.append(engine.apply(join, (nodes[0], nodes[1])))
        nodes.append(call(symbol, _AUGMENTED[symbol], nodes[x], constant if plain else nodes[1]))
        nodes.append(engine.apply(join, (nodes[y], nodes[x])))
        return nodes

    nodes = build()
    replayed = Replayed(nodes, [engine.data(node) for node in nodes])
    engine.backward(replayed)
    enclosure = trial.enclosed(expression)
    try:
        trial.judge_primals(expression, replayed, enclosure)
        trial.judge_adjoints(expression, replayed, enclosure)
    except Fault as fault:
        wrong = fault.message
    else:
        if nodes[x] is not nodes[y]:
            return
        wrong = f"{expression.name(y)} is the node {expression.name(x)} itself"
    lines = engine.spell(expression)
    augmented = [
        *lines[:y],
        f"{expression.name(y)} = {expression.name(x)}",
        f"{expression.name(y)} {symbol}= {constant if plain else expression.name(1)}",
        lines[-1],
        engine.spell_sweep(expression),
        f"assert {expression.name(y)} is not {expression.name(x)}",
    ]
    for reader, balls in (("data", enclosure.primals), ("grad", enclosure.adjoints)):
        for node in (0, 1, *((x,) if reader == "data" or trial.keeps_interior else ())):
            read = engine.spell_read(reader, expression, node)
            augmented.append(assertion(read, balls[node]))
    raise Fault(
        f"after y = x; y {symbol}= z: {wrong}",
        expression,
        quantity="state",
        story="\n".join(augmented),
        complete=True,
    )


def _raising(trial: Trial) -> st.SearchStrategy[tuple[str, tuple[float, ...]]]:
    cases = [
        ("/", (1.0, 0.0)),
        ("log", (-1.0,)),
        ("log", (0.0,)),
        ("exp", (1e4,)),
        ("**", (0.0, -1)),
        ("**", (-8.0, 0.5)),
    ]
    able = [
        (symbol, numbers)
        for symbol, numbers in cases
        if symbol in trial.sound and (symbol != "**" or trial.engine.takes_exponent(numbers[1]))
    ]
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
    power = symbol == "**"
    nodes = [engine.make(number) for number in numbers[: 1 if power else None]]
    trial.ledger.examples += 1
    try:
        engine.apply(symbol, (nodes[0], numbers[1]) if power else tuple(nodes))
    except (EngineError, DetachedResultError):
        pass
    else:
        return  # it gives nan, an infinity or a complex number: a policy
    join = "*" if "*" in trial.sound else trial.join()
    for place, (number, node) in enumerate(zip(numbers, nodes, strict=False)):
        expression = Expression((number, 2.0), (Step(join, (0, 1)),))
        fresh = expression.replay([node, engine.make(2.0)], engine.apply)
        engine.sweep(fresh[-1])
        balls = enclose(expression)
        found = [("data", balls.primals[0], engine.data), ("grad", balls.adjoints[0], engine.grad)]
        for name, ball, read in found:
            got = read_number(read(node))
            if not agrees(got, ball):
                program = Program((*numbers[: len(nodes)], 2.0))
                program.add(symbol, *([0, Constant(numbers[1])] if power else range(len(nodes))))
                program.add(join, place, len(nodes))
                raise changed(
                    program.expression,
                    f"after {symbol} at {numbers} raised, {name} is {got!r}",
                    _after_an_error(trial, program.expression, name, place, ball),
                    complete=True,
                )


def _after_an_error(
    trial: Trial, expression: Expression, quantity: str, leaf: int, ball: arb
) -> list[str]:
    """Return the Python in which the last but one step raises, and a leaf is looked at after it."""
    *before, raising, last = trial.engine.spell(expression)
    return [
        *before,
        "try:",
        f"    {raising}",
        "except Exception:",
        "    pass",
        last,
        trial.engine.spell_sweep(expression),
        assertion(trial.engine.spell_read(quantity, expression, leaf), ball),
    ]
