"""The command `valuecheck`."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click
from hypothesis.configuration import set_hypothesis_home_dir

from valuecheck import __version__, arguments
from valuecheck.checking.run import check, every_name
from valuecheck.checking.selection import selected
from valuecheck.checking.settings import BadSettingsError, Configured, Settings, from_pyproject
from valuecheck.configuration import Configurable, shown
from valuecheck.engines.engine import STOP, ValuecheckError
from valuecheck.engines.processes import adopt_orphans, be_private
from valuecheck.engines.setup import Names
from valuecheck.program.definition import defining
from valuecheck.report.output import FORMS, Output
from valuecheck.report.progress import Progress
from valuecheck.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from valuecheck.program.expression import Expression

__all__ = ["main"]


@click.command(
    cls=Configurable,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@click.argument("targets", metavar="TARGET...", nargs=-1)
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
    "--for",
    "go_on",
    metavar="DURATION",
    callback=arguments.duration,
    help="Go on drawing so long, e.g. 10m or 8h; what is found is kept, and tried first next time.",
)
@click.option(
    "--time-limit",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=1e6),
    callback=arguments.finite,
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
    type=click.Choice(["text", *FORMS]),
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
@click.option(
    "--report",
    "reports",
    metavar="FORMAT=FILE",
    multiple=True,
    callback=arguments.reports,
    help="Another report beside it, e.g. csv=class.csv; several may be given.",
)
@click.option(
    "-j",
    "jobs",
    metavar="N",
    type=click.IntRange(min=1, max=1000),
    help="A class: each target in a process of its own, so many at once, told in a table.",
)
@click.option(
    "--each", metavar="GLOB", help="A class: in a folder, what matches, e.g. '*/value.py'."
)
@click.option(
    "--target-limit",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=1e6),
    callback=arguments.finite,
    help="A class: time a target may take as a whole.",
)
@click.option(
    "--resume",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A class: go on where this file of lines of JSON ends, and write to it.",
)
@click.option("--apart", is_flag=True, hidden=True)  # what a class is checked with
@click.option("--dask", metavar="ADDRESS", help="A class: hand the targets to a Dask cluster.")
@click.option("--data", metavar="NAME", help="The attribute that holds the value.")
@click.option("--grad", metavar="NAME", help="The attribute that holds the gradient.")
@click.option("--backward", metavar="NAME", help="The method that runs the sweep.")
@click.option(
    "--primitive",
    "primitives",
    metavar="SYMBOL=NAME",
    multiple=True,
    callback=arguments.primitive_names,
    help="What a primitive is called, e.g. tanh=tanh_node.",
)
@click.option(
    "--require",
    metavar="FORMS",
    multiple=True,
    callback=arguments.required,
    help="What is missing of it is a fault, e.g. '+ * tanh \"2 - x\"'.",
)
@click.option(
    "--define",
    metavar="'NAME(x) = FORMULA'",
    multiple=True,
    is_eager=True,
    callback=arguments.definitions,
    help="A primitive of your own, e.g. 'softplus(x) = log(1 + exp(x))': judged like the others.",
)
@click.option("-x", "--first-only", is_flag=True, help="Stop at the first fault.")
@click.option("--python", metavar="PATH", help="The interpreter that the target runs in.")
@click.option(
    "--reproducers",
    metavar="DIR",
    callback=arguments.folder,
    help="Write each fault: as a Python program, and as JSON for --replay.",
)
@click.option(
    "--draw",
    metavar="DIR",
    callback=arguments.folder,
    help="Write a picture of each counterexample.",
)
@click.option(
    "--replay",
    metavar="FILE",
    callback=arguments.expression_in,
    help="Run one program in place of the laws: JSON of a program, a fault, or a report (:N).",
)
@click.option(
    "--explain",
    metavar="KIND",
    is_eager=True,
    expose_value=False,
    callback=arguments.explained,
    help="Say what a kind of fault is, e.g. wrong-order, and end.",
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=arguments.listed,
    help="List the kinds of fault and the laws, and end.",
)
@click.option("--watch", is_flag=True, help="Check again whenever the file is saved.")
@click.option("--show-config", is_flag=True, help="Show every option and whence it comes, and end.")
@click.version_option(__version__, "-V", "--version", prog_name="valuecheck")
def main(
    targets: tuple[str, ...],
    select: str,
    max_examples: int,
    random_seed: int,
    go_on: float | None,
    time_limit: float,
    memory_limit: int,
    *,
    strict: bool,
    form: str,
    output: TextIO | None,
    reports: dict[Path, str],
    jobs: int | None,
    each: str | None,
    target_limit: float | None,
    resume: Path | None,
    dask: str | None,
    apart: bool,
    data: str | None,
    grad: str | None,
    backward: str | None,
    primitives: dict[str, str],
    require: tuple[str, ...],
    define: tuple[str, ...],
    first_only: bool,
    python: str | None,
    reproducers: Path | None,
    draw: Path | None,
    replay: Expression | None,
    watch: bool,
    show_config: bool,
) -> None:
    """Check whether scalar autograd engines compute the right gradients.

    TARGET is module:Class, path/to/file.py:Class, path/to/file.py, a folder, a notebook,
    "command:PROGRAM ARGS", a program in any language that speaks the protocol, or torch, jax,
    autograd or mygrad. Of several, each is checked by itself; a class of them is told in a table.

    \b
    Exit status: 0 no fault, 1 a fault, 2 the check could not be done or judged nothing,
    130 interrupted.
    """  # noqa: D301 - \b is how click keeps lines apart
    context = click.get_current_context()
    if show_config:
        click.echo(shown(context), nl=False)
        return
    if not targets:
        raise click.UsageError("Missing argument 'TARGET...'.")
    _end_like_an_interrupt()
    # Hypothesis keeps a cache, which is nothing for the folder that somebody is in.
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "valuecheck"
    set_hypothesis_home_dir(home)
    targets = arguments.submissions(targets, each)
    given = Names(data, grad, backward, primitives)
    is_class = any(option is not None for option in (jobs, each, target_limit, resume, dask))
    places = dict.fromkeys(targets, "." if is_class else None)
    configured, worth = _configured(places, given, select, laws=replay is None, believed=not apart)
    settings = {
        target: Settings(
            found.names,
            select=select,
            examples=max_examples,
            seed=random_seed,
            time_limit=time_limit,
            memory_limit=memory_limit,
            replay=replay,
            python=python,
            require=require,
            first_only=first_only,
            define=(*found.define, *define),
            apart=apart,
            go_on=go_on,
            memory=home / "found" if go_on is not None and not apart else None,
        )
        for target, found in configured.items()
    }
    if is_class and replay is not None:
        raise click.UsageError("--replay runs one program, not a class of targets")
    if watch and (is_class or output is not None or reports):
        raise click.UsageError("--watch tells one check after the other on the screen, no files")
    check_all: Callable[[Output], None] = partial(_check_each, settings)
    if is_class:
        check_all = partial(_check_class, settings, jobs or 1, target_limit, resume, dask)

    def once() -> int:
        file, several = output or sys.stdout, len(targets) > 1
        out = Output(form, file, reports, random_seed, strict=strict, several=several)
        out.worth = worth
        check_all(out)
        # Files before the table: whoever reads it may stop half way.
        _write_files(out, reproducers, draw)
        out.finish()
        for trouble in out.troubles:
            click.echo(f"valuecheck: {printable(trouble)}", err=True)
        return out.status

    if watch:
        from valuecheck.watching import check_when_saved  # noqa: PLC0415 - only now needed

        check_when_saved(targets, once)
    sys.exit(once())


def _write_files(out: Output, reproducers: Path | None, draw: Path | None) -> None:
    if reproducers is None and draw is None:
        return
    from valuecheck.report.files import (  # noqa: PLC0415 - drawing takes long to import
        write_pictures,
        write_reproducers,
    )

    if reproducers is not None:
        write_reproducers(out.targets, reproducers)
    if draw is not None:
        out.troubles += write_pictures(out.targets, draw)


def _check_each(settings: Mapping[str, Settings], out: Output) -> None:
    """Check one target after the other, here, and report each as it ends."""
    adopt_orphans()
    for number, (target, how) in enumerate(settings.items(), 1):
        with Progress(number, len(settings)) as progress:
            checked = check(target, how, progress.show)
        out.add_checked(checked)
        if checked.interrupted:
            return


def _check_class(
    settings: Mapping[str, Settings],
    jobs: int,
    limit: float | None,
    resume: Path | None,
    dask: str | None,
    out: Output,
) -> None:
    """Check targets apart, several at once, and enter each as it ends."""
    from valuecheck.checking.apart import Ledger, check_class, cluster, local  # noqa: PLC0415
    from valuecheck.checking.record import clean_name  # noqa: PLC0415
    from valuecheck.report.progress import ClassProgress  # noqa: PLC0415

    how = {
        t: [*s.to_arguments(), *(["--strict"] if out.strict else [])] for t, s in settings.items()
    }
    out.is_class = True
    be_private()
    try:
        pool = local(jobs) if dask is None else cluster(dask)
        ledgers = [Ledger(resume)] if resume is not None else []
    except ValuecheckError as error:
        raise click.UsageError(str(error)) from error
    done = [record for ledger in ledgers for record in ledger.done(how)]
    for record in done:
        out.add(record)
    known = {record.target for record in done}
    left = {target: a for target, a in how.items() if clean_name(target) not in known}
    with ClassProgress(len(how), out.targets) as progress:
        try:
            for record in check_class(left, limit, pool, progress.begin):
                for ledger in ledgers:
                    ledger.add(record)
                out.add(record)
                progress.end(record)
        except KeyboardInterrupt:
            out.interrupted = True
    order = {clean_name(target): number for number, target in enumerate(how)}
    out.targets.sort(key=lambda record: order[record.target])


def _configured(
    places: Mapping[str, str | None], given: Names, select: str, *, laws: bool, believed: bool
) -> tuple[dict[str, Configured], dict[str, float]]:
    """Return for each target what is set for it, and what things are worth.

    That is read, and -k looked at, before any is checked: what is gathered must not be lost. Points
    are set in the folder that one is in, never beside a submission; of a class everything is.

    Args:
        places: for each target where its settings stand, None for beside it.
        given: names of the command line.
        select: as for -k.
        laws: whether laws are tried.
        believed: whether there are settings at all.
    """
    found = {}
    try:
        for target, place in places.items():
            configured = from_pyproject(place or target) if believed else Configured(Names())
            found[target] = configured._replace(names=given.over(configured.names))
            if laws:
                with defining(configured.define):
                    selected(select, every_name())
        worth = from_pyproject(".").points if believed else {}
    except BadSettingsError as error:
        raise click.UsageError(str(error)) from error
    return found, worth


def _end_like_an_interrupt() -> None:
    """Let the signals that end a program do so as Ctrl-C does: nothing is left behind."""

    def interrupt(*_: object) -> None:
        STOP.set()
        raise KeyboardInterrupt

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), interrupt)
