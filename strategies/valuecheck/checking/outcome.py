"""The outcome of a check: typed records, pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from valuecheck.suite.policies import NEITHER

if TYPE_CHECKING:
    from valuecheck.checking.others import NotChecked
    from valuecheck.diagnosis.finding import Finding, NodeShown
    from valuecheck.engines.protocol import Hello
    from valuecheck.program.expression import Expression
    from valuecheck.suite.limits import Reached

__all__ = ["ENDLESS", "Checked", "LawOutcome", "Replayed", "Verdict"]

Verdict = Literal["pass", "fail", "error"]

ENDLESS = "never finishes"
"""What is said of an engine that hangs where it is asked for a policy."""


@dataclass(slots=True)
class LawOutcome:
    """The outcome of trying one law on an engine.

    Attributes:
        law: its name, with the primitive in brackets where it is about one.
        family: the family of laws it belongs to.
        outcome: as in the JSON report.
        reason: why it was not judged.
        examples: how many programs were judged.
        undecided: how many of them could not be.
        sharpness: radius over gradient, for every gradient judged that is not 0.
        disputes: oracles that left the ball.
        finding: the fault.
        further: what else is wrong with the same primitive.
    """

    law: str
    family: str
    outcome: Literal["held", "broken", "unsupported", "timed out", "crashed"] = "held"
    reason: str = ""
    examples: int = 0
    undecided: int = 0
    sharpness: list[float] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)
    finding: Finding | None = None
    further: list[Finding] = field(default_factory=list)

    def add(self, more: LawOutcome) -> None:
        """Enter what came of trying the law once more."""
        self.examples += more.examples
        self.undecided += more.undecided
        self.disputes += more.disputes
        self.outcome, self.reason = more.outcome, more.reason
        self.finding, self.further = more.finding, more.further


@dataclass(slots=True)
class Replayed:
    """The outcome of a program that the user gave."""

    expression: Expression
    nodes: list[NodeShown]


@dataclass(slots=True)
class Checked:
    """The outcome of one target.

    Attributes:
        target: as given.
        error: why the check could not be done; "" when it was.
        hello: what the engine has; None when it could not be loaded.
        notes: what else is to be said of the target.
        laws: the names of all laws that were to be tried.
        outcomes: the outcome of each law, in the order in which they were tried.
        limits: the limits tried.
        policies: what the engine does where several ways are right.
        warnings: what is reported but is not a fault: lost digits, single precision.
        not_checked: operations of the class that were not judged, each with why.
        offered: how many operations the class has.
        required: what must be there.
        replayed: the outcome of the program that was replayed.
        oracles: by oracle, the version of its library; None when it is not installed.
        interrupted: whether the check was stopped before its end.
        rounds: how many times more the laws were tried, while time was left.
        seconds: how long it took.
    """

    target: str
    error: str = ""
    hello: Hello | None = None
    notes: list[str] = field(default_factory=list)
    laws: list[str] = field(default_factory=list)
    outcomes: list[LawOutcome] = field(default_factory=list)
    limits: list[Reached] = field(default_factory=list)
    policies: dict[str, str] = field(default_factory=dict)
    warnings: list[Finding] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)
    offered: int = 0
    required: tuple[str, ...] = ()
    replayed: Replayed | None = None
    oracles: dict[str, str | None] = field(default_factory=dict)
    interrupted: bool = False
    rounds: int = 0
    seconds: float = 0.0

    @property
    def findings(self) -> list[Finding]:
        """The findings of all laws that were broken."""
        return [
            finding
            for outcome in self.outcomes
            for finding in (outcome.finding, *outcome.further)
            if finding is not None
        ]

    @property
    def judged(self) -> int:
        """How many operations of the class were judged."""
        return self.offered - len(self.not_checked)

    @property
    def late(self) -> list[LawOutcome]:
        """The outcomes of laws that ran out of time without a case against the engine."""
        return [o for o in self.outcomes if o.outcome == "timed out" and o.finding is None]

    @property
    def own_failures(self) -> list[LawOutcome]:
        """The outcomes of laws in which valuecheck itself failed."""
        return [o for o in self.outcomes if o.outcome == "crashed" and o.finding is None]

    def verdict(self, *, strict: bool) -> Verdict:
        """Return the verdict; under `strict` warnings, limits and policies fail too."""
        if self.error or self.own_failures:
            return "error"
        if self.findings:
            return "fail"
        clean = all(limit.reached for limit in self.limits)
        clean = clean and not self.unclean and not self.warnings
        return "fail" if strict and not clean else "pass"

    @property
    def unclean(self) -> list[str]:
        """The policies that are none: neither one way nor the other."""
        return [n for n, policy in self.policies.items() if policy in {NEITHER, ENDLESS}]

    @property
    def causes(self) -> list[Finding]:
        """One finding for each distinct cause, with all the laws that it broke.

        The finding shown is the one with the shortest program.
        """
        by_cause: dict[tuple[str, str | None], list[Finding]] = {}
        for finding in self.findings:
            by_cause.setdefault((finding.kind, finding.primitive), []).append(finding)
        shown = {cause: list(found) for cause, found in by_cause.items()}
        made_of = self.hello.made_of if self.hello is not None else {}
        for kind, primitive in list(by_cause):
            # What is made of a broken part goes with it, and the unexplained with the unexplained.
            parts = made_of.get(primitive or "", [])
            others = [cause for cause in shown if cause[1] in parts]
            if kind == "unexplained" and primitive is None:
                others = [cause for cause in shown if cause[0] == kind and cause[1] is not None]
            if others:
                by_cause[others[0]] += by_cause.pop((kind, primitive))
                del shown[kind, primitive]
        _merge_crashes(by_cause, shown)
        return [
            msgspec.structs.replace(
                min(shown[cause], key=lambda f: len(f.program) or _LAST),
                laws=list(dict.fromkeys(finding.law for finding in found)),
            )
            for cause, found in by_cause.items()
        ]

    @property
    def sharpness(self) -> tuple[float | None, float | None, int]:
        """The median of radius over gradient, the share sharper than 1e-9, and of how many."""
        ratios = sorted(ratio for outcome in self.outcomes for ratio in outcome.sharpness)
        if not ratios:
            return None, None, 0
        sharp = sum(ratio < _SHARP for ratio in ratios) / len(ratios)
        return ratios[len(ratios) // 2], sharp, len(ratios)


def _merge_crashes(
    by_cause: dict[tuple[str, str | None], list[Finding]],
    shown: dict[tuple[str, str | None], list[Finding]],
) -> None:
    """Tell one error once: what several primitives raise with the same words has one cause."""
    said: dict[str, tuple[str, str | None]] = {}
    for cause in [cause for cause in by_cause if cause[0] == "crash"]:
        message = by_cause[cause][0].message.partition(" raised ")[2]
        first = said.setdefault(message, cause) if message else cause
        if first != cause:
            by_cause[first] += by_cause.pop(cause)
            del shown[cause]
            shown[first] = [
                msgspec.structs.replace(finding, primitive=None, operand=None)
                for finding in shown[first]
            ]


_SHARP = 1e-9
_LAST = 10_000
"""Sorts findings without a program after all others."""
