"""Reports as a comment on a pull request (GitHub-flavoured Markdown).

A comment has at most 65,536 characters on GitHub. What does not fit is left out by name: first
the blocks of the last findings, then table rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from weighbridge.model.wording import plural
from weighbridge.report.faults import level_of, render_finding
from weighbridge.report.interface import Presentation
from weighbridge.report.markup import code, code_block, folded, prose, table
from weighbridge.report.summary import notes, ordered_skips, summary_line, told_findings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report, Skip

T = TypeVar("T")

_ROOM = 28_000
"""Characters each of the table and the blocks may take; both and the rest fit a comment."""


@dataclass(frozen=True, slots=True)
class MarkdownRenderer:
    """Writes a verdict, a table of findings, and their blocks folded away."""

    presentation: Presentation = field(default_factory=Presentation)

    def render(self, report: Report) -> str:
        """Write the report as Markdown."""
        release = code(f"{report.release.name}@{report.release.version}")
        findings = told_findings(report)
        verdict, rest = summary_line(report).split(":", 1)
        parts = [f"### weighbridge: {release}", f"**{verdict}**:{rest}"]
        parts += map(prose, notes(report))
        if findings:
            parts += _findings(findings)
        if report.skipped:
            parts.append(_skipped(ordered_skips(report.skipped)))
        return "\n\n".join(parts) + "\n"


def _findings(findings: Sequence[Finding]) -> list[str]:
    rows = _fitting([_row(finding) for finding in findings], " | ".join)
    blocks = _fitting([render_finding(finding) for finding in findings], str)
    parts = [
        table(("", "rule", "subject", "what is wrong", "where"), rows),
        folded(plural(len(blocks), "finding") + " in full", code_block("\n\n".join(blocks))),
    ]
    missing = len(findings) - min(len(rows), len(blocks))
    if missing:
        parts.append(f"{plural(missing, 'finding')} not shown in full: this comment is too short.")
    return parts


def _row(finding: Finding) -> list[str]:
    at = finding.location
    return [
        level_of(finding),
        f"{code(finding.code)} {prose(finding.name)}",
        code(finding.subject),
        prose(finding.message),
        code(f"{at.file}:{at.line}") if at.file else "",
    ]


def _skipped(skips: Sequence[Skip]) -> str:
    rows = [(code(skip.code), prose(skip.reason), code(skip.by)) for skip in skips]
    return folded(f"{plural(len(skips), 'rule')} skipped", table(("rule", "why", "by"), rows))


def _fitting(items: Sequence[T], written: Callable[[T], str]) -> list[T]:
    """Take items from the front while what is written of them fits."""
    lengths = accumulate(len(written(item)) for item in items)
    return [item for item, used in zip(items, lengths, strict=True) if used <= _ROOM]
