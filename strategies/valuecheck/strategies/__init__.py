"""Hypothesis strategies for expressions: what a `Value` must get right, drawn at random."""

from valuecheck.strategies.expressions import expressions
from valuecheck.strategies.shapes import (
    chains,
    diamonds,
    fan_outs,
    ladders,
    self_operands,
    twins,
)

__all__ = [
    "chains",
    "diamonds",
    "expressions",
    "fan_outs",
    "ladders",
    "self_operands",
    "twins",
]
