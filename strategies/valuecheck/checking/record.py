"""The record of a check: one document for all targets, which every report is made from.

As JSON it is schema 1; `schema()` is generated from the records below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from valuecheck import __version__
from valuecheck.checking.outcome import Verdict  # noqa: TC001 - msgspec reads annotations
from valuecheck.diagnosis.finding import Finding, NodeShown  # noqa: TC001 - as above
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.checking.outcome import Checked

__all__ = [
    "Report",
    "TargetReport",
    "clean_name",
    "document",
    "record_of",
    "report_of",
    "schema",
    "unchecked",
]

SCHEMA: Final = 1


class LawReport(msgspec.Struct, frozen=True):
    """The outcome of one law."""

    law: str
    family: str
    outcome: Literal["held", "broken", "unsupported", "timed out", "crashed"]
    reason: str
    examples: int
    undecided: int


class LimitReport(msgspec.Struct, frozen=True):
    """How far an engine goes."""

    name: str
    reached: bool
    detail: str


class SharpnessReport(msgspec.Struct, frozen=True, rename={"sharper": "sharper_than_1e-9"}):
    """How sharp the ruler was: radius over gradient."""

    median: float | None
    sharper: float | None
    gradients: int


class ReplayReport(msgspec.Struct, frozen=True):
    """The outcome of a program that the user gave."""

    expression: dict[str, Any]
    nodes: list[NodeShown]


class TargetReport(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """The outcome of one target.

    `judged` counts the operations that were judged, of those that are `offered`; `digest` is the
    SHA-256 of its files, as they were when a class was checked, and of how they were checked.
    """

    target: str
    file: str | None
    line: int | None
    class_: str | None
    note: str
    verdict: Verdict
    error: str
    supported: list[str]
    unsupported: list[str]
    reasons: dict[str, str]
    not_checked: list[dict[str, str]]
    near_misses: list[str]
    names: dict[str, str]
    laws: list[LawReport]
    faults: list[Finding]
    warnings: list[Finding]
    limits: list[LimitReport]
    policies: dict[str, str]
    disputes: list[str]
    sharpness: SharpnessReport
    seconds: float
    replayed: ReplayReport | None = None
    judged: int = 0
    offered: int = 0
    required: list[str] = []
    digest: str | None = None


class Report(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: Literal[1]
    valuecheck: str
    verdict: Verdict
    random_seed: int | None
    oracles: dict[str, str | None]
    targets: list[TargetReport]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    return msgspec.json.schema(Report)


def document(all_checked: Sequence[Checked], seed: int | None, *, strict: bool) -> Report:
    """Return the report of all targets."""
    return report_of([record_of(checked, strict=strict) for checked in all_checked], seed)


def report_of(targets: list[TargetReport], seed: int | None) -> Report:
    """Return the report of targets whose records are there."""
    verdicts = {target.verdict for target in targets}
    worst: Verdict = "error" if "error" in verdicts else "fail" if "fail" in verdicts else "pass"
    return Report(
        schema=SCHEMA,
        valuecheck=__version__,
        verdict=worst,
        random_seed=seed,
        oracles=oracle_versions(),
        targets=targets,
    )


def clean_name(target: str) -> str:
    """Return the name of a target as any report can hold it: names of files are bytes."""
    return target.encode("utf-8", "replace").decode()


def unchecked(target: str, error: str, seconds: float = 0.0) -> TargetReport:
    """Return the record of a target of which nothing came back."""
    return TargetReport(
        target=clean_name(target),
        file=None,
        line=None,
        class_=None,
        note="",
        verdict="error",
        error=clean_name(error),
        supported=[],
        unsupported=[],
        reasons={},
        not_checked=[],
        near_misses=[],
        names={},
        laws=[],
        faults=[],
        warnings=[],
        limits=[],
        policies={},
        disputes=[],
        sharpness=SharpnessReport(None, None, 0),
        seconds=round(seconds, 3),
    )


def record_of(checked: Checked, *, strict: bool) -> TargetReport:
    """Return the record of a target."""
    hello = checked.hello
    unsupported = hello.unsupported if hello is not None else {}
    median, sharper, gradients = checked.sharpness
    replayed = checked.replayed
    return TargetReport(
        target=clean_name(checked.target),
        file=hello.file if hello is not None else None,
        line=hello.line if hello is not None else None,
        class_=hello.name if hello is not None else None,
        note="; ".join(filter(None, [hello.note if hello is not None else "", *checked.notes])),
        verdict=checked.verdict(strict=strict),
        error=clean_name(checked.error),
        supported=[s for s in PRIMITIVES if s in hello.primitives] if hello else [],
        unsupported=list(unsupported),
        reasons=unsupported,
        not_checked=[{"name": name, "why": why} for name, why in checked.not_checked],
        near_misses=hello.near_misses if hello is not None else [],
        names=hello.names if hello is not None else {},
        laws=[
            LawReport(o.law, o.family, o.outcome, o.reason, o.examples, o.undecided)
            for o in checked.outcomes
        ],
        faults=checked.causes,
        warnings=checked.warnings,
        limits=[LimitReport(limit.name, limit.reached, limit.detail) for limit in checked.limits],
        policies=checked.policies,
        disputes=[d for outcome in checked.outcomes for d in outcome.disputes],
        sharpness=SharpnessReport(median, sharper, gradients),
        seconds=round(checked.seconds, 3),
        replayed=None
        if replayed is None
        else ReplayReport(replayed.expression.to_json(), replayed.nodes),
        judged=checked.judged if hello is not None else 0,
        offered=checked.offered,
        required=list(checked.required),
    )
