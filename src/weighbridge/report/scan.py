"""What `scan` found in loose files, for people and for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from weighbridge.model.wording import human_size, plural
from weighbridge.report.faults import render_finding, threat_place
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.style import paint
from weighbridge.report.summary import ordered_findings
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.model.finding import Finding
    from weighbridge.model.scan import ScannedFile, ScanVerdict
    from weighbridge.report.style import Style

MOST_UNREAD = 3
"""How many files of no known format get a line each unless all are asked for."""

# In the order of the last line: the worst first.
_STYLES: Mapping[ScanVerdict, Style] = {
    "malicious": "error",
    "needs-review": "warning",
    "clean": "good",
}


def render_scan_text(
    files: Sequence[ScannedFile], *, styled: bool = False, every: bool = False
) -> str:
    """Write a line a file with its findings as blocks below it, and the totals last.

    Args:
        files: What was scanned.
        styled: Whether a terminal that shows colour looks on.
        every: Whether files of no known format, about which nothing else can be said, get a
            line each even if they are many; otherwise they are counted in one.
    """
    ordered = _ordered(files)
    unread = [file for file in ordered if file.format == "unknown" and not file.findings]
    folded = [] if every or len(unread) <= MOST_UNREAD else unread
    listed = [file for file in ordered if file not in folded]
    cells = [(f.verdict, visible(f.format), human_size(f.size)) for f in listed]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(3)]
    sections = []
    for file, (verdict, format_name, size) in zip(listed, cells, strict=True):
        word = paint(f"{verdict:<{widths[0]}}", _STYLES[verdict], styled=styled)
        columns = f"{format_name:<{widths[1]}}  {size:>{widths[2]}}"
        line = f"{word}  {columns}  {visible(file.path)}{_coverage(file)}\n"
        blocks = [
            render_finding(finding, place=_place(file, finding), styled=styled) + "\n"
            for finding in ordered_findings(file.findings)
        ]
        sections.append(line + "".join(f"\n{block}" for block in blocks) + "\n" * bool(blocks))
    return "".join([*sections, _folded(folded), _totals(ordered)]) + "\n"


def _folded(files: Sequence[ScannedFile]) -> str:
    if not files:
        return ""
    size = human_size(sum(file.size for file in files))
    return f"needs-review  {len(files)} files of no known model format, {size} (-v lists them)\n"


def render_scan_json(files: Iterable[ScannedFile]) -> str:
    """Write the `scan` shape other programs rely on."""
    return json_text(
        {"schemaVersion": SCHEMA_VERSION, "files": [_file(file) for file in _ordered(files)]}
    )


def _ordered(files: Iterable[ScannedFile]) -> list[ScannedFile]:
    return sorted(files, key=lambda file: (file.path, file.digest))


def _coverage(file: ScannedFile) -> str:
    """Say what was not read; silent only where every byte is accounted for."""
    covered, total = file.coverage.bytes, file.coverage.total
    inside = ""
    if file.inside is not None:
        examined, files = file.inside
        inside = f"  ({examined} of {plural(files, 'file')} looked into)"
    if file.status == "complete" and covered >= total:
        return inside
    # What else there is to say of why stands in the findings.
    why = f"; {visible(file.reason)}" if file.reason and not file.findings else ""
    whole = f"{human_size(covered)} of {human_size(total)}"
    return f"{inside}  ({file.status}: {whole} accounted for{why})"


def _place(file: ScannedFile, finding: Finding) -> str:
    """Name the place in the file: lines and columns mean nothing in it."""
    inside = threat_place(finding)
    if finding.threat is None:
        return file.path
    return f"{file.path}!/{inside}" if finding.threat.container else f"{file.path}, {inside}"


def _totals(files: Sequence[ScannedFile]) -> str:
    verdicts = Counter(file.verdict for file in files)
    counts = [f"{verdicts[verdict]} {verdict}" for verdict in _STYLES if verdicts[verdict]]
    size = human_size(sum(file.size for file in files))
    return f"{plural(len(files), 'file')}, {size}: {', '.join(counts) or 'nothing scanned'}"


def _file(file: ScannedFile) -> dict[str, object]:
    return {
        "path": file.path,
        "format": file.format,
        "size": file.size,
        "digest": file.digest,
        "status": file.status,
        "reason": file.reason,
        "verdict": file.verdict,
        "coverage": {"bytes": file.coverage.bytes, "total": file.coverage.total},
        "findings": [_finding(finding) for finding in ordered_findings(file.findings)],
        **_inside(file),
    }


def _inside(file: ScannedFile) -> dict[str, object]:
    if file.inside is None:
        return {}
    return {"inside": {"examined": file.inside[0], "files": file.inside[1]}}


def _finding(finding: Finding) -> dict[str, object]:
    threat = finding.threat
    return {
        "code": finding.code,
        "message": finding.message,
        "container": threat.container if threat else "",
        "offset": threat.offset if threat else 0,
        "global": threat.name if threat else "",
    }
