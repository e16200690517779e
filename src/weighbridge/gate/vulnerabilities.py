"""What a scan for vulnerabilities says: the flaws in what it looked at, and what it leaves open.

One scale for all scanners, theirs: critical and high are errors, medium is a warning, anything
less a note, as in their own SARIF. A flaw nobody graded, or in words nobody knows, weighs most. Of
several grades the worst counts. A flaw the scanner was told to ignore counts like any other: who
signs the scan could be who wrote the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates import shape_fault
from weighbridge.gate.kinds import ours
from weighbridge.model.advisory import Level, named_level
from weighbridge.model.decision import Outcome
from weighbridge.model.finding import Severity
from weighbridge.model.predicates import OURS, VULNERABILITIES, VULNERABILITIES_02
from weighbridge.model.wording import plural, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.policy import Evidence as Demand

_SEVERITIES: Final = {
    Level.UNKNOWN: Severity.ERROR,
    Level.NONE: Severity.NOTE,
    Level.LOW: Severity.NOTE,
    Level.MEDIUM: Severity.WARNING,
    Level.HIGH: Severity.ERROR,
    Level.CRITICAL: Severity.ERROR,
}


def judge_vulnerabilities(
    demand: Demand, predicate: Mapping[str, Any]
) -> tuple[Outcome, str, str, str]:
    """Judge a scan of either version: unmet above a level, inconclusive where it leaves open."""
    floor = demand.none_above or "warning"
    wanted = f"nothing above {floor}"
    fault = shape_fault(VULNERABILITIES_02, predicate)
    if fault and (OURS in predicate or shape_fault(VULNERABILITIES, predicate)):
        return Outcome.INCONCLUSIVE, f"it is not whole: {fault}", "", wanted
    above = sorted(_above(predicate, Severity(floor)))
    if above:
        return Outcome.UNMET, "it has flaws that block", some_of(above), wanted
    scan = ours(predicate).get("scan") or {}
    open_ = sorted(scan.get("open") or ())
    ignored = scan.get("suppressed") or 0
    more = f", {plural(ignored, 'flaw')} the scanner was told to ignore among it" if ignored else ""
    if open_ and demand.blocks_inconclusive:
        return Outcome.INCONCLUSIVE, "it leaves something open", some_of(open_), wanted
    if open_:
        why = f"nothing in it blocks{more}; what it leaves open does not, by the policy"
        return Outcome.MET, why, some_of(open_), wanted
    return Outcome.MET, f"nothing in it blocks{more}", "", wanted


def _above(predicate: Mapping[str, Any], floor: Severity) -> Iterator[str]:
    for one in predicate["scanner"]["result"]:
        flaw: Mapping[str, Any] = one.get("vulnerability") or one
        graded, word = _grade(flaw)
        if graded.rank > floor.rank:
            yield f"{flaw['id']}{_where(flaw)} ({word})"


def _grade(flaw: Mapping[str, Any]) -> tuple[Severity, str]:
    """Return the worst grade somebody gives a flaw, and by which word."""
    words = [str(one.get("score", "")) for one in flaw["severity"]] or [""]
    graded = [(_SEVERITIES[named_level(word)], word.lower() or "unknown") for word in words]
    return max(graded, key=lambda one: one[0].rank)


def _where(flaw: Mapping[str, Any]) -> str:
    """Say which package a flaw is in, if that stands where we write it."""
    notes = flaw.get("annotations")
    first = notes[0] if isinstance(notes, list) and notes and isinstance(notes[0], dict) else {}
    package, version = first.get("package"), first.get("version")
    if not isinstance(package, str):
        return ""
    return f" in {package} {version}" if isinstance(version, str) else f" in {package}"
