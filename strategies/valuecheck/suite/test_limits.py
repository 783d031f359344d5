"""Limits and policies: tried and reported; they fail a test under --value-strict only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from valuecheck.limits import LIMITS

if TYPE_CHECKING:
    from valuecheck.session import Session


@pytest.mark.parametrize("limit", list(LIMITS))
def test_limit(docket: Session, limit: str) -> None:
    """Claims nothing of every correct engine: reports how far this one goes."""
    docket.try_limit(LIMITS[limit])


def test_policies(docket: Session) -> None:
    """Claims nothing of every correct engine: reports what it does where several ways are right."""
    docket.find_policies()
