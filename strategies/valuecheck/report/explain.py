"""What a kind of fault is and how it is mended; the laws, with a line each."""

from __future__ import annotations

import textwrap
import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from valuecheck.suite.families import every_law

__all__ = ["Explained", "explain", "id_of", "kinds", "listing"]


class Explained(msgspec.Struct, frozen=True):
    """A kind of fault, in English and Spanish.

    Attributes:
        en: what it is.
        es: the same in Spanish.
        mend_en: how it is mended.
        mend_es: the same in Spanish.
        right: a line of a right engine.
        wrong: the line that gives it the fault; both "" where one line does not.
    """

    en: str
    es: str
    mend_en: str
    mend_es: str
    right: str = ""
    wrong: str = ""


@cache
def kinds() -> dict[str, Explained]:
    """Return every kind of fault by its name in the report."""
    text = (files("valuecheck.report") / "kinds.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Explained])


def id_of(kind: str) -> str:
    """Return the name of a kind as it stands in addresses and options: "wrong-order"."""
    return kind.replace(" ", "-")


def explain(name: str) -> str:
    """Return what a kind of fault is, an engine that has it, and how it is mended.

    Raises `KeyError` for what is no kind.
    """
    kind = name.lower().replace("-", " ")
    found = kinds()[kind]
    lines = [id_of(kind), "", *textwrap.wrap(found.en, 78)]
    if found.wrong:
        lines += ["", "  wrong", *_indented(found.wrong), "  right", *_indented(found.right)]
    return "\n".join([*lines, "", *textwrap.wrap(found.mend_en, 78), ""])


def _indented(code: str) -> list[str]:
    return [f"      {line}" for line in textwrap.dedent(code).splitlines()]


def listing() -> str:
    """Return every kind of fault and every law with a line each."""
    lines = ["kinds of fault"]
    lines += [f"  {id_of(kind):<22}{_short(found.en)}" for kind, found in kinds().items()]
    lines += ["", "laws"]
    for law in dict.fromkeys(task.law for task in every_law()):
        claim = (law.claim.__doc__ or "").partition("\n")[0].removeprefix("Claims: ")
        lines.append(f"  {law.name}")
        lines.append(f"      {claim}")
    return "\n".join([*lines, ""])


def _short(text: str) -> str:
    return textwrap.shorten(text.partition(":")[0].partition(". ")[0], 60, placeholder=" ...")
