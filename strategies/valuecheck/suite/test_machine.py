"""A state machine: operations, sweeps, resets and updates interleaved at random.

The engine runs beside a naive model: the program so far, and for each leaf the ball in which its
gradient must lie. After every step all that can be observed must agree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from flint import arb

from valuecheck.engines.protocol import step
from valuecheck.judging.faults import ChangedError, NotJudged, RaisedError
from valuecheck.program.expression import Expression, Step, spell_number
from valuecheck.program.source import assertion
from valuecheck.strategies.codes import Decoder
from valuecheck.strategies.decoder import Builder, Code
from valuecheck.strategies.fit import options_for
from valuecheck.suite.drawn import several
from valuecheck.suite.law import law
from valuecheck.truth.agreement import NotANumberError, agrees, read_number
from valuecheck.truth.ruler import midpoint, radius

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.engines.protocol import Answer
    from valuecheck.judging.judge import Judge

_MOST_ACTIONS = 20

_ACTIONS = (
    "do_nothing",  # what histories shrink towards
    *("apply_a_primitive", "sweep", "apply_a_primitive", "apply_a_primitive", "sweep"),
    *("make_a_leaf", "reset_all_gradients", "update_a_leaf"),
)


class _Model:
    """What a right engine holds after each action, and the question that does the same to one.

    Held to loose balls: that digits are lost is told by other laws, and is no matter of state.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.source = judge.subject.engine.source
        self.second_sweep = judge.subject.second_sweep
        self.ruler = judge.subject.ruler
        self.widened = arb(1, self.ruler.slack)
        self.script: list[str] = []  # the same in Python
        self.then: list[tuple[Any, ...]] = []  # and as the protocol has it
        self.checks: list[_Check] = []
        self.builder = Builder(options_for(judge.subject.options()))
        self.leaves: list[int] = []  # numbers of the engine's nodes
        self.steps: list[int] = []
        self.made = 0
        self.balls: list[arb | None] = []  # None where a leaf may have one gradient or another
        self.swept: Expression | None = None

    # What is done to both

    def do_nothing(self, _code: Code) -> None:
        """Leave everything as it is."""

    def make_a_leaf(self, code: Code) -> None:
        self.builder.leaf(code.number)
        self._add_leaf(self._program().leaves[-1])

    def apply_a_primitive(self, code: Code) -> None:
        leaves = len(self._program().leaves)
        self.builder.step(code)
        program = self._program()
        for number in program.leaves[leaves:]:
            self._add_leaf(number)
        node = len(program) - 1
        symbol, operands = program.steps[-1]
        nodes = [*self.leaves, *self.steps]
        self._do(
            self._spelled(program, node),
            step(symbol, *(nodes[o] if isinstance(o, int) else o for o in operands)),
        )
        self.steps.append(self._new())
        if self.judge.subject.clears_when_built_on:
            self.balls = [
                ball if ball is not None and ball.is_zero() else None for ball in self.balls
            ]

    def sweep(self, code: Code) -> None:
        if not self.steps:
            return  # a sweep from a leaf sets its gradient on some engines and adds on others
        program = self._program()
        node = len(program) - 1 - code.left % len(self.steps)
        once_only = self.second_sweep == "neither"
        if once_only:
            self.reset_all_gradients(code)
        swept = self.source.spellings["backward"].format(_name(program, node))
        self._do(swept, ("backward", [*self.leaves, *self.steps][node]))
        self.swept = part = program.ending_at(node)
        balls = self.ruler.enclose(part, loose=True).adjoints
        for leaf, before in enumerate(self.balls):
            ball = balls[leaf]  # 0 also where the part does not rest on the leaf
            if before is None and self.second_sweep == "accumulates":
                continue  # to what, nobody knows
            if not ball.is_zero() or self.second_sweep != "resets":
                if self.second_sweep == "accumulates" and before is not None:
                    ball = before + ball
                self.balls[leaf] = ball if ball.is_zero() else ball * arb(1, self.ruler.slack)
            elif before is not None and not before.is_zero():
                # A sweep that resets may do so only where it goes, or everywhere.
                self.balls[leaf] = None
        if once_only:
            # Interior gradients stay, also in nodes that we cannot see: sweep no graph twice.
            self.look()
            self._forget_steps(program.leaves)

    def reset_all_gradients(self, _code: Code) -> None:
        program = self._program()
        for number, node in enumerate([*self.leaves, *self.steps]):
            spelled = self.source.spellings["grad"].format(_name(program, number))
            self._do(f"{spelled} = 0.0", ("set", "grad", node, 0.0))
        self.balls = [arb(0)] * len(self.leaves)

    def update_a_leaf(self, code: Code) -> None:
        """Give a leaf another number; what was built on the old numbers is forgotten."""
        leaf = code.left % len(self.leaves)
        self.reset_all_gradients(code)
        numbers = list(self._program().leaves)
        probe = Builder(self.builder.options)
        probe.leaf(code.number)
        # What a step of training leaves there is a float, and some engines compute with no other.
        numbers[leaf] = float(probe.expression().leaves[0])
        self._forget_steps(numbers)
        data = self.source.spellings["data"].format(f"x{leaf}")
        line = f"{data} = {spell_number(numbers[leaf])}"
        self._do(line, ("set", "data", self.leaves[leaf], numbers[leaf]))

    # What must agree

    def look(self) -> None:
        """Ask for all that can be observed now, and keep what it must be."""
        program = self._program()
        primals = self.ruler.enclose(program, loose=True).primals
        expected: list[tuple[Literal["data", "grad"], str, int, arb]] = [
            ("data", _name(program, number), node, primals[number])
            for number, node in enumerate([*self.leaves, *self.steps])
        ]
        expected += [
            ("grad", f"x{leaf}", node, ball)
            for leaf, (node, ball) in enumerate(zip(self.leaves, self.balls, strict=True))
            if ball is not None
        ]
        self.then.append(("read",))
        self.checks.append(_Check(expected, len(self.script), self.swept, len(self.then)))

    # Underneath

    def _program(self) -> Expression:
        return self.builder.expression()

    def _do(self, line: str, action: tuple[Any, ...]) -> None:
        self.script.append(line)
        self.then.append(action)

    def _new(self) -> int:
        self.made += 1
        return self.made - 1

    def _spelled(self, program: Expression, node: int) -> str:
        """Return the line that makes a node, by the names that stay when leaves are added."""
        line = self.source.lines(program)[node]
        return re.sub(r"\bv(\d+)\b", lambda name: _name(program, int(name[1])), line)

    def _add_leaf(self, number: float) -> None:
        name = f"x{len(self.leaves)}"
        self._do(self.source.leaf(name, number), ("leaf", number))
        self.leaves.append(self._new())
        self.balls.append(arb(0))

    def _forget_steps(self, numbers: Sequence[float]) -> None:
        self.builder, self.steps = Builder(self.builder.options), []
        for number in numbers:
            self.builder.leaf_of(number)


class _Check:
    """What must be read at one time."""

    def __init__(
        self,
        expected: list[tuple[Literal["data", "grad"], str, int, arb]],
        lines: int,
        swept: Expression | None,
        asked: int,
    ) -> None:
        self.expected = expected
        self.lines = lines
        self.swept = swept
        self.asked = asked

    def hold(self, model: _Model, answer: Answer, index: int) -> None:
        """Raise `ChangedError` for the first number that is not what it must be."""
        for quantity, name, node, ball in self.expected:
            got = answer.number_of(index, quantity, node)
            try:
                right = agrees(read_number(got), ball)
            except NotANumberError:
                right = False
            if not right:
                read = model.source.spellings[quantity].format(name)
                raise ChangedError(
                    f"after these steps {read} is {got!r}, not {midpoint(ball)!r}",
                    self.swept,
                    [*model.script[: self.lines], assertion(read, midpoint(ball), radius(ball))],
                    complete=True,
                )


def _name(program: Expression, node: int) -> str:
    """Return a name that stays when leaves are added: steps are counted by themselves."""
    leaves = len(program.leaves)
    return f"x{node}" if node < leaves else f"y{node - leaves}"


def _histories(judge: Judge) -> Decoder[tuple[tuple[str, int], ...]]:
    _can_reset(judge)
    actions = Decoder(2, lambda codes: (_ACTIONS[codes[0] % len(_ACTIONS)], codes[1]))
    return several(actions, _MOST_ACTIONS)


@law(_histories)
def test_any_sequence_of_operations_and_sweeps_agrees_with_a_model(
    judge: Judge, history: tuple[tuple[str, int], ...]
) -> None:
    """Claims: values and leaf gradients are those of a model, whatever is done in whatever order.

    Leaves are made and updated, operations applied, sweeps run, gradients reset. True because
    nothing but these has an effect. Catches state that only shows after some history.
    """
    judge.ledger.examples += 1
    model = _Model(judge)
    model.make_a_leaf(Code.of(history[0][1]))
    model.look()
    # It ends with a sweep from the latest node, so that no run goes without.
    for action, code in [*history, ("sweep", 0)]:
        getattr(model, action)(Code.of(code))
        model.look()
    answer = judge.ask(Expression((), ()), *model.then)
    for index, check in enumerate(model.checks[: len(answer.got)]):
        check.hold(model, answer, index)
    if answer.error is not None:
        for check in model.checks:  # up to here; what was forgotten since may have left it
            if check.swept is not None:
                judge.must_stay_in_range(check.swept)
        judge.must_stay_in_range(model.builder.expression())
        done = sum(action[0] != "read" for action in model.then[: answer.error.at[1] + 1])
        name, *arguments = model.then[answer.error.at[1]]
        operation = str(arguments[0]) if name == "step" else str(name)
        swept = next((c.swept for c in model.checks if c.asked > answer.error.at[1]), None)
        raise RaisedError(answer.error, swept, operation, model.script[:done])


def _can_reset(judge: Judge) -> None:
    """Raise `NotJudged` unless value and gradient of a node can be set to plain numbers."""
    join = judge.subject.join()
    program = Expression((1.5, 2.5), (Step(join, (1, 1)), Step(join, (0, 0))))
    answer = judge.ask(
        program,
        ("set", "data", 0, 2.5),
        step(join, 0, 0),
        ("read",),
        ("set", "grad", 0, 0.0),
        ("set", "grad", 4, 0.0),
        ("backward", 4),
    )
    if answer.error is not None:
        raise NotJudged(f"its gradient or value cannot be set: {answer.error}")
    if answer.number_of(0, "data", 4) != answer.number_of(0, "data", 2):
        raise NotJudged("its value cannot be set, or operations on it are remembered")
