"""Example budgets, and what several tests need."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from minigrad import Value
from valuecheck.probing import bind
from valuecheck.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    """What the drawing of a trial starts from: 0, or what `--hypothesis-seed` says."""
    given = pytestconfig.getoption("--hypothesis-seed")
    return int(given or 0)


@pytest.fixture
def on_trial(seed: int) -> Callable[[type], Iterator[Trial]]:
    """Put any engine on trial, first with a few examples, which show most mutants, then with more.

    Without oracles: they vote on every fault all the same; that they agree with the ruler is tested
    apart.
    """
    return lambda engine: (
        Trial(bind(engine), max_examples=budget, seed=seed, oracles=()) for budget in (10, 100)
    )


@pytest.fixture
def on_long_trial(seed: int) -> Callable[[type], Trial]:
    """Put any engine on trial with a budget that shows every mutant to the law meant for it alone.

    Most laws need a tenth of it; a trial ends with the first failure all the same.
    """
    return lambda engine: Trial(bind(engine), max_examples=1000, seed=seed, oracles=())


@pytest.fixture
def on_small_trial(seed: int) -> Callable[..., Trial]:
    """Put an engine that is right on trial with the budget of a small check."""
    return lambda cls, **more: Trial(bind(cls), max_examples=15, seed=seed, **more)


@pytest.fixture
def trial(on_small_trial: Callable[..., Trial]) -> Trial:
    """Our engine on trial."""
    return on_small_trial(Value)
