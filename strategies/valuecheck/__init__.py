"""A property-based verification suite for scalar autograd engines."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valuecheck.assertion import WrongGradientError, assert_gradients
    from valuecheck.program.expression import Expression

__all__ = ["Expression", "WrongGradientError", "__version__", "assert_gradients"]

__version__ = version("valuecheck")


def __getattr__(name: str) -> Any:
    """Import what is asked for; the command and the pytest plugin start fast without it."""
    if name in {"assert_gradients", "WrongGradientError"}:
        from valuecheck import assertion  # noqa: PLC0415 - see above

        return getattr(assertion, name)
    if name == "Expression":
        from valuecheck.program.expression import Expression  # noqa: PLC0415 - see above

        return Expression
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
