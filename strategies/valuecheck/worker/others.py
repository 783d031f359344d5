"""Operations of a class that the judge's table does not know: what may be called, and how."""

from __future__ import annotations

import inspect
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import Bound

__all__ = ["call_other", "others_of", "required_of"]

_SWEEPS = re.compile(r"back|sweep|reverse|grad|zero|topo")

_RISKY = re.compile(
    r"(?:^|_)(?:save|load|draw|plot|show|dot|graph|viz|visuali[sz]e|render|print|write|read|open"
    r"|close|dump|export|import|train|fit|step|update|reset|clear|set|delete|remove|exit"
    r"|quit|run|main|test|debug|trace|log_to|register|hook|parameters|children|is|has|get"
    r"|item|numpy|tolist|copy|clone|to|from|repr|str|name|label|display|summary|watch|eval"
    r")(?:_|$)"
)
"""Names that smell of files, windows, training or state, or of what is not a node."""


def others_of(engine: Bound) -> list[dict[str, Any]]:
    """Return the public methods that are no operation of the table, nor what reads or sweeps.

    Each with "name", "arity" (operands, the node itself among them), "where", and "why" it must not
    be called, "" where it may.
    """
    used = {spelling[4:].partition("(")[0] for spelling in engine.spellings.values()}
    used |= {
        name
        for symbol, row in engine.rows.items()
        if engine.unsupported.get(symbol) != "not there"
        for name in row["methods"]
    }
    used |= {engine.names["data"], engine.names["grad"]}
    found = []
    for name in dir(engine.cls):
        if name.startswith("_") or name in used or hasattr(object, name):
            continue
        held = inspect.getattr_static(engine.cls, name, None)
        if isinstance(held, property) or not callable(getattr(engine.cls, name, None)):
            continue
        if _SWEEPS.search(name):
            continue
        code = getattr(held, "__code__", None)
        arity, why = _arity(held)
        if _RISKY.search(name):
            why = "its name says that it does something else"
        where = f"{code.co_filename}:{code.co_firstlineno}" if code is not None else None
        found.append({"name": name, "arity": arity, "why": why, "where": where})
    return found


def _arity(held: Any) -> tuple[int, str]:
    if isinstance(held, (staticmethod, classmethod, type)):
        return 0, "it is not a method of a node"
    try:
        parameters = list(inspect.signature(held).parameters.values())
    except (TypeError, ValueError):
        return 1, ""
    required = required_of(held)
    keywords = [p for p in parameters if p.default is p.empty and p.kind is p.KEYWORD_ONLY]
    if keywords or not 1 <= len(required) <= 2:
        return len(required), "it takes more than nodes"
    return len(required), ""


def required_of(function: Any) -> list[str]:
    """Return the names of the parameters that every call must fill by position."""
    return [
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]


def call_other(name: str, operands: list[Any]) -> tuple[Any, bool]:
    """Call a method of the first operand with the others.

    Returns the result, and whether a node was made on the way; that is not watched while somebody
    else profiles, for a profiler written in C cannot be put back.
    """
    made = False
    constructor = getattr(type(operands[0]).__init__, "__code__", None)

    def watch(frame: Any, event: str, _: Any) -> None:
        nonlocal made
        made = made or (event == "call" and frame.f_code is constructor)

    method = getattr(operands[0], name)
    if sys.getprofile() is not None:
        return method(*operands[1:]), False
    sys.setprofile(watch)
    try:
        result = method(*operands[1:])
    finally:
        sys.setprofile(None)
    return result, made
