"""What the options of the command say, read before anything is checked."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuecheck.checking.require import required as names_required
from valuecheck.program.definition import BadDefinitionError, defining
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.report.output import FORMS

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression

__all__ = [
    "definitions",
    "duration",
    "explained",
    "expression_in",
    "finite",
    "folder",
    "listed",
    "primitive_names",
    "reports",
    "required",
    "submissions",
]


def primitive_names(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Read SYMBOL=NAME."""
    names = {}
    for text in given:
        symbol, _, name = text.partition("=")
        if symbol not in PRIMITIVES or not name:
            message = f"{text!r} is not SYMBOL=NAME with one of {' '.join(PRIMITIVES)}"
            raise click.BadParameter(message)
        names[symbol] = name
    return names


def definitions(
    context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Read the user's primitives, and have them in the table while the command runs."""
    try:
        context.with_resource(defining(given))
    except BadDefinitionError as error:
        raise click.BadParameter(str(error)) from error
    return given


def expression_in(
    _context: click.Context, _parameter: click.Parameter, given: str | None
) -> Expression | None:
    """Read a program from a JSON file: by itself, of a fault, or of a fault of a report."""
    if given is None:
        return None
    from valuecheck.program.expression import (  # noqa: PLC0415 - only now needed
        Expression,
        MalformedExpressionError,
    )

    file, colon, which = given.rpartition(":")
    if not (colon and which.isdigit()):
        file, which = given, ""
    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
        if isinstance(document, dict) and isinstance(document.get("targets"), list):
            document = _fault_of(document, file, int(which or 1))
        if isinstance(document, dict) and isinstance(document.get("expression"), dict):
            document = document["expression"]
        return Expression.from_json(document)
    except OSError as error:
        raise click.BadParameter(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError, MalformedExpressionError) as error:
        raise click.BadParameter(f"{file}: {error}") from error


def _fault_of(report: dict[str, Any], file: str, which: int) -> dict[str, Any]:
    """Return a fault of a report, and say which of how many it is."""
    faults = [
        fault
        for target in report["targets"]
        for fault in target.get("faults", [])
        if fault.get("expression")
    ]
    if not 1 <= which <= len(faults):
        raise click.BadParameter(
            f"{file} is a report with {len(faults)} faults that have a program, so there is no "
            f"number {which}"
        )
    fault: dict[str, Any] = faults[which - 1]
    title = fault["kind"] + (f" in {fault['primitive']}" if fault["primitive"] else "")
    click.echo(f"valuecheck: fault {which} of {len(faults)} in {file}: {title}", err=True)
    return fault


def required(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Read the names of what must be there."""
    try:
        return tuple(name for text in given for name in names_required(text))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def folder(_context: click.Context, _parameter: click.Parameter, given: str | None) -> Path | None:
    """Make a folder before the check: one that cannot be made should cost nothing."""
    if given is None:
        return None
    try:
        Path(given).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{given}: {error.strerror}") from error
    return Path(given)


def duration(
    _context: click.Context, _parameter: click.Parameter, given: str | None
) -> float | None:
    """Read a time such as 90s, 10m, 8h or 1h30m; return seconds."""
    if given is None:
        return None
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", given.strip())
    if parts is None or not any(parts.groups()):
        raise click.BadParameter(f"{given!r} is not a time such as 90s, 10m, 8h or 1h30m")
    hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return 3600 * hours + 60 * minutes + seconds


def finite(
    _context: click.Context, _parameter: click.Parameter, given: float | None
) -> float | None:
    """Refuse infinity and nan."""
    if given is not None and not math.isfinite(given):
        raise click.BadParameter(f"{given} is not a number of seconds")
    return given


def reports(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[Path, str]:
    """Read FORMAT=FILE, and see now whether the file can be written."""
    found = {}
    for text in given:
        form, _, file = text.partition("=")
        if form not in FORMS or not file:
            raise click.BadParameter(f"{text!r} is not FORMAT=FILE with one of {' '.join(FORMS)}")
        try:
            Path(file).open("a", encoding="utf-8").close()
        except OSError as error:
            raise click.BadParameter(f"{file}: {error.strerror}") from error
        found[Path(file)] = form
    return found


def explained(context: click.Context, _parameter: click.Parameter, given: str | None) -> None:
    """Say what a kind of fault is, and end."""
    if given is None:
        return
    from valuecheck.report.explain import explain, id_of, kinds  # noqa: PLC0415 - only now needed

    try:
        click.echo(explain(given), nl=False)
    except KeyError as error:
        known = " ".join(map(id_of, kinds()))
        raise click.BadParameter(f"{given!r} is none of {known}") from error
    context.exit()


def listed(context: click.Context, _parameter: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's way
    """List the kinds of fault and the laws, and end."""
    if given:
        from valuecheck.report.explain import listing  # noqa: PLC0415 - only now needed

        click.echo(listing(), nl=False)
        context.exit()


def submissions(targets: tuple[str, ...], each: str | None) -> tuple[str, ...]:
    """Return the targets, with what matches `each` in place of every folder.

    Raises `click.UsageError` when nothing matches.
    """
    if each is None:
        return targets
    found: list[str] = []
    for target in targets:
        if not Path(target).is_dir():
            found.append(target)
            continue
        try:
            within = sorted(map(str, Path(target).glob(each)))
        except (ValueError, NotImplementedError) as error:
            raise click.UsageError(f"--each {each!r}: {error}") from error
        if not within:
            raise click.UsageError(f"--each {each!r}: nothing in {target} matches")
        found += within
    return tuple(found)
