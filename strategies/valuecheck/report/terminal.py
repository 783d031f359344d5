"""The report in the terminal: what was checked, what is wrong, what held."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from valuecheck.report.blocks import fault_block
from valuecheck.report.document import causes, sharpness, verdict_of
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from typing import TextIO

    from valuecheck.containment import Checked

__all__ = ["console_for", "write"]

_WIDTH = 80


def console_for(file: TextIO) -> Console:
    """Return a console 80 columns wide; plain where there is no terminal, or with NO_COLOR."""
    return Console(file=file, width=_WIDTH, highlight=False, soft_wrap=False)


def write(console: Console, checked: Checked, *, strict: bool) -> None:
    """Write what came of one target."""
    if not checked.bound:
        return
    bound = checked.bound
    console.print(Text(f"{checked.target}", style="bold"), soft_wrap=True)
    _fact(console, "checked", f"class {bound['cls']}, {bound['file']}:{bound['line']}")
    for note in filter(None, (bound["note"], *checked.notes)):
        _fact(console, "note", note)
    found = bound["names"]
    _fact(console, "read as", f"{found['data']}, {found['grad']}, {found['backward']}")
    present = [f"{name} {v}" for name, v in oracle_versions().items() if v is not None]
    absent = [name for name, v in oracle_versions().items() if v is None]
    _fact(console, "oracles", ", ".join(present))
    if absent:
        _fact(console, "absent", f"{', '.join(absent)} (not installed, so without its vote)")
    _fact(console, "supported", "  ".join(bound["supported"]))
    if bound["unsupported"]:
        _fact(console, "unsupported", "  ".join(bound["unsupported"]))
    for hint in bound["near_misses"]:
        _fact(console, "near miss", hint)
    console.print()
    for finding in causes(checked):
        title, _, rest = fault_block(finding, finding["laws"]).partition("\n")
        console.print(Text(f"✗ {title}", style="bold red"))
        _code(console, rest, indent=2)
        if finding["reproducer"]:
            console.print(Text("  to see it again:", style="bold"))
            _code(console, finding["reproducer"], indent=6)
    _families(console, checked)
    _limits_and_policies(console, checked)
    for dispute in (d for outcome in checked.outcomes for d in outcome["disputes"]):
        console.print(Text(f"oracle dispute, a fault of valuecheck, please report: {dispute}"))
    _summary(console, checked, verdict_of(checked, strict=strict))


def _code(console: Console, text: str, indent: int) -> None:
    """Print lines as they are, not wrapped, so that they can be copied."""
    for line in _from_here(text).rstrip().splitlines():
        console.print(Text(" " * indent + line if line else ""), soft_wrap=True)
    console.print()


def _from_here(text: str) -> str:
    """Shorten the paths of files below the current folder."""
    return text.replace(f"{Path.cwd()}{os.sep}", "")


def _fact(console: Console, name: str, text: str) -> None:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=12, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(name, Text(_from_here(text)))
    console.print(grid)


def _families(console: Console, checked: Checked) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("laws about")
    columns = ["held", "broken", "not judged", "expressions", "undecided"]
    late = [outcome["family"] for outcome in checked.late]
    for name in (*columns[:3], *(["out of time"] if late else []), *columns[3:]):
        table.add_column(name, justify="right")
    by_family: dict[str, list[dict[str, Any]]] = {}
    for outcome in checked.outcomes:
        by_family.setdefault(outcome["family"], []).append(outcome)
    for family, outcomes in by_family.items():
        held = sum(o["outcome"] == "held" for o in outcomes)
        skipped = sum(o["outcome"] == "unsupported" for o in outcomes)
        table.add_row(
            family,
            str(held),
            str(len(outcomes) - held - skipped - late.count(family)),
            str(skipped),
            *([str(late.count(family))] if late else []),
            f"{sum(o['examples'] for o in outcomes):,}",
            str(sum(o["undecided"] for o in outcomes)),
        )
    console.print(table)
    reasons = {
        outcome["reason"]: None
        for outcome in checked.outcomes
        if outcome["outcome"] == "unsupported" and "not there" not in outcome["reason"]
    }
    left_out = dict.fromkeys(f["primitive"] for f in causes(checked) if f["primitive"] is not None)
    if left_out:
        console.print(Text(f"later laws were drawn without {' '.join(left_out)}", style="dim"))
    for reason in reasons:
        count = sum(outcome["reason"] == reason for outcome in checked.outcomes)
        console.print(Text(f"not judged, {count}: {reason}", style="dim"))
    for outcome in checked.outcomes:
        if outcome["outcome"] in {"timed out", "crashed"}:
            console.print(Text(f"{outcome['outcome']}: {outcome['law']}"))
    console.print()


def _limits_and_policies(console: Console, checked: Checked) -> None:
    for limit in checked.limits:
        mark = "reached" if limit["reached"] else "not reached"
        detail = f" ({limit['detail']})" if limit["detail"] else ""
        _fact(console, "limit", f"{limit['name']}: {mark}{detail}")
    for name, policy in checked.policies.items():
        _fact(console, "policy", f"{name}: {policy}")
    if checked.limits or checked.policies:
        console.print()


def _summary(console: Console, checked: Checked, verdict: str) -> None:
    expressions = sum(outcome["examples"] for outcome in checked.outcomes)
    undecided = sum(outcome["undecided"] for outcome in checked.outcomes)
    held = sum(outcome["outcome"] == "held" for outcome in checked.outcomes)
    sharp = sharpness(checked)
    console.print(
        Text(
            f"{verdict.upper()}  {held} laws held, {len(causes(checked))} faults, "
            f"{expressions:,} expressions in {checked.seconds:.1f} s",
            style="bold green" if verdict == "pass" else "bold red",
        )
    )
    if sharp["median"] is not None and sharp["sharper_than_1e-9"] is not None:
        console.print(
            Text(
                f"      the ruler: median radius {sharp['median']:.1e} of the gradient, "
                f"{sharp['sharper_than_1e-9']:.1%} sharper\n      than 1e-9, "
                f"{undecided} undecided"
            )
        )
