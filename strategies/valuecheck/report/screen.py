"""The report on a screen: what was checked, what is wrong, what held."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from valuecheck.diagnosis.finding import broken_by
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.report.explain import id_of
from valuecheck.report.text import WIDTH, count, fault_block, from_here, printable
from valuecheck.suite.policies import NEITHER
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from typing import TextIO

    from valuecheck.checking.outcome import Checked, LawOutcome
    from valuecheck.diagnosis.finding import Finding

__all__ = ["Screen"]

_WIDEST: Final = 100
"""Columns; longer lines of prose are hard to read."""

_LABEL: Final = 15

_NOT_THERE: Final = ", which is not there"

_ORACLES: Final = {
    "central_difference": "central differences",
    "dual_number": "dual numbers",
}


class Screen:
    """Writes reports to a file: at the width of a terminal, or plainly where there is none.

    Args:
        file: where to.
        plain: no colours, whatever the environment asks for.
    """

    def __init__(self, file: TextIO, *, plain: bool = False) -> None:
        self._console = Console(
            file=file,
            markup=False,
            highlight=False,
            emoji=False,
            force_jupyter=False,
            force_terminal=False if plain else None,
        )
        self._is_terminal = self._console.is_terminal
        self._width = min(self._console.width - 1, _WIDEST) if self._is_terminal else WIDTH

    def write(self, checked: Checked, *, strict: bool) -> None:
        """Write the outcome of one target."""
        if checked.hello is None:
            return
        self._head(checked)
        for finding in checked.causes:
            self._fault(finding)
        for warning in checked.warnings:
            self._warning(warning)
        self._families(checked)
        self._limits_and_policies(checked)
        for dispute in (d for outcome in checked.outcomes for d in outcome.disputes):
            self._line(f"the oracles disagree, a fault of valuecheck, please report: {dispute}")
        self._summary(checked, strict=strict)

    # Lines

    def _line(self, text: str = "", style: str = "") -> None:
        """Print a line; on a terminal one that is too long is folded, elsewhere it is kept."""
        text = printable(text.rstrip())
        pieces = [text]
        if self._is_terminal and len(text) > self._width:
            pieces = [text[i : i + self._width] for i in range(0, len(text), self._width)]
        for piece in pieces:
            self._console.print(Text(piece, style=style), soft_wrap=True)

    def _fact(self, name: str, text: str) -> None:
        """Print a fact under its name, broken between words."""
        room = max(self._width - _LABEL, 20)
        lines = textwrap.wrap(
            from_here(text), room, break_on_hyphens=False, break_long_words=False
        ) or [""]
        for number, line in enumerate(lines):
            self._line(f"{name if number == 0 else '':<{_LABEL}}{line}")

    # Parts

    def _head(self, checked: Checked) -> None:
        hello = checked.hello
        assert hello is not None
        self._line(checked.target, "bold")
        if hello.python:
            file = f"{from_here(_in_library(hello.file))}:{hello.line}"
            self._fact("checked", f"class {hello.name}, {file}")
            found = hello.names
            self._fact("read as", ", ".join(found.values()))
        else:
            self._fact("checked", hello.name)
        for note in filter(None, (hello.note, *checked.notes)):
            self._fact("note", note)
        versions = oracle_versions()
        present = [
            _ORACLES.get(name, f"{name} {version}")
            for name, version in versions.items()
            if version is not None
        ]
        absent = [_ORACLES.get(name, name) for name, version in versions.items() if version is None]
        self._fact("compared with", ", ".join(present))
        if absent:
            self._fact("absent", f"{', '.join(absent)} (not installed)")
        self._fact("supported", "  ".join(s for s in PRIMITIVES if s in hello.primitives))
        lacking = [name for name in hello.unsupported if name not in hello.absent]
        if lacking:
            self._fact("unsupported", "  ".join(lacking))
        for name, why in checked.not_checked:
            self._fact("not checked", f"{name}: {why}")
        for hint in hello.near_misses:
            self._fact("near miss", hint)
        self._line()

    def _fault(self, finding: Finding) -> None:
        title, _, rest = fault_block(finding, self._width - 2).partition("\n")
        self._line(f"✗ {title}", "bold red")
        self._code(f"{rest}\nmore: valuecheck --explain {id_of(finding.kind)}", indent=2)
        if finding.reproducer:
            self._line("  to see it again:", "bold")
            self._code(finding.reproducer, indent=6)

    def _warning(self, finding: Finding) -> None:
        title, _, rest = fault_block(finding, self._width - 2).partition("\n")
        self._line(f"! {title} (a warning)", "bold yellow")
        self._code(rest, indent=2)

    def _code(self, text: str, indent: int) -> None:
        for line in from_here(text).rstrip().splitlines():
            self._line(" " * indent + line)
        self._line()

    def _families(self, checked: Checked) -> None:
        late = [outcome.family for outcome in checked.late]
        heads = [
            "held",
            "broken",
            "not judged",
            *(["late"] if late else []),
            "programs",
            "undecided",
        ]
        rows = [["laws about", *heads]]
        by_family: dict[str, list[LawOutcome]] = {}
        for outcome in checked.outcomes:
            by_family.setdefault(outcome.family, []).append(outcome)
        for family, outcomes in by_family.items():
            held = sum(o.outcome == "held" for o in outcomes)
            skipped = sum(o.outcome == "unsupported" for o in outcomes)
            broken = len(outcomes) - held - skipped - late.count(family)
            numbers = [held, broken, skipped, *([late.count(family)] if late else [])]
            numbers += [sum(o.examples for o in outcomes), sum(o.undecided for o in outcomes)]
            rows.append([family, *(f"{number:,}" for number in numbers)])
        if len(rows) > 1:
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            for number, row in enumerate(rows):
                cells = [row[0].ljust(widths[0])]
                cells += [cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)]
                self._line("  ".join(cells), "dim" if number == 0 else "")
        self._reasons(checked)
        self._line()

    def _reasons(self, checked: Checked) -> None:
        """Say why laws were not judged: the numbers add up to those in the table."""
        left_out = dict.fromkeys(
            broken_by(f)
            for f in checked.causes
            if f.primitive in PRIMITIVES and f.kind != "missing operation"
        )
        if left_out:
            self._line(f"later laws were drawn without {' '.join(filter(None, left_out))}", "dim")
        reasons: dict[str, int] = {}
        for outcome in checked.outcomes:
            if outcome.outcome == "unsupported":
                reasons[outcome.reason] = reasons.get(outcome.reason, 0) + 1
        missing = {reason: n for reason, n in reasons.items() if reason.endswith(_NOT_THERE)}
        if missing:
            names = [r.removeprefix("needs ").removesuffix(_NOT_THERE) for r in missing]
            told = f"{sum(missing.values())} not judged: need what is not there: {'  '.join(names)}"
            self._fact("", told)
        for reason, number in reasons.items():
            if reason not in missing:
                self._fact("", f"{number} not judged: {reason}")
        for outcome in checked.outcomes:
            if outcome.outcome in {"timed out", "crashed"}:
                self._fact("", f"{outcome.outcome}: {outcome.law} {outcome.reason}")

    def _limits_and_policies(self, checked: Checked) -> None:
        if checked.limits:
            self._line("how far it goes (its limits):", "dim")
        for limit in checked.limits:
            mark = "reached" if limit.reached else "not reached"
            detail = f" ({limit.detail})" if limit.detail else ""
            self._fact("limit", f"{limit.name}: {mark}{detail}")
        if checked.policies:
            self._line("what it does where several ways are right (its policies):", "dim")
        for name, policy in checked.policies.items():
            told = "neither one way nor another" if policy == NEITHER else policy
            self._fact("policy", f"{name}: {told}")
        if checked.limits or checked.policies:
            self._line()

    def _summary(self, checked: Checked, *, strict: bool) -> None:
        verdict = checked.verdict(strict=strict)
        programs = sum(outcome.examples for outcome in checked.outcomes)
        held = sum(outcome.outcome == "held" for outcome in checked.outcomes)
        counts = [
            f"{count(held, 'law')} held",
            count(len(checked.causes), "fault"),
            *(
                [f"{checked.judged} of {count(checked.offered, 'operation')} judged"]
                if checked.offered
                else []
            ),
            *([count(len(checked.warnings), "warning")] if checked.warnings else []),
            f"{count(programs, 'program')} in {checked.seconds:.1f} s",
        ]
        style = "bold green" if verdict == "pass" else "bold red"
        text = f"{verdict.upper()}  {', '.join(counts)}"
        for line in textwrap.wrap(text, self._width, subsequent_indent="      "):
            self._line(line, style)
        median, sharper, _ = checked.sharpness
        if median is not None and sharper is not None:
            undecided = sum(outcome.undecided for outcome in checked.outcomes)
            text = (
                f"how exactly: a grad may be off by {median:.1e} of its size (median), "
                f"{sharper:.1%} by less than 1e-9; {undecided} undecided, at a kink or too large"
            )
            for line in textwrap.wrap(text, max(self._width - 6, 20)):
                self._line(f"      {line}")


def _in_library(file: str) -> str:
    """Shorten the path of an installed file."""
    _, found, rest = file.rpartition(f"site-packages{os.sep}")
    return rest if found else file
