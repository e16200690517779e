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
    from collections.abc import Iterator, Mapping, Sequence

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
            blocks = ["\n".join(_block(step)) for step in steps]
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


def _block(step: Step) -> Iterator[str]:
    finding = step.finding
    place = f" ({finding.location})" if finding.location.file else ""
    yield f"  {level_of(finding)}[{finding.code}]: {visible(finding.message)}{visible(place)}"
    if step.mending is not None:
        yield from (f"    {visible(line)}" for line in _told(step.mending))
        if step.mending.mended or step.mending.steps:
            return
    yield from (f"    {visible(one)}" for one in finding.remediation)


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
