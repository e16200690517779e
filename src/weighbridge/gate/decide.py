"""The gate: may this release go there now? Pure: the same case gives the same decision.

`REVISION` says which gate decided. Whoever changes what comes of a case, be it verdict, words or
lists, raises it: what stands below it says when.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.account import account_of
from weighbridge.gate.approvals import judge_approvals
from weighbridge.gate.case import text_of
from weighbridge.gate.compatibility import judge_signature
from weighbridge.gate.compliance import approved_as_of, counts
from weighbridge.gate.conditions import Scope, declared_risk, effective_risk, judge_conditions
from weighbridge.gate.content import EXCLUDED
from weighbridge.gate.dependencies import judge_dependencies
from weighbridge.gate.evidence import EvidenceJudge
from weighbridge.gate.exceptions import judge_waivers
from weighbridge.gate.expected import judge_expected
from weighbridge.gate.glass import judge_glass, lets_through
from weighbridge.gate.intact import judge_integrity
from weighbridge.gate.lowered import judge_lowered
from weighbridge.gate.outcome import outcome_of, verdict
from weighbridge.gate.rejections import judge_rejections
from weighbridge.gate.reuse import about, reused
from weighbridge.gate.rollback import judge_rollback
from weighbridge.gate.speaking import typed
from weighbridge.gate.speech import evidence_values
from weighbridge.gate.standing import judge_standing, judge_targets
from weighbridge.gate.stops import VERIFIED, judge_blocks, judge_verified
from weighbridge.gate.unusual import judge_unusual
from weighbridge.gate.view import release_view
from weighbridge.gate.waivers import Waivers
from weighbridge.model.decision import BREAK_GLASS, OBSERVE, Decision, GateVerdict, Judged, Outcome
from weighbridge.model.risk import RISKS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from weighbridge.gate.case import Case
    from weighbridge.gate.pointer import Pointer
    from weighbridge.gate.program import Program

REVISION = 2
"""Which gate this is; every decision says by which it was made, and one that does not by the first.

Raise it when a version decides otherwise than one that was released: when the same case comes to
another verdict, another outcome digest, or other bytes of a signed decision (a condition more,
other words, another list). Do not for what is told beside the decision, as the steps that would
pass. Decisions of another revision are believed as far as they are signed, and are not made again:
whoever wants that takes the version of weighbridge they name. CHANGELOG.md says what changed.

1  as first released
2  the decision says all that was skipped, waived and left out, whom it waits for, and its inputs
"""

_STOPS = frozenset(
    {"case-intact", "not-blocked", "not-frozen", "not-held", "not-rejected", VERIFIED}
)
Place = tuple[str, str]
"""A condition's name, and the place in the manifest it was asked of."""


def decide(
    case: Case,
    program: Program,
    *,
    granted: Collection[Place] = frozenset(),
    waivers: Waivers | None = None,
) -> Decision:
    """Decide a case: whether a release may move, or may stay where it stands.

    Args:
        case: Everything the gate may know.
        program: The expressions of the case's policy, compiled from its texts.
        waivers: The waivers of that case; they know afterwards what they were of use for.
        granted: Conditions taken as met though they are not: only advice asks so, of what would
            be if they were (`gate.shortest`). No such decision is signed.
    """
    intact = judge_integrity(case)
    if intact.outcome is not Outcome.MET:
        return _unread(case, intact)
    declared = declared_risk(case.manifest)
    scope = Scope(_values(case, declared))
    risk = effective_risk(case.bundle, declared, program, scope)
    kept = list(judge_lowered(case, risk, program, scope))
    scope = scope.having(release=release_view(case.today, digest=case.release, risk=risk))
    waivers = Waivers(case) if waivers is None else waivers
    judge = EvidenceJudge(case, waivers)
    evidence = list(judge.judge(program, scope))
    if judge.reported:
        told = [finding for judged in evidence for finding in judged.findings]
        findings = [one for one in told if one.get("verdict") != EXCLUDED]
        scope = scope.having(
            findings=[{**one, "pointer": f"/findings/{at}"} for at, one in enumerate(findings)]
        )
    judged = [
        intact,
        *judge_blocks(case),
        *judge_verified(case),
        *judge_standing(case),
        judge_rejections(case),
        *judge_glass(case),
        *evidence,
        *map(judge.severities.settle, _judge_itself(case, judge.validated, waivers, kept)),
        *judge_conditions(case.bundle, program, scope, judge.severities, judge.first_seen),
    ]
    judged = [_granted(one, granted) for one in judged]
    judged.extend(judge_waivers(case, waivers))
    outcome = outcome_of(case, risk, judged, waivers.told())
    outcome_digest = digest(canonical_bytes(outcome))
    approved = approved_as_of(case)
    judged.extend(judge_approvals(approved, program, scope, outcome_digest, risk=risk))
    judged = [_granted(one, granted) for one in judged if counts(one, case)]
    return decision(case, judged, risk=risk, outcome=outcome, judge=judge, waivers=waivers)


def _judge_itself(
    case: Case, validated: Collection[str], waivers: Waivers, kept: Iterable[Judged]
) -> Iterator[Judged]:
    """Judge what no report says: the gate's own rules; `kept` is what was said of the risk."""
    yield from judge_targets(case, validated)
    yield from waivers.over(judge_dependencies(case))
    yield from waivers.over(judge_signature(case))
    yield from waivers.over(judge_expected(case))
    yield from waivers.over(judge_unusual(case))
    yield from waivers.over(kept)


def decision(
    case: Case,
    judged: Sequence[Judged],
    *,
    risk: str,
    outcome: Mapping[str, Any],
    judge: EvidenceJudge | None = None,
    waivers: Waivers | None = None,
) -> Decision:
    """Write down what was judged of a case."""
    metadata = case.bundle.policy.metadata
    named = case.manifest.get("metadata")
    outcome_digest = digest(canonical_bytes(outcome))
    counted = {} if judge is None else judge.counted
    account = account_of(case, judged, outcome_digest, judge=judge, waivers=waivers)
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
        outcome_digest=outcome_digest,
        evidence=tuple(sorted(counted)),
        reused=reused(counted.values(), case),
        trust_digest=case.trust_digest,
        at=case.now,
        gate=REVISION,
        needs=account.needs,
        skipped=account.skipped,
        waived=account.waived,
        excluded=account.excluded,
        inputs=account.inputs,
    )


def _granted(judged: Judged, granted: Collection[Place]) -> Judged:
    given = judged.is_open and (judged.id, judged.pointer) in granted
    return replace(judged, outcome=Outcome.MET, need=None) if given else judged


def _to_type(judged: Judged, case: Case) -> Judged:
    """Put the names of this case into the commands of a remedy, so that they can be typed."""
    steps = tuple(typed(step, case) for step in judged.remedy)
    return replace(judged, remedy=steps)


def stopped(decision: Decision) -> bool:
    """Tell whether somebody stopped this, or nothing of it can be believed.

    An environment that only observes lets an unmet policy through, and never this.
    """
    return any(one.id in _STOPS and one.is_open for one in decision.conditions)


def goes_through(decision: Decision, mode: str) -> bool:
    """Tell whether a release is moved by a decision, in the mode it is carried out in.

    Args:
        decision: The decision.
        mode: `enforce`, `observe` or `break-glass`.
    """
    if decision.verdict is GateVerdict.ALLOWED:
        return True
    observed = mode == OBSERVE and not stopped(decision)
    return observed or (mode == BREAK_GLASS and lets_through(decision))


def decide_rollback(case: Case, pointer: Pointer) -> Decision:
    """Decide whether an environment may go back to the release of a case."""
    intact = judge_integrity(case)
    if intact.outcome is not Outcome.MET:
        return _unread(case, intact)
    judge = EvidenceJudge(case, Waivers(case))
    judged = [
        intact,
        *judge_blocks(case),
        *judge_verified(case),
        *judge_rollback(case, pointer),
        judge.signature(),
    ]
    risk = declared_risk(case.manifest)
    outcome = outcome_of(case, risk, judged)
    return decision(case, judged, risk=risk, outcome=outcome, judge=judge)


def _unread(case: Case, intact: Judged) -> Decision:
    """Deny a case that is not what its digests say, without reading any further."""
    outcome = outcome_of(case, RISKS[-1], [intact])
    return decision(case, [intact], risk=RISKS[-1], outcome=outcome)


def _values(case: Case, risk: str) -> dict[str, Any]:
    return {
        "release": release_view(case.today, digest=case.release, risk=risk),
        "environment": dict(case.environment),
        "evidence": evidence_values(about(case)),
        "data": dict(case.bundle.data),
        "now": case.now,
    }
