"""Whether a release counts as less risky than the one promoted before it (GOV008).

Less risk means fewer eyes on it. Both are weighed by the policy of today: a policy that changed its
mind of both is none of a release's doing. What may lower it is an owner's word, which is a waiver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.migrations import as_today
from weighbridge.codec.versions import refusal
from weighbridge.gate.conditions import declared_risk, effective_risk
from weighbridge.gate.speech import evidence_values
from weighbridge.gate.view import release_view
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.risk import RISKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.gate.conditions import Scope
    from weighbridge.gate.program import Program

ID = "risk:kept"
CODE = "GOV008"
_POINTER = "/metadata/risk"


def judge_lowered(case: Case, risk: str, program: Program, scope: Scope) -> Iterator[Judged]:
    """Compare the effective risk with that of the release promoted before, if the policy asks.

    Args:
        case: The case.
        risk: The effective risk of the release.
        program: The expressions of its policy.
        scope: The variables of the case.
    """
    if not case.policy.compares_risk:
        return
    if not case.preceding:
        why = "no other release of its name was promoted there before"
        yield Judged(id=ID, outcome=Outcome.MET, why=why)
        return
    before = _before(case, program, scope)
    if before is None:
        yield Judged(
            id=ID,
            outcome=Outcome.INCONCLUSIVE,
            why=f"the release promoted before cannot be read: {case.preceding}",
            pointer=_POINTER,
            remedy=("weighbridge registry fsck",),
            inputs=(case.preceding,),
        )
    elif RISKS.index(risk) >= RISKS.index(before):
        why = f"it counts as {risk}, and the release promoted before as {before}"
        yield Judged(id=ID, outcome=Outcome.MET, why=why, inputs=(case.preceding,))
    else:
        yield _lowered(case, risk, before)


def _lowered(case: Case, risk: str, before: str) -> Judged:
    asked = case.policy.risk
    warns = asked is not None and asked.lowered == "warn"
    seen = f"{risk}, after {before}"
    told = {"code": CODE, "severity": "error", "subject": "risk", "verdict": "fail", "seen": seen}
    return Judged(
        id=ID,
        outcome=Outcome.MET if warns else Outcome.UNMET,
        why="it counts as less risky than the release promoted before, and no owner says it is",
        seen=seen,
        wanted=f"{before} or higher",
        pointer=_POINTER,
        remedy=(f"weighbridge set metadata.risk {before}", "weighbridge seal"),
        findings=(told,),
        inputs=(case.preceding,),
        warns=warns,
    )


def _before(case: Case, program: Program, scope: Scope) -> str | None:
    """Weigh the release promoted before as this one was weighed; None if it cannot be read."""
    manifest = case.preceding_manifest
    if manifest is None or refusal(str(manifest.get("apiVersion"))) is not None:
        return None
    tree = as_today(manifest)
    declared = declared_risk(tree)
    view = release_view(tree, digest=case.preceding, risk=declared)
    there = scope.having(release=view, evidence=evidence_values(of_preceding(case)))
    return effective_risk(case.bundle, declared, program, there)


def of_preceding(case: Case) -> Iterator[Evidence]:
    """List the evidence by which the risk of the release promoted before is judged, if any is."""
    rules = case.policy.risk_when or ()
    if case.policy.compares_risk and any("evidence" in rule.when for rule in rules):
        yield from (one for one in case.evidence if case.preceding in one.subjects)
