"""A scalar reverse-mode autograd engine, small enough to learn all of it."""

from typing import TYPE_CHECKING

from minigrad.scalar import Value

__all__ = ["Value", "__version__"]

if TYPE_CHECKING:
    __version__: str


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: that takes longer than to import the rest."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - see above

        return version("minigrad-scalar")
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
