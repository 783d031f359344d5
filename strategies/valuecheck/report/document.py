"""The JSON report: one document for all targets, schema 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuecheck import __version__
from valuecheck.overtime import ENDLESS
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.containment import Checked

__all__ = ["causes", "document", "is_clean", "verdict_of"]

SCHEMA = 1
_LAST = 10_000
"""Sorts findings without a program after all others."""


def document(all_checked: Sequence[Checked], seed: int, *, strict: bool) -> dict[str, Any]:
    """Return the report as JSON data."""
    verdicts = [verdict_of(checked, strict=strict) for checked in all_checked]
    return {
        "schema": SCHEMA,
        "valuecheck": __version__,
        "verdict": next((v for v in ("error", "fail") if v in verdicts), "pass"),
        "random_seed": seed,
        "oracles": oracle_versions(),
        "targets": [
            {
                "target": checked.target,
                "file": checked.bound.get("file"),
                "line": checked.bound.get("line"),
                "class": checked.bound.get("cls"),
                "note": "; ".join(filter(None, [checked.bound.get("note", ""), *checked.notes])),
                "verdict": verdict,
                **({"error": checked.error} if checked.error else {}),
                "supported": checked.bound.get("supported", []),
                "unsupported": list(checked.bound.get("unsupported", {})),
                "reasons": checked.bound.get("unsupported", {}),
                "near_misses": checked.bound.get("near_misses", []),
                "names": checked.bound.get("names", {}),
                "laws": [
                    {
                        key: outcome[key]
                        for key in ("law", "family", "outcome", "reason", "examples", "undecided")
                    }
                    for outcome in checked.outcomes
                ],
                "faults": causes(checked),
                "limits": checked.limits,
                "policies": checked.policies,
                "disputes": [d for outcome in checked.outcomes for d in outcome["disputes"]],
                "sharpness": sharpness(checked),
                "seconds": round(checked.seconds, 3),
                **({"replayed": checked.replayed} if checked.replayed else {}),
            }
            for checked, verdict in zip(all_checked, verdicts, strict=True)
        ],
    }


def verdict_of(checked: Checked, *, strict: bool) -> str:
    """Return "pass", "fail" or "error"."""
    if checked.error:
        return "error"
    if checked.broken:
        return "fail"
    if any(outcome["outcome"] == "crashed" for outcome in checked.outcomes):
        return "error"  # of ours: one of the engine's would be a fault
    clean = all(limit["reached"] for limit in checked.limits) and all(
        is_clean(policy) for policy in checked.policies.values()
    )
    return "fail" if strict and not clean else "pass"


def is_clean(policy: str) -> bool:
    """Say whether a policy is one, which is asked under --strict."""
    return policy not in {"neither", ENDLESS}


def causes(checked: Checked) -> list[dict[str, Any]]:
    """Return one finding for each distinct cause, with all the laws that it broke.

    The finding shown is the one with the shortest program.
    """
    by_cause: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for outcome in checked.broken:
        finding = outcome["finding"]
        by_cause.setdefault((finding["kind"], finding["primitive"]), []).append(finding)
    _merge_consequences(by_cause, checked.bound.get("made_of", {}))
    return [
        {
            **min(findings, key=lambda finding: len(finding["program"]) or _LAST),
            "laws": [finding["law"] for finding in findings],
        }
        for findings in by_cause.values()
    ]


def _merge_consequences(
    by_cause: dict[tuple[str, str | None], list[dict[str, Any]]], made_of: dict[str, list[str]]
) -> None:
    """Put what follows from another cause with that one.

    A primitive that calls another one fails when that does; and what is unexplained goes with what
    is unexplained of a single primitive.
    """
    for kind, primitive in list(by_cause):
        parts = made_of.get(primitive or "", [])
        causes_of_it = [cause for cause in by_cause if cause[1] in parts]
        if kind == "unexplained" and primitive is None:
            causes_of_it = [
                cause for cause in by_cause if cause[0] == kind and cause[1] is not None
            ]
        if len(causes_of_it) >= 1:
            following = by_cause.pop((kind, primitive))
            first = by_cause[causes_of_it[0]]
            first.extend({**finding, "program": ""} for finding in following)


def sharpness(checked: Checked) -> dict[str, float | None]:
    """Return the median of radius over gradient, and the share of gradients sharper than 1e-9."""
    ratios = sorted(ratio for outcome in checked.outcomes for ratio in outcome["sharpness"])
    if not ratios:
        return {"median": None, "sharper_than_1e-9": None, "gradients": 0}
    return {
        "median": ratios[len(ratios) // 2],
        "sharper_than_1e-9": sum(ratio < 1e-9 for ratio in ratios) / len(ratios),  # noqa: PLR2004
        "gradients": len(ratios),
    }
