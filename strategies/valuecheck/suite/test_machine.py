"""A state machine: operations, sweeps, resets and updates interleaved at random.

The engine runs beside a naive model: the program so far, and for each leaf the ball in which its
gradient must lie. After every step all that can be observed must agree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import hypothesis
from flint import arb
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from valuecheck.engine import DetachedResultError, EngineError
from valuecheck.fault import Fault, NotJudged
from valuecheck.overtime import check_time
from valuecheck.program.expression import spell_number
from valuecheck.strategies.codes import any_code
from valuecheck.strategies.decoder import Builder, Code
from valuecheck.strategies.options import Options
from valuecheck.suite.law import law
from valuecheck.truth.agreement import NotANumberError, agrees, read_number
from valuecheck.truth.ruler import TIGHT, assertion, enclose, midpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.program.expression import Expression
    from valuecheck.trial import Trial

# One rule that chooses, instead of a rule for each: of several, Hypothesis leaves some out of every
# run, and three runs of four had nothing to sweep or no sweep.
_ACTIONS = (
    *("apply_a_primitive", "sweep", "apply_a_primitive", "apply_a_primitive", "sweep"),
    *("make_a_leaf", "reset_all_gradients", "update_a_leaf"),
)


class _Machine(RuleBasedStateMachine):
    """One engine and its model; the trial is set by a subclass made for it."""

    trial: Trial

    def __init__(self) -> None:
        super().__init__()
        self.trial.ledger.examples += 1
        self.second_sweep = self.trial.second_sweep  # to find out takes sweeps: not in the middle
        self.script: list[str] = []
        self.builder = Builder(Options(**self.trial.options()))
        self.leaves: list[Any] = []
        self.steps: list[Any] = []
        self.balls: list[arb | None] = []  # None where a leaf may have one gradient or another
        self.swept: Expression | None = None
        self.broken = False

    # What is done to both

    @initialize(code=any_code())
    def begin(self, code: int) -> None:
        self.make_a_leaf(Code.of(code))

    @rule(action=st.sampled_from(_ACTIONS), code=any_code())
    def act(self, action: str, code: int) -> None:
        getattr(self, action)(Code.of(code))

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
        arguments = tuple(nodes[o] if isinstance(o, int) else o.value for o in operands)
        self.script.append(self._spelled(program, node))
        self.steps.append(self._engine(lambda: self.trial.engine.apply(symbol, arguments)))

    def sweep(self, code: Code) -> None:
        if not self.steps:
            return  # a sweep from a leaf sets its gradient on some engines and adds on others
        program, engine = self._program(), self.trial.engine
        node = len(program) - 1 - code.left % len(self.steps)
        nodes = [*self.leaves, *self.steps]
        once_only = self.second_sweep == "neither"
        if once_only:
            self._reset_everything()
        self.script.append(engine.spellings["backward"].format(_name(program, node)))
        self.swept = part = program.ending_at(node)
        self._engine(lambda: engine.sweep(nodes[node]))
        balls = enclose(part).adjoints
        for leaf, before in enumerate(self.balls):
            ball = balls[leaf]  # 0 also where the part does not rest on the leaf
            if not ball.is_zero() or self.second_sweep != "resets":
                if self.second_sweep == "accumulates" and before is not None:
                    ball = before + ball
                self.balls[leaf] = ball if ball.is_zero() else ball * arb(1, TIGHT)
            elif before is not None and not before.is_zero():
                # A sweep that resets may do so only where it goes, or everywhere.
                self.balls[leaf] = None
        if once_only:
            # Interior gradients stay, also in nodes that we cannot see: sweep no graph twice.
            self.everything_observable_agrees()
            self._forget_steps(program.leaves)

    def reset_all_gradients(self, _code: Code) -> None:
        self._reset_everything()

    def update_a_leaf(self, code: Code) -> None:
        """Give a leaf another number; what was built on the old numbers is forgotten."""
        leaf = code.left % len(self.leaves)
        self._reset_everything()
        numbers = list(self._program().leaves)
        probe = Builder(self.builder.options)
        probe.leaf(code.number)
        # What a step of training leaves there is a float, and some engines compute with no other.
        numbers[leaf] = float(probe.expression().leaves[0])
        self._forget_steps(numbers)
        data = self.trial.engine.spellings["data"].format(f"x{leaf}")
        self.script.append(f"{data} = {spell_number(numbers[leaf])}")
        self._engine(lambda: self.trial.engine.set_data(self.leaves[leaf], numbers[leaf]))

    def teardown(self) -> None:
        """End with a sweep from the latest node, so that no run goes without."""
        if self.broken:
            return
        self.sweep(Code.of(0))
        self.everything_observable_agrees()

    # What must agree

    @invariant()
    def everything_observable_agrees(self) -> None:
        program = self._program()
        primals = enclose(program).primals
        for number, node in enumerate([*self.leaves, *self.steps]):
            self._hold("data", _name(program, number), node, primals[number])
        for leaf, (node, ball) in enumerate(zip(self.leaves, self.balls, strict=True)):
            if ball is not None:
                self._hold("grad", f"x{leaf}", node, ball)

    def _hold(self, quantity: str, name: str, node: Any, ball: arb) -> None:
        engine = self.trial.engine
        read = engine.data if quantity == "data" else engine.grad
        got = self._engine(lambda: read(node))
        try:
            right = agrees(read_number(got), ball)
        except NotANumberError:
            right = False
        if not right:
            spelled = engine.spellings[quantity].format(name)
            self.script.append(assertion(spelled, ball))
            message = f"after these steps {spelled} is {got!r}, not {midpoint(ball)!r}"
            raise self._fault(message, quantity="state")

    # Underneath

    def _program(self) -> Expression:
        return self.builder.expression()

    def _spelled(self, program: Expression, node: int) -> str:
        """Return the line that makes a node, by the names that stay when leaves are added."""
        line = self.trial.engine.spell(program)[node]
        return re.sub(r"\bv(\d+)\b", lambda name: _name(program, int(name[1])), line)

    def _engine(self, action: Any) -> Any:
        check_time()
        try:
            return action()
        except (EngineError, DetachedResultError) as error:
            raise self._fault(str(error), error=error) from error

    def _fault(self, message: str, **more: Any) -> Fault:
        self.broken = True
        story = "\n".join(self.script)
        return Fault(message, self.swept, story=story, complete=True, **more)

    def _add_leaf(self, number: float) -> None:
        engine = self.trial.engine
        spelled = engine.spellings["leaf"].format(spell_number(number))
        self.script.append(f"x{len(self.leaves)} = {spelled}")
        self.leaves.append(self._engine(lambda: engine.make(number)))
        self.balls.append(arb(0))

    def _forget_steps(self, numbers: Sequence[float]) -> None:
        self.builder, self.steps = Builder(self.builder.options), []
        for number in numbers:
            self.builder.leaf_of(number)

    def _reset_everything(self) -> None:
        program, engine = self._program(), self.trial.engine
        for number, node in enumerate([*self.leaves, *self.steps]):
            spelled = engine.spellings["grad"].format(_name(program, number))
            self.script.append(f"{spelled} = 0.0")
            self._engine(lambda node=node: engine.set_grad(node, 0.0))
        self.balls = [arb(0)] * len(self.leaves)


def _name(program: Expression, node: int) -> str:
    """Return a name that stays when leaves are added: steps are counted by themselves."""
    leaves = len(program.leaves)
    return f"x{node}" if node < leaves else f"y{node - leaves}"


@law()
def test_any_sequence_of_operations_and_sweeps_agrees_with_a_model(trial: Trial) -> None:
    """Claims: values and leaf gradients are those of a model, whatever is done in whatever order.

    Leaves are made and updated, operations applied, sweeps run, gradients reset. True because
    nothing but these has an effect. Catches state that only shows after some history.
    """
    _can_reset(trial)
    machine: Any = type("Machine", (_Machine,), {"trial": trial})
    if trial.seed is not None:
        machine = hypothesis.seed(trial.seed)(machine)
    run_state_machine_as_test(machine, settings=trial.settings(stateful_step_count=20))


def _can_reset(trial: Trial) -> None:
    """Raise `NotJudged` unless value and gradient of a node can be set to plain numbers."""
    engine = trial.engine
    x, fresh = engine.make(1.5), engine.make(2.5)
    try:
        engine.set_data(x, 2.5)
        out, same = (engine.apply(trial.join(), (node, node)) for node in (x, fresh))
        if read_number(engine.data(out)) != read_number(engine.data(same)):
            raise NotJudged("its value cannot be set")
        for node in (x, out):
            engine.set_grad(node, 0.0)
        engine.sweep(out)
    except (EngineError, DetachedResultError, NotANumberError) as error:
        raise NotJudged(f"its gradient or value cannot be set: {error}") from error
