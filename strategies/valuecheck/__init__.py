"""A property-based verification suite for scalar autograd engines."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valuecheck.assertion import WrongGradientError, assert_gradients
    from valuecheck.engines.engine import CannotCheckError
    from valuecheck.program.expression import Expression

__all__ = [
    "CannotCheckError",
    "Expression",
    "WrongGradientError",
    "__version__",
    "assert_gradients",
]

__version__ = version("valuecheck")

_HOMES = {
    "CannotCheckError": "valuecheck.engines.engine",
    "Expression": "valuecheck.program.expression",
    "WrongGradientError": "valuecheck.assertion",
    "assert_gradients": "valuecheck.assertion",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for; the command and the pytest plugin start fast without it."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
