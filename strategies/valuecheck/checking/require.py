"""What an engine must have: what is missing of it is a fault, one each."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from valuecheck.program.form import SIDES, Form
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuecheck.engines.engine import Engine

__all__ = ["form_of", "missing", "required"]

_FORMS: Final = {
    str(Form(symbol, side)): Form(symbol, side)
    for symbol, row in PRIMITIVES.items()
    if "either" in row.operands
    for side in SIDES
}
"""By how it is written, a primitive with a plain number on one side: "2 - x", "x + 2"."""


def required(text: str) -> tuple[str, ...]:
    """Return what a text asks for: symbols, forms such as "2 - x", names of methods.

    They are parted by blanks; a form, which has some, is quoted.

    Raises `ValueError` when quotes do not match, or for what is none of the three.
    """
    names = tuple(shlex.split(text))
    for name in names:
        if name not in PRIMITIVES and name not in _FORMS and not name.isidentifier():
            known = " ".join([*PRIMITIVES, *(repr(form) for form in _FORMS)])
            raise ValueError(f"{name!r} is none of {known}, and no name of a method")
    return names


def form_of(name: str) -> Form | None:
    """Return the form that is written like this, as "2 - x"; None for a symbol or a method."""
    return _FORMS.get(name)


def missing(engine: Engine, names: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield for each name that the engine lacks a sentence that says so, and the symbol."""
    hello = engine.hello
    others = {other.name for other in hello.others}
    for name in names:
        form = _FORMS.get(name)
        if form is not None:
            there = form.number in engine.sides.get(form.symbol, ())
        else:
            there = name in hello.primitives or name in hello.broken or name in others
        if not there:
            why = hello.unsupported.get(name, "not there")
            told = "is required, and not there"
            if why != "not there":
                told = f"is required, and not there: {why}"
            yield f"{name} {told}", form.symbol if form else name if name in PRIMITIVES else None
