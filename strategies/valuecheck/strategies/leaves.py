"""From a drawn integer to a leaf, a constant, or an exponent: 0 is the simplest, 1.0."""

from __future__ import annotations

from typing import Final, Literal, get_args

__all__ = ["LEAF_KINDS", "LeafKind", "constant", "leaf", "slots"]

LeafKind = Literal["simple", "decimal", "wide", "kink", "border", "saturated"]
"""
- simple: small whole numbers and halves, as ints and as floats
- decimal: one or two digits after the point, up to 10
- wide: from 1e-8 to 1e8
- kink: 0.0, -0.0 and numbers close to it, on either side
- border: where domains end: just above 0, on either side of 1 and -1
- saturated: from 5 to 250, where tanh is flat
"""

LEAF_KINDS: Final[tuple[LeafKind, ...]] = get_args(LeafKind)

_SIMPLE: Final = (
    *(1.0, 2.0, 0.5, -1.0, 3.0, -2.0, -0.5, 1.5, 1, 2, -1, 3, 4.0, -3.0, 5.0, 0.0, 0),
    *(-1.5, 2.5, -4.0, 10.0, 6.0, 7.0, -5.0, 4, 5, -2, -3),
)
_KINKS: Final = (0.0, -0.0, *(sign * 10.0**-k for k in (1, 2, 3, 4, 6, 8) for sign in (1, -1)))
_BORDERS: Final = (
    *(1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8),
    *(sign * (1.0 + offset) for offset in (0.01, -0.01, 1e-4, -1e-4) for sign in (1, -1)),
)
_SATURATED: Final = (6.0, -6.0, 8.0, -8.0, 12.0, -12.0, 19.0, -19.0, 25.0, -25.0, 250.0, -250.0)

# How often each kind is drawn when all are allowed. Most gradients should keep their digits, and
# most examples should be readable.
_WEIGHTS: Final[dict[LeafKind, int]] = {
    "simple": 6,
    "decimal": 6,
    "wide": 1,
    "kink": 1,
    "border": 1,
    "saturated": 1,
}


def slots(kinds: tuple[LeafKind, ...]) -> tuple[LeafKind, ...]:
    """Return the kinds asked for, each as often as its weight, simplest first."""
    return tuple(kind for kind in LEAF_KINDS if kind in kinds for _ in range(_WEIGHTS[kind]))


def leaf(code: int, kinds: tuple[LeafKind, ...], low: float, high: float) -> float:
    """Return the leaf that a non-negative integer stands for.

    Args:
        code: what was drawn; the lowest digits choose the kind.
        kinds: as `slots` returned them.
        low: the least leaf allowed.
        high: the greatest leaf allowed.
    """
    payload, slot = divmod(code, len(kinds))
    number = _of_kind(kinds[slot], payload)
    if low <= number <= high:
        return number
    # Out of range: the share of the way that the payload is through its values, if both ends exist.
    start = min(max(1.0, low), high)
    end = high if high != float("inf") else low if low != -float("inf") else start + 10.0
    return min(max(start + (end - start) * (payload % 101) / 101, low), high)


def _of_kind(kind: LeafKind, payload: int) -> float:
    if kind == "simple":
        return _SIMPLE[payload % len(_SIMPLE)]
    if kind == "decimal":
        rest, is_fine = divmod(payload, 2)
        size, sign = divmod(rest, 2)
        magnitude = (size % 99 + 1) / 10 if not is_fine else (size % 999 + 1) / 100
        return -magnitude if sign else magnitude
    if kind == "wide":
        rest, sign = divmod(payload, 2)
        digit, power = divmod(rest, 17)
        # The exponents 0, -1, 1, -2, 2 ... 8.
        places = (power + 1) // 2 * (-1 if power % 2 else 1)
        magnitude = float(f"{digit % 9 + 1}e{places}")
        return -magnitude if sign else magnitude
    table = {"kink": _KINKS, "border": _BORDERS, "saturated": _SATURATED}[kind]
    return table[payload % len(table)]


def constant(code: int) -> float:
    """Return the plain number, int or float and never 0, that stands as an operand."""
    payload, is_decimal = divmod(code, 2)
    number = _of_kind("decimal" if is_decimal else "simple", payload)
    return number or 2
