"""Example budgets, and what several tests need."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from minigrad import Value
from tests.laws import check_of
from valuecheck.truth.oracles.panel import ORACLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from valuecheck.checking.run import Check

# The only place where budgets stand. No deadline: no test depends on the clock.
settings.register_profile("default", max_examples=100, deadline=None)
# The same examples every time: what passed on a change passes on it again.
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile(
    "thorough",
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# For tests that say which of these they need: few large examples, or many in search of one.
settings.register_profile("few", max_examples=10, deadline=None)
settings.register_profile(
    "search",
    max_examples=20_000,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """What the drawing of a check starts from: 0, or what `--hypothesis-seed` says."""
    given = pytestconfig.getoption("--hypothesis-seed")
    return int(given or 0)


@pytest.fixture
def on_check(seed: int) -> Callable[[type], Iterator[Check]]:
    """Check any engine, first with a few examples, which show most mutants, then with more."""
    return lambda engine: (check_of(engine, budget, seed) for budget in (10, 100))


@pytest.fixture
def on_long_check(seed: int) -> Callable[[type], Check]:
    """Check any engine with a budget that shows every mutant to the law meant for it alone.

    Most laws need a tenth of it; a check ends with the first failure all the same.
    """
    return lambda engine: check_of(engine, 1000, seed)


@pytest.fixture
def on_small_check(seed: int) -> Callable[..., Check]:
    """Check an engine that is right with the budget of a small check."""
    return lambda engine, **more: check_of(engine, 15, seed, **more)


@pytest.fixture
def ours(on_small_check: Callable[..., Check]) -> Check:
    """Our engine, with all oracles."""
    return on_small_check(Value, oracles=tuple(ORACLES))
