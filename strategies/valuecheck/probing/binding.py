"""Finding out, on tiny expressions, how somebody's `Value` is to be used.

Names are only where the search begins. What counts is behaviour: the attribute that gives back the
number that went in, the method after which a gradient has appeared.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from valuecheck.check.settings import Names
from valuecheck.engine import Engine, EngineError, call
from valuecheck.probing.access import CannotBindError, public_names, reader, writer
from valuecheck.probing.primitives import find_primitives
from valuecheck.probing.sweep import find_sweep
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.agreement import NotANumberError, read_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.probing.access import Trying

__all__ = ["bind"]

_DATA_NAMES: Final = ("data", "value", "val", "v", "item", "primal", "x", "_data", "_value")


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
        lambda number: call("constructor", make, number),
        data=reader("data", data),
        grad=reader("grad", names.grad or "grad"),
        sweep=lambda _node: None,
        set_grad=writer("grad", names.grad or "grad"),
        set_data=writer("data", data),
        spellings={"leaf": leaf},
        names={"data": data},
    )
    if make is not cls:
        engine.unsupported[f"{cls.__name__}(2)"] = "a leaf is made from a float only"
    find_primitives(engine, names.primitives, trying)
    if not engine.operations:
        msg = (
            f"{cls.__name__} has none of the operations that can be tested: {' '.join(PRIMITIVES)}"
        )
        raise CannotBindError(msg)
    trying("backward")
    find_sweep(engine, names)
    return engine


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
    candidates = [given] if given else [*_DATA_NAMES, *public_names(cls, sample)]
    other = call("constructor", make, -1.5)
    for name in candidates:
        with contextlib.suppress(EngineError, NotANumberError):
            read = reader("data", name)
            if read_number(read(sample)) == 3.0 and read_number(read(other)) == -1.5:  # noqa: PLR2004 - the numbers that went in
                return name
    seen = ", ".join(public_names(cls, sample)[:12]) or "nothing"
    msg = (
        f"no attribute of {cls.__name__}(3.0) gives the number back"
        f" ({f'--data {given} does not' if given else f'it has: {seen}'}); name it with --data"
    )
    raise CannotBindError(msg)
