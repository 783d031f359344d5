"""A class of targets: each checked by a process of its own, several at once.

Whatever a target does, or its check, costs the others nothing: it has its record like any other.
"""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
import time
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from valuecheck import __version__
from valuecheck.checking.record import Report, TargetReport, clean_name, unchecked
from valuecheck.engines.engine import STOP, ValuecheckError
from valuecheck.engines.processes import end, enter
from valuecheck.engines.setup import split_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import BinaryIO

__all__ = ["Ledger", "check_apart", "check_class", "cluster", "digest_of", "local"]

_LOOK: Final = 0.2
"""Seconds between two looks whether the user wants to stop."""

_ENDS: Final = {0, 1, 2, 130}
"""The exit statuses of the command."""

_TO_REPORT: Final = 5.0
"""Seconds that a check has to tell what it found, once it was told to stop."""


def check_class(
    targets: Mapping[str, Sequence[str]],
    limit: float | None,
    pool: Executor,
    begun: Callable[[str], None],
) -> Iterator[TargetReport]:
    """Yield the record of each target, in the order in which they end.

    Args:
        targets: each as on the command line, with the arguments of the command for it.
        limit: seconds that one target may take.
        pool: what runs them.
        begun: called with each target that is begun in this process.
    """
    here = isinstance(pool, ThreadPoolExecutor)

    def job(target: str, arguments: Sequence[str], limit: float | None) -> bytes:
        begun(target)
        return check_apart(target, arguments, limit)

    waiting = {
        pool.submit(job if here else check_apart, target, arguments, limit): target
        for target, arguments in targets.items()
    }
    try:
        for future in as_completed(waiting):
            try:
                yield msgspec.json.decode(future.result(), type=TargetReport)
            except CancelledError:
                return
            except Exception as error:  # noqa: BLE001 - of a cluster, whose errors are its own
                yield unchecked(waiting[future], f"its check failed: {error}")
    finally:
        for future in waiting:
            future.cancel()
        pool.shutdown(wait=here)


def check_apart(target: str, arguments: Sequence[str], limit: float | None) -> bytes:
    """Check one target in a process of its own, and return its record as JSON.

    It is ended when it has taken longer than `limit` seconds, and what it had found by then is
    told; or when the user stops us.
    """
    began = time.monotonic()
    digest = digest_of(target, arguments)
    # -P: a submission called click.py must not be taken for click.
    command = [sys.executable, "-P", "-m", "valuecheck", "--apart", *arguments]
    command += ["--format=json", "--", target]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    enter(process)
    late = False
    try:
        while True:
            left = None if limit is None else began + limit - time.monotonic()
            if STOP.is_set() or (left is not None and left <= 0.0):
                late = not STOP.is_set()
                process.terminate()
                output, said = process.communicate(timeout=_TO_REPORT)
                break
            try:
                output, said = process.communicate(
                    timeout=_LOOK if left is None else min(_LOOK, left)
                )
                break
            except subprocess.TimeoutExpired:
                continue
    except subprocess.TimeoutExpired:
        output, said = b"", b""
    finally:
        end(process)
    seconds = time.monotonic() - began
    try:
        if process.returncode not in _ENDS:
            raise ValueError(process.returncode)  # noqa: TRY301 - not one of ours: nor its words
        (record,) = msgspec.json.decode(output, type=Report).targets
    except (msgspec.DecodeError, ValueError):
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        why = f": {last[0]}" if last else ""
        told = f"{clean_name(target)}: its check ended with status {process.returncode}{why}"
        record = unchecked(target, told, seconds)
    if late:
        record = msgspec.structs.replace(
            record,
            error=f"{target}: not done after {limit:g} s",
            verdict="fail" if record.faults else "error",
        )
    return msgspec.json.encode(msgspec.structs.replace(record, digest=digest))


def digest_of(target: str, arguments: Sequence[str]) -> str:
    """Return the SHA-256 of a target's files and of how it is checked."""
    found = hashlib.sha256("\0".join([__version__, *arguments]).encode())
    place = Path(split_target(target)[0])
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    for file in files:
        with contextlib.suppress(OSError, ValueError):
            found.update(file.read_bytes())
    return found.hexdigest()


def local(jobs: int) -> Executor:
    """Return what checks so many targets at once on this machine."""
    return ThreadPoolExecutor(jobs)


def cluster(address: str) -> Executor:
    """Return what hands targets to a Dask cluster.

    Its workers have valuecheck installed and see the same files. A worker that is lost costs
    nothing: what it had is begun again elsewhere.

    Raises `ValuecheckError` when Dask is not installed or does not answer.
    """
    try:
        distributed: Any = import_module("distributed")  # an optional extra
    except ImportError as error:
        raise ValuecheckError("--dask needs dask: pip install 'valuecheck[dask]'") from error
    try:
        pool: Executor = distributed.Client(address, timeout=10).get_executor(pure=False)
    except (OSError, ValueError) as error:
        raise ValuecheckError(f"--dask {address}: no scheduler answers: {error}") from error
    return pool


class Ledger:
    """A file of records, one line of JSON each, written as they come: what a stop leaves behind.

    Args:
        file: where they stand; it is made where it is not there.

    Raises `ValuecheckError` when the file cannot be read or written.
    """

    def __init__(self, file: Path) -> None:
        self.records: list[TargetReport] = []
        try:
            lines = file.read_bytes().split(b"\n") if file.exists() else []
            whole = []
            for line in lines:
                try:
                    self.records.append(msgspec.json.decode(line, type=TargetReport))
                except (msgspec.DecodeError, ValueError):
                    continue  # half of a line, as a crash leaves it
                whole.append(line)
            if len(lines) > 1 and not whole:
                raise ValuecheckError(f"{file}: holds no record, so nothing is written over it")
            beside = file.with_name(f"{file.name}.new")  # a stop half way loses nothing
            beside.write_bytes(b"".join(line + b"\n" for line in whole))
            beside.replace(file)
            self._file: BinaryIO = file.open("ab", buffering=0)
        except OSError as error:
            raise ValuecheckError(f"{file}: {error.strerror}") from error

    def done(self, targets: Mapping[str, Sequence[str]]) -> list[TargetReport]:
        """Return the records of targets that are as they were, and are checked in the same way.

        Not of those that could not be checked, nor of what is no file: a module may have changed.
        """
        latest = {record.target: record for record in self.records if record.verdict != "error"}
        return [
            latest[target]
            for target, arguments in targets.items()
            if target in latest
            and Path(split_target(target)[0]).exists()
            and latest[target].digest == digest_of(target, arguments)
        ]

    def add(self, record: TargetReport) -> None:
        """Write a record."""
        self._file.write(msgspec.json.encode(record) + b"\n")
