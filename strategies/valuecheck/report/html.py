"""The report as one HTML file: no scripts, nothing fetched, every graph drawn."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from valuecheck.program.expression import Expression, MalformedExpressionError
from valuecheck.report.picture import CannotDrawError, picture
from valuecheck.report.table import HEADS, row_of
from valuecheck.report.text import count, fault_block, headline, misconceptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from valuecheck.checking.record import Report, TargetReport
    from valuecheck.diagnosis.finding import Finding

__all__ = ["drawn", "html"]

_STYLE: Final = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; vertical-align: top }
tr { border-bottom: 1px solid #8884 }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
pre { overflow-x: auto; padding: .8rem; background: #8881; border-radius: .3rem }
.pass { color: #1a7f37 } .fail { color: #cf222e } .error { color: #9a6700 }
@media (prefers-color-scheme: dark) {
  .pass { color: #4ac26b } .fail { color: #ff8182 } .error { color: #eac54f }
}
figure { margin: 0; overflow-x: auto; background: #fff; padding: .5rem; border-radius: .3rem }
.scroll { overflow-x: auto }
"""


_NOTHING_FETCHED: Final = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)


def html(report: Report, worth: Mapping[str, float]) -> str:
    """Return a report as an HTML document that stands alone."""
    title = f"valuecheck: {count(len(report.targets), 'target')}"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        _NOTHING_FETCHED,
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        '<div class="scroll"><table><thead><tr>',
        *(f'<th scope="col">{escape(head)}</th>' for head in HEADS),
        "</tr></thead><tbody>",
    ]
    for number, target in enumerate(report.targets, 1):
        row = row_of(target, worth)
        parts.append(
            f'<tr><td><a href="#t{number}">{escape(row.target)}</a></td>'
            f'<td class="{target.verdict}">{row.verdict}</td>'
            f'<td class="number">{row.judged}</td><td class="number">{row.points}</td>'
            f'<td class="number">{row.seconds}</td><td>{escape(row.told)}</td></tr>'
        )
    parts.append("</tbody></table></div>")
    found = misconceptions(report.targets)
    if found and len(report.targets) > 1:
        parts.append("<h2>What the class has not understood</h2><ul>")
        parts += [f"<li>{number} times {escape(told)}</li>" for number, told in found]
        parts.append("</ul>")
    for number, target in enumerate(report.targets, 1):
        parts += _target(number, target)
    told = f"valuecheck {report.valuecheck}, random seed {report.random_seed}"
    parts.append(f"<footer><p>{escape(told)}</p></footer></main></body></html>\n")
    return "".join(parts)


def _target(number: int, target: TargetReport) -> list[str]:
    verdict = f'<span class="{target.verdict}">{target.verdict}</span>'
    parts = [f'<section><h2 id="t{number}">{escape(target.target)} {verdict}</h2>']
    if target.error:
        parts.append(f"<p>{escape(target.error)}</p>")
    for told, findings in (("", target.faults), (" (a warning)", target.warnings)):
        for finding in findings:
            parts.append(f"<h3>{escape(headline(finding) + told)}</h3>")
            parts.append(f"<pre>{escape(fault_block(finding))}</pre>")
            svg = drawn(finding)
            parts.append(f"<figure>{svg}</figure>" if svg else "")
            if finding.reproducer:
                parts.append(
                    "<details><summary>to see it again</summary>"
                    f"<pre>{escape(finding.reproducer)}</pre></details>"
                )
    if target.not_checked:
        parts.append("<p>Not checked:</p><ul>")
        parts += [
            f"<li><code>{escape(left['name'])}</code>: {escape(left['why'])}</li>"
            for left in target.not_checked
        ]
        parts.append("</ul>")
    held = sum(law.outcome == "held" for law in target.laws)
    parts.append(
        f"<p>{count(held, 'law')} held, {target.judged} of "
        f"{count(target.offered, 'operation')} judged, {target.seconds:.1f} s.</p></section>"
    )
    return parts


def drawn(finding: Finding) -> str:
    """Return the picture of a finding as SVG, "" where it has none or nothing draws here."""
    if not finding.nodes:
        return ""
    try:
        svg = picture(Expression.from_json(finding.expression), finding.nodes, finding).decode()
    except (CannotDrawError, MalformedExpressionError):
        return ""
    return svg[max(svg.find("<svg"), 0) :]
