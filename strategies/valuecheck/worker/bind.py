"""Finding out, on tiny expressions, how somebody's `Value` is to be used.

Names are only where the search begins. What counts is behaviour: the attribute that gives back the
number that went in, the method after which a gradient has appeared.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Callable, Sequence

from .attributes import DATA_NAMES, CannotBindError, public_names, reader, writer
from .engine import Bound, files_of
from .numbers import read_number
from .operations import Avoid, find_operations
from .raising import message_of
from .sweep import find_sweep, settle_by_names

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["bind"]


def bind(
    cls: type,
    setup: dict[str, Any],
    avoid: Avoid = lambda _: None,
    modules: Sequence[ModuleType] = (),
    files: Sequence[str] = (),
) -> Bound:
    """Find out how a class is used and return it, ready to be asked.

    Args:
        cls: somebody's `Value`.
        setup: what the judge sends: "table", the rows of its table of primitives, and "names",
            what the user said about the names in the class.
        avoid: hears of what is tried next; returns the error to enter in place of trying it.
        modules: where functions beside the class are looked for, besides its own module.
        files: further files of the engine's own.

    Raises `CannotBindError`, saying what was looked for and what is there instead.
    """
    names = setup["names"]
    engine = Bound(cls, files_of(cls, *files), {row["symbol"]: row for row in setup["table"]})
    avoid("constructor")
    sample = _find_constructor(engine)
    data = _find_data(engine, sample, names.get("data"))
    engine.names["data"] = data
    engine.data, engine.set_data = reader(data), writer(data)
    grad = names.get("grad") or "grad"
    engine.grad, engine.set_grad = reader(grad), writer(grad)
    home = sys.modules.get(cls.__module__)
    beside: list[ModuleType] = list(dict.fromkeys([*modules, *([home] if home else [])]))
    find_operations(engine, beside, names.get("primitives", {}), avoid)
    if not engine.operations:
        raise CannotBindError(
            f"{cls.__name__} has none of the operations that can be tested: {' '.join(engine.rows)}"
        )
    find = find_sweep if avoid("backward") is None else settle_by_names
    find(engine, beside, names.get("backward"), names.get("grad"))
    return engine


def _find_constructor(engine: Bound) -> Any:
    """Find what makes a leaf from a number, and how that is written; return a sample."""
    cls = engine.cls
    try:
        sample = cls(3.0)
    except BaseException as error:
        raise CannotBindError(
            f"{cls.__name__}(3.0) failed, but a leaf is made from one number: "
            f"{type(error).__name__}: {message_of(error)}"
        ) from error
    engine.make, engine.spellings["leaf"] = cls, f"{cls.__name__}({{0}})"
    try:
        cls(2)
    except Exception:
        engine.make = _from_float(cls)
        engine.spellings["leaf"] = f"{cls.__name__}(float({{0}}))"
        engine.unsupported[f"{cls.__name__}(2)"] = "a leaf is made from a float only"
    return sample


def _from_float(cls: type) -> Callable[[Any], Any]:
    return lambda number: cls(float(number))


def _find_data(engine: Bound, sample: Any, given: str | None) -> str:
    cls = engine.cls
    candidates = [given] if given else [*DATA_NAMES, *public_names(cls, sample)]
    try:
        other = engine.make(-1.5)
    except Exception as error:
        raise CannotBindError(
            f"{cls.__name__}(-1.5) failed: {type(error).__name__}: {message_of(error)}"
        ) from error
    tried: list[tuple[Any, float]] = [(sample, 3.0), (other, -1.5)]
    for name in candidates:
        with contextlib.suppress(Exception):
            if all(read_number(reader(name)(node)) == number for node, number in tried):
                return name
    seen = ", ".join(public_names(cls, sample)[:12]) or "nothing"
    found = f"--data {given} does not" if given else f"it has: {seen}"
    raise CannotBindError(
        f"no attribute of {cls.__name__}(3.0) gives the number back ({found}); name it with --data"
    )
