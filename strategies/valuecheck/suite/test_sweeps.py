"""Sweeps: what each reaches, and what several of them leave when they follow one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flint import arb

from valuecheck.engines.protocol import step
from valuecheck.judging.faults import ChangedError, NotJudged, asserted
from valuecheck.program.builder import Program
from valuecheck.program.expression import Expression, Step
from valuecheck.program.transform import in_domain, shifted
from valuecheck.suite.drawn import drawn_expressions, integers
from valuecheck.suite.law import law
from valuecheck.truth.agreement import agrees
from valuecheck.truth.ruler import midpoint

if TYPE_CHECKING:
    from valuecheck.judging.judge import Judge, Run
    from valuecheck.suite.trial import Held


@law(drawn_expressions(), lambda _: integers(0, 99))
def test_a_sweep_from_an_inner_node_reaches_only_its_ancestors(
    judge: Judge, expression: Expression, which: int
) -> None:
    """Claims: sweeping from an inner node gives its own gradients, and nothing to what is above.

    True because the nodes above do not enter its value. Catches global lists of nodes.
    """
    if not expression.steps:
        return
    node = len(expression.leaves) + which % len(expression.steps)
    judge.must_stay_in_range(expression)
    (run,) = judge.observe(expression, ("backward", node), ("read",))
    inner = expression.ending_at(node)
    judge.ledger.examples += 1
    balls = judge.loosely(inner)
    judge.hold(inner)  # when it is wrong by itself, that is the fault
    below = _below(expression, node)
    # Of nodes that are one and the same, another name may lie below.
    shared = {*run.same, *run.same.values()}
    for number in range(len(expression)):
        if number in shared or (
            number >= len(expression.leaves)
            and (number == node or not judge.subject.keeps_interior or number in below)
        ):
            continue
        got = run.grad_of(number)
        if number == node or number in below:
            right = agrees(got, balls.adjoints[number])
        else:
            right = got == 0.0
        if not right:
            source = judge.subject.engine.source
            grad = source.read("grad", expression, number)
            raise ChangedError(
                f"after a sweep from {expression.name(node)} the grad of "
                f"{expression.name(number)} is {got!r}",
                expression,
                [
                    source.sweep(expression, node),
                    asserted(source, "grad", expression, number, balls.adjoints[number])
                    if number in below
                    else f"assert not {grad}, {grad}",
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
    judge: Judge, expression: Expression, dead: Expression
) -> Held:
    """Claims: what the output does not depend on has a gradient of 0, or none.

    True because the derivative by it is 0. Catches sweeps over everything that was ever built.
    """
    del judge
    leaves = len(expression.leaves)
    program = Program((*expression.leaves, *dead.leaves))
    for symbol, operands in dead.steps:
        program.add(symbol, *(o + leaves if isinstance(o, int) else o for o in operands))
    for symbol, operands in shifted(expression, by=len(dead)):
        program.add(symbol, *operands)
    return program.expression


def _needs_clean_sweeps(judge: Judge) -> None:
    if judge.subject.second_sweep == "neither":
        raise NotJudged("interior gradients stay from one sweep to the next (a policy)")


@law(drawn_expressions(max_steps=8), drawn_expressions(max_steps=4))
def test_two_outputs_over_shared_leaves_add_up_or_replace(
    judge: Judge, first: Expression, second: Expression
) -> None:
    """Claims: two programs on the same leaves, swept in turn, add up, or the second replaces.

    Whichever the engine does, it does always. True because each sweep is right by itself.
    Catches gradients that are reset half, or only now and then.
    """
    program = _over_the_same_leaves(first, second)
    middle = len(program.leaves) + len(first.steps) - 1
    if middle < len(program.leaves) or not second.steps:
        return
    part = program.ending_at(middle)
    judge.must_stay_in_range(program)
    # The second is built after the first sweep: a tape may be swept once only.
    second_steps = program.steps[middle - len(program.leaves) + 1 :]
    first_run, run = judge.observe(
        part,
        ("backward", middle),
        ("read",),
        *(step(symbol, *operands) for symbol, operands in second_steps),
        ("backward", program.output),
        ("read",),
    )
    judge.hold_grads(
        part, first_run, judge.subject.ruler.enclose(part)
    )  # else it is no matter of two sweeps
    if _ends_at_a_leaf(program, run):
        return
    enclosures = judge.loosely(part), judge.loosely(program)
    usual = _what_a_second_output_does(judge)
    for leaf in range(len(program.leaves)):
        before, ball = (enclosure.adjoints[leaf] for enclosure in enclosures)
        if usual == "adds up":
            ball = (before + ball) * arb(1, judge.subject.ruler.slack)
        elif ball.is_zero():
            continue  # a sweep that replaces may do so only where it goes
        now = run.grad_of(leaf)
        if not agrees(now, ball):
            once = first_run.grad_of(leaf)
            raise ChangedError(
                f"one sweep gives {program.name(leaf)} the grad {once!r}; after another sweep, "
                f"over a second program on the same leaves, it is {now!r}, but elsewhere the "
                f"second {usual}",
                program,
                _swept_in_turn(judge, program, middle, leaf, ball),
                complete=True,
            )


def _ends_at_a_leaf(expression: Expression, run: Run) -> bool:
    """Return whether the output is a leaf once more, as `+x` may be.

    A sweep from a leaf may set the adjoint of that leaf to 1 where another would add 1.
    """
    return run.same.get(expression.output, len(expression)) < len(expression.leaves)


def _over_the_same_leaves(first: Expression, second: Expression) -> Expression:
    """Return both programs one after the other, the second on the leaves of the first.

    Where it is not defined on those, it is the first one again.
    """
    for other in (second, first):
        shared = min(len(first.leaves), len(other.leaves))
        program = Program((*first.leaves, *other.leaves[shared:]), ())
        for symbol, operands in shifted(first, by=len(program.leaves) - len(first.leaves)):
            program.add(symbol, *operands)
        start = len(program.leaves) + len(first.steps) - len(other.leaves)
        for symbol, operands in other.steps:
            program.add(
                symbol,
                *(
                    o + start if isinstance(o, int) and o >= len(other.leaves) else o
                    for o in operands
                ),
            )
        if in_domain(program.expression):
            break
    return program.expression


def _swept_in_turn(
    judge: Judge, expression: Expression, middle: int, leaf: int, ball: arb
) -> list[str]:
    """Return the Python that sweeps a part, builds and sweeps the rest, and looks at a leaf."""
    source = judge.subject.engine.source
    lines = source.lines(expression)
    return [
        *lines[: middle + 1],
        source.sweep(expression, middle),
        *lines[middle + 1 :],
        source.sweep(expression),
        asserted(source, "grad", expression, leaf, ball),
    ]


def _what_a_second_output_does(judge: Judge) -> str:
    """Return "adds up" or "replaces", by what happens to x in `x op 3` twice over."""
    join = judge.subject.join()
    gradients = judge.subject.gradients(
        Expression((2.0, 3.0), (Step(join, (0, 1)),)),
        ("backward", 2),
        ("read",),
        ("leaf", 3.0),
        step(join, 0, 3),
        ("backward", 4),
        ("read",),
    )
    if len(gradients) < 2:
        raise NotJudged("a second program over the same leaf raises")
    first, second = (reading[0] for reading in gradients)
    return "replaces" if first == second else "adds up"


@law(drawn_expressions(max_steps=8))
def test_a_larger_sweep_after_a_smaller_one_is_right(judge: Judge, expression: Expression) -> None:
    """Claims: a sweep of a part, then of the whole, gives the whole gradient on the leaves.

    It comes with that of the part, or without it. True because interior adjoints belong to one
    sweep. Catches interior gradients that are not reset. Many engines do not reset them: for these
    it is a policy, which is reported apart.
    """
    _needs_clean_sweeps(judge)
    if judge.subject.frees_graphs:
        raise NotJudged("a sweep frees the graph that it went over (a policy)")
    leaves = len(expression.leaves)
    middle = leaves + len(expression.steps) // 2
    if middle >= expression.output:
        return
    judge.must_stay_in_range(expression)
    (run,) = judge.observe(
        expression, ("backward", middle), ("backward", expression.output), ("read",)
    )
    if _ends_at_a_leaf(expression, run):
        return
    part = judge.loosely(expression.ending_at(middle))
    judge.ledger.examples += 1
    whole = judge.loosely(expression)
    live = expression.live()
    for leaf in range(leaves):
        got = run.grad_of(leaf)
        want = whole.adjoints[leaf]
        if judge.subject.second_sweep == "accumulates":
            want = want + part.adjoints[leaf]
        elif not live[leaf]:
            continue  # a sweep that resets may do so only where it goes
        if not agrees(got, want * arb(1, judge.subject.ruler.slack)):
            raise ChangedError(
                f"after a sweep from {expression.name(middle)} and one from the output, the "
                f"grad of {expression.name(leaf)} is {got!r}, not {midpoint(want)!r}",
                expression,
                _swept_in_turn(judge, expression, middle, leaf, want),
                complete=True,
            )
