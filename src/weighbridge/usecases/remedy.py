"""`remedy`: what is left to do about a release, the easiest first. Changes nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict
from weighbridge.model.remedy import Remedies, Step, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.finding import Finding
    from weighbridge.model.remedy import Mending
    from weighbridge.model.report import Report
    from weighbridge.usecases.converting import Conversions
    from weighbridge.usecases.references import Named
    from weighbridge.usecases.remedying.relocking import Relocks

FIX = "weighbridge check --fix"
_QUOTED = re.compile(r"`((?:weighbridge|uv|git|pip|pip-compile) [^`]+)`")
_ORDER = tuple(Way)


def remedy(
    report: Report,
    named: Named,
    *,
    conversions: Conversions | None = None,
    relocks: Relocks | None = None,
) -> Remedies:
    """Say of every finding that is not waived how it is mended.

    Args:
        report: The findings.
        named: The release.
        conversions: Says what would become of files in other formats; None if nothing can.
        relocks: Says what would become of locks; None for a sealed release.
    """
    if relocks is not None:
        relocks.mend(report, named)
    steps = [
        _step(finding, report, named, conversions, relocks)
        for finding in report.findings
        if finding.waived_by is None
    ]
    ordered = sorted(steps, key=_order)
    return Remedies(report=report, steps=tuple(ordered))


def _order(step: Step) -> tuple[int, bool]:
    """Sort what is known to be wrong before what is not known."""
    return _ORDER.index(step.way), step.finding.verdict is Verdict.INCONCLUSIVE


def _step(
    finding: Finding,
    report: Report,
    named: Named,
    conversions: Conversions | None,
    relocks: Relocks | None,
) -> Step:
    mending = _mending(finding, relocks) if relocks is not None else None
    alone = replace(report, findings=(finding,))
    converts = conversions is not None and conversions.edits(alone, named, write=False)
    mended = mending is not None and mending.mended
    if named.path is not None and (finding.edits or converts or mended):
        return Step(finding=finding, way=Way.AUTOMATIC, commands=(FIX,), mending=mending)
    told = mending.steps if mending is not None and mending.steps else finding.remediation
    commands = tuple(_commands(told))
    way = Way.COMMAND if commands else Way.DECISION
    return Step(finding=finding, way=way, commands=commands, mending=mending)


def _mending(finding: Finding, relocks: Relocks) -> Mending | None:
    """Find what was found out about a finding's lock."""
    if finding.upgrade is not None:
        return relocks.mendings.get((finding.upgrade.lock, finding.upgrade.package))
    if finding.relock is not None:
        return relocks.mendings.get((finding.relock.lock, ""))
    return None


def _commands(sentences: Iterable[str]) -> Iterator[str]:
    """List the commands in some sentences; those of `check --fix` do not help here."""
    for sentence in sentences:
        yield from (found for found in _QUOTED.findall(sentence) if found != FIX)
