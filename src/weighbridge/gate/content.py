"""What evidence says, by its type: a report, how far a replay came, a result.

A member that decides and is not there decides nothing: what cannot be told is inconclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any

from weighbridge.gate.covers import WAIVED, answered
from weighbridge.gate.kinds import TYPES, ours
from weighbridge.gate.replays import REPLAY_TYPES, judge_replay
from weighbridge.gate.sarif import judge_sarif
from weighbridge.gate.vex import Cleared
from weighbridge.gate.vulnerabilities import judge_vulnerabilities
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.finding import Severity
from weighbridge.model.predicates import (
    BEHAVIOUR,
    DELIVERY,
    DRILL,
    OPENVEX,
    PARITY,
    PROVENANCE,
    PUBLISH,
    RENDERING,
    SARIF,
    SBOM,
    SPDX,
    TEST_RESULT,
    VSA,
    VULNERABILITIES,
    VULNERABILITIES_02,
    family,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weighbridge.gate.case import Waiver
    from weighbridge.gate.covers import Places
    from weighbridge.gate.severities import Grace, Severities
    from weighbridge.gate.vex import Vex
    from weighbridge.gate.waivers import Waivers
    from weighbridge.model.policy import Evidence as Demand

EXCLUDED = "excluded"
"""Verdict of a finding that an exception of the policy leaves out."""

_CLEARED = "cleared"
_WEIGH_AGAIN = ("weighbridge check REF", "then weighbridge check REF --sign --key NAME")
_RESULTS = {
    BEHAVIOUR: ("result", ("PASSED", "WARNED")),
    DELIVERY: ("result", ("PASSED", "WARNED")),
    DRILL: ("result", ("PASSED",)),
    PARITY: ("result", ("PASSED", "WARNED")),
    TEST_RESULT: ("result", ("PASSED", "WARNED")),
    VSA: ("verificationResult", ("PASSED",)),
}
"""The member that says whether it passed, in types that have one, and its good values."""

_RESULT = ("result", ("PASSED", "WARNED"))
_FOUND = {
    SARIF: judge_sarif,
    VULNERABILITIES: judge_vulnerabilities,
    VULNERABILITIES_02: judge_vulnerabilities,
}
"""Types that list what somebody's tool found."""
_SIGNED_IS_ENOUGH = frozenset({OPENVEX, PROVENANCE, PUBLISH, RENDERING, SBOM, SPDX})
"""Types that have no result: a policy asks about their content by conditions."""


def targets_of(predicate: Mapping[str, Any]) -> Iterator[str]:
    """List the targets a report was made for."""
    found = ours(predicate).get("targets")
    if isinstance(found, list):
        yield from (target for target in found if isinstance(target, str))


def judge_said(demand: Demand, predicate: Mapping[str, Any]) -> tuple[Outcome, str, str, str]:
    """Judge what evidence other than a report says of itself."""
    if demand.type in REPLAY_TYPES:
        told = judge_replay("", demand, predicate)
        return told.outcome, told.why, told.seen, told.wanted
    predicate_type = family(TYPES.get(demand.type, demand.type))
    if predicate_type in _FOUND:
        return _FOUND[predicate_type](demand, predicate)
    member, good = _RESULTS.get(predicate_type, _RESULT)
    result = predicate.get(member)
    wanted = " or ".join(good)
    if result is not None:
        met = result in good
        why = "it says that it passed" if met else "it says that it failed"
        return Outcome.MET if met else Outcome.UNMET, why, str(result), wanted
    if predicate_type in _SIGNED_IS_ENOUGH and (predicate or predicate_type == PUBLISH):
        return Outcome.MET, "it was signed", "", ""
    unsaid = "it says no result"
    if predicate_type not in _RESULTS and not demand.blocks_inconclusive:
        return Outcome.MET, f"{unsaid}, and the policy asks for none", "", ""
    return Outcome.INCONCLUSIVE, unsaid, "", f"{member}: {wanted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lenience:
    """Why a finding of a report may not block.

    Attributes:
        waivers: What people answer for.
        severities: What the policy excepts here.
        grace: How long findings may stay.
        vex: What somebody says does not count here.
    """

    waivers: Waivers
    vex: Vex
    severities: Severities
    grace: Grace

    def weigh(self, finding: Mapping[str, Any], demand: Demand, places: Places) -> _Weighed:
        """Say what a finding of a report comes to; what would not block needs no leniency."""
        answer = self.waivers.find(finding, places) or self.vex.find(finding)
        told = _told(finding, answer)
        if answer is not None:
            return _Weighed(told, answer=answer)
        ruling = self.severities.of_finding(finding)
        if ruling is not None and ruling.severity == "off":
            return _Weighed({**told, "verdict": EXCLUDED}, excluded=ruling.told)
        if ruling is not None and ruling.severity == "block":
            return _Weighed(told, blocks=True)
        if not _would_block(told, demand):
            return _Weighed(told)
        if ruling is not None:
            return _Weighed(told, warns=f"by {ruling.told}", excluded=ruling.told)
        return _Weighed(told, warns=self.grace.left(finding))


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What a finding comes to; it counts by its severity if nothing else is said."""

    told: Mapping[str, str]
    answer: Waiver | Cleared | None = None
    excluded: str = ""
    warns: str = ""
    blocks: bool = False

    @property
    def counts(self) -> bool:
        return self.answer is None and not self.excluded and not self.warns


def judge_report(
    name: str,
    demand: Demand,
    predicate: Mapping[str, Any],
    *,
    codes: Iterable[str],
    inputs: tuple[str, ...],
    lenience: Lenience,
    concerns: Callable[[str], bool],
) -> Judged:
    """Judge a report: which rules ran, what they found that counts, what they left open.

    Args:
        name: What the answer is called.
        demand: What is demanded of it.
        predicate: What it says.
        codes: Rules that must have run.
        inputs: What it is about.
        lenience: Why a finding may not block.
        concerns: Tells the rules whose findings are judged here.
    """
    found = findings_of(predicate)
    passed = predicate.get("passedTests")
    if found is None or not isinstance(passed, list):
        why = "it is not a report of ours, or not a whole one"
        return Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why, inputs=inputs)
    found = [finding for finding in found if concerns(str(finding.get("code")))]
    waivers = lenience.waivers
    places = waivers.places(ours(predicate)["report"])
    weighed = [lenience.weigh(finding, demand, places) for finding in found]
    ran = {*map(str, passed), *(one.told["code"] for one in weighed)}
    waivers.ran |= ran
    blocking = (one.counts and _blocks(one, demand) for one in weighed)
    waivers.miss(compress(found, blocking), places)
    skipped, off = _skipped(set(codes) - ran, lenience.severities)
    outcome, why, seen = _report_outcome(demand, weighed, skipped)
    warns = _warnings(weighed)
    excluded = tuple(dict.fromkeys([*off, *(one.excluded for one in weighed if one.excluded)]))
    if outcome is Outcome.MET:
        outcome, why, seen = _set_aside(weighed, off, why)
        why = f"{why}; it warns of {'; '.join(warns)}" if warns else why
    return Judged(
        id=name,
        outcome=outcome,
        why=why,
        seen=seen,
        wanted=f"every demanded rule, nothing above {demand.none_above or 'warning'}",
        remedy=_remedy(outcome, waivers.ways(found, places)),
        findings=tuple(one.told for one in weighed),
        skipped=skipped,
        inputs=inputs,
        warns=outcome in {Outcome.MET, Outcome.WAIVED} and bool(warns),
        excluded=excluded,
    )


def _skipped(
    missing: Iterable[str], severities: Severities
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part the rules that did not run from those nobody asks for here."""
    rulings = {code: severities.of_rule(code) for code in sorted(missing)}
    off = {code: one.told for code, one in rulings.items() if one and one.severity == "off"}
    told = tuple(f"{code} did not run, {said}" for code, said in off.items())
    return tuple(code for code in rulings if code not in off), told


def _warnings(weighed: Iterable[_Weighed]) -> list[str]:
    return sorted(
        {f"{one.told['code']} {one.told['subject']} ({one.warns})" for one in weighed if one.warns}
    )


def _set_aside(
    weighed: Iterable[_Weighed], off: tuple[str, ...], why: str
) -> tuple[Outcome, str, str]:
    """Say of a report in which nothing blocks what was waived in it, or left out."""
    waivers = [one.answer for one in weighed if one.answer and not isinstance(one.answer, Cleared)]
    cleared = sorted({one.answer.told for one in weighed if isinstance(one.answer, Cleared)})
    left_out = {
        f"{one.told['code']} {one.told['subject']} by {one.excluded}"
        for one in weighed
        if one.excluded and not one.warns
    }
    told = [answered(waivers)] if waivers else []
    told += [f"what it found does not count: {'; '.join(cleared)}"] if cleared else []
    if left_out or off:
        told.append(f"left out: {'; '.join([*sorted(left_out), *off])}")
    return (Outcome.WAIVED, "; ".join(told), "") if told else (Outcome.MET, why, "")


def _remedy(outcome: Outcome, ways: tuple[str, ...]) -> tuple[str, ...]:
    return () if outcome in {Outcome.MET, Outcome.WAIVED} else (*_WEIGH_AGAIN, *ways)


def _told(finding: Mapping[str, Any], answer: Waiver | Cleared | None) -> dict[str, str]:
    told = {key: str(finding.get(key)) for key in ("code", "subject", "severity", "verdict")}
    if answer is None:
        return told
    return {**told, "verdict": _CLEARED if isinstance(answer, Cleared) else WAIVED}


def findings_of(predicate: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """Return the findings of a report, or None if they are not those its summary counts."""
    report = ours(predicate).get("report")
    if not isinstance(report, dict):
        return None
    found, summary = report.get("findings"), report.get("summary")
    if not isinstance(found, list) or not isinstance(summary, dict):
        return None
    counts = list(summary.values())
    if {type(count) for count in counts} != {int} or sum(counts) != len(found):
        return None
    return found if all(isinstance(finding, dict) for finding in found) else None


def _report_outcome(
    demand: Demand, weighed: Iterable[_Weighed], skipped: tuple[str, ...]
) -> tuple[Outcome, str, str]:
    counting = [one for one in weighed if one.counts]
    above = [one.told for one in counting if _blocks(one, demand)]
    if above:
        return Outcome.UNMET, "it has findings that block", _listed(above)
    if skipped:
        return Outcome.INCONCLUSIVE, "rules did not run", ", ".join(skipped)
    unsure = [one.told for one in counting if one.told["verdict"] == "inconclusive"]
    if unsure and demand.blocks_inconclusive:
        return Outcome.INCONCLUSIVE, "rules could not decide", _listed(unsure)
    return Outcome.MET, "every rule ran and nothing blocks", ""


def _blocks(one: _Weighed, demand: Demand) -> bool:
    """Tell whether a finding that counts blocks by what it is.

    Whatever does not say that it is inconclusive has failed: a report waives nothing itself.
    """
    failed = one.told["verdict"] != "inconclusive"
    return failed and (one.blocks or _would_block(one.told, demand))


def _would_block(told: Mapping[str, str], demand: Demand) -> bool:
    """Tell whether a finding blocks if nothing is said of it."""
    if told["verdict"] == "inconclusive":
        return demand.blocks_inconclusive
    return _rank(told["severity"]) > Severity(demand.none_above or "warning").rank


def _rank(severity: str) -> int:
    """Weigh a severity; one nobody knows weighs most."""
    return Severity(severity).rank if severity in set(Severity) else Severity.ERROR.rank


def _listed(findings: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(sorted({f"{finding['code']} {finding['subject']}" for finding in findings}))
