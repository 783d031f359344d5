"""The forms of a report, by name: each a function of the record, to text."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import msgspec

from valuecheck.checking.points import points_of, total
from valuecheck.engines.engine import ValuecheckError
from valuecheck.report.html import html
from valuecheck.report.text import fault_block, from_here, headline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from valuecheck.checking.record import Report, TargetReport
    from valuecheck.diagnosis.finding import Finding

__all__ = ["FORMATS", "CannotReportError", "annotation"]

COLUMNS: Final = (
    *("target", "class", "verdict", "judged", "offered", "missing", "faults", "warnings"),
    *("score", "max_score", "seconds", "headlines", "error"),
)


class CannotReportError(ValuecheckError):
    """A report has no such form."""


def _json(report: Report, _worth: Mapping[str, float]) -> str:
    return msgspec.json.format(msgspec.json.encode(report), indent=1).decode() + "\n"


def _jsonl(report: Report, _worth: Mapping[str, float]) -> str:
    return "".join(msgspec.json.encode(target).decode() + "\n" for target in report.targets)


def _csv(report: Report, worth: Mapping[str, float]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for target in report.targets:
        score, most = total(points_of(target, worth))
        missing = sum(fault.kind == "missing operation" for fault in target.faults)
        writer.writerow(
            [
                *(_harmless(target.target), _harmless(target.class_ or ""), target.verdict),
                *(target.judged, target.offered, missing, len(target.faults)),
                *(len(target.warnings), f"{score:g}", f"{most:g}", target.seconds),
                _harmless("; ".join(headline(fault) for fault in target.faults)),
                _harmless(target.error),
            ]
        )
    return file.getvalue()


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _junit(report: Report, _worth: Mapping[str, float]) -> str:
    root = ET.Element("testsuites", name="valuecheck")
    for target in report.targets:
        suite = ET.SubElement(
            root, "testsuite", name=_clean(target.target), time=f"{target.seconds:.3f}"
        )
        blocks: dict[str, list[Finding]] = {}
        for fault in target.faults:
            blocks.setdefault(fault.law, []).append(fault)
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        for name, faults in blocks.items():
            counts["tests"] += 1
            counts["failures"] += 1
            case = ET.SubElement(suite, "testcase", name=name, classname=_clean(target.target))
            message = "; ".join(headline(fault) for fault in faults)
            failure = ET.SubElement(case, "failure", message=_clean(message))
            failure.text = _clean("\n\n".join(fault_block(fault) for fault in faults))
        for law in target.laws:
            if law.law in blocks or law.outcome == "broken":
                continue  # broken by what is told above
            counts["tests"] += 1
            case = ET.SubElement(suite, "testcase", name=law.law, classname=_clean(target.target))
            if law.outcome == "unsupported":
                counts["skipped"] += 1
                ET.SubElement(case, "skipped", message=_clean(law.reason))
            elif law.outcome != "held":
                counts["errors"] += 1
                ET.SubElement(case, "error", message=_clean(f"{law.outcome}: {law.reason}"))
        if target.verdict == "error":
            counts["tests"] += 1
            counts["errors"] += 1
            case = ET.SubElement(
                suite, "testcase", name="the check", classname=_clean(target.target)
            )
            ET.SubElement(case, "error", message=_clean(target.error))
        for key, number in counts.items():
            suite.set(key, str(number))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _clean(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)


def _gradescope(report: Report, worth: Mapping[str, float]) -> str:
    """Return results.json as Gradescope's autograders write it, for one submission."""
    if len(report.targets) != 1:
        raise CannotReportError("the form gradescope is of one submission, and needs one target")
    (target,) = report.targets
    points = points_of(target, worth)
    score, most = total(points)
    whole = sum(point.most for point in points)
    return (
        json.dumps(
            {
                # What was not judged counts neither way: what was won is scaled to the whole.
                "score": round(whole * score / most, 4) if most else 0.0,
                "execution_time": round(target.seconds),
                "output": _told(target),
                "visibility": "visible",
                "tests": [
                    {
                        "name": point.name,
                        "score": point.won,
                        "max_score": point.most,
                        "status": "failed" if point.status == "failed" else "passed",
                        "output": point.why or point.status,
                        "visibility": "visible",
                    }
                    for point in points
                ],
            },
            indent=1,
        )
        + "\n"
    )


def _told(target: TargetReport) -> str:
    parts = [target.error] if target.error else []
    parts += [fault_block(fault) for fault in target.faults]
    return "\n\n".join(parts) or f"{target.verdict.upper()}: no fault was found"


def _github(report: Report, _worth: Mapping[str, float]) -> str:
    lines = []
    for target in report.targets:
        if target.verdict == "error":
            lines.append(annotation("error", target.error, file=target.target))
        for level, findings in (("error", target.faults), ("warning", target.warnings)):
            for finding in findings:
                file, _, line = from_here(finding.where or "").rpartition(":")
                place = {"file": file, "line": line} if file else {"file": target.file or ""}
                lines.append(annotation(level, fault_block(finding), headline(finding), **place))
    return "".join(f"{line}\n" for line in lines)


def annotation(level: str, message: str, title: str = "valuecheck", **place: str) -> str:
    """Return a line that GitHub shows beside the code, as its workflow commands have it."""
    given = {**place, "title": title}
    told = ",".join(f"{key}={_escaped(value, ',:')}" for key, value in given.items() if value)
    return f"::{level} {told}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in f"%\r\n{more}":  # the sign that escapes comes first
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _html(report: Report, worth: Mapping[str, float]) -> str:
    return html(report, worth)


FORMATS: Final[Mapping[str, Callable[[Report, Mapping[str, float]], Any]]] = {
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "junit": _junit,
    "html": _html,
    "gradescope": _gradescope,
    "github": _github,
}
"""By name, a function of the record and of what things are worth, to the text of a file."""
