"""The one renderer of everything that is wrong: errors, findings, in CLI, API and annotations.

    error[INT001]: digest of weights/model.safetensors differs from the manifest
      --> release.yaml:14:11
       | wanted  sha256:9f2c…  (4.1 GB)
       | seen    sha256:77ab…  (4.1 GB)
       = cause: the file changed after `seal` (3 h later)
       = help:  run `weighbridge capture --update`, or restore the file
       = more:  weighbridge explain INT001

Text from outside is never written as it came: see `weighbridge.report.visible`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from weighbridge.model.errors import Fault
from weighbridge.model.finding import Verdict
from weighbridge.report.style import paint
from weighbridge.report.visible import visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.finding import Finding

Level = Literal["error", "warning", "note", "inconclusive", "waived", "baselined"]

_CODE = re.compile(r"[A-Z]{2,3}[0-9]{3}")
"""What `explain` knows; the name of a policy's condition is none of it."""

_VALUE_WIDTH = len("wanted  ")
_NOTE_WIDTH = len("cause: ")


@dataclass(frozen=True, slots=True)
class Detail:
    """One labelled line of a block; the text may have several lines.

    Attributes:
        label: `wanted`, `seen`, `cause`, `help` …
        text: What stands beside it.
    """

    label: str
    text: str


def level_of(finding: Finding) -> Level:
    """Name the level of a finding: what became of it before how much it weighs."""
    if finding.waived_by is not None:
        return "waived"
    if finding.baselined:
        return "baselined"
    if finding.verdict is Verdict.INCONCLUSIVE:
        return "inconclusive"
    return finding.severity.value


def fault_of(finding: Finding) -> Fault:
    """Turn a finding into the fault that is shown for it."""
    return Fault(
        finding.code,
        finding.message,
        finding.location if finding.location.file else None,
        seen=finding.seen,
        wanted=finding.wanted,
        cause=finding.cause,
        help=finding.remediation,
    )


def render_fault(fault: Fault, *, level: Level = "error", styled: bool = False) -> str:
    """Write one fault as a block without a final line break."""
    place = str(fault.location) if fault.location else ""
    return _block(fault, level=level, place=place, extra=(), styled=styled)


def render_faults(faults: Iterable[Fault], *, styled: bool = False) -> str:
    """Write all faults of an error, a blank line between them, with a final line break."""
    return "\n\n".join(render_fault(fault, styled=styled) for fault in faults) + "\n"


def render_finding(finding: Finding, *, place: str | None = None, styled: bool = False) -> str:
    """Write one finding as a block without a final line break.

    Args:
        finding: What to write.
        place: What to write behind the arrow if not the place in the papers.
        styled: Whether a terminal looks on.
    """
    fault, level = fault_of(finding), level_of(finding)
    if place is None:
        place = str(fault.location) if fault.location else ""
        extra = _extra(finding, where=True)
    else:
        extra = _extra(finding, where=False)
    return _block(fault, level=level, place=place, extra=extra, styled=styled)


def plain_message(finding: Finding) -> str:
    """Write a finding without its place, for programs that show the place themselves."""
    fault = fault_of(finding)
    details = [*_values(fault), *_notes(fault, _extra(finding, where=True))]
    lines = [visible(finding.message)]
    for detail in details:
        first, *rest = visible_lines(detail.text)
        lines.append(f"{detail.label}: {first}")
        lines.extend(f"  {line}" for line in rest)
    return "\n".join(lines)


def threat_place(finding: Finding) -> str:
    """Say where in a file a threat sits, or nothing: `archive/data.pkl, byte 1234`."""
    threat = finding.threat
    if threat is None or threat.offset < 0:
        return ""
    at = f"byte {threat.offset}"
    return f"{threat.container}, {at}" if threat.container else at


def _extra(finding: Finding, *, where: bool) -> tuple[Detail, ...]:
    place = threat_place(finding) if where else ""
    found = [Detail("where", place)] if place else []
    if finding.waived_by is not None:
        found.append(Detail("waived", f"{finding.severity.value}, by {finding.waived_by}"))
    elif finding.baselined:
        found.append(Detail("baselined", finding.severity.value))
    return tuple(found)


def _values(fault: Fault) -> list[Detail]:
    pairs = (Detail("wanted", fault.wanted), Detail("seen", fault.seen))
    return [detail for detail in pairs if detail.text]


def _notes(fault: Fault, extra: tuple[Detail, ...]) -> list[Detail]:
    return [
        *([Detail("cause", fault.cause)] if fault.cause else []),
        *extra,
        *(Detail("help", step) for step in fault.help),
        *(
            [Detail("more", f"weighbridge explain {fault.code}")]
            if _CODE.fullmatch(fault.code)
            else []
        ),
    ]


def _block(
    fault: Fault, *, level: Level, place: str, extra: tuple[Detail, ...], styled: bool
) -> str:
    heading = paint(f"{level}[{visible(fault.code)}]", level, styled=styled)
    lines = [f"{heading}{paint(f': {visible(fault.message)}', 'strong', styled=styled)}"]
    if place:
        lines.append(f"  {paint('-->', 'gutter', styled=styled)} {visible(place)}")
    bar, equals = (paint(gutter, "gutter", styled=styled) for gutter in "|=")
    for detail in _values(fault):
        lines.extend(_lines(f"{detail.label:<{_VALUE_WIDTH}}", detail.text, bar, bar))
    notes = _notes(fault, extra)
    width = max(_NOTE_WIDTH, *(len(note.label) + 2 for note in notes))
    for note in notes:
        lines.extend(_lines(f"{note.label + ':':<{width}}", note.text, equals, " "))
    return "\n".join(lines)


def _lines(label: str, text: str, gutter: str, next_gutter: str) -> Iterator[str]:
    first, *rest = visible_lines(text)
    yield f"   {gutter} {label}{first}".rstrip()
    for line in rest:
        yield f"   {next_gutter} {' ' * len(label)}{line}".rstrip()
