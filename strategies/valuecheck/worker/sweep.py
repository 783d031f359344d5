"""The sweep and the gradient, found together: after the one, the other has appeared."""

from __future__ import annotations

import contextlib
import inspect
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Iterator

from .attributes import (
    GRAD_NAMES,
    CannotBindError,
    method,
    public_names,
    reader,
    spell_reader,
    writer,
)
from .engine import OPERATORS, Bound
from .numbers import read_number

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["find_sweep", "settle_by_names"]

_SWEEP_NAMES = (
    *("backward", "backprop", "backwards", "backward_prop", "back_prop", "backpropagate"),
    *("back_propagate", "backpropagation", "run_backward", "compute_gradients", "reverse"),
)

Make = Callable[[Any], Any]


class _Way:
    """One way to start a sweep, and how it is written."""

    def __init__(self, sweep: Callable[[Any], Any], spelling: str) -> None:
        self.sweep = sweep
        self.spelling = spelling


def find_sweep(
    engine: Bound, modules: list[ModuleType], backward: str | None, grad: str | None
) -> None:
    """Find the method or function that sweeps, and where gradients appear; settle the engine so.

    Args:
        engine: the engine, whose operations are known.
        modules: where functions beside the class are looked for.
        backward: the name that the user gave, if any.
        grad: the name that the user gave, if any.

    Raises `CannotBindError` when there is none.
    """
    found = _sweeps(engine, modules, backward)
    usual = _usual_gradient(engine, grad)
    working = [
        bound
        for way in found
        for bound in _working(engine, *way, seed=usual or GRAD_NAMES[0], given=grad)
    ]
    for bound in working:
        _settle(engine, *bound)
        if len(working) == 1 or _goes_beyond_one_step(engine):
            return
    if working:
        _settle(engine, *working[0])
    else:
        # It has a sweep, but no gradient appears: take the usual names, and let the laws tell.
        _settle_by_names(engine, found[0], usual)


def settle_by_names(
    engine: Bound, modules: list[ModuleType], backward: str | None, grad: str | None
) -> None:
    """Settle on the usual names without running a sweep: an earlier one did not come back."""
    found = _sweeps(engine, modules, backward)
    _settle_by_names(engine, found[0], _usual_gradient(engine, grad))


def _sweeps(
    engine: Bound, modules: list[ModuleType], backward: str | None
) -> list[tuple[str, Callable[..., Any]]]:
    names = [backward] if backward else list(_SWEEP_NAMES)
    found: list[tuple[str, Callable[..., Any]]] = []
    for name in names:
        beside = [getattr(module, name, None) for module in modules]
        functions = [function for function in beside if inspect.isfunction(function)]
        held = inspect.getattr_static(engine.cls, name, None)
        if isinstance(held, (staticmethod, classmethod)):
            found.append((f"{engine.cls.__name__}.{name}", getattr(engine.cls, name)))
        elif callable(getattr(engine.cls, name, None)):
            found.append((name, method(name)))
        elif functions:
            found.append((name, functions[0]))
    if not found:
        has = ", ".join(public_names(engine.cls, engine.make(1.0))[:12]) or "nothing"
        raise CannotBindError(
            f"{engine.cls.__name__} has no method that runs the reverse sweep (looked for "
            f"{', '.join(names[:4])}; it has: {has}); name it with --backward"
        )
    return found


def _usual_gradient(engine: Bound, grad: str | None) -> str | None:
    sample = engine.make(1.0)
    if grad is not None and not hasattr(sample, grad):
        has = ", ".join(public_names(engine.cls, sample)[:12]) or "nothing"
        raise CannotBindError(f"{engine.cls.__name__} has no {grad} (--grad); it has: {has}")
    return grad or next((name for name in GRAD_NAMES if hasattr(sample, name)), None)


def _settle_by_names(
    engine: Bound, found: tuple[str, Callable[..., Any]], usual: str | None
) -> None:
    if usual is None:
        raise CannotBindError(
            f"no attribute of {engine.cls.__name__} changes when {found[0]} runs; "
            "name it with --grad"
        )
    way = next(_ways_to_sweep(found[0], found[1], usual))
    _settle(engine, engine.make, engine.spellings["leaf"], way, usual)


def _working(
    engine: Bound, name: str, function: Callable[..., Any], *, seed: str, given: str | None
) -> Iterator[tuple[Make, str, _Way, str]]:
    """Yield the first way to use a function as the sweep after which a gradient has appeared."""
    for way in _ways_to_sweep(name, function, seed):
        for make, leaf in _constructors(engine):
            grad = _grad_that_appears(engine, make, way.sweep, given)
            if grad is not None:
                yield make, leaf, way, grad
                return


def _goes_beyond_one_step(engine: Bound) -> bool:
    """Return whether the sweep is one: `backward` may be the rule of a single operation."""
    for symbol in ("*", "+", "-", "/"):
        if symbol in engine.operations and symbol not in engine.broken:
            apply = OPERATORS[symbol]
            slope = (apply(apply(0.75 + 1e-6, 0.5), 2.0) - apply(apply(0.75, 0.5), 2.0)) / 1e-6
            with contextlib.suppress(Exception):
                x, y, z = (engine.make(number) for number in (0.75, 0.5, 2.0))
                output = engine.apply(symbol, (engine.apply(symbol, (x, y)), z))
                engine.sweep(output)
                off = abs(read_number(engine.grad(x)) - slope)
                return bool(off < 1e-3 * abs(slope))
    return False


def _settle(engine: Bound, make: Make, leaf: str, way: _Way, grad: str) -> None:
    engine.make = make
    engine.grad = reader(grad)
    engine.set_grad = writer(grad)
    engine.sweep = way.sweep
    sample = make(1.0)
    engine.spellings.update(
        leaf=leaf,
        data=spell_reader(engine.names["data"], sample),
        grad=spell_reader(grad, sample),
        backward=way.spelling,
    )
    engine.names.update(grad=grad, backward=way.spelling.replace("{0}", "output"))


def _constructors(engine: Bound) -> Iterator[tuple[Make, str]]:
    cls = engine.cls
    yield engine.make, engine.spellings["leaf"]
    with contextlib.suppress(ValueError, TypeError):
        if "requires_grad" in inspect.signature(cls).parameters:
            yield partial(cls, requires_grad=True), f"{cls.__name__}({{0}}, requires_grad=True)"


def _ways_to_sweep(name: str, function: Callable[..., Any], seed: str) -> Iterator[_Way]:
    """Yield ways to sweep: plainly, after `seed` was set at the output, and with the seed given."""
    is_function = "." in name or (inspect.isfunction(function) and function.__name__ == name)
    plain = f"{name}({{0}})" if is_function else f"{{0}}.{name}()"
    yield _Way(function, plain)

    def seeded(node: Any) -> Any:
        setattr(node, seed, 1.0)
        return function(node)

    yield _Way(seeded, f"{{0}}.{seed} = 1.0\n{plain}")
    with_seed = f"{name}({{0}}, 1.0)" if is_function else f"{{0}}.{name}(1.0)"
    yield _Way(lambda node: function(node, 1.0), with_seed)


def _grad_that_appears(
    engine: Bound, make: Make, sweep: Callable[[Any], Any], given: str | None
) -> str | None:
    """Return the attribute of a leaf that the sweep turned into a number other than 0.

    Marks and counters change as well: a usual name is taken before any other, and of the others the
    one that most often holds the right number.
    """
    right: dict[str, int] = {}
    for symbol, operation in engine.operations.items():
        row = engine.rows[symbol]
        if symbol in engine.broken or "number" in row["operands"]:
            continue
        sample = row["samples"][0]
        try:
            leaves = [make(number) for number in sample["operands"]]
            before = {
                name: _number_at(leaves[0], name) for name in public_names(engine.cls, leaves[0])
            }
            sweep(operation(*leaves))
        except Exception:  # noqa: S112 - another operation may do
            continue
        if given:
            return given if _number_at(leaves[0], given) else None
        changed = {}
        for name, was in before.items():
            now = _number_at(leaves[0], name)
            if now and now != was and name != engine.names["data"]:
                changed[name] = now
        usual = next((name for name in GRAD_NAMES if name in changed), None)
        if usual is not None:
            return usual
        for name, now in changed.items():
            off = abs(now - sample["partials"][0])
            right[name] = right.get(name, 0) + (off <= 1e-9 * abs(now))
    return max(right, key=lambda name: right[name]) if right else None


def _number_at(node: Any, name: str) -> float | None:
    try:
        found = getattr(node, name)
        if inspect.ismethod(found):
            # Only what may be a getter: calling anything else would run the engine.
            if name not in GRAD_NAMES:
                return None
            found = found()
        return None if found is None or isinstance(found, bool) else read_number(found)
    except Exception:
        return None
