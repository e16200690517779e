"""Reports as GitHub workflow commands, which become annotations of a run.

Escaping as GitHub's own toolkit does it (`@actions/core`, command.ts): in data `%`, CR and LF,
in properties `:` and `,` as well. Every line starts with a command of ours, so that nothing from
outside can start one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.report.faults import level_of, plain_message
from weighbridge.report.interface import Presentation
from weighbridge.report.summary import notes, ordered_skips, summary_line, told_findings
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report
    from weighbridge.report.faults import Level

_COMMANDS: Mapping[Level, str] = {
    "error": "error",
    "warning": "warning",
    "note": "notice",
    "inconclusive": "warning",
    "waived": "notice",
    "baselined": "notice",
}


@dataclass(frozen=True, slots=True)
class GithubRenderer:
    """Writes one workflow command a finding, and a notice with the verdict."""

    presentation: Presentation = field(default_factory=Presentation)

    def render(self, report: Report) -> str:
        """Write the report as workflow commands."""
        lines = [_annotation(finding) for finding in told_findings(report)]
        skipped = (
            f"skipped {visible(skip.code)}: {visible(skip.reason)} ({visible(skip.by)})"
            for skip in ordered_skips(report.skipped)
        )
        summary = "\n".join([summary_line(report), *notes(report), *skipped])
        lines.append(_command("notice", {"title": "weighbridge"}, summary))
        return "\n".join(lines) + "\n"


def _annotation(finding: Finding) -> str:
    level, at = level_of(finding), finding.location
    title = f"{finding.code} {finding.name}"
    if level in {"inconclusive", "waived"}:
        title += f" ({level})"
    place = {"file": at.file, "line": str(at.line), "col": str(at.column)} if at.file else {}
    return _command(_COMMANDS[level], {**place, "title": title}, plain_message(finding))


def _command(name: str, properties: Mapping[str, str], data: str) -> str:
    written = ",".join(f"{key}={_property(visible(text))}" for key, text in properties.items())
    return f"::{name} {written}::{_data(data)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
