"""Reading and writing a node, however its class would have it, and errors of binding."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from valuecheck.engine import call

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "GRAD_NAMES",
    "CannotBindError",
    "Trying",
    "method",
    "public_names",
    "reader",
    "spell_reader",
    "writer",
]

GRAD_NAMES: Final = ("grad", "gradient", "derivative", "adjoint", "dv", "g", "_grad")

Trying: TypeAlias = "Callable[[str], Exception | None]"


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


def reader(operation: str, name: str) -> Callable[[Any], Any]:
    """Return what reads an attribute, property or method of a node."""

    def read(node: Any) -> Any:
        found = call(operation, getattr, node, name)
        return call(operation, found) if inspect.ismethod(found) else found

    return read


def writer(operation: str, name: str) -> Callable[[Any, float], None]:
    """Return what sets an attribute of a node; raises `EngineError` where that cannot be."""

    def write(node: Any, value: float) -> None:
        if inspect.ismethod(getattr(node, name)):
            msg = f"{name}() is a method"  # setting it would hide the method, and change nothing
            raise AttributeError(msg)
        setattr(node, name, value)

    return lambda node, value: call(operation, write, node, value)


def method(name: str) -> Callable[..., Any]:
    """Return what calls a method by its name."""

    def apply(node: Any, *others: Any) -> Any:
        return getattr(node, name)(*others)

    return apply
