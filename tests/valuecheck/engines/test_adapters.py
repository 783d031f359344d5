"""Frameworks by name, each in an environment of its own: `tox -e torch`, `-e jax` and so on."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from valuecheck.checking.run import check
from valuecheck.checking.settings import Settings
from valuecheck.engines.adapters import ADAPTERS


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_framework_is_blamed_for_nothing(name: str) -> None:
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed: see its environment")
    checked = check(name, Settings(examples=40, time_limit=120.0), lambda *_: None)
    assert [finding.evidence for finding in checked.causes] == []
    assert checked.verdict(strict=False) == "pass"
    assert len(checked.hello.primitives if checked.hello else ()) > 20


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_framework_that_is_not_there_is_told_in_a_line(name: str) -> None:
    if find_spec(name) is not None:
        pytest.skip(f"{name} is installed")
    checked = check(name, Settings(examples=2), lambda *_: None)
    assert checked.verdict(strict=False) == "error"
    assert f"needs {name}, which is not installed" in checked.error
