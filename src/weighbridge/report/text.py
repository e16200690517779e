"""Reports for people at a terminal: a block a finding, what was not run, and one last line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict
from weighbridge.model.wording import plural
from weighbridge.report.faults import render_finding
from weighbridge.report.interface import Presentation
from weighbridge.report.style import paint
from weighbridge.report.summary import notes, ordered_skips, summary_line, told_findings
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.report import PackUse, Report
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
        parts = [render_finding(f, styled=styled) for f in told_findings(report)]
        if report.skipped:
            parts.append("\n".join(self._skipped(report)))
        if report.packs:
            parts.append("\n".join(map(_pack, report.packs)))
        parts += filter(None, ["\n".join(notes(report))])
        word, rest = summary_line(report).split(":", 1)
        parts.append(f"{paint(word, _VERDICT_STYLE[report.verdict], styled=styled)}:{rest}")
        return "\n\n".join(parts) + "\n"

    def _skipped(self, report: Report) -> Iterator[str]:
        """Name every rule that was not run, those with one reason in one line."""
        by_reason: dict[tuple[str, str], list[str]] = {}
        for skip in ordered_skips(report.skipped):
            by_reason.setdefault((skip.reason, skip.by), []).append(skip.code)
        for (reason, by), codes in by_reason.items():
            names = visible(", ".join(codes))
            heading = paint(f"skipped[{names}]", "waived", styled=self.presentation.styled)
            yield f"{heading}: {visible(reason)} ({visible(by)})"


def _pack(use: PackUse) -> str:
    """Name a rule pack, and the thresholds that were given."""
    given = [
        f"{code}.{name} = {value}"
        for code, values in sorted(use.parameters.items())
        for name, value in sorted(values.items())
    ]
    with_ = f", with {', '.join(given)}" if given else ""
    return visible(f"rule pack {use.title}: {plural(len(use.codes), 'rule')}{with_}")
