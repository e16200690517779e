"""What is left to do about a release, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.remedy import Way
from weighbridge.model.wording import plural
from weighbridge.report.faults import level_of
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.style import paint
from weighbridge.report.summary import summary_line
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.remedy import Mending, Remedies, Step, Tried

_HEADINGS: Mapping[Way, str] = {
    Way.AUTOMATIC: "`weighbridge check --fix` mends",
    Way.COMMAND: "a command mends",
    Way.DECISION: "somebody has to decide about",
}


def told(mending: Mending) -> str:
    """Say in lines what came of mending a lock."""
    return "\n  ".join(_told(mending))


def render_remedies_text(remedies: Remedies, *, styled: bool = False) -> str:
    """Write what is to be done, those ways together that are taken alike.

    Args:
        remedies: What is to be done.
        styled: Whether a terminal looks on.
    """
    parts = []
    for way in Way:
        steps = [step for step in remedies.steps if step.way is way]
        if steps:
            heading = f"{_HEADINGS[way]} {plural(len(steps), 'finding')}:"
            blocks = ["\n".join(_block(together)) for together in _together(steps)]
            parts.append("\n\n".join([paint(heading, "strong", styled=styled), *blocks]))
    return "\n\n".join([*parts, summary_line(remedies.report)]) + "\n"


def render_remedies_json(remedies: Remedies) -> str:
    """Write the same as a document."""
    release = remedies.report.release
    named = {"name": release.name, "version": release.version, "digest": release.digest}
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "release": named,
            "verdict": remedies.report.verdict.value,
            "steps": [_step(step) for step in remedies.steps],
            "summary": remedies.report.summary(),
        }
    )


def _together(steps: Iterable[Step]) -> list[list[Step]]:
    """Put steps together that one and the same lock mends."""
    found: list[list[Step]] = []
    for step in steps:
        same = [one for one in found if step.mending and one[0].mending == step.mending]
        if same:
            same[0].append(step)
        else:
            found.append([step])
    return found


def _block(steps: Sequence[Step]) -> Iterator[str]:
    """Write steps that are one, and what is to be done below them."""
    for step in steps:
        finding = step.finding
        place = f" ({finding.location})" if finding.location.file else ""
        message = visible(f"{finding.message}{place}")
        yield f"  {level_of(finding)}[{finding.code}]: {message}"
    mending = steps[0].mending
    if mending is not None:
        yield from (f"    {visible(line)}" for line in _told(mending))
        if mending.mended or mending.steps:
            return
    several = (one for step in steps for one in step.finding.remediation)
    yield from (f"    {visible(one)}" for one in dict.fromkeys(several))


def _told(mending: Mending) -> Iterator[str]:
    what = f"{mending.package} {mending.before} of {mending.lock}" * bool(mending.package)
    what = what or mending.lock
    if mending.mended:
        yield f"{what} {_became(mending)}"
        if mending.asked:
            yield f"its input asks for it: {mending.asked}"
        if mending.others:
            yield f"with it: {', '.join(mending.others)}"
    else:
        yield f"{what} is not mended: {mending.why}"
    for tried in mending.tried:
        yield from _passed_over(tried)
    if not mending.mended:
        yield from mending.steps


def _became(mending: Mending) -> str:
    if not mending.package:
        return "is made anew"
    return f"becomes {mending.after}" if mending.after else "is no longer needed"


def _passed_over(tried: Tried) -> Iterator[str]:
    yield f"not {tried.version}: {tried.why}"
    yield from (f"  {line}" for line in tried.chain)
    yield from (f"  {flaw}" for flaw in tried.flaws[1:])


def _step(step: Step) -> dict[str, object]:
    finding = step.finding
    at = finding.location
    return {
        "way": step.way.value,
        "code": finding.code,
        "severity": finding.severity.value,
        "verdict": finding.verdict.value,
        "subject": finding.subject,
        "message": finding.message,
        "location": {
            "file": at.file,
            "line": at.line,
            "column": at.column,
            "pointer": at.pointer,
        },
        "commands": list(step.commands),
        "remediation": list(finding.remediation),
        "mending": None if step.mending is None else _mending(step.mending),
    }


def _mending(mending: Mending) -> dict[str, object]:
    return {
        "lock": mending.lock,
        "package": mending.package,
        "before": mending.before,
        "after": mending.after,
        "mended": mending.mended,
        "asked": mending.asked,
        "others": list(mending.others),
        "tried": _tried(mending.tried),
        "why": mending.why,
        "steps": list(mending.steps),
    }


def _tried(versions: Sequence[Tried]) -> list[dict[str, object]]:
    return [
        {
            "version": one.version,
            "why": one.why,
            "chain": list(one.chain),
            "flaws": list(one.flaws),
        }
        for one in versions
    ]
