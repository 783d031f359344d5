"""Finding out, on tiny expressions, how somebody's `Value` is to be used.

Names are only where the search begins. What counts is behaviour: the attribute that gives back the
number that went in, the method after which a gradient has appeared.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from valuecheck.agreement import NotANumberError, agrees, read_number
from valuecheck.arithmetic import FLOATS
from valuecheck.enclosure import enclose
from valuecheck.engine import (
    DUNDERS,
    OPERATORS,
    DetachedResultError,
    Engine,
    EngineError,
    call,
    form_name,
)
from valuecheck.expression import Expression, Step
from valuecheck.names import Names
from valuecheck.primitives import PRIMITIVES, Primitive
from valuecheck.strategies.leaves import EXPONENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from valuecheck.strategies.options import Side

__all__ = ["CannotBindError", "Trying", "bind"]

_DATA_NAMES: Final = ("data", "value", "val", "v", "item", "primal", "x", "_data", "_value")
_GRAD_NAMES: Final = ("grad", "gradient", "derivative", "adjoint", "dv", "g", "_grad")
_SWEEP_NAMES: Final = (
    *("backward", "backprop", "backwards", "backward_prop", "back_prop", "backpropagate"),
    *("back_propagate", "backpropagation", "run_backward", "compute_gradients", "reverse"),
)
_LACKING: Final = (TypeError, AttributeError, NotImplementedError, AssertionError)


Trying: TypeAlias = "Callable[[str], Exception | None]"


class CannotBindError(Exception):
    """A class does not look like a scalar autograd engine; the text says what is missing."""


def bind(cls: type, names: Names | None = None, trying: Trying | None = None) -> Engine:
    """Find out how a class is used and return it as an `Engine`.

    Args:
        cls: somebody's `Value`.
        names: what the user said about its names; everything else is found by probing.
        trying: hears of every primitive before it is tried for the first time, and returns why it
            must not be tried again, or None. Such a primitive is one that the engine has broken.

    Raises `CannotBindError`, saying what was looked for and what is there instead.
    """
    names = names or Names()
    trying = trying or (lambda _: None)
    trying("constructor")
    make, leaf, sample = _find_constructor(cls)
    data = _find_data(cls, sample, make, names.data)
    engine = Engine(
        cls,
        make,
        data=_reader("data", data),
        grad=_reader("grad", names.grad or "grad"),
        sweep=lambda _node: None,
        set_grad=_writer("grad", names.grad or "grad"),
        set_data=_writer("data", data),
        spellings={"leaf": leaf},
        names={"data": data},
    )
    if make is not cls:
        engine.unsupported[f"{cls.__name__}(2)"] = "a leaf is made from a float only"
    _find_primitives(engine, names.primitives, trying)
    if not engine.operations:
        msg = (
            f"{cls.__name__} has none of the operations that can be tested: {' '.join(PRIMITIVES)}"
        )
        raise CannotBindError(msg)
    trying("backward")
    _find_sweep(engine, names)
    return engine


def _public_names(cls: type, node: object) -> list[str]:
    names = [name for name in dir(node) if not name.startswith("__")]
    own = set(dir(cls)) - set(dir(object))
    return sorted(names, key=lambda name: (name.startswith("_"), name not in own, name))


def _find_constructor(cls: type) -> tuple[Callable[[float], Any], str, Any]:
    """Return what makes a leaf from a number, how that is written, and a sample."""
    try:
        sample = call("constructor", cls, 3.0)
    except EngineError as error:
        msg = f"{cls.__name__}(3.0) failed, but a leaf is made from one number: {error}"
        raise CannotBindError(msg) from error
    try:
        call("constructor", cls, 2)
    except EngineError:
        return lambda number: cls(float(number)), f"{cls.__name__}(float({{0}}))", sample
    return cls, f"{cls.__name__}({{0}})", sample


def _find_data(cls: type, sample: Any, make: Callable[[float], Any], given: str | None) -> str:
    candidates = [given] if given else [*_DATA_NAMES, *_public_names(cls, sample)]
    other = call("constructor", make, -1.5)
    for name in candidates:
        with contextlib.suppress(EngineError, NotANumberError):
            read = _reader("data", name)
            if read_number(read(sample)) == 3.0 and read_number(read(other)) == -1.5:  # noqa: PLR2004 - the numbers that went in
                return name
    seen = ", ".join(_public_names(cls, sample)[:12]) or "nothing"
    msg = (
        f"no attribute of {cls.__name__}(3.0) gives the number back"
        f" ({f'--data {given} does not' if given else f'it has: {seen}'}); name it with --data"
    )
    raise CannotBindError(msg)


def _spell_reader(name: str, node: Any) -> str:
    return f"{{0}}.{name}()" if inspect.ismethod(getattr(node, name, None)) else f"{{0}}.{name}"


def _reader(operation: str, name: str) -> Callable[[Any], Any]:
    def read(node: Any) -> Any:
        found = call(operation, getattr, node, name)
        return call(operation, found) if inspect.ismethod(found) else found

    return read


def _writer(operation: str, name: str) -> Callable[[Any, float], None]:
    def write(node: Any, value: float) -> None:
        if inspect.ismethod(getattr(node, name)):
            msg = f"{name}() is a method"  # setting it would hide the method, and change nothing
            raise AttributeError(msg)
        setattr(node, name, value)

    return lambda node, value: call(operation, write, node, value)


# Primitives


def _find_primitives(engine: Engine, given: Mapping[str, str], trying: Trying) -> None:
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
            yield _method(name), f"{{0}}.{name}({', '.join(['{1}'][: row.arity - 1])})"
            if isinstance(inspect.getattr_static(cls, name), (staticmethod, classmethod)):
                yield getattr(cls, name), f"{cls.__name__}.{name}({{0}})"
    for name in names:
        function = getattr(module, name, None)
        # A function beside the class, not one imported from math.
        if inspect.isfunction(function):
            yield function, f"{name}({', '.join(['{0}', '{1}'][: row.arity])})"


def _method(name: str) -> Callable[..., Any]:
    def apply(node: Any, *others: Any) -> Any:
        return getattr(node, name)(*others)

    return apply


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


# The sweep and the gradient


def _find_sweep(engine: Engine, names: Names) -> None:
    """Find the sweep and the gradient together: after the one, the other has appeared."""
    cls = engine.cls
    module = sys.modules.get(cls.__module__)
    sweeps = [names.backward] if names.backward else list(_SWEEP_NAMES)
    found: list[tuple[str, Callable[[Any], Any]]] = []
    for name in sweeps:
        if callable(getattr(cls, name, None)):
            found.append((name, _method(name)))
        elif inspect.isfunction(getattr(module, name, None)):
            found.append((name, getattr(module, name)))
    if not found:
        has = ", ".join(n for n in _public_names(cls, engine.make(1.0))[:12]) or "nothing"
        msg = (
            f"{cls.__name__} has no method that runs the reverse sweep (looked for "
            f"{', '.join(sweeps[:4])}; it has: {has}); name it with --backward"
        )
        raise CannotBindError(msg)
    working = [
        bound for name, function in found for bound in _working(engine, name, function, names)
    ]
    for bound in working:
        _settle(engine, *bound)
        if len(working) == 1 or _goes_beyond_one_step(engine):
            return
    if working:
        _settle(engine, *working[0])
        return
    # It has a sweep, but no gradient appears: take the usual names, and let the laws tell.
    way = next(_ways_to_sweep(*found[0]))
    sample = engine.make(1.0)
    if names.grad is not None and not hasattr(sample, names.grad):
        has = ", ".join(_public_names(cls, sample)[:12]) or "nothing"
        raise CannotBindError(f"{cls.__name__} has no {names.grad} (--grad); it has: {has}")
    grad = names.grad or next((n for n in _GRAD_NAMES if hasattr(sample, n)), None)
    if grad is None:
        msg = f"no attribute of {cls.__name__} changes when {found[0][0]} runs; name it with --grad"
        raise CannotBindError(msg)
    _settle(engine, engine.make, engine.spellings["leaf"], way, grad)


def _working(
    engine: Engine, name: str, function: Callable[..., Any], names: Names
) -> Iterator[tuple[Callable[[float], Any], str, _Way, str]]:
    """Yield the first way to use a function as the sweep after which a gradient has appeared."""
    for way in _ways_to_sweep(name, function):
        for make, leaf in _constructors(engine):
            grad = _grad_that_appears(engine, make, way.sweep, names.grad)
            if grad is not None:
                yield make, leaf, way, grad
                return


def _goes_beyond_one_step(engine: Engine) -> bool:
    """Say whether the sweep is one: `backward` may be the rule of a single operation."""
    for symbol in ("*", "+", "-", "/"):
        if symbol in engine.operations and symbol not in engine.broken:
            expression = Expression((0.75, 0.5, 2.0), (Step(symbol, (0, 1)), Step(symbol, (3, 2))))
            with contextlib.suppress(EngineError, DetachedResultError, NotANumberError):
                got = read_number(engine.run(expression).adjoints[0])
                return agrees(got, enclose(expression).adjoints[0])
    return False


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to start a sweep, and how it is written."""

    sweep: Callable[[Any], Any]
    spelling: str


def _settle(engine: Engine, make: Callable[[float], Any], leaf: str, way: _Way, grad: str) -> None:
    engine.make = make
    engine.grad = _reader("grad", grad)
    engine.set_grad = _writer("grad", grad)
    engine.sweep = lambda node: call("backward", way.sweep, node)
    sample = make(1.0)
    engine.spellings |= {
        "leaf": leaf,
        "data": _spell_reader(engine.names["data"], sample),
        "grad": _spell_reader(grad, sample),
        "backward": way.spelling,
    }
    engine.names |= {"grad": grad, "backward": way.spelling.replace("{0}", "output")}


def _constructors(engine: Engine) -> Iterator[tuple[Callable[[float], Any], str]]:
    name = engine.cls.__name__
    yield engine.make, engine.spellings["leaf"]
    with contextlib.suppress(ValueError, TypeError):
        if "requires_grad" in inspect.signature(engine.cls).parameters:
            yield (
                lambda number: engine.cls(number, requires_grad=True),
                f"{name}({{0}}, requires_grad=True)",
            )


def _ways_to_sweep(name: str, function: Callable[..., Any]) -> Iterator[_Way]:
    plain = f"{name}({{0}})" if inspect.isfunction(function) and function.__name__ == name else ""
    yield _Way(function, plain or f"{{0}}.{name}()")

    def seeded(node: Any) -> Any:
        setattr(node, next(n for n in _GRAD_NAMES if hasattr(node, n)), 1.0)
        return function(node)

    yield _Way(seeded, f"{{0}}.grad = 1.0\n{plain or f'{{0}}.{name}()'}")
    yield _Way(lambda node: function(node, 1.0), f"{{0}}.{name}(1.0)")


def _grad_that_appears(
    engine: Engine,
    make: Callable[[float], Any],
    sweep: Callable[[Any], Any],
    given: str | None,
) -> str | None:
    """Return the attribute of a leaf that the sweep turned into a number other than 0."""
    for symbol, operation in engine.operations.items():
        row = PRIMITIVES[symbol]
        if symbol in engine.broken or "number" in row.operands:
            continue
        try:
            leaves = [call("constructor", make, 0.75) for _ in row.operands]
            before = {
                name: _number_at(leaves[0], name) for name in _public_names(engine.cls, leaves[0])
            }
            output = call(symbol, operation, *leaves)
            call("backward", sweep, output)
        except EngineError:
            continue
        if given:
            return given if _number_at(leaves[0], given) else None
        for name, was in before.items():
            now = _number_at(leaves[0], name)
            if now and now != was and name != engine.names["data"]:
                return name
    return None


def _number_at(node: Any, name: str) -> float | None:
    try:
        found = getattr(node, name)
        if inspect.ismethod(found):
            # Only what may be a getter: calling anything else would run the engine.
            if name not in _GRAD_NAMES:
                return None
            found = found()
        return None if found is None else read_number(found)
    except Exception:  # noqa: BLE001 - a stranger's property
        return None
