"""Checking again when a file is saved: `--watch`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from valuecheck.engines.setup import split_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["check_when_saved"]

_INTERRUPTED: Final = 130


def check_when_saved(targets: Iterable[str], once: Callable[[], int]) -> None:
    """Check now, and again whenever a target's file is saved, until Ctrl-C.

    Args:
        targets: as on the command line; each a file, or a folder of which every Python file counts.
        once: does one check and reports it.

    Raises `click.UsageError` for a target that is no file, and without watchfiles.
    """
    try:
        from watchfiles import watch  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        told = "--watch needs watchfiles: pip install 'valuecheck[watch]'"
        raise click.UsageError(told) from error
    places = [Path(split_target(target)[0]).resolve() for target in targets]
    for target, place in zip(targets, places, strict=True):
        if not place.exists():
            raise click.UsageError(f"--watch needs files or folders: {target} is neither")

    def counts(_change: object, path: str) -> bool:
        saved = Path(path)
        return any(saved == p or (p in saved.parents and saved.suffix == ".py") for p in places)

    # Folders, not files: many editors save by putting another file in place of the old one.
    folders = {place if place.is_dir() else place.parent for place in places}
    # Begun first, so that what is saved while a check goes on counts.
    saves = watch(
        *folders,
        watch_filter=counts,
        debounce=100,
        recursive=any(place.is_dir() for place in places),
        rust_timeout=200,
        yield_on_timeout=True,
    )
    next(saves)
    changes: object = True
    while not changes or once() != _INTERRUPTED:
        if changes:
            click.echo("valuecheck: waiting for the next save; Ctrl-C ends", err=True)
        changes = next(saves)
        if changes:
            click.clear()
            click.echo(f"valuecheck: saved at {time.strftime('%H:%M:%S')}", err=True)
    raise click.Abort
