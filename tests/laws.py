"""The laws of the suite, one after the other, on an engine in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.alarm import alarm
from valuecheck.checking.outcome import Checked, LawOutcome
from valuecheck.checking.run import Check
from valuecheck.checking.settings import Settings
from valuecheck.engines.engine import Engine, EngineLostError
from valuecheck.engines.in_process import open_class
from valuecheck.suite.families import every_law

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_of", "try_all"]


def check_of(
    engine: type | Engine,
    examples: int | None = None,
    seed: int | None = 0,
    oracles: Sequence[str] = (),
) -> Check:
    """Return the check of a class, without limits.

    Without oracles: they vote on every fault all the same; that they agree with the ruler is tested
    apart.
    """
    opened = engine if isinstance(engine, Engine) else open_class(engine)
    settings = Settings(examples=examples, seed=seed, time_limit=None, memory_limit=None)
    check = Check(opened, settings, Checked("in a test", hello=opened.hello))
    check.judge.oracles = oracles
    return check


def try_all(
    check: Check, limit: float | None = None, *, until_found: bool = False
) -> list[LawOutcome]:
    """Try every law on an engine and return the outcome of each.

    Args:
        check: the check of the engine.
        limit: seconds a law may take.
        until_found: leave out the families after the first one that finds something.
    """
    outcomes: list[LawOutcome] = []
    for task in every_law():
        found = next((o.family for o in outcomes if o.finding), task.law.family)
        if until_found and task.law.family != found:
            break
        try:
            with alarm(limit or 0.0):
                outcomes.append(check.try_law(task))
        except EngineLostError:
            outcomes.append(LawOutcome(task.name, task.law.family, "timed out"))
    return outcomes
