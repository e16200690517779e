"""The evidence a policy demands: there, by whom it must be, what it must say, and how old.

Of several statements by one person the newest counts, so that a newer failing one supersedes an
older pass. How old something is, is asked apart from what it says: an approval is given for the
latter and outlives a refreshed report that says the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.gate.conditions import applies
from weighbridge.gate.times import is_older
from weighbridge.model.decision import Judged, Outcome, Reused
from weighbridge.model.finding import Severity
from weighbridge.model.replay import REPLAY_VERDICTS, reaches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.gate.conditions import Scope
    from weighbridge.gate.program import Program
    from weighbridge.model.policy import Evidence as Demand

OURS = "https://weighbridge.dev/v1"
"""The key our own fields stand under inside other people's predicates."""

TYPES = {
    "report": "https://in-toto.io/attestation/test-result/v0.1",
    "provenance": "https://slsa.dev/provenance/v1",
    "replay": "https://weighbridge.dev/replay/v1",
    "behaviour": "https://weighbridge.dev/behaviour/v1",
    "sbom": "https://cyclonedx.org/bom",
    "advisories": "https://in-toto.io/attestation/vulns/v0.1",
}
"""Predicate type of each short name of a policy."""

RELEASE = "https://weighbridge.dev/release/v1"
_COMMANDS = {
    "report": "weighbridge check REF --sign --key NAME",
    "provenance": "weighbridge attest REF --predicate FILE --type https://slsa.dev/provenance/v1",
}


def about(case: Case) -> Iterator[Evidence]:
    """List the evidence that is about this release, or as good as about it.

    Evidence about another release counts if it names the sections it depended on and each of them
    is the same here.
    """
    for one in case.evidence:
        if case.release in one.subjects or is_reused(one, case):
            yield one


def is_reused(one: Evidence, case: Case) -> bool:
    """Tell whether evidence about another release counts for this one."""
    if case.release in one.subjects:
        return False
    ours = one.predicate.get(OURS)
    needed = ours.get("dependsOn") if isinstance(ours, dict) else None
    if not isinstance(needed, dict) or not needed:
        return False
    return all(
        name in case.sections and case.sections[name] == digest for name, digest in needed.items()
    )


def reused(counted: Iterable[Evidence], case: Case) -> tuple[Reused, ...]:
    """List what was taken over from other releases."""
    return tuple(
        Reused(predicate_type=one.predicate_type, release=one.release, statement=one.statement)
        for one in counted
        if is_reused(one, case)
    )


class EvidenceJudge:
    """Judges the demands of one policy; remembers which evidence it counted."""

    def __init__(self, case: Case) -> None:
        """Take the case."""
        self._case = case
        self._known = tuple(about(case))
        self.counted: dict[str, Evidence] = {}

    def judge(self, program: Program, scope: Scope) -> Iterator[Judged]:
        """Judge the author's signature, and every demand in its order."""
        yield self.signature()
        for index, demand in enumerate(self._case.policy.evidence or ()):
            name = (
                f"evidence:{demand.type}"
                if index == self._first(demand.type)
                else (f"evidence:{demand.type}:{index}")
            )
            found = applies(demand.when, program, scope)
            if found.error:
                why = f"whether it is demanded could not be decided: {found.error}"
                yield Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why)
            elif found.yes:
                yield from self._judge(name, demand)

    def _first(self, kind: str) -> int:
        demands = self._case.policy.evidence or ()
        return next(index for index, demand in enumerate(demands) if demand.type == kind)

    def signature(self) -> Judged:
        """Judge whether a builder signed this very release."""
        authors = self._newest(RELEASE, "builder", own=True)
        for one in authors.values():
            self.counted[one.statement] = one
        if authors:
            return Judged(id="signed-by-builder", outcome=Outcome.MET, why="a builder signed it")
        return Judged(
            id="signed-by-builder",
            outcome=Outcome.UNMET,
            why="no builder signed the release",
            seen=self._others(RELEASE, "builder"),
            wanted="a signature by somebody with the role builder",
            remedy=("weighbridge sign REF --key NAME",),
        )

    def _newest(
        self, predicate_type: str, role: str | None, *, own: bool = False
    ) -> dict[str, Evidence]:
        """Find the newest statement of each person who may sign it."""
        found: dict[str, Evidence] = {}
        for one in sorted(self._known, key=lambda one: one.entry):
            permitted = role is None or role in one.roles
            ours = not own or self._case.release in one.subjects
            if one.predicate_type == predicate_type and permitted and ours:
                found[one.person] = one
        return found

    def _others(self, predicate_type: str, role: str | None) -> str:
        """Say who signed such a statement without the role for it."""
        others = {
            f"{one.person} ({', '.join(one.roles)})"
            for one in self._known
            if one.predicate_type == predicate_type and role not in one.roles
        }
        return ", ".join(sorted(others)) or "none"

    def _judge(self, name: str, demand: Demand) -> Iterator[Judged]:
        role = demand.signed_by.role if demand.signed_by is not None else None
        predicate_type = TYPES.get(demand.type, demand.type)
        found = self._newest(predicate_type, role)
        # One newest word over all signers: an older pass of another does not outlive it.
        newest = sorted(found.values(), key=lambda one: one.entry, reverse=True)
        if len(newest) < demand.signers:
            yield self._missing(name, demand, role, predicate_type, len(newest))
            return
        chosen = newest[: demand.signers]
        for one in chosen:
            self.counted[one.statement] = one
        yield from (self._content(name, demand, one) for one in chosen)
        if demand.max_age is not None:
            yield from (self._freshness(name, demand, one) for one in chosen)

    def _missing(
        self, name: str, demand: Demand, role: str | None, predicate_type: str, seen: int
    ) -> Judged:
        by = f" by {role}" if role else ""
        return Judged(
            id=name,
            outcome=Outcome.UNMET,
            why=f"there is no such evidence{by}" if not seen else f"too few people signed it{by}",
            seen=f"{seen}; others: {self._others(predicate_type, role)}" if role else str(seen),
            wanted=f"{demand.signers} {demand.type}{by}",
            remedy=(
                _COMMANDS.get(demand.type, "weighbridge attest REF --predicate FILE --type URI"),
            ),
        )

    def _freshness(self, name: str, demand: Demand, one: Evidence) -> Judged:
        most = demand.max_age or "0s"
        stale = is_older(one.at, self._case.now, most)
        return Judged(
            id=name.replace("evidence:", "fresh:", 1),
            outcome=Outcome.UNMET if stale else Outcome.MET,
            why="it is too old" if stale else "it is fresh",
            seen=f"of {one.at}",
            wanted=f"not older than {most} at {self._case.now}",
            remedy=(_COMMANDS.get(demand.type, "have it made and signed again"),) if stale else (),
            binds=False,
        )

    def _content(self, name: str, demand: Demand, one: Evidence) -> Judged:
        inputs = tuple(sorted(one.subjects))
        if demand.type == "report":
            return judge_report(name, demand, one, self._case.bundle.rules.codes, inputs)
        outcome, why, seen, wanted = _said(demand, one.predicate)
        return Judged(id=name, outcome=outcome, why=why, seen=seen, wanted=wanted, inputs=inputs)


def _said(demand: Demand, predicate: Mapping[str, Any]) -> tuple[Outcome, str, str, str]:
    """Judge what evidence other than a report says of itself."""
    ours = predicate.get(OURS)
    if demand.type == "replay":
        verdict = ours.get("verdict") if isinstance(ours, dict) else None
        floor = demand.at_least or "metrics-within-tolerance"
        if verdict not in REPLAY_VERDICTS:
            return Outcome.INCONCLUSIVE, "it says no verdict", str(verdict), floor
        met = reaches(verdict, floor)
        return (
            Outcome.MET if met else Outcome.UNMET,
            "how far it could be made again",
            verdict,
            floor,
        )
    result = predicate.get("result")
    if demand.type == "behaviour" and result is None:
        return Outcome.INCONCLUSIVE, "it says no result", "", "PASSED"
    if result in {None, "PASSED", "WARNED"}:
        return Outcome.MET, "it was signed", str(result or ""), ""
    return Outcome.UNMET, "it says that it failed", str(result), "PASSED"


def judge_report(
    name: str, demand: Demand, one: Evidence, codes: Iterable[str], inputs: tuple[str, ...]
) -> Judged:
    """Judge a report: which rules ran, what they found, and what they could not tell."""
    ours = one.predicate.get(OURS)
    report = ours.get("report") if isinstance(ours, dict) else None
    findings = report.get("findings") if isinstance(report, dict) else None
    passed = one.predicate.get("passedTests")
    if (
        not isinstance(report, dict)
        or not isinstance(findings, list)
        or not isinstance(passed, list)
    ):
        why = "it is not a report of ours"
        return Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why, inputs=inputs)
    told = tuple(
        {key: str(finding.get(key)) for key in ("code", "subject", "severity", "verdict")}
        for finding in findings
    )
    ran = {*map(str, passed), *(finding["code"] for finding in told)}
    skipped = tuple(sorted(set(codes) - ran))
    outcome, why, seen = _report_outcome(demand, told, skipped)
    return Judged(
        id=name,
        outcome=outcome,
        why=why,
        seen=seen,
        wanted=f"every demanded rule, nothing above {demand.none_above or 'warning'}",
        remedy=() if outcome is Outcome.MET else ("weighbridge remedy REF",),
        findings=told,
        skipped=skipped,
        inputs=inputs,
    )


def _report_outcome(
    demand: Demand, told: tuple[Mapping[str, str], ...], skipped: tuple[str, ...]
) -> tuple[Outcome, str, str]:
    floor = Severity(demand.none_above or "warning").rank
    above = [
        finding
        for finding in told
        if finding["verdict"] == "fail" and _rank(finding["severity"]) > floor
    ]
    if above:
        return Outcome.UNMET, "it has findings that block", _listed(above)
    if skipped:
        return Outcome.INCONCLUSIVE, "rules did not run", ", ".join(skipped)
    unsure = [finding for finding in told if finding["verdict"] != "fail"]
    if unsure and demand.blocks_inconclusive:
        return Outcome.INCONCLUSIVE, "rules could not decide", _listed(unsure)
    return Outcome.MET, "every rule ran and nothing blocks", ""


def _rank(severity: str) -> int:
    """Weigh a severity; one nobody knows weighs most."""
    return Severity(severity).rank if severity in set(Severity) else Severity.ERROR.rank


def _listed(findings: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(sorted({f"{finding['code']} {finding['subject']}" for finding in findings}))
