"""The sweep and the gradient, found together: after the one, the other has appeared."""

from __future__ import annotations

import contextlib
import inspect
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from valuecheck.engine import DetachedResultError, Engine, EngineError, call
from valuecheck.probing.access import (
    GRAD_NAMES,
    CannotBindError,
    method,
    public_names,
    reader,
    spell_reader,
    writer,
)
from valuecheck.program.expression import Expression, Step
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.agreement import NotANumberError, agrees, read_number
from valuecheck.truth.ruler import enclose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from valuecheck.check.settings import Names

__all__ = ["find_sweep"]

_SWEEP_NAMES: Final = (
    *("backward", "backprop", "backwards", "backward_prop", "back_prop", "backpropagate"),
    *("back_propagate", "backpropagation", "run_backward", "compute_gradients", "reverse"),
)


def find_sweep(engine: Engine, names: Names) -> None:
    """Find the method or function that sweeps, and where gradients appear; settle the engine so.

    Raises `CannotBindError` when there is none.
    """
    cls = engine.cls
    module = sys.modules.get(cls.__module__)
    sweeps = [names.backward] if names.backward else list(_SWEEP_NAMES)
    found: list[tuple[str, Callable[[Any], Any]]] = []
    for name in sweeps:
        if callable(getattr(cls, name, None)):
            found.append((name, method(name)))
        elif inspect.isfunction(getattr(module, name, None)):
            found.append((name, getattr(module, name)))
    if not found:
        has = ", ".join(n for n in public_names(cls, engine.make(1.0))[:12]) or "nothing"
        msg = (
            f"{cls.__name__} has no method that runs the reverse sweep (looked for "
            f"{', '.join(sweeps[:4])}; it has: {has}); name it with --backward"
        )
        raise CannotBindError(msg)
    sample = engine.make(1.0)
    usual = names.grad or next((n for n in GRAD_NAMES if hasattr(sample, n)), None)
    seed = usual or GRAD_NAMES[0]
    working = [
        bound for way in found for bound in _working(engine, *way, seed=seed, given=names.grad)
    ]
    for bound in working:
        _settle(engine, *bound)
        if len(working) == 1 or _goes_beyond_one_step(engine):
            return
    if working:
        _settle(engine, *working[0])
        return
    # It has a sweep, but no gradient appears: take the usual names, and let the laws tell.
    if names.grad is not None and not hasattr(sample, names.grad):
        has = ", ".join(public_names(cls, sample)[:12]) or "nothing"
        raise CannotBindError(f"{cls.__name__} has no {names.grad} (--grad); it has: {has}")
    if usual is None:
        msg = f"no attribute of {cls.__name__} changes when {found[0][0]} runs; name it with --grad"
        raise CannotBindError(msg)
    way = next(_ways_to_sweep(*found[0], usual))
    _settle(engine, engine.make, engine.spellings["leaf"], way, usual)


def _working(
    engine: Engine, name: str, function: Callable[..., Any], *, seed: str, given: str | None
) -> Iterator[tuple[Callable[[float], Any], str, _Way, str]]:
    """Yield the first way to use a function as the sweep after which a gradient has appeared."""
    for way in _ways_to_sweep(name, function, seed):
        for make, leaf in _constructors(engine):
            grad = _grad_that_appears(engine, make, way.sweep, given)
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
    engine.grad = reader("grad", grad)
    engine.set_grad = writer("grad", grad)
    engine.sweep = lambda node: call("backward", way.sweep, node)
    sample = make(1.0)
    engine.spellings |= {
        "leaf": leaf,
        "data": spell_reader(engine.names["data"], sample),
        "grad": spell_reader(grad, sample),
        "backward": way.spelling,
    }
    engine.names |= {"grad": grad, "backward": way.spelling.replace("{0}", "output")}


def _constructors(engine: Engine) -> Iterator[tuple[Callable[[float], Any], str]]:
    name = engine.cls.__name__
    yield engine.make, engine.spellings["leaf"]
    with contextlib.suppress(ValueError, TypeError):
        if "requires_grad" in inspect.signature(engine.cls).parameters:
            yield (
                lambda number: call("constructor", partial(engine.cls, requires_grad=True), number),
                f"{name}({{0}}, requires_grad=True)",
            )


def _ways_to_sweep(name: str, function: Callable[..., Any], seed: str) -> Iterator[_Way]:
    """Yield ways to sweep: plainly, after `seed` was set at the output, and with the seed given."""
    is_function = inspect.isfunction(function) and function.__name__ == name
    plain = f"{name}({{0}})" if is_function else f"{{0}}.{name}()"
    yield _Way(function, plain)

    def seeded(node: Any) -> Any:
        setattr(node, seed, 1.0)
        return function(node)

    yield _Way(seeded, f"{{0}}.{seed} = 1.0\n{plain}")
    with_seed = f"{name}({{0}}, 1.0)" if is_function else f"{{0}}.{name}(1.0)"
    yield _Way(lambda node: function(node, 1.0), with_seed)


def _grad_that_appears(
    engine: Engine,
    make: Callable[[float], Any],
    sweep: Callable[[Any], Any],
    given: str | None,
) -> str | None:
    """Return the attribute of a leaf that the sweep turned into a number other than 0.

    Marks and counters change as well: a usual name is taken before any other, and of the others the
    one that most often holds the right number.
    """
    right: dict[str, int] = {}
    for symbol, operation in engine.operations.items():
        row = PRIMITIVES[symbol]
        if symbol in engine.broken or "number" in row.operands:
            continue
        try:
            leaves = [call("constructor", make, 0.75) for _ in row.operands]
            before = {
                name: _number_at(leaves[0], name) for name in public_names(engine.cls, leaves[0])
            }
            output = call(symbol, operation, *leaves)
            call("backward", sweep, output)
        except EngineError:
            continue
        if given:
            return given if _number_at(leaves[0], given) else None
        changed = {
            name: now
            for name, was in before.items()
            if (now := _number_at(leaves[0], name)) and now != was and name != engine.names["data"]
        }
        usual = next((name for name in GRAD_NAMES if name in changed), None)
        if usual is not None:
            return usual
        operands = tuple(range(len(leaves)))
        ball = enclose(Expression((0.75,) * len(leaves), (Step(symbol, operands),))).adjoints[0]
        for name, now in changed.items():
            right[name] = right.get(name, 0) + agrees(now, ball)
    return max(right, key=lambda name: right[name], default=None)


def _number_at(node: Any, name: str) -> float | None:
    try:
        found = getattr(node, name)
        if inspect.ismethod(found):
            # Only what may be a getter: calling anything else would run the engine.
            if name not in GRAD_NAMES:
                return None
            found = found()
        return None if found is None or isinstance(found, bool) else read_number(found)
    except Exception:  # noqa: BLE001 - a stranger's property
        return None
