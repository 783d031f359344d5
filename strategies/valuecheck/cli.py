"""The command `valuecheck`."""

from __future__ import annotations

import contextlib
import io
import json
import math
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from valuecheck import __version__
from valuecheck.check.settings import BadNamesError, Names, from_pyproject
from valuecheck.containment import Checked, Settings, check
from valuecheck.processes import adopt_orphans
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def _expression_in(
    _context: click.Context, _parameter: click.Parameter, file: str | None
) -> dict[str, Any] | None:
    """Read an expression, or the expression of a fault, from a JSON file."""
    if file is None:
        return None
    from valuecheck.program.expression import (  # noqa: PLC0415 - only now needed
        Expression,
        MalformedExpressionError,
    )

    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
        if isinstance(document, dict) and isinstance(document.get("expression"), dict):
            document = document["expression"]
        return Expression.from_json(document).to_json()
    except OSError as error:
        raise click.BadParameter(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError, MalformedExpressionError) as error:
        raise click.BadParameter(f"{file}: {error}") from error


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
        raise click.BadParameter(f"{given} is no number of seconds")
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
    "--reproducers",
    metavar="DIR",
    callback=_folder,
    help="Write a Python program for each fault.",
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
    help="Run one expression, given as JSON, in place of the laws.",
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
    reproducers: Path | None,
    draw: Path | None,
    replay: dict[str, Any] | None,
) -> None:
    """Check whether scalar autograd engines compute right gradients.

    TARGET is module:Class, path/to/file.py:Class, path/to/file.py, a folder or a notebook.

    \b
    Exit status: 0 no fault, 1 a fault, 2 the check could not be done.
    """  # noqa: D301 - \b is how click keeps lines apart
    _end_like_an_interrupt()
    adopt_orphans()
    given = Names(data, grad, backward, primitives)
    try:  # of all targets before the first is checked: what is gathered must not be lost
        names = {target: given.over(from_pyproject(target)) for target in targets}
    except BadNamesError as error:
        raise click.UsageError(str(error)) from error
    all_checked: list[Checked] = []
    for target in targets:
        settings = Settings(
            names[target], select, max_examples, random_seed, time_limit, memory_limit, replay
        )
        with _progress(target) as progress:
            all_checked.append(check(target, settings, progress))
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
        click.echo(f"valuecheck: {trouble}", err=True)
    if all_checked[-1].interrupted:
        sys.exit(130)
    sys.exit(2 if troubles else _status(all_checked, strict=strict))


def _end_like_an_interrupt() -> None:
    """Let the signals that end a program do so as Ctrl-C does: nothing is left behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), interrupt)


def _own_failures(all_checked: list[Checked]) -> list[str]:
    """Return what valuecheck itself failed in, which must not pass for a right engine."""
    return [
        f"{checked.target}: {outcome['law']}: {outcome['reason']}"
        for checked in all_checked
        for outcome in checked.outcomes
        if outcome["outcome"] == "crashed" and outcome["finding"] is None
    ]


def _status(all_checked: list[Checked], *, strict: bool) -> int:
    from valuecheck.report.document import verdict_of  # noqa: PLC0415 - only now needed

    verdicts = {verdict_of(checked, strict=strict) for checked in all_checked}
    return 2 if "error" in verdicts else 1 if "fail" in verdicts else 0


@contextlib.contextmanager
def _progress(target: str) -> Iterator[Callable[[Checked, str], None]]:
    """Show how far a check is, on standard error and only on a terminal."""
    from rich.console import Console  # noqa: PLC0415 - only now needed
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[law]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(target, total=None, law="starting")

        def show(checked: Checked, law: str) -> None:
            bar.update(
                task,
                total=len(checked.laws) or None,
                completed=len(checked.outcomes) + len(checked.limits),
                law=law.removeprefix("test_").replace("_", " ")[:60],
            )

        yield show


def _write(all_checked: list[Checked], form: str, file: TextIO, seed: int, *, strict: bool) -> None:
    if form == "json":
        from valuecheck.report.document import document  # noqa: PLC0415 - only now needed

        json.dump(document(all_checked, seed, strict=strict), file, indent=1, allow_nan=False)
        file.write("\n")
        return
    from valuecheck.report.terminal import console_for, write  # noqa: PLC0415 - as above

    if isinstance(file, io.TextIOWrapper):
        file.reconfigure(errors="replace")  # an encoding without ± costs that sign, not the report
    console = console_for(file)
    for checked in all_checked:
        write(console, checked, strict=strict)


def _write_reproducers(all_checked: list[Checked], folder: Path) -> None:
    from valuecheck.report.document import causes  # noqa: PLC0415 - only now needed

    number = 0
    for checked in all_checked:
        for finding in causes(checked):
            if finding["reproducer"]:
                number += 1
                name = f"{number:02}-{finding['kind'].replace(' ', '-')}.py"
                (folder / name).write_text(finding["reproducer"], encoding="utf-8")


def _write_pictures(all_checked: list[Checked], folder: Path) -> list[str]:
    """Draw what can be drawn, and return what is missing to draw with."""
    from valuecheck.report.document import causes  # noqa: PLC0415 - only now needed
    from valuecheck.report.picture import CannotDrawError, picture  # noqa: PLC0415

    number = 0
    for checked in all_checked:
        replayed = [checked.replayed] if checked.replayed else []
        for finding in (*causes(checked), *replayed):
            if not finding["nodes"]:
                continue
            number += 1
            name = f"{number:02}-{str(finding['kind'] or 'right').replace(' ', '-')}.svg"
            try:
                (folder / name).write_bytes(picture(finding))
            except CannotDrawError as error:
                return [str(error)]
    return []
