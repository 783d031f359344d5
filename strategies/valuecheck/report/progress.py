"""How far a check is: a line that stands still on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from valuecheck.report.text import count

if TYPE_CHECKING:
    from types import TracebackType

    from valuecheck.checking.outcome import Checked

__all__ = ["Progress"]

_EVERY: Final = 10.0
"""Seconds between two lines where there is no terminal."""

_BAR: Final = 16


class Progress:
    """Shows on standard error which law is tried, of how many, and how many faults there are."""

    def __init__(self, targets: int) -> None:
        self._targets = targets
        self._number = 1
        self._console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._live: Live | None = None
        self._began = self._told = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._console.is_terminal:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the line away."""
        if self._live is not None:
            self._live.stop()

    def begin(self, number: int) -> None:
        """Turn to the target of that number, from 1."""
        self._number = number
        self._began = time.monotonic()

    def show(self, checked: Checked, law: str) -> None:
        """Show where the check of a target is."""
        now = time.monotonic()
        if self._live is not None:
            self._live.update(self._line(checked, law, now - self._began), refresh=True)
        elif now - self._told > _EVERY and law:
            self._told = now
            done, faults = len(checked.outcomes), count(len(checked.findings), "fault")
            sys.stderr.write(
                f"valuecheck: {self._of_targets()}{checked.target}: law {done} of "
                f"{len(checked.laws)}, {faults}, {now - self._began:.0f} s\n"
            )
            sys.stderr.flush()

    def _of_targets(self) -> str:
        return f"{self._number} of {self._targets}, " if self._targets > 1 else ""

    def _line(self, checked: Checked, law: str, seconds: float) -> Text:
        """Return one line, never wider than the terminal, whose parts keep their places."""
        width = self._console.width - 1
        total = len(checked.laws)
        done = checked.laws.index(law) if law in checked.laws else total
        filled = _BAR * done // total if total else 0
        bar = f"{'━' * filled}{'╌' * (_BAR - filled)} "
        faults = len(checked.causes)
        text = (
            f"{bar if width >= 70 else ''}{self._of_targets()}{done:>3}/{total:<3} "  # noqa: PLR2004 - there is no room for it
            f"{count(faults, 'fault'):>8} {seconds:4.0f} s  "
        )
        name = law.removeprefix("test_").replace("_", " ") or "starting"
        return Text(f"{text}{name}"[:width], no_wrap=True, overflow="crop")


def silent(*_: Any) -> None:
    """Show nothing."""
