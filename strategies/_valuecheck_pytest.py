"""The pytest plugin: options and fixtures for the laws of valuecheck.

Every pytest in an environment where valuecheck is installed loads this file, so it imports nothing
of valuecheck until a law is collected.
"""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from valuecheck.session import Session

_KEY = pytest.StashKey["Session"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("valuecheck", "the laws of valuecheck, on anyone's Value")
    add = group.addoption
    add("--value", metavar="TARGET", help="the engine to check, e.g. my_engine.py:Value")
    add("--value-examples", type=_at_least_1, metavar="N", help="examples a law")
    add("--value-seed", type=int, metavar="N", help="where the drawing of examples starts from")
    add("--value-time-limit", type=_seconds, metavar="SECONDS", help="time a law may take")
    add("--value-strict", action="store_true", help="limits and policies fail too")
    # What the command valuecheck says to the process it starts.
    add("--value-setup", metavar="FILE", help="internal: further settings as JSON")


def _at_least_1(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not (number > 0.0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return number


def _session(config: pytest.Config) -> Session:
    if _KEY not in config.stash:
        from valuecheck.check.settings import BadNamesError  # noqa: PLC0415 - see the top of the file
        from valuecheck.session import Session  # noqa: PLC0415 - as above

        try:
            config.stash[_KEY] = Session.from_options(
                target=config.getoption("--value"),
                examples=config.getoption("--value-examples"),
                seed=config.getoption("--value-seed"),
                time_limit=config.getoption("--value-time-limit"),
                strict=config.getoption("--value-strict"),
                setup=config.getoption("--value-setup"),
            )
        except BadNamesError as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash[_KEY]


@pytest.fixture
def docket(request: pytest.FixtureRequest) -> Session:
    """Return what tries laws on the engine given by --value."""
    if request.config.getoption("--value") is None:
        message = "give the engine to check: --value my_engine.py:Value"
        raise pytest.UsageError(message)
    session = _session(request.config)
    session.bind()
    return session


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each law about one primitive a test for every row of the table."""
    if "symbol" in metafunc.fixturenames and hasattr(metafunc.function, "valuecheck_law"):
        from valuecheck.program.primitives import PRIMITIVES  # noqa: PLC0415 - see the top of the file

        metafunc.parametrize("symbol", list(PRIMITIVES))


@pytest.hookimpl(trylast=True)  # after -k has left out what does not match
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the laws about single primitives first, and leave out those tried already."""
    laws = [item for item in items if _is_law(item)]
    if not laws and not config.getoption("--value"):
        return
    from valuecheck.session import order  # noqa: PLC0415 - see the top of the file

    others = [item for item in items if not _is_law(item)]
    laws.sort(key=lambda item: order(item.path.stem))
    if config.getoption("--value"):
        session = _session(config)
        laws = [
            item
            for item in laws
            if item.name not in session.done and (session.replay is not None) == _is_replay(item)
        ]
        session.announce([item.name for item in laws])
    items[:] = [*others, *laws]


def _is_law(item: pytest.Item) -> bool:
    module = getattr(getattr(item, "function", None), "__module__", "")
    return module.startswith("valuecheck.suite.")


def _is_replay(item: pytest.Item) -> bool:
    return item.path.stem == "test_replay"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Tell that all laws were tried, unless pytest gave up."""
    came_through = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    came_through.add(pytest.ExitCode.NO_TESTS_COLLECTED)
    if _KEY in session.config.stash and exitstatus in came_through:
        session.config.stash[_KEY].tell("finished")


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
