"""A class in a table: each submission in a row, and what the class has not understood."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.table import Table
from rich.text import Text

from valuecheck.checking.points import points_of, total
from valuecheck.report.text import count, headline, misconceptions, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from valuecheck.checking.record import TargetReport

__all__ = ["HEADS", "Row", "row_of", "write_table"]

HEADS: Final = ("submission", "verdict", "judged", "points", "s", "what is wrong")

_NUMBERS: Final = {1, 2, 3, 4}
_RATIOS: Final = {0: 2, 5: 3}
"""How the columns of text share what numbers leave."""

_STYLES: Final = {"pass": "green", "fail": "red", "error": "yellow"}


class Row(NamedTuple):
    """A submission in the table, as text."""

    target: str
    verdict: str
    judged: str
    points: str
    seconds: str
    told: str


def row_of(target: TargetReport, worth: Mapping[str, float]) -> Row:
    """Return the row of a target."""
    won, most = total(points_of(target, worth))
    told = [headline(fault) for fault in target.faults]
    told += [f"{headline(warning)} (a warning)" for warning in target.warnings]
    error = target.error.removeprefix(f"{target.target}: ")
    judged, of = target.judged, target.offered
    if target.required:
        lacking = sum(fault.kind == "missing operation" for fault in target.faults)
        judged, of = len(target.required) - lacking, len(target.required)
        if not target.supported:
            judged = 0
    return Row(
        target.target,
        target.verdict,
        f"{judged}/{of}",
        f"{won:g}/{most:g}",
        f"{target.seconds:.1f}",
        "; ".join([*([error] if error else []), *told]),
    )


def write_table(
    console: Console, targets: Sequence[TargetReport], worth: Mapping[str, float]
) -> None:
    """Print a class: a row for each submission, then what is to be taught next."""
    table = Table(
        expand=console.is_terminal,
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )
    for number, head in enumerate(HEADS):
        table.add_column(
            head,
            justify="right" if number in _NUMBERS else "left",
            overflow="fold",
            no_wrap=number in _NUMBERS,
            ratio=_RATIOS.get(number),
        )
    for target in targets:
        row = row_of(target, worth)
        cells = [Text(printable(cell)) for cell in row]
        cells[1].stylize(_STYLES[target.verdict])
        table.add_row(*cells)
    console.print(table)
    console.print()
    found = misconceptions(targets)
    if found:
        console.print(Text("what the class has not understood:", style="bold"))
        for number, told in found:
            console.print(Text(f"{number:>5} times {printable(told)}"))
        console.print()
    verdicts = Counter(target.verdict for target in targets)
    told = ", ".join(f"{verdicts[v]} {v}" for v in ("pass", "fail", "error") if verdicts[v])
    console.print(Text(f"{count(len(targets), 'submission')}: {told}", style="bold"))
