"""Limits and policies: tried and reported; they fail a test under --value-strict only."""

from __future__ import annotations

from typing import Protocol

import pytest

from valuecheck.suite.limits import LIMITS, Limit


class Checker(Protocol):
    """What the pytest plugin hands to a test."""

    def try_limit(self, limit: Limit) -> None:
        """Try a limit; fails when strict and it is not reached."""

    def find_policies(self) -> None:
        """Find out the policies; fails when strict and one is neither this nor that."""


@pytest.mark.parametrize("limit", list(LIMITS))
def test_limit(checker: Checker, limit: str) -> None:
    """Claims nothing of every correct engine: reports how far this one goes."""
    checker.try_limit(LIMITS[limit])


def test_policies(checker: Checker) -> None:
    """Claims nothing of every correct engine: reports what it does where several ways are right."""
    checker.find_policies()
