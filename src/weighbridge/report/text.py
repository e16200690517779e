"""Reports for people at a terminal: a block a finding, what was not run, and one last line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict
from weighbridge.report.faults import render_finding
from weighbridge.report.interface import Presentation
from weighbridge.report.style import paint
from weighbridge.report.summary import ordered_findings, ordered_skips, summary_line
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.report import Report, Skip
    from weighbridge.report.style import Style

_VERDICT_STYLE: Mapping[Verdict, Style] = {
    Verdict.PASS: "good",
    Verdict.FAIL: "error",
    Verdict.INCONCLUSIVE: "inconclusive",
}


@dataclass(frozen=True, slots=True)
class TextRenderer:
    """Writes blocks as compilers do."""

    presentation: Presentation = field(default_factory=Presentation)

    def render(self, report: Report) -> str:
        """Write the report as text."""
        styled = self.presentation.styled
        parts = [render_finding(f, styled=styled) for f in ordered_findings(report.findings)]
        if report.skipped:
            parts.append("\n".join(map(self._skipped, ordered_skips(report.skipped))))
        word, rest = summary_line(report).split(":", 1)
        parts.append(f"{paint(word, _VERDICT_STYLE[report.verdict], styled=styled)}:{rest}")
        return "\n\n".join(parts) + "\n"

    def _skipped(self, skip: Skip) -> str:
        heading = paint(f"skipped[{visible(skip.code)}]", "waived", styled=self.presentation.styled)
        return f"{heading}: {visible(skip.reason)} ({visible(skip.by)})"
