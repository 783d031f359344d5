"""The laws of the suite, one after the other, in this process."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

import valuecheck.suite
from valuecheck.overtime import TimeIsUp, time_limit
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.session import order
from valuecheck.suite.law import Law, law_of
from valuecheck.verdict import Outcome, try_law

if TYPE_CHECKING:
    from valuecheck.trial import Trial

__all__ = ["all_laws", "try_all"]


@cache
def all_laws() -> tuple[tuple[Law, tuple[str, ...]], ...]:
    """Return every law with its arguments, in the order of the command."""
    names = [m.name for m in pkgutil.iter_modules(valuecheck.suite.__path__)]
    found: list[tuple[Law, tuple[str, ...]]] = []
    for name in sorted((n for n in names if n.startswith("test_")), key=order):
        module = importlib.import_module(f"valuecheck.suite.{name}")
        for function in vars(module).values():
            law = law_of(function)
            if law is None:
                continue
            if "symbol" in inspect.signature(function).parameters:
                found += [(law, (symbol,)) for symbol in PRIMITIVES]
            else:
                found.append((law, ()))
    return tuple(found)


def try_all(
    trial: Trial, limit: float | None = None, *, until_found: bool = False
) -> list[Outcome]:
    """Try every law on an engine and return what came of each.

    Args:
        trial: the engine on trial.
        limit: seconds a law may take.
        until_found: leave out the families after the first one that finds something.
    """
    outcomes: list[Outcome] = []
    for law, arguments in all_laws():
        found = next((outcome.family for outcome in outcomes if outcome.finding), law.family)
        if until_found and law.family != found:
            break
        try:
            with time_limit(limit):
                outcomes.append(try_law(trial, law, *arguments))
        except TimeIsUp:
            outcomes.append(Outcome(law.name, law.family, "timed out"))
    return outcomes
