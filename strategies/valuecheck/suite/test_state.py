"""State: what operations and sweeps must leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuecheck.engines.protocol import step
from valuecheck.judging.faults import ChangedError, Fault, NotJudged, asserted
from valuecheck.judging.judge import raised
from valuecheck.program.builder import Program
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.suite.drawn import drawn_expressions, one_of
from valuecheck.suite.law import law
from valuecheck.truth.agreement import agrees, same

if TYPE_CHECKING:
    from flint import arb

    from valuecheck.judging.judge import Judge
    from valuecheck.strategies.codes import Decoder


@law(drawn_expressions())
def test_a_forward_sweep_leaves_gradients_alone(judge: Judge, expression: Expression) -> None:
    """Claims: building on nodes that have gradients, leaves and results, changes none of them.

    True because no derivative has been asked for. Catches operations that reset or touch grad.
    """
    if judge.subject.clears_when_built_on:
        raise NotJudged("an operation after a sweep clears all gradients (a policy)")
    source = judge.subject.engine.source
    swept = source.sweep(expression)
    again = [f"again{line[line.index(' = ') :]}" for line in source.lines(expression)]
    again = again[len(expression.leaves) :]
    judge.hold(expression)
    judge.ledger.examples += 1
    once_more = [step(symbol, *operands) for symbol, operands in expression.steps]
    then = [("backward", expression.output), ("read",), *once_more, ("read",)]
    answer = judge.ask(expression, *then)
    if answer.error is not None:
        place, index = answer.error.at
        if place != "then" or index < 2:
            raise raised(answer.error, expression, then)
        name = expression.name(len(expression.leaves) + index - 2)
        message = f"doing {name} once more after the sweep: {answer.error}"
        raise ChangedError(message, expression, [swept, *again[: index - 1]])
    before, after = answer.got
    for node in range(len(expression)):
        was, now = before.grad[node], after.grad[node]
        if was != now and not (
            isinstance(was, float) and same(answer.number_of(1, "grad", node), was)
        ):
            grad = source.read("grad", expression, node)
            raise ChangedError(
                "applying the same operations to the same nodes again changes the grad of "
                f"{expression.name(node)} from {was!r} to {now!r}",
                expression,
                [swept, f"before = {grad}", *again, f"assert {grad} == before, {grad}"],
            )


@law(drawn_expressions())
def test_a_backward_sweep_leaves_data_alone(judge: Judge, expression: Expression) -> None:
    """Claims: no sweep changes a primal.

    True because values do not depend on derivatives. Catches rules that store in data.
    """
    judge.must_stay_in_range(expression)
    before, after = judge.observe(expression, ("read",), ("backward", expression.output), ("read",))
    judge.hold_data(expression, before, judge.subject.ruler.enclose(expression))
    judge.ledger.examples += 1
    for node in range(len(expression)):
        was, now = before.data_of(node), after.data_of(node)
        if not same(now, was):
            source = judge.subject.engine.source
            data = source.read("data", expression, node)
            raise ChangedError(
                f"the sweep changes the data of {expression.name(node)} from {was!r} to {now!r}",
                expression,
                [f"before = {data}", source.sweep(expression), f"assert {data} == before"],
            )


@law(drawn_expressions())
def test_repeating_an_expression_gives_identical_gradients(
    judge: Judge, expression: Expression
) -> None:
    """Claims: the same program, built afresh, gives the same gradients to the last bit.

    True because a gradient depends on the program alone. Only where a node has several uses may
    the last bits differ: engines that keep operands in a set add contributions up in any order,
    and that is no fault; there the balls decide. Catches module-level state, caches, and adjoints
    left in rules.
    """
    first = judge.hold(expression)
    second = judge.hold(expression)
    if max(map(len, expression.uses())) > 1:
        return
    for leaf in range(len(expression.leaves)):
        one, two = first.grad_of(leaf), second.grad_of(leaf)
        if not same(one, two):
            source = judge.subject.engine.source
            name, swept = source.read("grad", expression, leaf), source.sweep(expression)
            raise ChangedError(
                f"the grad of {expression.name(leaf)} is {one!r} the first time and {two!r} "
                "the second",
                expression,
                [
                    swept,
                    f"first = {name}",
                    *source.lines(expression),
                    swept,
                    f"assert {name} == first, {name}",
                ],
            )


def _augmentations(judge: Judge) -> Decoder[tuple[str, bool]]:
    subject = judge.subject
    able = [
        (symbol, plain)
        for symbol in ("+", "-", "*", "/", "**")
        for plain in (False, True)
        if symbol in subject.sound
        and (plain if symbol == "**" else not plain or "right" in subject.sides[symbol])
    ]
    if not able:
        raise NotJudged("has no sound operator that can be augmented")
    subject.need_question("+=")
    return one_of(able)


@law(_augmentations, lambda _: one_of([2.0, 3.0, 4.0]))
def test_augmented_assignment_makes_a_new_node(
    judge: Judge, case: tuple[str, bool], number: float
) -> None:
    """Claims: `y = x; y += z` leaves x as it was, and gives the value and gradients of `x + z`.

    True because `y += z` is short for `y = y + z`. Catches `__iadd__` and its kin that change a
    node which the graph still needs, or have a rule of their own that is wrong.
    """
    symbol, plain = case
    join = judge.subject.join()
    constant = int(number) if symbol == "**" else number
    z = Constant(constant) if plain else 1
    # x is a result, and used again after y was made of it.
    program = Program((3.0, number))
    x = program.add(join, 0, 1)
    y = program.add(symbol, x, z)
    program.add(join, y, x)
    expression = program.expression
    judge.must_stay_in_range(expression)
    (run,) = judge.observe(
        expression.ending_at(x),
        step(f"{symbol}=", x, z),
        step(join, y, x),
        ("backward", expression.output),
        ("read",),
    )
    enclosure = judge.enclosed(expression)
    try:
        judge.hold_data(expression, run, enclosure)
        judge.hold_grads(expression, run, enclosure)
    except Fault as fault:
        wrong = fault.message
    else:
        if run.same.get(y) != x:
            return
        wrong = f"{expression.name(y)} is the node {expression.name(x)} itself"
    source = judge.subject.engine.source
    lines = source.lines(expression)
    story = [
        *lines[:y],
        f"{expression.name(y)} = {expression.name(x)}",
        f"{expression.name(y)} {symbol}= {constant if plain else expression.name(1)}",
        lines[-1],
        source.sweep(expression),
        f"assert {expression.name(y)} is not {expression.name(x)}",
        *(asserted(source, "data", expression, n, enclosure.primals[n]) for n in (0, 1, x)),
    ]
    interior = (x,) if judge.subject.keeps_interior else ()
    story += [
        asserted(source, "grad", expression, n, enclosure.adjoints[n]) for n in (0, 1, *interior)
    ]
    raise ChangedError(f"after y = x; y {symbol}= z: {wrong}", expression, story, complete=True)


def _raising(judge: Judge) -> Decoder[tuple[str, tuple[float, ...]]]:
    cases = [
        ("/", (1.0, 0.0)),
        ("log", (-1.0,)),
        ("log", (0.0,)),
        ("exp", (1e4,)),
        ("**", (0.0, -1)),
        ("**", (-8.0, 0.5)),
    ]
    subject = judge.subject
    able = [
        (symbol, numbers)
        for symbol, numbers in cases
        if symbol in subject.sound and (symbol != "**" or subject.engine.takes_exponent(numbers[1]))
    ]
    if not able:
        raise NotJudged("has no operation that may raise")
    subject.need_question("try")
    return one_of(able)


@law(_raising, weight=0.3)
def test_an_operation_that_raises_leaves_its_operands_usable(
    judge: Judge, case: tuple[str, tuple[float, ...]]
) -> None:
    """Claims: after an operation raised, its operands compute and differentiate as before.

    True because nothing was computed. Catches nodes half attached when the error comes.
    """
    symbol, numbers = case
    power = symbol == "**"
    leaves = numbers[: 1 if power else None]
    operands = (0, Constant(numbers[1])) if power else tuple(range(len(leaves)))
    join = "*" if "*" in judge.subject.sound else judge.subject.join()
    judge.ledger.examples += 1
    for place, number in enumerate(leaves):
        program = Expression((*leaves, 2.0))
        output = len(program)
        answer = judge.ask(
            program,
            ("try", symbol, *operands),
            step(join, place, len(leaves)),
            ("backward", output),
            ("read",),
        )
        if answer.error is None and not answer.got[0].raised:
            return  # it gives nan, an infinity or a complex number: a policy
        whole = Expression(
            program.leaves, (Step(symbol, operands), Step(join, (place, output - 1)))
        )
        balls = judge.loosely(Expression((number, 2.0), (Step(join, (0, 1)),)))
        if answer.error is not None:
            raise ChangedError(
                f"after {symbol} at {numbers} raised, {answer.error}",
                whole,
                _after_an_error(judge, whole, "data", place, balls.primals[0]),
                complete=True,
            )
        for quantity, ball in (("data", balls.primals[0]), ("grad", balls.adjoints[0])):
            got = answer.number_of(1, "data" if quantity == "data" else "grad", place)
            if not agrees(got if isinstance(got, float) else 0.0, ball):
                raise ChangedError(
                    f"after {symbol} at {numbers} raised, {quantity} is {got!r}",
                    whole,
                    _after_an_error(judge, whole, quantity, place, ball),
                    complete=True,
                )


def _after_an_error(
    judge: Judge, expression: Expression, quantity: str, leaf: int, ball: arb
) -> list[str]:
    """Return the Python in which the last but one step raises, and a leaf is looked at after it."""
    source = judge.subject.engine.source
    *before, raising, last = source.lines(expression)
    return [
        *before,
        "try:",
        f"    {raising}",
        "except Exception:",
        "    pass",
        last,
        source.sweep(expression),
        asserted(source, quantity, expression, leaf, ball),
    ]
