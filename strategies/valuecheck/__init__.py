"""A property-based verification suite for scalar autograd engines."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valuecheck.assertion import (
        BrokenLawError,
        WrongGradientError,
        assert_gradients,
        assert_law,
        laws,
    )
    from valuecheck.engines.engine import CannotCheckError
    from valuecheck.notebook import Report, check, load_ipython_extension
    from valuecheck.program.expression import Expression

__all__ = [
    "BrokenLawError",
    "CannotCheckError",
    "Expression",
    "Report",
    "WrongGradientError",
    "__version__",
    "assert_gradients",
    "assert_law",
    "check",
    "laws",
    "load_ipython_extension",
]

__version__: str = version("valuecheck")

_HOMES = {
    "CannotCheckError": "valuecheck.engines.engine",
    "Expression": "valuecheck.program.expression",
    "Report": "valuecheck.notebook",
    "BrokenLawError": "valuecheck.assertion",
    "WrongGradientError": "valuecheck.assertion",
    "assert_gradients": "valuecheck.assertion",
    "assert_law": "valuecheck.assertion",
    "laws": "valuecheck.assertion",
    "check": "valuecheck.notebook",
    "load_ipython_extension": "valuecheck.notebook",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for; the command and the pytest plugin start fast without it."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
