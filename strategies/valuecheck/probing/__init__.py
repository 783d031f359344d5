"""Finding out, on tiny expressions, how somebody's `Value` is to be used."""

from valuecheck.probing.access import CannotBindError, Trying
from valuecheck.probing.binding import bind

__all__ = ["CannotBindError", "Trying", "bind"]
