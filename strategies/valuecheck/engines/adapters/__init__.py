"""Adapters: small files that show a framework's tensors as a `Value`, for the worker to load.

A file wraps one 0-d tensor in double precision and hands every operation on; it computes nothing.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADAPTERS"]

_HERE = Path(__file__).resolve().parent

ADAPTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "torch": f"{_HERE / 'torch_value.py'}:Value",
        "autograd": f"{_HERE / 'autograd_value.py'}:Value",
        "jax": f"{_HERE / 'jax_value.py'}:Value",
        "mygrad": f"{_HERE / 'mygrad_value.py'}:Value",
    }
)
"""By the name of a framework, the target that stands for it."""
