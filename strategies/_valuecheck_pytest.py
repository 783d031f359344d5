"""The pytest plugin: options and fixtures for the laws of valuecheck.

Every pytest in an environment where valuecheck is installed loads this file, so it imports nothing
of valuecheck until a law is collected.
"""

from __future__ import annotations

import argparse
import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from valuecheck.checking.pytest_checker import PytestChecker

_KEY = pytest.StashKey["PytestChecker"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("valuecheck", "the laws of valuecheck, on anyone's Value")
    add = group.addoption
    add("--value", metavar="TARGET", help="the engine to check, e.g. my_engine.py:Value")
    add("--value-examples", type=_at_least_1, metavar="N", help="examples a law")
    add("--value-seed", type=int, metavar="N", help="where the drawing of examples starts from")
    add("--value-time-limit", type=_seconds, metavar="SECONDS", help="time a law may take")
    add("--value-strict", action="store_true", help="limits and policies fail too")


def _at_least_1(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not (number > 0.0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return number


@pytest.fixture(scope="session")
def checker(pytestconfig: pytest.Config) -> Iterator[PytestChecker]:
    """Return what tries laws on the engine given by --value."""
    from valuecheck.checking.pytest_checker import PytestChecker  # noqa: PLC0415 - see the top
    from valuecheck.engines.engine import ValuecheckError  # noqa: PLC0415 - as above

    target = pytestconfig.getoption("--value")
    if target is None:
        raise pytest.UsageError("give the engine to check: --value my_engine.py:Value")
    try:
        found = PytestChecker.open(
            target,
            examples=pytestconfig.getoption("--value-examples"),
            seed=pytestconfig.getoption("--value-seed"),
            time_limit=pytestconfig.getoption("--value-time-limit"),
            strict=pytestconfig.getoption("--value-strict"),
        )
    except ValuecheckError as error:
        pytest.exit(str(error), returncode=2)
    pytestconfig.stash[_KEY] = found
    yield found
    found.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each law about one primitive a test for every row of the table."""
    if "symbol" in metafunc.fixturenames and hasattr(metafunc.function, "valuecheck_law"):
        from valuecheck.program.primitives import PRIMITIVES  # noqa: PLC0415 - see the top

        metafunc.parametrize("symbol", list(PRIMITIVES))


@pytest.hookimpl(trylast=True)  # after -k has left out what does not match
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the laws in the order of the command: single primitives first."""
    laws = [item for item in items if _is_law(item)]
    if not laws:
        return
    if config.getoption("--value") is None and not config.option.collectonly:
        raise pytest.UsageError("give the engine to check: --value my_engine.py:Value")
    from valuecheck.suite.families import FAMILIES  # noqa: PLC0415 - see the top of the file

    order = [*(f"test_{family}" for family in FAMILIES), "test_limits"]
    laws.sort(key=lambda item: order.index(item.path.stem))
    items[:] = [*(item for item in items if not _is_law(item)), *laws]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep all laws on one worker of xdist: what one finds out, the others leave out."""
    if config.getoption("--value") is None:
        return None
    scheduler: Any = import_module("xdist.scheduler")  # only there with xdist

    from valuecheck.suite.families import every_law  # noqa: PLC0415 - see the top of the file

    laws = {task.law.name for task in every_law()} | {"test_limit", "test_policies"}

    class Together(scheduler.LoadScopeScheduling):  # type: ignore[misc] # without types
        def _split_scope(self, nodeid: str) -> str:
            name = nodeid.rpartition("::")[2].partition("[")[0]
            return "laws" if name in laws else nodeid

    return Together(config, log)


def _is_law(item: pytest.Item) -> bool:
    module = getattr(getattr(item, "function", None), "__module__", "")
    return module.startswith("valuecheck.suite.")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a fault as what is wrong with the engine, not as a traceback of ours."""
    report = yield
    if call.excinfo is not None and _KEY in item.config.stash:
        text = item.config.stash[_KEY].explain(call.excinfo.value)
        if text is not None:
            report.longrepr = text
    return report
