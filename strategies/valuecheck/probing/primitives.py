"""Which primitives an engine has, how each is written, and what it takes."""

from __future__ import annotations

import difflib
import inspect
import sys
from typing import TYPE_CHECKING, Any, Final

from valuecheck.engine import (
    DUNDERS,
    OPERATORS,
    DetachedResultError,
    Engine,
    EngineError,
    form_name,
)
from valuecheck.probing.access import CannotBindError, method
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.primitives import PRIMITIVES, Primitive
from valuecheck.strategies.leaves import EXPONENTS
from valuecheck.truth.agreement import NotANumberError, read_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType, FrameType

    from valuecheck.probing.access import Trying
    from valuecheck.strategies.options import Side

__all__ = ["find_primitives"]

_LACKING: Final = (TypeError, AttributeError, NotImplementedError, AssertionError)


def find_primitives(engine: Engine, given: Mapping[str, str], trying: Trying) -> None:
    """Find each primitive of the table on an engine, and enter what it takes.

    Raises `CannotBindError` for a name that the user gave and that is not there.
    """
    untried = set()
    for symbol, row in PRIMITIVES.items():
        candidates = list(_candidates(engine.cls, row, given.get(symbol)))
        if symbol in given and not candidates:
            raise CannotBindError(
                f"there is no {given[symbol]} on {engine.cls.__name__} nor beside it "
                f"(--primitive {symbol}={given[symbol]})"
            )
        before = trying(symbol) if candidates else None
        if before is not None:
            engine.operations[symbol], engine.spellings[symbol] = candidates[0]
            engine.broken[symbol] = before
            engine.sides[symbol] = ()
            untried.add(symbol)
            continue
        outcomes = [_try_primitive(engine, row, function) for function, _ in candidates]
        best = next((i for i, o in enumerate(outcomes) if o == "right"), None)
        if best is None:
            best = next((i for i, o in enumerate(outcomes) if o == "wrong"), None)
        if best is not None:
            engine.operations[symbol], engine.spellings[symbol] = candidates[best]
            if "either" in row.operands:
                engine.sides[symbol] = _sides(engine, row)
            elif symbol == "**":
                engine.exponents = _exponents(engine)
            continue
        error = next((o for o in outcomes if isinstance(o, Exception)), None)
        if error is not None and _claims(engine.cls, row, error):
            engine.operations[symbol], engine.spellings[symbol] = candidates[0]
            engine.broken[symbol] = error
            if "either" in row.operands:
                engine.sides[symbol] = _sides(engine, row)
        else:
            engine.unsupported[symbol] = str(error) if error else "not there"
            _note_near_miss(engine, symbol, None)
    _find_parts(engine, untried)


def _find_parts(engine: Engine, untried: set[str]) -> None:
    """Enter for each primitive which others it calls, as `a - b` may be made of + and negation.

    None of them while somebody else profiles: a profiler written in C cannot be put back.
    """
    if sys.getprofile() is not None:
        return
    implemented: dict[CodeType, set[str]] = {}
    for symbol in engine.operations:
        for name in (DUNDERS.get((symbol, None)), *PRIMITIVES[symbol].methods):
            function = inspect.getattr_static(engine.cls, name, None) if name else None
            if inspect.isfunction(function):
                implemented.setdefault(function.__code__, set()).add(symbol)
    # One __pow__ may serve several primitives: of these, none is known to be called.
    codes = {code: next(iter(names)) for code, names in implemented.items() if len(names) == 1}
    for symbol, function in list(engine.operations.items()):
        if symbol in untried:
            continue
        called: dict[str, None] = {}

        def note(frame: FrameType, event: str, _: Any, called: dict[str, None] = called) -> None:
            if event == "call" and frame.f_code in codes:
                called[codes[frame.f_code]] = None

        sys.setprofile(note)
        try:
            _try_primitive(engine, PRIMITIVES[symbol], function)
        finally:
            sys.setprofile(None)
        engine.operations[symbol] = function
        called.pop(symbol, None)
        if called:
            engine.made_of[symbol] = list(called)


def _candidates(
    cls: type, row: Primitive, given: str | None
) -> Iterator[tuple[Callable[..., Any], str]]:
    """Yield the ways in which a primitive may be written, likeliest first."""
    module = sys.modules.get(cls.__module__)
    if given is None and row.symbol in OPERATORS:
        yield OPERATORS[row.symbol], row.spelling
        return
    names = (given,) if given else row.methods
    for name in names:
        if name == "__abs__":
            if hasattr(cls, name):
                yield abs, "abs({0})"
        elif callable(getattr(cls, name, None)):
            yield method(name), f"{{0}}.{name}({', '.join(['{1}'][: row.arity - 1])})"
            if isinstance(inspect.getattr_static(cls, name), (staticmethod, classmethod)):
                yield getattr(cls, name), f"{cls.__name__}.{name}({{0}})"
    for name in names:
        function = getattr(module, name, None)
        # A function beside the class, not one imported from math.
        if inspect.isfunction(function):
            yield function, f"{name}({', '.join(['{0}', '{1}'][: row.arity])})"


def _samples(row: Primitive, side: Side | None) -> list[float]:
    if row.arity == 1:
        return [0.5]
    return [2.0, 3.0] if side == "left" else [3.0, 2.0]


def _try_primitive(
    engine: Engine, row: Primitive, function: Callable[..., Any], side: Side | None = None
) -> Exception | str:
    """Return "right", "wrong", or the error of the simplest use of a primitive."""
    numbers = _samples(row, side)
    operands: list[Any] = [
        number
        if kind == "number" or (side, position) in {("left", 0), ("right", 1)}
        else engine.make(number)
        for position, (kind, number) in enumerate(zip(row.operands, numbers, strict=True))
    ]
    if row.operands == ("node", "number"):
        operands[1] = int(numbers[1])
    engine.operations[row.symbol] = function
    try:
        primal = engine.data(engine.apply(row.symbol, tuple(operands)))
        want = row.primal(FLOATS, *numbers)
        return "right" if abs(read_number(primal) - want) <= 1e-3 * abs(want) else "wrong"
    except DetachedResultError as error:
        return error
    except (EngineError, NotANumberError) as error:
        return error
    finally:
        del engine.operations[row.symbol]


def _sides(engine: Engine, row: Primitive) -> tuple[Side, ...]:
    """Return on which sides of a binary primitive a plain number may stand."""
    function = engine.operations[row.symbol]
    sides: list[Side] = []
    both: tuple[Side, Side] = ("right", "left")
    for side in both:
        outcome = _try_primitive(engine, row, function, side)
        engine.operations[row.symbol] = function
        if isinstance(outcome, str) or _claims_side(engine.cls, row, side, outcome):
            sides.append(side)
        else:
            engine.unsupported[form_name(row.symbol, side)] = str(outcome)
            _note_near_miss(engine, row.symbol, side)
    return tuple(sides)


def _exponents(engine: Engine) -> tuple[float, ...]:
    """Return the exponents that the engine takes, when the base is positive and any would do."""
    taken: list[float] = []
    for exponent in EXPONENTS:
        try:
            engine.apply("**", (engine.make(2.0), exponent))
        except EngineError as error:
            if isinstance(error.cause, (*_LACKING, ValueError)):
                engine.unsupported[f"x ** {exponent!r}"] = str(error)
                continue
        except DetachedResultError:
            pass
        taken.append(exponent)
    return tuple(taken)


def _claims(cls: type, row: Primitive, error: Exception) -> bool:
    """Say whether an engine claims to have a primitive that failed on its simplest use.

    It does when it defines the method itself and the failure is not its own way of declining.
    """
    if isinstance(error, DetachedResultError):
        return True
    cause = error.cause if isinstance(error, EngineError) else error
    if row.symbol in {"x**y", "c**x"}:
        return not isinstance(cause, (*_LACKING, ValueError))
    if not isinstance(cause, _LACKING):
        return True
    dunder = DUNDERS.get((row.symbol, None))
    defined = dunder is not None and dunder in vars(cls)
    return defined and isinstance(cause, (TypeError, AttributeError)) and not _declines(cause)


def _declines(cause: BaseException) -> bool:
    # Python's own "unsupported operand type(s)" after NotImplemented.
    return "unsupported operand" in str(cause)


def _claims_side(cls: type, row: Primitive, side: Side, error: Exception) -> bool:
    if isinstance(error, DetachedResultError):
        return True
    cause = error.cause if isinstance(error, EngineError) else error
    if not isinstance(cause, _LACKING):
        return True
    if side == "right" or isinstance(cause, (NotImplementedError, AssertionError)):
        return False  # the same method serves nodes; it just does not take numbers
    return DUNDERS[row.symbol, side] in vars(cls) and not _declines(cause)


def _note_near_miss(engine: Engine, symbol: str, side: Side | None) -> None:
    """Look for a name on the class that nearly is the one Python looks for."""
    wanted = DUNDERS.get((symbol, side)) or next(iter(PRIMITIVES[symbol].methods), None)
    if wanted is None or wanted in vars(engine.cls):
        return
    bare = wanted.strip("_")
    known = {name.strip("_") for name in DUNDERS.values()}
    for name in vars(engine.cls):
        stem = name.removeprefix(f"_{engine.cls.__name__}").strip("_")
        if stem == bare or (
            stem not in known
            and len(bare) > 3  # noqa: PLR2004 - shorter names resemble everything
            and difflib.SequenceMatcher(None, stem.lower(), bare).ratio() > 0.85  # noqa: PLR2004
        ):
            written = name.removeprefix(f"_{engine.cls.__name__}")
            engine.near_misses.append(f"{written} looks like {wanted}, which Python calls")
            return
