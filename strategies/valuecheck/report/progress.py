"""How far a check is: a line that stands still on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from valuecheck.report.text import count, fault_block, from_here, misconceptions, printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from valuecheck.checking.outcome import Checked
    from valuecheck.checking.record import TargetReport

__all__ = ["ClassProgress", "Progress"]

_EVERY: Final = 10.0
"""Seconds between two lines where there is no terminal."""

_BAR: Final = 16


def _bar(done: int, total: int) -> str:
    filled = _BAR * done // max(total, 1)
    return f"{'━' * filled}{'╌' * (_BAR - filled)}"


class _Shown:
    """What is shown on standard error while something goes on, and taken away in the end.

    Args:
        how: further arguments of `rich.live.Live`.
    """

    def __init__(self, **how: Any) -> None:
        self._console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._how = how
        self._live: Live | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to show, where there is a terminal."""
        if self._console.is_terminal:
            self._live = Live(console=self._console, transient=True, **self._how)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take it away."""
        if self._live is not None:
            self._live.stop()


class Progress(_Shown):
    """Shows on standard error which law is tried, of how many, and how many faults there are.

    Args:
        number: the number of the target, from 1.
        targets: how many there are.
    """

    def __init__(self, number: int, targets: int) -> None:
        super().__init__(auto_refresh=False)
        self._number, self._targets = number, targets
        self._told = self._began

    def show(self, checked: Checked, law: str) -> None:
        """Show where the check of a target is."""
        now = time.monotonic()
        if self._live is not None:
            line = self._line(checked, law, now - self._began)
            self._live.update(Group(*self._first(checked), line), refresh=True)
        elif now - self._told > _EVERY and law:
            self._told = now
            done, faults = len(checked.outcomes), count(len(checked.findings), "fault")
            sys.stderr.write(
                f"valuecheck: {self._of_targets()}{checked.target}: law {done} of "
                f"{len(checked.laws)}, {faults}, {now - self._began:.0f} s\n"
            )
            sys.stderr.flush()

    def _first(self, checked: Checked) -> list[Text]:
        """Return the first fault as it is known so far: the rest goes on below it."""
        if not checked.findings:
            return []
        finding = checked.findings[0]
        title, _, rest = fault_block(finding, self._console.width - 3).partition("\n")
        lines = [f"✗ {title}", *(f"  {line}" for line in from_here(rest).splitlines()), ""]
        room = max(self._console.height - 2, 1)
        return [
            Text(
                printable(line),
                style="" if number else "bold red",
                no_wrap=True,
                overflow="crop",
            )
            for number, line in enumerate(lines[:room])
        ]

    def _of_targets(self) -> str:
        return f"{self._number} of {self._targets}, " if self._targets > 1 else ""

    def _line(self, checked: Checked, law: str, seconds: float) -> Text:
        """Return one line, never wider than the terminal, whose parts keep their places."""
        width = self._console.width - 1
        total = len(checked.laws)
        done = checked.laws.index(law) if law in checked.laws else total
        bar = f"{_bar(done, total)} "
        faults = len(checked.causes)
        text = (
            f"{bar if width >= 70 else ''}{self._of_targets()}{done:>3}/{total:<3} "  # noqa: PLR2004 - there is no room for it
            f"{count(faults, 'fault'):>8} {seconds:4.0f} s  "
        )
        name = law.removeprefix("test_").replace("_", " ") or "starting"
        name = f"round {checked.rounds}: {name}" if checked.rounds else name
        return Text(f"{text}{name}"[:width], no_wrap=True, overflow="crop")


class ClassProgress(_Shown):
    """Shows on standard error how far a class is, who is under way, and what goes wrong most.

    Args:
        targets: how many there are.
        done: the records so far; it grows while this is shown.
    """

    def __init__(self, targets: int, done: Sequence[TargetReport]) -> None:
        super().__init__(refresh_per_second=2, get_renderable=self._lines)
        self._targets, self._done = targets, done
        self._running: dict[str, float] = {}

    def begin(self, target: str) -> None:
        """Note that a target is begun; called in any thread."""
        self._running[target] = time.monotonic()

    def end(self, record: TargetReport) -> None:
        """Note that a target is done; where there is no terminal, say so in a line."""
        self._running.pop(record.target, None)
        if self._live is None:
            told = record.verdict.upper()
            if record.faults:
                told += f", {count(len(record.faults), 'fault')}"
            sys.stderr.write(
                f"valuecheck: {len(self._done)} of {self._targets}: {record.target}: {told}, "
                f"{record.seconds:.1f} s\n"
            )
            sys.stderr.flush()

    def _lines(self) -> Text:
        """Return how far it is, what goes wrong most, and who is under way."""
        width = self._console.width - 1
        done = len(self._done)
        first = f"{_bar(done, self._targets)} {done} of {self._targets}"
        first += f"  {time.monotonic() - self._began:.0f} s"
        most = ", ".join(
            f"{number} times {told}" for number, told in misconceptions(self._done)[:3]
        )
        now = time.monotonic()
        running = [f"{target} {now - began:.0f} s" for target, began in [*self._running.items()]]
        lines = [first, most, "  ".join(running)]
        text = "\n".join(printable(line)[:width] for line in lines if line)
        return Text(text, no_wrap=True, overflow="crop")
