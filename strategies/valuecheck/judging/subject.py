"""What may be asked of an engine: what it has, what of that is known to be wrong, its policies."""

from __future__ import annotations

import math
from ctypes import c_float
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from valuecheck.engines.protocol import Question
from valuecheck.judging.faults import BrokenError, NotJudged
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.form import SIDES, Form
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.strategies.fit import options_of
from valuecheck.truth.agreement import NotANumberError, read_number
from valuecheck.truth.ruler import Ruler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.engines.engine import Engine
    from valuecheck.strategies.codes import SharedOptions

__all__ = ["Subject"]

_SMALL: Final = (1e-14, 1e-6)
"""Sizes of results at which digits lost to cancellation show."""


_ACCIDENTS: Final = frozenset(
    ("AttributeError", "IndexError", "KeyError", "NameError", "TypeError", "UnboundLocalError")
)
"""Errors that nobody raises to say that a graph is used up."""


class Subject:
    """An engine, with what is known of it by now.

    Attributes:
        engine: the engine.
        known_broken: symbols of primitives that are known to be wrong: later laws leave them out.
        known_cause: a cause of wrong gradients that lies in no single primitive, once one is known.
        bypassed: a program whose result held another gradient than its own, with all leaves right.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.known_broken: set[str] = set()
        self.known_cause: str | None = None
        self.bypassed: Expression | None = None

    # What may be drawn

    @property
    def broken(self) -> set[str]:
        """The symbols of primitives that failed when they were bound, or are known to be wrong."""
        return self.known_broken.union(self.engine.hello.broken)

    @property
    def sound(self) -> list[str]:
        """The symbols that the engine has and that are not broken, nor made of such."""
        broken, made_of = self.broken, self.engine.hello.made_of
        return [s for s in self.engine.supported if broken.isdisjoint((s, *made_of.get(s, ())))]

    def options(self, *, only: Sequence[str] | None = None) -> SharedOptions:
        """Return the options for strategies that draw what this engine can be asked for.

        Args:
            only: the symbols to keep to; None for all that are sound.

        Raises `NotJudged` when nothing is left.
        """
        symbols = [s for s in self.sound if only is None or s in only]
        if not symbols:
            raise NotJudged("every primitive it needs is missing or known to be broken")
        return {
            **options_of(self.engine),
            "primitives": symbols,
            "constants": self.sides,
        }

    def broken_when_bound(self, symbol: str) -> BrokenError | None:
        """Return the fault of a primitive that failed when the engine was bound, if not yet told.

        Of its forms with a plain number as well: each is told once.
        """
        row = PRIMITIVES[symbol]
        forms = [str(Form(symbol, side)) for side in SIDES] if "either" in row.operands else []
        for name in (symbol, *forms):
            error = self.engine.hello.broken.get(name)
            if error is not None and name not in self.known_broken:
                side = SIDES[forms.index(name)] if name in forms else None
                form = Form.plainest(symbol) if name == symbol else Form(symbol, side)
                numbers = [3.0, 2.0] if form.row.arity > 1 else [0.5]
                expression = Expression(
                    tuple(numbers[p] for p in form.positions), (form.step(range(form.nodes)),)
                )
                return BrokenError(error, expression, name)
        return None

    @property
    def sides(self) -> dict[str, list[Any]]:
        """By symbol, the sides where a plain number may stand, and is not known to be broken."""
        return {
            symbol: [side for side in sides if str(Form(symbol, side)) not in self.broken]
            for symbol, sides in self.engine.sides.items()
        }

    def takes_number(self, number: float) -> bool:
        """Return whether a plain number, of its type, may stand beside a node."""
        if isinstance(number, bool) and not self.engine.hello.python:
            return False  # other languages have no such number
        return type(number).__name__ not in self.engine.hello.refused_numbers

    def need(self, *symbols: str) -> None:
        """Raise `NotJudged` unless the engine has these primitives, unbroken."""
        for symbol in symbols:
            if symbol not in self.engine.hello.primitives:
                raise NotJudged(f"needs {symbol}, which is not there")
            if symbol in self.broken:
                raise NotJudged(f"needs {symbol}, which is known to be broken")
            if symbol not in self.sound:
                parts = self.broken.intersection(self.engine.hello.made_of[symbol])
                made = " and ".join(sorted(parts))
                raise NotJudged(f"needs {symbol}, which is made of {made}, known to be broken")

    def need_number(self, symbol: str, side: Any) -> None:
        """Raise `NotJudged` unless a plain number may stand on that side of a primitive."""
        self.need(symbol)
        if side not in self.sides.get(symbol, ()):
            raise NotJudged(f"needs a number on the {side} of {symbol}")

    def need_exponent(self, exponent: float) -> None:
        """Raise `NotJudged` unless the engine has powers with this exponent."""
        self.need("**")
        if not self.engine.takes_exponent(exponent):
            raise NotJudged(f"needs x ** {exponent!r}, which is not there")

    def need_question(self, name: str) -> None:
        """Raise `NotJudged` unless the engine knows a question beyond the protocol's."""
        if name not in self.engine.hello.own_questions:
            raise NotJudged(f"needs the question {name!r}, which this program does not know")

    def lacks(self, expression: Expression) -> str | None:
        """Return the form in an expression that the engine does not have, None when it has all."""
        engine = self.engine
        for step in expression.steps:
            symbol, operands = step
            if symbol not in engine.hello.primitives:
                return symbol
            for side, operand in zip(SIDES, operands, strict=False):
                if not isinstance(operand, Constant):
                    continue
                if symbol == "**" and not engine.takes_exponent(operand.value):
                    return f"x ** {operand.value!r}"
                if side not in engine.sides.get(symbol, SIDES):
                    return str(Form.of(step))
                if symbol != "**" and not self.takes_number(operand.value):
                    return f"{Form.of(step)} with numbers of type {type(operand.value).__name__}"
        return None

    def join(self) -> str:
        """Return a sound primitive that joins two nodes; raises `NotJudged` when there is none."""
        if not self.joins:
            raise NotJudged("needs a sound primitive of two operands")
        return self.joins[0]

    @property
    def joins(self) -> list[str]:
        """The sound primitives that join two nodes, the plainest first."""
        return [symbol for symbol in ("+", "*", "-", "/") if symbol in self.sound]

    @property
    def carrier(self) -> str | None:
        """The sound primitive that makes an upstream of a factor, None where there is none."""
        return next((symbol for symbol in ("*", "/") if symbol in self.sound), None)

    # Policies that decide which laws apply

    def _simple(self) -> Expression | None:
        """Return a small expression with an interior node, of what the engine has."""
        for symbol in ("*", "+", "-", "/", *self.engine.supported):
            if symbol not in self.sound:
                continue
            if PRIMITIVES[symbol].operands == ("either", "either"):
                return Expression((2.0, 3.0), (Step(symbol, (0, 1)), Step(symbol, (2, 1))))
            if PRIMITIVES[symbol].arity == 1 and PRIMITIVES[symbol].standard:
                return Expression((0.5,), (Step(symbol, (0,)), Step(symbol, (1,))))
        return None

    def gradients(self, expression: Expression, *then: tuple[Any, ...]) -> list[list[float]]:
        """Return for each reading what is held at `grad`, 0.0 in place of what is not a number.

        Empty when the engine raises.
        """
        answer = self.engine.ask_one(Question(expression, then))
        if answer.error is not None:
            return []
        found = []
        for index, seen in enumerate(answer.got):
            numbers = []
            for node in range(len(seen.grad)):
                try:
                    numbers.append(read_number(answer.number_of(index, "grad", node)))
                except NotANumberError:
                    numbers.append(0.0)
            found.append(numbers)
        return found

    @cached_property
    def ruler(self) -> Ruler:
        """The ruler that fits: the width of the engine's numbers, what loses digits near 0."""
        width = 24 if self._is_single() else 53
        lossy = {s for s in self.sound if PRIMITIVES[s].arity == 1 and self._loses(s)}
        return Ruler(width, frozenset(lossy))

    def _is_single(self) -> bool:
        """Return whether leaves hold their numbers in single precision."""
        leaves = (0.1, 1.0 / 3.0, 123456789.1)
        answer = self.engine.ask_one(Question(Expression(leaves), (("read",),)))
        if answer.error is not None:
            return False
        held = [answer.number_of(0, "data", node) for node in range(len(leaves))]
        return held == [c_float(leaf).value for leaf in leaves]

    def _loses(self, symbol: str) -> bool:
        """Return whether small results of a primitive have lost digits, though nearly right.

        As where numbers near 1 are subtracted. A result that is cut off to 0 somewhere has all its
        digits up to there.
        """
        row = PRIMITIVES[symbol]
        for x in (1e-9, 3e-13, -20.7, -27.6):
            want = row.primal(FLOATS, x) if row.domain(x) else 0.0
            if not _SMALL[0] < abs(want) < _SMALL[1]:
                continue
            program = Expression((x,), (Step(symbol, (0,)),))
            answer = self.engine.ask_one(Question(program, (("read",),)))
            got = None if answer.error is not None else answer.number_of(0, "data", 1)
            if isinstance(got, float) and 2.0**-40 * abs(want) < abs(got - want) < 2.0**-44:
                return True
        return False

    @cached_property
    def keeps_interior(self) -> bool:
        """Whether interior nodes hold an adjoint after a sweep, as leaves do."""
        expression = self._simple()
        if expression is None:
            return False
        read = self.gradients(expression, ("backward", expression.output), ("read",))
        return bool(read) and read[0][len(expression.leaves)] != 0.0

    @cached_property
    def frees_graphs(self) -> bool:
        """Whether a sweep from a node above one that was swept raises, by no accident."""
        expression = self._simple()
        if expression is None or len(expression.steps) < 2:  # noqa: PLR2004 - a part and a whole
            return False
        inner = ("backward", expression.output - 1)
        whole = ("backward", expression.output)
        error = self.engine.ask_one(Question(expression, (inner, whole))).error
        return error is not None and error.at == ("then", 1) and error.type not in _ACCIDENTS

    @cached_property
    def clears_when_built_on(self) -> bool:
        """Whether an operation after a sweep takes gradients away.

        All of them, as a new tape may; or those of its operands, which are None from then on. An
        operand whose gradient is 0 again, and of the others not, is no policy.
        """
        expression = self._simple()
        if expression is None or not self.joins:
            return False
        symbol, operands = expression.steps[0]
        sweep = ("backward", expression.output)
        then = (sweep, ("read",), ("step", symbol, *operands), ("read",))
        answer = self.engine.ask_one(Question(expression, then))
        read = self.gradients(expression, *then)
        if answer.error is not None or len(read) != 2:  # noqa: PLR2004 - two readings
            return False
        used = [node for node in operands if isinstance(node, int)]
        gone = [answer.number_of(1, "grad", node) is None for node in used]
        return any(read[0]) and (not any(read[1]) or all(gone))

    @cached_property
    def second_sweep(self) -> str:
        """What a second sweep over one expression does to the gradients of the leaves.

        Found out when it is first asked for, with primitives not known to be broken by then.
        """
        expression = self._simple()
        if expression is None:
            return "neither"
        leaves = range(len(expression.leaves))
        sweep = ("backward", expression.output)
        read = self.gradients(expression, sweep, ("read",), sweep, ("read",))
        if len(read) < 2:  # noqa: PLR2004 - one reading after each sweep
            return "neither"
        once, twice = ([reading[leaf] for leaf in leaves] for reading in read)
        if all(math.isclose(b, 2 * a) for a, b in zip(once, twice, strict=True)):
            return "accumulates"
        if all(math.isclose(b, a) for a, b in zip(once, twice, strict=True)):
            # It may do nothing at all: does a further sweep bring gradients back?
            set_all = [("set", "grad", leaf, 12345.0) for leaf in leaves]
            again = self.gradients(expression, sweep, sweep, *set_all, sweep, ("read",))
            # Where they cannot be set, they cannot be left over.
            back = not again or all(math.isclose(again[0][leaf], once[leaf]) for leaf in leaves)
            return "resets" if back else "neither"
        return "neither"
