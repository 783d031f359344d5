"""Fitting strategies to an engine: `diamonds(for_=MyValue)` draws only what MyValue has."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis.errors import InvalidArgument

from valuecheck.engines.engine import CannotCheckError
from valuecheck.engines.in_process import open_class
from valuecheck.strategies.options import Options

if TYPE_CHECKING:
    from valuecheck.engines.engine import Engine
    from valuecheck.strategies.codes import SharedOptions

__all__ = ["options_for", "options_of"]


def options_for(shared: SharedOptions) -> Options:
    """Return the options of a strategy; what is given stands, the rest fits `for_`.

    Raises `InvalidArgument` for anything that cannot be used.
    """
    given: dict[str, Any] = dict(shared)
    cls = given.pop("for_", None)
    if cls is None:
        return Options(**given)
    return Options(**{**_fitted(cls), **given})


@cache
def _fitted(cls: Any) -> dict[str, Any]:
    try:
        return dict(options_of(open_class(cls)))
    except CannotCheckError as error:
        raise InvalidArgument(f"for_={cls!r:.80}: {error}") from error


def options_of(engine: Engine) -> SharedOptions:
    """Return the options with which only what an engine has is drawn."""
    return {
        "primitives": engine.supported,
        "constants": engine.sides,
        "exponents": engine.exponents,
        "floats_only": "int" in engine.hello.refused_numbers,
    }
