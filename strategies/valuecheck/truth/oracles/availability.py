"""Which oracles can take part here; asking imports none of them."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

__all__ = ["oracle_versions"]

_LIBRARIES = {"torch": "torch", "central_difference": "mpmath", "dual_number": "mpmath"}


@cache
def _version(library: str) -> str | None:
    # What is installed, not what could be imported: a torch.py beside an engine is no oracle.
    try:
        return version(library).partition("+")[0]
    except PackageNotFoundError:
        return None


def oracle_versions() -> dict[str, str | None]:
    """Return for each oracle the version of its library, None when that is not installed."""
    return {oracle: _version(library) for oracle, library in _LIBRARIES.items()}
