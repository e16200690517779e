"""What evidence says, by its type: a report, how far a replay came, a result.

A member that decides and is not there decides nothing: what cannot be told is inconclusive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.gate.kinds import TYPES, ours
from weighbridge.gate.sarif import judge_sarif
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.finding import Severity
from weighbridge.model.predicates import (
    BEHAVIOUR,
    DELIVERY,
    OPENVEX,
    PARITY,
    PROVENANCE,
    PUBLISH,
    SARIF,
    SBOM,
    SPDX,
    TEST_RESULT,
    VSA,
    VULNERABILITIES,
    VULNERABILITIES_02,
    family,
)
from weighbridge.model.replay import REPLAY_VERDICTS, reaches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weighbridge.gate.case import Waiver
    from weighbridge.gate.waivers import Waivers
    from weighbridge.model.policy import Evidence as Demand

_WAIVED = "waived"
_WAIVE = "REF --to ENV --reason WHY --expires 30d --key NAME, if it is harmless"
_WEIGH_AGAIN = ("weighbridge check REF", "then weighbridge check REF --sign --key NAME")
_RESULTS = {
    BEHAVIOUR: ("result", ("PASSED", "WARNED")),
    DELIVERY: ("result", ("PASSED", "WARNED")),
    PARITY: ("result", ("PASSED", "WARNED")),
    TEST_RESULT: ("result", ("PASSED", "WARNED")),
    VSA: ("verificationResult", ("PASSED",)),
}
"""The member that says whether it passed, in types that have one, and its good values."""

_RESULT = ("result", ("PASSED", "WARNED"))
_SIGNED_IS_ENOUGH = frozenset(
    {OPENVEX, PROVENANCE, PUBLISH, SBOM, SPDX, VULNERABILITIES, VULNERABILITIES_02}
)
"""Types that have no result: a policy asks about their content by conditions."""


def targets_of(predicate: Mapping[str, Any]) -> Iterator[str]:
    """List the targets a report was made for."""
    found = ours(predicate).get("targets")
    if isinstance(found, list):
        yield from (target for target in found if isinstance(target, str))


def judge_said(demand: Demand, predicate: Mapping[str, Any]) -> tuple[Outcome, str, str, str]:
    """Judge what evidence other than a report says of itself."""
    if demand.type == "replay":
        return _replayed(demand, ours(predicate).get("verdict"))
    predicate_type = family(TYPES.get(demand.type, demand.type))
    if predicate_type == SARIF:
        return judge_sarif(demand, predicate)
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


def _replayed(demand: Demand, verdict: object) -> tuple[Outcome, str, str, str]:
    """Judge how far a release could be made again."""
    floor = demand.at_least or "metrics-within-tolerance"
    for known in REPLAY_VERDICTS:
        if known == verdict:
            outcome = Outcome.MET if reaches(known, floor) else Outcome.UNMET
            return outcome, "how far it could be made again", known, floor
    return Outcome.INCONCLUSIVE, "it says no verdict", "", floor


def judge_report(
    name: str,
    demand: Demand,
    predicate: Mapping[str, Any],
    *,
    codes: Iterable[str],
    inputs: tuple[str, ...],
    waivers: Waivers,
    concerns: Callable[[str], bool],
) -> Judged:
    """Judge a report: which rules ran, what they found and nobody waived, what they left open.

    Args:
        name: What the answer is called.
        demand: What is demanded of it.
        predicate: What it says.
        codes: Rules that must have run.
        inputs: What it is about.
        waivers: What findings people answer for.
        concerns: Tells the rules whose findings are judged here.
    """
    report = ours(predicate).get("report")
    found = _findings(report) if isinstance(report, dict) else None
    passed = predicate.get("passedTests")
    if found is None or not isinstance(passed, list):
        why = "it is not a report of ours, or not a whole one"
        return Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why, inputs=inputs)
    found = [finding for finding in found if concerns(str(finding.get("code")))]
    waived = [waivers.find(finding) for finding in found]
    told = tuple(map(_told, found, waived))
    ran = {*map(str, passed), *(finding["code"] for finding in told)}
    skipped = tuple(sorted(set(codes) - ran))
    open_ = tuple(one for one, waiver in zip(told, waived, strict=True) if waiver is None)
    outcome, why, seen = _report_outcome(demand, open_, skipped)
    if outcome is Outcome.MET and any(waived):
        outcome, why, seen = Outcome.WAIVED, _answered(filter(None, waived)), ""
    return Judged(
        id=name,
        outcome=outcome,
        why=why,
        seen=seen,
        wanted=f"every demanded rule, nothing above {demand.none_above or 'warning'}",
        remedy=_remedy(outcome, waivers.waivable(found)),
        findings=told,
        skipped=skipped,
        inputs=inputs,
    )


def _remedy(outcome: Outcome, waivable: Iterable[str]) -> tuple[str, ...]:
    if outcome in {Outcome.MET, Outcome.WAIVED}:
        return ()
    ways = (f"weighbridge waive {code} {_WAIVE}" for code in waivable)
    return (*_WEIGH_AGAIN, *ways)


def _told(finding: Mapping[str, Any], waiver: Waiver | None) -> dict[str, str]:
    told = {key: str(finding.get(key)) for key in ("code", "subject", "severity", "verdict")}
    return told if waiver is None else {**told, "verdict": _WAIVED}


def _answered(waivers: Iterable[Waiver]) -> str:
    """Say who answers for what a report found, until when and why."""
    said = {f"{one.rule} by {one.person} until {one.expires} ({one.reason})" for one in waivers}
    return f"what it found is waived: {'; '.join(sorted(said))}"


def _findings(report: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """Return the findings of a report, or None if they are not those its summary counts."""
    found, summary = report.get("findings"), report.get("summary")
    if not isinstance(found, list) or not isinstance(summary, dict):
        return None
    counts = list(summary.values())
    if {type(count) for count in counts} != {int} or sum(counts) != len(found):
        return None
    return found if all(isinstance(finding, dict) for finding in found) else None


def _report_outcome(
    demand: Demand, told: tuple[Mapping[str, str], ...], skipped: tuple[str, ...]
) -> tuple[Outcome, str, str]:
    floor = Severity(demand.none_above or "warning").rank
    # Whatever does not say that it is inconclusive has failed: a report waives nothing itself.
    failed = [finding for finding in told if finding["verdict"] != "inconclusive"]
    above = [finding for finding in failed if _rank(finding["severity"]) > floor]
    if above:
        return Outcome.UNMET, "it has findings that block", _listed(above)
    if skipped:
        return Outcome.INCONCLUSIVE, "rules did not run", ", ".join(skipped)
    unsure = [finding for finding in told if finding["verdict"] == "inconclusive"]
    if unsure and demand.blocks_inconclusive:
        return Outcome.INCONCLUSIVE, "rules could not decide", _listed(unsure)
    return Outcome.MET, "every rule ran and nothing blocks", ""


def _rank(severity: str) -> int:
    """Weigh a severity; one nobody knows weighs most."""
    return Severity(severity).rank if severity in set(Severity) else Severity.ERROR.rank


def _listed(findings: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(sorted({f"{finding['code']} {finding['subject']}" for finding in findings}))
