"""Which oracles can take part here; asking imports none of them."""

from __future__ import annotations

import importlib.util
from functools import cache
from importlib.metadata import version

__all__ = ["oracle_versions"]

_LIBRARIES = {"torch": "torch", "central_difference": "mpmath", "dual_number": "mpmath"}


@cache
def _version(library: str) -> str | None:
    if importlib.util.find_spec(library) is None:
        return None
    return version(library).partition("+")[0]


def oracle_versions() -> dict[str, str | None]:
    """Return for each oracle the version of its library, None when that is not installed."""
    return {oracle: _version(library) for oracle, library in _LIBRARIES.items()}
