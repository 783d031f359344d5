"""Where reports go: what is gathered, written as it comes or at the end."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TextIO

from valuecheck.checking.record import record_of, report_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from valuecheck.checking.outcome import Checked
    from valuecheck.checking.record import TargetReport

__all__ = ["FORMS", "Output"]

FORMS: Final = ("json", "jsonl", "csv", "junit", "html", "gradescope", "github")
"""The keys of `formats.FORMATS`, which takes longer to import than a check takes to begin."""


class Output:
    """What is gathered, and where it is reported.

    Args:
        form: the form of the report, "text" or one of `FORMS`.
        file: where it goes.
        reports: by file, the form of other reports.
        seed: the random seed of the checks.
        strict: warnings, limits and policies fail too.
        several: whether there are several targets, each told as it ends.

    Attributes:
        targets: the records so far.
        troubles: what went wrong with the check itself.
        interrupted: whether the user stopped it.
        is_class: whether the text is a table, and no report of each.
        worth: points by operation or family of laws.
    """

    def __init__(
        self,
        form: str,
        file: TextIO,
        reports: Mapping[Path, str],
        seed: int,
        *,
        strict: bool,
        several: bool,
    ) -> None:
        self.targets: list[TargetReport] = []
        self.troubles: list[str] = []
        self.interrupted: bool = False
        self.is_class: bool = False
        self.worth: dict[str, float] = {}
        self.strict = strict
        self._seed, self._several = seed, several
        self._untold: Checked | None = None
        if isinstance(file, io.TextIOWrapper):
            file.reconfigure(errors="replace")  # an encoding without ± costs that sign, no more
        self._streams: list[tuple[str, TextIO]] = [(form, file)]
        self._streams += [
            (f, path.open("w", encoding="utf-8", newline="")) for path, f in reports.items()
        ]

    def add_checked(self, checked: Checked) -> None:
        """Enter the outcome of a target, and print it where that is text."""
        if checked.error:
            self.troubles.append(checked.error)
        self.troubles += [  # must not pass for a right engine
            f"{checked.target}: {outcome.law}: {outcome.reason}" for outcome in checked.own_failures
        ]
        self.interrupted = self.interrupted or checked.interrupted
        self.add(record_of(checked, strict=self.strict))
        self._untold = checked
        if self._several:
            self._tell()

    @property
    def status(self) -> int:
        """The exit status that says the same."""
        if self.interrupted:
            return 130
        verdicts = {target.verdict for target in self.targets}
        return 2 if self.troubles or "error" in verdicts else 1 if "fail" in verdicts else 0

    def _tell(self) -> None:
        """Print the report of the latest target, where that is text."""
        checked, self._untold = self._untold, None
        form, file = self._streams[0]
        if form == "text" and checked is not None:
            from valuecheck.report.screen import Screen  # noqa: PLC0415 - only now needed

            self._write(file, lambda: Screen(file).write(checked, strict=self.strict))

    def add(self, record: TargetReport) -> None:
        """Enter a record; lines of JSON are written at once."""
        self.targets.append(record)
        for form, file in self._streams:
            if form == "jsonl":
                self._report(form, file, [record])

    def finish(self) -> None:
        """Write what is written at the end: of a single target all, after what goes to files."""
        self._tell()
        for form, file in sorted(self._streams, key=lambda stream: stream[0] == "text"):
            if form == "text":
                self._write(file, partial(self._table, file))
            elif form != "jsonl":
                self._report(form, file, self.targets)
        for _, file in self._streams[1:]:
            file.close()

    def _report(self, form: str, file: TextIO, targets: list[TargetReport]) -> None:
        from valuecheck.report.formats import FORMATS, CannotReportError  # noqa: PLC0415 - as above

        try:
            text = FORMATS[form](report_of(targets, self._seed), self.worth)
        except CannotReportError as error:
            self.troubles.append(str(error))
        else:
            self._write(file, partial(file.write, text))

    def _table(self, file: TextIO) -> None:
        if not self.is_class and len(self.targets) < 2:  # noqa: PLR2004 - one is told in full
            return
        from rich.console import Console  # noqa: PLC0415 - only now needed

        from valuecheck.report.table import write_table  # noqa: PLC0415 - as above

        console = Console(file=file, markup=False, highlight=False, emoji=False)
        write_table(console, self.targets, self.worth)

    def _write(self, file: TextIO, write: Callable[[], Any]) -> None:
        try:
            write()
            file.flush()
        except BrokenPipeError:
            raise  # whoever reads has read enough
        except OSError as error:
            told = f"the report cannot be written: {error.strerror}"
            if told not in self.troubles:
                self.troubles.append(told)
