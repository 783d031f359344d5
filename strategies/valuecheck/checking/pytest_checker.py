"""The laws one by one, each a test of pytest: `pytest --pyargs valuecheck.suite --value ...`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pytest

from valuecheck.checking.opening import open_engine
from valuecheck.checking.outcome import Checked, LawOutcome
from valuecheck.checking.run import Check
from valuecheck.checking.settings import Settings, from_pyproject
from valuecheck.suite.families import Task
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from valuecheck.engines.engine import Engine
    from valuecheck.suite.law import Law
    from valuecheck.suite.limits import Limit

__all__ = ["PytestChecker"]


class BrokenLawError(AssertionError):
    """A law is broken."""

    def __init__(self, outcome: LawOutcome) -> None:
        super().__init__(outcome.finding.evidence if outcome.finding else outcome.reason)
        self.outcome = outcome


class PytestChecker:
    """The check of one engine, driven by pytest.

    Attributes:
        check: the check.
        strict: limits and policies fail too.
    """

    def __init__(self, engine: Engine, check: Check, *, strict: bool) -> None:
        self._engine = engine
        self.check = check
        self.strict = strict

    @classmethod
    def open(
        cls,
        target: str,
        *,
        examples: int | None,
        seed: int | None,
        time_limit: float | None,
        strict: bool,
    ) -> Self:
        """Start the engine of a target; the names are those of the nearest pyproject.toml.

        Raises `CannotCheckError` when there is no engine to be had, and `BadSettingsError` where
        the pyproject.toml cannot be read.
        """
        settings = Settings(
            from_pyproject(target).names,
            examples=examples,
            seed=seed,
            time_limit=time_limit,
            memory_limit=None,
        )
        checked = Checked(target, oracles=oracle_versions())
        engine = open_engine(target, settings, checked)
        checked.hello = engine.hello
        return cls(engine, Check(engine, settings, checked), strict=strict)

    def close(self) -> None:
        """End the engine."""
        self._engine.close()

    def try_law(self, law: Law, *arguments: Any) -> None:
        """Try a law; fails when it is broken, and skips when it is not judged."""
        __tracebackhide__ = True
        outcome = self.check.try_law(Task(law, arguments))
        if outcome.finding is not None:
            raise BrokenLawError(outcome)
        if outcome.outcome == "unsupported":
            pytest.skip(outcome.reason)
        if outcome.outcome != "held":
            pytest.fail(outcome.reason, pytrace=False)

    def try_limit(self, limit: Limit) -> None:
        """Try a limit; fails when strict and it is not reached."""
        result = self.check.try_limit(f"test_limit[{limit.name}]", limit)
        if result is None:
            pytest.skip(f"needs {' and '.join(limit.needs)}")
        if self.strict and not result.reached:
            pytest.fail(f"{limit.name}: {result.detail}", pytrace=False)

    def find_policies(self) -> None:
        """Find out the policies; fails when strict and one is neither this nor that."""
        self.check.find_policies()
        unclean = self.check.checked.unclean
        if self.strict and unclean:
            pytest.fail(f"neither one nor the other: {', '.join(unclean)}", pytrace=False)

    @staticmethod
    def explain(error: BaseException) -> str | None:
        """Return what to show for a failed law, None when it is not a fault of the engine."""
        if not isinstance(error, BrokenLawError) or error.outcome.finding is None:
            return None
        from valuecheck.report.text import fault_block  # noqa: PLC0415 - reports are above checks

        return fault_block(error.outcome.finding)
