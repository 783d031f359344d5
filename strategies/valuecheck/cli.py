"""The command `valuecheck`."""

from __future__ import annotations

import io
import json
import math
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
import msgspec
from hypothesis.configuration import set_hypothesis_home_dir

from valuecheck import __version__
from valuecheck.checking.require import required
from valuecheck.checking.run import check, every_name
from valuecheck.checking.selection import selected
from valuecheck.checking.settings import BadSettingsError, Configured, Settings, from_pyproject
from valuecheck.engines.engine import STOP
from valuecheck.engines.processes import adopt_orphans
from valuecheck.engines.setup import Names
from valuecheck.program.definition import BadDefinitionError, primitive_of
from valuecheck.program.primitives import PRIMITIVES, Primitive, defined
from valuecheck.report.progress import Progress

if TYPE_CHECKING:
    from valuecheck.checking.outcome import Checked
    from valuecheck.diagnosis.finding import Finding, NodeShown
    from valuecheck.program.expression import Expression

__all__ = ["main"]


def _primitive_names(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    names = {}
    for text in given:
        symbol, _, name = text.partition("=")
        if symbol not in PRIMITIVES or not name:
            message = f"{text!r} is not SYMBOL=NAME with one of {' '.join(PRIMITIVES)}"
            raise click.BadParameter(message)
        names[symbol] = name
    return names


def _definitions(
    context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[Primitive, ...]:
    """Read the user's primitives, and have them in the table while the command runs."""
    rows: tuple[Primitive, ...] = ()
    for text in given:
        try:
            rows = (*rows, primitive_of(text))
        except BadDefinitionError as error:
            raise click.BadParameter(str(error)) from error
        context.with_resource(defined(rows[-1:]))  # the next formula may use it
    return rows


def _expression_in(
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


def _required(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    try:
        return tuple(name for text in given for name in required(text))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _folder(_context: click.Context, _parameter: click.Parameter, given: str | None) -> Path | None:
    """Make a folder before the check: one that cannot be made should cost nothing."""
    if given is None:
        return None
    try:
        Path(given).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{given}: {error.strerror}") from error
    return Path(given)


def _finite(_context: click.Context, _parameter: click.Parameter, given: float) -> float:
    if not math.isfinite(given):
        raise click.BadParameter(f"{given} is not a number of seconds")
    return given


class _OneLineErrors(click.Command):
    """A command that reports bad usage in one line, and with exit status 2."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command."""
        try:
            return super().main(*arguments, **{**options, "standalone_mode": False})
        except click.ClickException as error:
            click.echo(f"valuecheck: {error.format_message()}", err=True)
            sys.exit(2)
        except click.Abort:
            sys.exit(130)


@click.command(
    cls=_OneLineErrors,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option("-k", "select", metavar="EXPR", default="", help="Only the laws whose names match.")
@click.option(
    "--max-examples",
    metavar="N",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Examples a law.",
)
@click.option(
    "--random-seed",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="The same seed and versions give the same run.",
)
@click.option(
    "--time-limit",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=1e6),
    callback=_finite,
    default=30.0,
    show_default=True,
    help="Time a law may take; the others still run when it takes longer.",
)
@click.option(
    "--memory-limit",
    metavar="MIB",
    type=click.IntRange(min=1),
    default=2048,
    show_default=True,
    help="Memory the engine may take.",
)
@click.option("--strict", is_flag=True, help="Limits and policies fail too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The form of the report.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write it there.",
)
@click.option("--data", metavar="NAME", help="The attribute that holds the value.")
@click.option("--grad", metavar="NAME", help="The attribute that holds the gradient.")
@click.option("--backward", metavar="NAME", help="The method that runs the sweep.")
@click.option(
    "--primitive",
    "primitives",
    metavar="SYMBOL=NAME",
    multiple=True,
    callback=_primitive_names,
    help="What a primitive is called, e.g. tanh=tanh_node.",
)
@click.option(
    "--require",
    metavar="FORMS",
    multiple=True,
    callback=_required,
    help="What is missing of it is a fault, e.g. '+ * tanh \"2 - x\"'.",
)
@click.option(
    "--define",
    metavar="'NAME(x) = FORMULA'",
    multiple=True,
    is_eager=True,
    callback=_definitions,
    help="A primitive of your own, e.g. 'softplus(x) = log(1 + exp(x))': judged like the others.",
)
@click.option("-x", "--first-only", is_flag=True, help="Stop at the first fault.")
@click.option("--python", metavar="PATH", help="The interpreter that the target runs in.")
@click.option(
    "--reproducers",
    metavar="DIR",
    callback=_folder,
    help="Write each fault: as a Python program, and as JSON for --replay.",
)
@click.option(
    "--draw",
    metavar="DIR",
    callback=_folder,
    help="Write a picture of each counterexample.",
)
@click.option(
    "--replay",
    metavar="FILE",
    callback=_expression_in,
    help="Run one program in place of the laws: JSON of a program, a fault, or a report (:N).",
)
@click.version_option(__version__, prog_name="valuecheck")
def main(
    targets: tuple[str, ...],
    select: str,
    max_examples: int,
    random_seed: int,
    time_limit: float,
    memory_limit: int,
    *,
    strict: bool,
    form: str,
    output: TextIO | None,
    data: str | None,
    grad: str | None,
    backward: str | None,
    primitives: dict[str, str],
    require: tuple[str, ...],
    define: tuple[Primitive, ...],
    first_only: bool,
    python: str | None,
    reproducers: Path | None,
    draw: Path | None,
    replay: Expression | None,
) -> None:
    """Check whether scalar autograd engines compute the right gradients.

    TARGET is module:Class, path/to/file.py:Class, path/to/file.py, a folder, a notebook, or
    "command:PROGRAM ARGS", a program in any language that speaks the protocol.

    \b
    Exit status: 0 no fault, 1 a fault, 2 the check could not be done or judged nothing,
    130 interrupted.
    """  # noqa: D301 - \b is how click keeps lines apart
    _end_like_an_interrupt()
    # Hypothesis keeps a cache, which is nothing for the folder that somebody is in.
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "valuecheck"
    set_hypothesis_home_dir(home)
    adopt_orphans()
    given = Names(data, grad, backward, primitives)
    configured = _configured(targets, given, select, laws=replay is None)
    all_checked: list[Checked] = []
    with Progress(len(targets)) as progress:
        for number, target in enumerate(targets, 1):
            progress.begin(number)
            settings = Settings(
                configured[target].names,
                select=select,
                examples=max_examples,
                seed=random_seed,
                time_limit=time_limit,
                memory_limit=memory_limit,
                replay=replay,
                python=python,
                require=require,
                first_only=first_only,
                define=(*configured[target].define, *define),
            )
            all_checked.append(check(target, settings, progress.show))
            if all_checked[-1].interrupted:
                break
    troubles = [checked.error for checked in all_checked if checked.error]
    # Files first: whoever reads the report may stop half way.
    if reproducers is not None:
        _write_reproducers(all_checked, reproducers)
    if draw is not None:
        troubles += _write_pictures(all_checked, draw)
    troubles += _own_failures(all_checked)
    try:
        _write(all_checked, form, output or sys.stdout, random_seed, strict=strict)
        (output or sys.stdout).flush()
    except BrokenPipeError:
        raise  # whoever reads has read enough
    except OSError as error:
        troubles.append(f"the report cannot be written: {error.strerror}")
    for trouble in troubles:
        told = "".join(c if c.isprintable() else "?" for c in trouble)
        click.echo(f"valuecheck: {told}", err=True)
    if all_checked[-1].interrupted:
        sys.exit(130)
    sys.exit(2 if troubles else _status(all_checked, strict=strict))


def _configured(
    targets: tuple[str, ...], given: Names, select: str, *, laws: bool
) -> dict[str, Configured]:
    """Return for each target what is set for it, and look at -k, before any is checked.

    What is gathered must not be lost.
    """
    found = {}
    try:
        for target in targets:
            names, define = from_pyproject(target)
            found[target] = Configured(given.over(names), define)
            if laws:
                with defined(define):
                    selected(select, every_name())
    except BadSettingsError as error:
        raise click.UsageError(str(error)) from error
    return found


def _end_like_an_interrupt() -> None:
    """Let the signals that end a program do so as Ctrl-C does: nothing is left behind."""

    def interrupt(*_: object) -> None:
        STOP.set()
        raise KeyboardInterrupt

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), interrupt)


def _own_failures(all_checked: list[Checked]) -> list[str]:
    """Return what valuecheck itself failed in, which must not pass for a right engine."""
    return [
        f"{checked.target}: {outcome.law}: {outcome.reason}"
        for checked in all_checked
        for outcome in checked.own_failures
    ]


def _status(all_checked: list[Checked], *, strict: bool) -> int:
    verdicts = {checked.verdict(strict=strict) for checked in all_checked}
    return 2 if "error" in verdicts else 1 if "fail" in verdicts else 0


def _write(all_checked: list[Checked], form: str, file: TextIO, seed: int, *, strict: bool) -> None:
    if form == "json":
        from valuecheck.report.json import document  # noqa: PLC0415 - only now needed

        text = msgspec.json.encode(document(all_checked, seed, strict=strict))
        file.write(msgspec.json.format(text, indent=1).decode() + "\n")
        return
    from valuecheck.report.screen import Screen  # noqa: PLC0415 - as above

    if isinstance(file, io.TextIOWrapper):
        file.reconfigure(errors="replace")  # an encoding without ± costs that sign, not the report
    screen = Screen(file)
    for checked in all_checked:
        screen.write(checked, strict=strict)


def _write_reproducers(all_checked: list[Checked], folder: Path) -> None:
    findings = [finding for checked in all_checked for finding in checked.causes]
    for number, finding in enumerate(findings, 1):
        name = f"{number:02}-{finding.kind.replace(' ', '-')}"
        if finding.reproducer:
            (folder / f"{name}.py").write_text(finding.reproducer, encoding="utf-8")
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(finding))


def _write_pictures(all_checked: list[Checked], folder: Path) -> list[str]:
    """Draw what can be drawn, and return what is missing to draw with."""
    from valuecheck.program.expression import Expression  # noqa: PLC0415 - only now needed
    from valuecheck.report.picture import CannotDrawError, picture  # noqa: PLC0415

    drawn: list[tuple[Expression, list[NodeShown], Finding | None]] = []
    for checked in all_checked:
        drawn += [
            (Expression.from_json(finding.expression), finding.nodes, finding)
            for finding in checked.causes
            if finding.nodes
        ]
        if checked.replayed is not None:
            drawn.append((checked.replayed.expression, checked.replayed.nodes, None))
    for number, (expression, nodes, finding) in enumerate(drawn, 1):
        kind = finding.kind.replace(" ", "-") if finding is not None else "replayed"
        try:
            picture_of = picture(expression, nodes, finding)
        except CannotDrawError as error:
            return [str(error)]
        (folder / f"{number:02}-{kind}.svg").write_bytes(picture_of)
    return []
