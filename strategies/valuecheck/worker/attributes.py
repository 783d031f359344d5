"""Reading and writing a node, however its class would have it."""

from __future__ import annotations

import copy
import inspect
from typing import Any, Callable

__all__ = [
    "DATA_NAMES",
    "GRAD_NAMES",
    "CannotBindError",
    "method",
    "public_names",
    "reader",
    "spell_reader",
    "writer",
]

DATA_NAMES = ("data", "value", "val", "v", "item", "primal", "x", "_data", "_value")
GRAD_NAMES = ("grad", "gradient", "derivative", "adjoint", "dv", "g", "_grad")


class CannotBindError(Exception):
    """A class does not look like a scalar autograd engine; the text says what is missing."""


def public_names(cls: type, node: object) -> list[str]:
    """Return the names of a node's attributes and methods, its own and public ones first."""
    names = [name for name in dir(node) if not name.startswith("__")]
    own = set(dir(cls)) - set(dir(object))
    return sorted(names, key=lambda name: (name.startswith("_"), name not in own, name))


def spell_reader(name: str, node: Any) -> str:
    """Return how the attribute or method is written in Python."""
    return f"{{0}}.{name}()" if inspect.ismethod(getattr(node, name, None)) else f"{{0}}.{name}"


def reader(name: str) -> Callable[[Any], Any]:
    """Return what reads an attribute, property or method of a node."""

    def read(node: Any) -> Any:
        found = getattr(node, name)
        return found() if inspect.ismethod(found) else found

    return read


def writer(name: str) -> Callable[[Any, float], None]:
    """Return what sets an attribute of a node; it raises where that cannot be."""

    def write(node: Any, value: float) -> None:
        held = getattr(node, name)
        if inspect.ismethod(held):
            # Setting it would hide the method, and change nothing.
            raise AttributeError(f"{name}() is a method")
        setattr(node, name, _like(held, value))

    return write


def _like(held: Any, value: float) -> Any:
    """Return a number as the node holds its own: in an array of that shape, as a Decimal."""
    if held is None or isinstance(held, (int, float)):
        return value
    try:
        if hasattr(held, "shape") and hasattr(held, "__setitem__"):
            held = copy.deepcopy(held)
            held[...] = value
            return held
        return type(held)(value)
    except Exception:
        return value


def method(name: str) -> Callable[..., Any]:
    """Return what calls a method by its name."""

    def apply(node: Any, *others: Any) -> Any:
        return getattr(node, name)(*others)

    return apply
