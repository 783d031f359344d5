"""How a check is done: what the command was told, and what a pyproject.toml says."""

from __future__ import annotations

import difflib
import math
import shlex
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from valuecheck.engines.engine import ValuecheckError
from valuecheck.engines.process import Limits
from valuecheck.engines.setup import Names, split_target
from valuecheck.program.definition import BadDefinitionError, defining
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.suite.law import Budget

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression

__all__ = ["OPTIONS", "BadSettingsError", "Configured", "Settings", "from_pyproject", "table_near"]

_LONGEST_QUESTION = 10.0
"""Seconds after which an engine that has not answered one question is said to hang."""


_OF_A_TARGET: Final = ("data", "grad", "backward", "primitives", "define", "points")
"""What is read beside the target."""

OPTIONS: Final = (
    *("targets", "select", "max-examples", "random-seed", "for", "time-limit", "memory-limit"),
    *("strict", "format", "output", "report", "jobs", "each", "target-limit", "resume", "dask"),
    *("require", "first-only", "python", "reproducers", "draw", "watch"),
)
"""Options of the command that may stand in the file, read where the command is given."""


class BadSettingsError(ValuecheckError):
    """A setting says something that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a check is done.

    Attributes:
        names: what the user said about the names in the class.
        select: which laws, as for -k; "" for all.
        examples: examples a law; None leaves it to the Hypothesis profile.
        seed: what the drawing starts from; None leaves it to Hypothesis.
        time_limit: seconds a law may take; None for as long as it likes.
        memory_limit: MiB the engine may take; None for as much as it likes.
        replay: a program to run in place of the laws.
        python: the interpreter that a Python target runs in; None to find it.
        require: what must be there: symbols, forms such as "2 - x", or names of methods.
        first_only: whether to stop at the first fault.
        go_on: seconds for which drawing goes on; None for one time through the laws.
        memory: where what broke laws is kept when it goes on; None for nowhere.
        apart: whether nothing beside the target is to be believed: no settings, no interpreter.
        define: definitions of primitives beyond the table, or in place of some of its rows.
    """

    names: Names = field(default_factory=Names)
    select: str = ""
    examples: int | None = 100
    seed: int | None = 0
    time_limit: float | None = 30.0
    memory_limit: int | None = 2048
    replay: Expression | None = None
    python: str | None = None
    require: tuple[str, ...] = ()
    first_only: bool = False
    define: tuple[str, ...] = ()
    apart: bool = False
    go_on: float | None = None
    memory: Path | None = None

    def to_arguments(self) -> list[str]:
        """Return these settings as arguments of the command; not `replay`, which is a program."""
        given: dict[str, Any] = {
            "--max-examples": self.examples,
            "--random-seed": self.seed,
            "--time-limit": self.time_limit,
            "--memory-limit": self.memory_limit,
            "--python": self.python,
            "--for": self.go_on and f"{self.go_on:g}s",
            "--data": self.names.data,
            "--grad": self.names.grad,
            "--backward": self.names.backward,
        }
        found = [f"{name}={value}" for name, value in given.items() if value is not None]
        found += ["-k", self.select] if self.select else []
        found += [f"--primitive={s}={name}" for s, name in self.names.primitives.items()]
        found += [f"--require={shlex.quote(name)}" for name in self.require]
        found += [f"--define={definition}" for definition in self.define]
        return [*found, *(["-x"] if self.first_only else [])]

    @property
    def budget(self) -> Budget:
        """How much a law may draw."""
        return Budget(self.examples, self.seed, self.time_limit)

    @property
    def limits(self) -> Limits:
        """What an engine may take."""
        seconds = self.time_limit or 1e9
        question = min(_LONGEST_QUESTION, seconds / 2)
        return Limits(seconds=question, start=seconds, memory=self.memory_limit)


class Configured(NamedTuple):
    """What a pyproject.toml says of a target.

    Attributes:
        names: of what is in the class.
        define: primitives of the user's.
        points: what operations and families of laws are worth.
    """

    names: Names
    define: tuple[str, ...] = ()
    points: dict[str, float] = {}  # noqa: RUF012 - never written to


def from_pyproject(target: str) -> Configured:
    """Return what the [tool.valuecheck] table of the nearest pyproject.toml says.

    For a target that is no path the search begins in the current folder.

    Raises `BadSettingsError` when the file or the table cannot be read.
    """
    file, table = table_near(target)
    return Configured(Names()) if file is None else _read(file, table)


def table_near(target: str) -> tuple[Path | None, dict[str, Any]]:
    """Return the nearest pyproject.toml of a target, None without one, and its [tool.valuecheck].

    Raises `BadSettingsError` when the file cannot be read, or the table has an unknown key.
    """
    place = Path(split_target(target)[0])
    start = place if place.exists() else Path()
    for folder in (start.resolve(), *start.resolve().parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return file, _table(file)
    return None, {}


def _table(file: Path) -> dict[str, Any]:
    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettingsError(f"{file}: {error}") from error
    table = table.get("valuecheck", {}) if isinstance(table, dict) else {}
    known = {*_OF_A_TARGET, *OPTIONS}
    if not isinstance(table, dict):
        raise BadSettingsError(f"{file}: [tool.valuecheck] is no table")
    for key in table:
        if key not in known:
            meant = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {meant[0]}?" if meant else f"it takes {', '.join(sorted(known))}"
            raise BadSettingsError(f"{file}: [tool.valuecheck] has no {key}: {hint}")
    return table


def _read(file: Path, table: dict[str, Any]) -> Configured:
    define = _definitions(file, table.get("define", {}))
    primitives = table.get("primitives", {})
    texts = [table.get(key, "") for key in ("data", "grad", "backward")]
    try:
        with defining(define):
            symbols = list(PRIMITIVES)
    except BadDefinitionError as error:
        raise BadSettingsError(f"{file}: [tool.valuecheck.define]: {error}") from error
    if not isinstance(primitives, dict) or not primitives.keys() <= set(symbols):
        raise BadSettingsError(f"{file}: primitives is a table of names by {' '.join(symbols)}")
    if not all(isinstance(text, str) for text in (*texts, *primitives.values())):
        raise BadSettingsError(f"{file}: every name in [tool.valuecheck] is a string")
    data, grad, backward = (text or None for text in texts)
    return Configured(
        Names(data, grad, backward, primitives), define, _points(file, table.get("points", {}))
    )


def _points(file: Path, table: Any) -> dict[str, float]:
    right = isinstance(table, dict) and all(
        type(worth) in {int, float} and 0 <= worth < math.inf for worth in table.values()
    )
    if not right:
        raise BadSettingsError(
            f"{file}: [tool.valuecheck.points] has lines such as '\"tanh\" = 2', a number from 0 on"
        )
    return {name: float(worth) for name, worth in table.items()}


def _definitions(file: Path, table: Any) -> tuple[str, ...]:
    if not isinstance(table, dict) or not all(isinstance(text, str) for text in table.values()):
        raise BadSettingsError(
            f"{file}: [tool.valuecheck.define] has lines such as 'softplus(x)' = 'log(1 + exp(x))'"
        )
    return tuple(f"{head} = {formula}" for head, formula in table.items())
