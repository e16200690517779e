"""The gate: may this release go there now? Pure: the same case gives the same decision."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.approvals import judge_approvals, judge_rejections
from weighbridge.gate.case import text_of
from weighbridge.gate.compatibility import judge_signature
from weighbridge.gate.compliance import approved_as_of, counts
from weighbridge.gate.conditions import Scope, declared_risk, effective_risk, judge_conditions
from weighbridge.gate.dependencies import judge_dependencies
from weighbridge.gate.evidence import EvidenceJudge, about, reused
from weighbridge.gate.intact import judge_integrity
from weighbridge.gate.rollback import judge_rollback
from weighbridge.gate.speech import evidence_values
from weighbridge.gate.standing import judge_standing, judge_targets
from weighbridge.gate.view import release_view
from weighbridge.gate.waivers import Waivers
from weighbridge.model.decision import Decision, GateVerdict, Judged, Outcome
from weighbridge.model.risk import RISKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.gate.pointer import Pointer
    from weighbridge.gate.program import Program

_STOPS = frozenset({"case-intact", "not-held", "not-rejected"})
_COMMAND = "weighbridge "
_PLACEHOLDER = re.compile(r"\b(?:REF|ENV|RELEASE)\b")
_OPEN = {Outcome.UNMET, Outcome.INCONCLUSIVE}


def decide(case: Case, program: Program) -> Decision:
    """Decide a case: whether a release may move, or may stay where it stands.

    Args:
        case: Everything the gate may know.
        program: The expressions of the case's policy, compiled from its texts.
    """
    intact = judge_integrity(case)
    if intact.outcome is not Outcome.MET:
        return _unread(case, intact)
    declared = declared_risk(case.manifest)
    scope = Scope(_values(case, declared))
    risk = effective_risk(case.bundle, declared, program, scope)
    scope = scope.having(release=release_view(case.today, digest=case.release, risk=risk))
    waivers = Waivers(case)
    judge = EvidenceJudge(case, waivers)
    evidence = list(judge.judge(program, scope))
    if judge.reported:
        findings = [finding for judged in evidence for finding in judged.findings]
        scope = scope.having(
            findings=[{**one, "pointer": f"/findings/{at}"} for at, one in enumerate(findings)]
        )
    judged = [
        intact,
        *judge_standing(case),
        judge_rejections(case),
        *evidence,
        *judge_targets(case, judge.validated),
        *judge_dependencies(case),
        *judge_signature(case),
        *judge_conditions(case.bundle, program, scope),
    ]
    outcome = _outcome(case, risk, judged, waivers.told())
    outcome_digest = digest(canonical_bytes(outcome))
    judged.extend(judge_approvals(approved_as_of(case), program, scope, outcome_digest))
    judged = [one for one in judged if counts(one, case)]
    return decision(case, judged, risk=risk, outcome=outcome, counted=judge.counted)


def decision(
    case: Case,
    judged: Sequence[Judged],
    *,
    risk: str,
    outcome: Mapping[str, Any],
    counted: Mapping[str, Evidence],
) -> Decision:
    """Write down what was judged of a case."""
    metadata = case.bundle.policy.metadata
    named = case.manifest.get("metadata")
    return Decision(
        verdict=verdict(judged),
        environment=case.environment_name,
        environment_digest=case.environment_digest,
        policy=f"{metadata.name}@{metadata.version}",
        policy_digest=case.bundle_digest,
        name=text_of(named, "name"),
        version=text_of(named, "version"),
        release=case.release,
        risk=risk,
        conditions=tuple(_to_type(one, case) for one in judged),
        outcome=outcome,
        outcome_digest=digest(canonical_bytes(outcome)),
        evidence=tuple(sorted(counted)),
        reused=reused(counted.values(), case),
        trust_digest=case.trust_digest,
        at=case.now,
    )


def _to_type(judged: Judged, case: Case) -> Judged:
    """Put the names of this case into the commands of a remedy, so that they can be typed."""
    named = case.manifest.get("metadata")
    release = f"{text_of(named, 'name')}@{text_of(named, 'version')}"
    said = {"REF": release, "ENV": case.environment_name, "RELEASE": text_of(named, "name")}
    steps = tuple(
        _PLACEHOLDER.sub(lambda found: said[found[0]], step) if _COMMAND in step else step
        for step in judged.remedy
    )
    return replace(judged, remedy=steps)


def stopped(decision: Decision) -> bool:
    """Tell whether somebody stopped this, or nothing of it can be believed.

    An environment that only observes lets an unmet policy through, and never this.
    """
    return any(one.id in _STOPS and one.outcome in _OPEN for one in decision.conditions)


def decide_rollback(case: Case, pointer: Pointer) -> Decision:
    """Decide whether an environment may go back to the release of a case."""
    intact = judge_integrity(case)
    if intact.outcome is not Outcome.MET:
        return _unread(case, intact)
    judge = EvidenceJudge(case, Waivers(case))
    judged = [intact, *judge_rollback(case, pointer), judge.signature()]
    risk = declared_risk(case.manifest)
    outcome = _outcome(case, risk, judged)
    return decision(case, judged, risk=risk, outcome=outcome, counted=judge.counted)


def _unread(case: Case, intact: Judged) -> Decision:
    """Deny a case that is not what its digests say, without reading any further."""
    outcome = _outcome(case, RISKS[-1], [intact])
    return decision(case, [intact], risk=RISKS[-1], outcome=outcome, counted={})


def verdict(judged: Sequence[Judged]) -> GateVerdict:
    """Sum up: denied before inconclusive before needs before allowed; of nothing, denied."""
    open_ = [one for one in judged if one.outcome in _OPEN]
    if not judged or any(one.outcome is Outcome.UNMET and not one.waits for one in open_):
        return GateVerdict.DENIED
    if any(one.outcome is Outcome.INCONCLUSIVE for one in open_):
        return GateVerdict.INCONCLUSIVE
    return GateVerdict.NEEDS if open_ else GateVerdict.ALLOWED


def _values(case: Case, risk: str) -> dict[str, Any]:
    return {
        "release": release_view(case.today, digest=case.release, risk=risk),
        "environment": dict(case.environment),
        "evidence": evidence_values(about(case)),
        "data": dict(case.bundle.data),
        "now": case.now,
    }


def _outcome(
    case: Case, risk: str, judged: Iterable[Judged], waivers: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Gather what an approval is given for: no times, no ages, no people."""
    bound = [one for one in judged if one.binds]
    conditions = [
        {
            "findings": sorted(
                ({key: finding[key] for key in sorted(finding)} for finding in one.findings),
                key=canonical_bytes,
            ),
            "id": one.id,
            "outcome": one.outcome.value,
            "pointer": one.pointer,
            "skipped": sorted(one.skipped),
        }
        for one in bound
    ]
    return {
        "conditions": sorted(conditions, key=canonical_bytes),
        "effectiveRisk": risk,
        "environment": case.environment_digest,
        "inputs": sorted({digest for one in bound for digest in one.inputs}),
        "policy": case.bundle_digest,
        "release": case.release,
        "waivers": [dict(one) for one in waivers],
    }
