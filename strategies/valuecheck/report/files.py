"""What a report leaves in folders: programs that fail, and pictures of them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from valuecheck.program.expression import Expression, MalformedExpressionError
from valuecheck.report.picture import CannotDrawError, picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuecheck.checking.record import TargetReport
    from valuecheck.diagnosis.finding import Finding, NodeShown

__all__ = ["write_pictures", "write_reproducers"]


def write_reproducers(targets: Sequence[TargetReport], folder: Path) -> None:
    """Write each fault as a Python program and as JSON for --replay."""
    for place, target in _places(targets, folder):
        for number, finding in enumerate(target.faults, 1):
            name = f"{number:02}-{finding.kind.replace(' ', '-')}"
            if finding.reproducer:
                (place / f"{name}.py").write_text(finding.reproducer, encoding="utf-8")
            (place / f"{name}.json").write_bytes(msgspec.json.encode(finding))


def write_pictures(targets: Sequence[TargetReport], folder: Path) -> list[str]:
    """Draw what can be drawn, and return what is missing to draw with."""
    for place, target in _places(targets, folder):
        drawn: list[tuple[Expression, list[NodeShown], Finding | None]] = []
        for finding in target.faults:
            if finding.nodes:
                with suppress(MalformedExpressionError):  # of a primitive that is defined no more
                    expression = Expression.from_json(finding.expression)
                    drawn.append((expression, finding.nodes, finding))
        if target.replayed is not None:
            drawn.append(
                (Expression.from_json(target.replayed.expression), target.replayed.nodes, None)
            )
        for number, (expression, nodes, shown) in enumerate(drawn, 1):
            kind = shown.kind.replace(" ", "-") if shown is not None else "replayed"
            try:
                svg = picture(expression, nodes, shown)
            except CannotDrawError as error:
                return [str(error)]
            (place / f"{number:02}-{kind}.svg").write_bytes(svg)
    return []


def _places(targets: Sequence[TargetReport], folder: Path) -> Iterator[tuple[Path, TargetReport]]:
    """Yield each target with its folder: one of its own where there are several."""
    for number, target in enumerate(targets, 1):
        place = folder
        if len(targets) > 1:
            name = "".join(c if c.isalnum() else "-" for c in Path(target.target).stem)
            place = folder / f"{number:03}-{name}"
            if not (target.faults or target.replayed):
                continue
            place.mkdir(exist_ok=True)
        yield place, target
