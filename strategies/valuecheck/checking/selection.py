"""Which laws are tried: `-k 'diamond and not [tanh]'`, as pytest reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from valuecheck.checking.settings import BadSettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["selected"]

_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")


def selected(select: str, names: Sequence[str]) -> list[str]:
    """Return those names that an expression matches; all of them for "".

    A word matches a name that has it anywhere, in upper or lower case; `and`, `or`, `not` and
    parentheses join words.

    Raises `BadSettingsError` when the expression cannot be read, or matches nothing.
    """
    if not select.strip():
        return list(names)
    matches = _Parser(select).parse()
    found = [name for name in names if matches(name.lower())]
    if not found:
        raise BadSettingsError(f"no law matches -k {select!r}")
    return found


class _Parser:
    """A recursive descent over `or`, `and`, `not`, parentheses and words."""

    def __init__(self, select: str) -> None:
        self._select = select
        self._tokens = _TOKEN.findall(select)

    def parse(self) -> Callable[[str], bool]:
        matches = self._any()
        if self._tokens:
            raise self._error(f"{self._tokens[0]!r} is not expected there")
        return matches

    def _error(self, why: str) -> BadSettingsError:
        return BadSettingsError(f"-k {self._select!r}: {why}")

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False

    def _any(self) -> Callable[[str], bool]:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return lambda name: any(part(name) for part in parts)

    def _all(self) -> Callable[[str], bool]:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return lambda name: all(part(name) for part in parts)

    def _one(self) -> Callable[[str], bool]:
        if self._take("not"):
            inner = self._one()
            return lambda name: not inner(name)
        if self._take("("):
            inner = self._any()
            if not self._take(")"):
                raise self._error("a parenthesis is not closed")
            return inner
        if not self._tokens or self._tokens[0] in {"and", "or", ")"}:
            raise self._error("a word is missing")
        word = self._tokens.pop(0).lower()
        return lambda name: word in name
