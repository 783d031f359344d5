"""A scalar reverse-mode autograd engine, small enough to learn all of it."""

from minigrad.scalar import Value

__all__ = ["Value"]
