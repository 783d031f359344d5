"""An engine on trial: it is given expressions, its numbers are measured, a wrong one is a fault."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, settings

from valuecheck.engine import DetachedResultError, Engine, EngineError, Replayed, form_name
from valuecheck.fault import Fault, NotJudged
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.primitives import OPTIONAL, PRIMITIVES
from valuecheck.truth.agreement import Agreement, NotANumberError, agrees, judge, read_number
from valuecheck.truth.oracles.panel import ORACLES, votes
from valuecheck.truth.ruler import LOOSE, enclose, midpoint, radius

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flint import arb

    from valuecheck.strategies.codes import SharedOptions
    from valuecheck.strategies.options import Side
    from valuecheck.truth.ruler import Enclosure

__all__ = ["MOST_OVERRUNS", "Ledger", "Trial"]

Result = TypeVar("Result")
_SIDES: Final[tuple[Side, Side]] = ("left", "right")

MOST_OVERRUNS: Final = 3
"""An engine that hangs here and there would otherwise cost the time limit law after law."""


@dataclass(slots=True)
class Ledger:
    """What was counted while an engine was on trial.

    Attributes:
        examples: expressions that were judged.
        undecided: those on a kink, or where a ball is not finite.
        sharpness: for the gradients judged that are not 0: radius of the ball / gradient.
        disputes: cases in which an oracle left the ball: faults of ours, never of the engine.
    """

    examples: int = 0
    undecided: int = 0
    sharpness: list[float] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)


class Trial:
    """An engine on trial.

    Attributes:
        engine: the engine.
        ledger: what was counted so far; a law gets a new one.
        known_broken: symbols of primitives that are known to be wrong: later laws leave them out.
        known_cause: a cause of wrong gradients that lies in no single primitive, once one is known.
        overruns: laws that ran out of time; after `MOST_OVERRUNS` of them no other is tried.
        keeps_interior: whether interior nodes keep their adjoints after a sweep.
        max_examples: how many examples a law draws; None leaves it to the Hypothesis profile.
        seed: what each law's own seed is made from; None leaves it to Hypothesis.
        oracles: the names of those that are asked whether they agree with the ruler. When there is
            a fault, all of them are asked.
        at_work_on: the expression that the engine is busy with, None while it is not.
        at_work_since: when it began with that, by `time.monotonic()`.
        last: the latest expression that it was busy with.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        max_examples: int | None = None,
        seed: int | None = None,
        oracles: Sequence[str] = tuple(ORACLES),
    ) -> None:
        self.engine = engine
        self.oracles = oracles
        self.ledger = Ledger()
        self.known_broken: set[str] = set()
        self.known_cause: str | None = None
        self.overruns = 0
        self.max_examples = max_examples
        self.seed = seed
        self.at_work_on: Expression | None = None
        self.at_work_since = 0.0
        self.last: Expression | None = None
        self.keeps_interior = self._keeps_interior()

    # What may be drawn

    @property
    def broken(self) -> set[str]:
        """The symbols of primitives that failed when they were bound, or are known to be wrong."""
        return self.known_broken.union(self.engine.broken)

    @property
    def sound(self) -> list[str]:
        """The symbols that the engine has and that are not broken, nor made of such."""
        broken, made_of = self.broken, self.engine.made_of
        return [s for s in self.engine.supported if broken.isdisjoint((s, *made_of.get(s, ())))]

    def options(self, *, without: Sequence[str] = ()) -> SharedOptions:
        """Return the options for strategies that draw what this engine can be asked for.

        Raises `NotJudged` when nothing is left.
        """
        symbols = [s for s in self.sound if s not in without]
        if not symbols:
            msg = "every primitive it needs is missing or known to be broken"
            raise NotJudged(msg)
        return {
            "primitives": symbols,
            "constants": self.engine.sides,
            "exponents": self.engine.exponents,
        }

    def need(self, *symbols: str) -> None:
        """Raise `NotJudged` unless the engine has these primitives, unbroken."""
        for symbol in symbols:
            if symbol not in self.engine.operations:
                msg = f"needs {symbol}, which is not there"
                raise NotJudged(msg)
            if symbol in self.broken:
                msg = f"needs {symbol}, which is known to be broken"
                raise NotJudged(msg)
            if symbol not in self.sound:
                parts = " and ".join(self.broken.intersection(self.engine.made_of[symbol]))
                msg = f"needs {symbol}, which is made of {parts}, known to be broken"
                raise NotJudged(msg)

    def need_number(self, symbol: str, side: Any) -> None:
        """Raise `NotJudged` unless a plain number may stand on that side of a primitive."""
        self.need(symbol)
        if side not in self.engine.sides.get(symbol, ()):
            msg = f"needs a number on the {side} of {symbol}"
            raise NotJudged(msg)

    def need_exponent(self, exponent: float) -> None:
        """Raise `NotJudged` unless the engine has powers with this exponent."""
        self.need("**")
        if not self.engine.takes_exponent(exponent):
            msg = f"needs x ** {exponent!r}, which is not there"
            raise NotJudged(msg)

    def lacks(self, expression: Expression) -> str | None:
        """Return the form in an expression that the engine does not have, None when it has all."""
        engine = self.engine
        for symbol, operands in expression.steps:
            if symbol not in engine.operations:
                return symbol
            sides = engine.sides.get(symbol, ("left", "right"))
            for side, operand in zip(_SIDES, operands, strict=False):
                if not isinstance(operand, Constant):
                    continue
                if symbol == "**" and not engine.takes_exponent(operand.value):
                    return f"x ** {operand.value!r}"
                if side not in sides:
                    return form_name(symbol, side)
        return None

    def join(self) -> str:
        """Return a sound primitive that joins two nodes; raises `NotJudged` when there is none."""
        for symbol in ("+", "*", "-", "/"):
            if symbol in self.sound:
                return symbol
        msg = "needs a sound primitive of two operands"
        raise NotJudged(msg)

    def settings(self, weight: float = 1.0, **more: Any) -> settings:
        """Return the Hypothesis settings for a law that draws `weight` times the usual number."""
        profile: Any = settings.default
        examples = self.max_examples or profile.max_examples
        return settings(
            max_examples=max(1, int(examples * weight)),
            # Engines of strangers: no claim about how fast they are, nothing kept on disk.
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=Verbosity.quiet,
            **more,
        )

    # Running the engine

    def build(self, expression: Expression) -> Replayed:
        """Build an expression on the engine; raises `Fault` when that fails."""
        return self._guard(expression, lambda: self.engine.replay(expression))

    def run(self, expression: Expression) -> Replayed:
        """Build an expression and sweep from its output; raises `Fault` when that fails."""
        return self._guard(expression, lambda: self.engine.run(expression))

    def sweep(self, expression: Expression, replayed: Replayed, node: int = -1) -> None:
        """Sweep from a node; raises `Fault` when that fails."""
        self._guard(expression, lambda: self.engine.backward(replayed, node))

    def _guard(self, expression: Expression, action: Callable[[], Result]) -> Result:
        __tracebackhide__ = True
        self.at_work_on = self.last = expression
        self.at_work_since = time.monotonic()
        try:
            result = action()
        except (EngineError, DetachedResultError) as error:
            self.at_work_on = None
            raise Fault(str(error), expression, error=error) from error
        self.at_work_on = None
        return result

    # Judging

    def judge(self, expression: Expression, *, oracles: bool = False) -> Replayed:
        """Run an expression and hold every primal and adjoint to its ball.

        Args:
            expression: what to run.
            oracles: ask the oracles too whether their adjoints lie in the balls.

        Raises `Fault` for the first node, going back from the output, that is outside.
        """
        __tracebackhide__ = True
        enclosure = self.enclosed(expression)
        replayed = self.run(expression)
        self.judge_primals(expression, replayed, enclosure)
        self.judge_adjoints(expression, replayed, enclosure)
        if oracles:
            self._consult(expression, enclosure)
        return replayed

    def enclosed(self, expression: Expression) -> Enclosure:
        """Return the balls of an expression and enter them in the ledger."""
        enclosure = enclose(expression)
        self.ledger.examples += 1
        if enclosure.undecided:
            self.ledger.undecided += 1
        else:
            for ball in enclosure.adjoints[: len(expression.leaves)]:
                size, margin = abs(midpoint(ball)), radius(ball)
                if size > margin:
                    self.ledger.sharpness.append(margin / size)
        return enclosure

    def judge_primals(
        self, expression: Expression, replayed: Replayed, enclosure: Enclosure
    ) -> None:
        """Hold every primal to its ball, in the order of building."""
        __tracebackhide__ = True
        for node in range(len(expression)):
            self._hold(expression, node, "primal", replayed.primals[node], enclosure.primals[node])

    def judge_adjoints(
        self, expression: Expression, replayed: Replayed, enclosure: Enclosure
    ) -> None:
        """Hold every adjoint to its ball, going back from the output."""
        __tracebackhide__ = True
        first = expression.output if self.keeps_interior else len(expression.leaves) - 1
        aliases = replayed.aliases()
        for node in range(first, -1, -1):
            if node in aliases:
                continue
            self._hold(
                expression, node, "adjoint", replayed.adjoints[node], enclosure.adjoints[node]
            )

    def _hold(self, expression: Expression, node: int, quantity: str, got: Any, ball: arb) -> None:
        __tracebackhide__ = True

        def loose() -> arb:
            enclosure = enclose(expression, LOOSE)
            balls = enclosure.primals if quantity == "primal" else enclosure.adjoints
            return balls[node]

        agreement = judge(got, ball, loose)
        if agreement is Agreement.INSIDE:
            return
        name = f"{quantity} of {expression.name(node)}"
        try:
            number = read_number(got)
        except NotANumberError as error:
            message = f"{name}: {error}"
        else:
            message = f"{name} is {number!r}, but lies in {_spell_ball(ball)}"
        raise Fault(
            message,
            expression,
            node=node,
            quantity=quantity,
            got=got,
            ball=None if agreement is Agreement.NOT_A_NUMBER else ball,
            rough=agreement is Agreement.ROUGH,
        )

    def _consult(self, expression: Expression, enclosure: Enclosure) -> None:
        nodes = range(len(expression))
        for name, answers in votes(expression, nodes, self.oracles).items():
            for node, answer in zip(nodes, answers, strict=True):
                ball = enclosure.adjoints[node]
                if answer is not None and not agrees(answer, ball):
                    self.ledger.disputes.append(
                        f"{name} says {answer!r} for the adjoint of {expression.name(node)}, "
                        f"outside {_spell_ball(ball)}, in\n{expression}"
                    )

    # Policies that decide which laws apply

    def _simple(self) -> Expression | None:
        """Return a small expression with an interior node, of what the engine has."""
        for symbol in ("*", "+", "-", "/", *self.engine.operations):
            if symbol not in self.sound or symbol in self.engine.broken:
                continue
            if PRIMITIVES[symbol].operands == ("either", "either"):
                return Expression((2.0, 3.0), (Step(symbol, (0, 1)), Step(symbol, (2, 1))))
            if PRIMITIVES[symbol].arity == 1 and symbol not in OPTIONAL:
                return Expression((0.5,), (Step(symbol, (0,)), Step(symbol, (1,))))
        return None

    def _keeps_interior(self) -> bool:
        """Say whether interior nodes hold an adjoint after a sweep, as leaves do."""
        expression = self._simple()
        if expression is None:
            return False
        try:
            replayed = self.engine.run(expression)
            interior = len(expression.leaves)
            return read_number(replayed.adjoints[interior]) != 0.0
        except (EngineError, DetachedResultError, NotANumberError):
            return False

    @cached_property
    def second_sweep(self) -> str:
        """What a second sweep over one expression does to the gradients of the leaves.

        Found out when it is first asked for, with primitives not known to be broken by then.
        """
        expression = self._simple()
        if expression is None:
            return "neither"
        leaves = range(len(expression.leaves))
        try:
            replayed = self.engine.run(expression)
            once = [read_number(replayed.adjoints[leaf]) for leaf in leaves]
            self.engine.backward(replayed)
            twice = [read_number(replayed.adjoints[leaf]) for leaf in leaves]
        except (EngineError, DetachedResultError, NotANumberError):
            return "neither"
        if all(math.isclose(b, 2 * a) for a, b in zip(once, twice, strict=True)):
            return "accumulates"
        if all(math.isclose(b, a) for a, b in zip(once, twice, strict=True)):
            return "resets" if self._sweeps_again(replayed, once) else "neither"
        return "neither"

    def _sweeps_again(self, replayed: Replayed, once: Sequence[float]) -> bool:
        """Say whether a further sweep brings gradients back: it may do nothing at all."""
        try:
            for node in replayed.nodes[: len(once)]:
                self.engine.set_grad(node, 12345.0)
            self.engine.backward(replayed)
            again = [read_number(adjoint) for adjoint in replayed.adjoints[: len(once)]]
        except EngineError:
            return True  # they cannot be set, and so not be left over
        return all(math.isclose(a, b) for a, b in zip(once, again, strict=True))


def _spell_ball(ball: arb) -> str:
    return f"{midpoint(ball)!r} ± {radius(ball):.1g}"
