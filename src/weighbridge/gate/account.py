"""What a decision owes beside its verdict: who is waited for, and all that was left out and why.

Whatever did not run, did not count or was answered for is listed by name. Only what an evidence
pack carries is spoken of: what was said about this release, and for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.approvals import refused
from weighbridge.gate.exclusion import excluded
from weighbridge.gate.kinds import is_of, ours
from weighbridge.gate.reuse import about
from weighbridge.gate.waivers import void
from weighbridge.model.decision import Excluded, Inputs, Kept, Need, Skipped, Waived

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.gate.evidence import EvidenceJudge
    from weighbridge.gate.waivers import Waivers
    from weighbridge.model.decision import Judged

_UNSAID = "the report does not say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What stands in a decision beside its conditions; each list in one order."""

    needs: tuple[Need, ...]
    skipped: tuple[Skipped, ...]
    waived: tuple[Waived, ...]
    excluded: tuple[Excluded, ...]
    inputs: Inputs


def account_of(
    case: Case,
    judged: Sequence[Judged],
    outcome_digest: str,
    *,
    judge: EvidenceJudge | None,
    waivers: Waivers | None,
) -> Account:
    """Give account of a case that was judged.

    Args:
        case: The case.
        judged: Every condition.
        outcome_digest: The outcome approvals had to be given for.
        judge: Who judged the evidence; None where nothing of it was read.
        waivers: The waivers it was judged with; None where none counts.
    """
    if judge is None:  # nothing in it can be believed, its acts and digests neither
        return Account(needs=(), skipped=(), waived=(), excluded=(), inputs=Inputs())
    return Account(
        needs=tuple(one.need for one in judged if one.is_open and one.need is not None),
        skipped=tuple(_skipped(judged, judge)),
        waived=tuple(_waived(waivers)),
        excluded=tuple(_excluded(case, judged, outcome_digest, judge)),
        inputs=_inputs(case),
    )


def _skipped(judged: Iterable[Judged], judge: EvidenceJudge) -> Iterator[Skipped]:
    """List the rules that did not run in the reports that counted, demanded or not."""
    demanded = {(code, key) for one in judged for code in one.skipped for key in one.statements}
    for key, one in sorted(judge.counted.items()):
        if not is_of("report", one):
            continue
        told = {code: (by, why) for code, by, why in _left_out(one)}
        codes = told.keys() | {code for code, statement in demanded if statement == key}
        for code in sorted(codes):
            by, why = told.get(code, ("", _UNSAID))
            yield Skipped(rule=code, by=by, why=why, person=one.person, statement=key)


def _left_out(one: Evidence) -> Iterator[tuple[str, str, str]]:
    """Read what a report says it left out; what is not of that form it does not say."""
    report = ours(one.predicate).get("report")
    found: Any = report.get("skipped") if isinstance(report, dict) else None
    for each in found if isinstance(found, list) else ():
        said = each if isinstance(each, dict) else {}
        code, by, why = said.get("code"), said.get("by"), said.get("reason")
        if isinstance(code, str) and isinstance(by, str) and isinstance(why, str):
            yield code, by, why


def _waived(waivers: Waivers | None) -> Iterator[Waived]:
    """List what was waived, each finding once."""
    used = () if waivers is None else waivers.used
    found = {(one.rule, covered, one.entry): one for one, covered in used}
    for (rule, covered, _), one in sorted(found.items(), key=lambda item: item[0]):
        yield Waived(
            rule=rule,
            subject=covered.told,
            person=one.person,
            why=one.reason,
            until=one.expires,
            statement=one.statement,
        )


def _excluded(
    case: Case, judged: Sequence[Judged], outcome_digest: str, judge: EvidenceJudge
) -> Iterator[Excluded]:
    for said, why in sorted(refused(case, outcome_digest), key=lambda told: told[0].entry):
        yield Excluded(
            kind=Kept.APPROVAL,
            name=f"approval of {said.person}",
            why=why,
            person=said.person,
            statement=said.statement,
        )
    for name, why in sorted({(one.id, why) for one in judged for why in one.excluded}):
        yield Excluded(kind=Kept.CONDITION, name=name, why=why)
    for one, why in judge.left_out():
        yield Excluded(
            kind=Kept.EVIDENCE,
            name=one.predicate_type,
            why=why,
            person=one.person,
            statement=one.statement,
        )
    for person, why in sorted(excluded(case).items()):
        yield Excluded(kind=Kept.PERSON, name=person, why=why, person=person)
    yield from _void_waivers(case, judged)


def _void_waivers(case: Case, judged: Iterable[Judged]) -> Iterator[Excluded]:
    """List the waivers that do not count, of rules that found something."""
    codes = {finding.get("code") for one in judged for finding in one.findings}
    for one in sorted(case.waivers, key=lambda one: one.entry):
        why = void(one, case) if one.rule in codes else ""
        if why:
            yield Excluded(
                kind=Kept.WAIVER,
                name=one.rule,
                why=why,
                person=one.person,
                statement=one.statement,
            )


def _inputs(case: Case) -> Inputs:
    here = case.environment_name
    acts = [said for said in case.acts if said.release == case.release and said.environment == here]
    people = {said.person for said in acts}
    return Inputs(
        evidence=tuple(sorted({one.statement for one in about(case)})),
        acts=_digests(said.statement for said in acts),
        waivers=_digests(one.statement for one in case.waivers),
        locks=tuple(sorted(case.locks)),
        documents=tuple(sorted(case.documents)),
        data={
            name: digest(canonical_bytes(value)) for name, value in sorted(case.bundle.data.items())
        },
        serving=case.serving,
        past=_digests((*case.past, case.preceding)),
        packs=tuple(sorted(case.packs)),
        delegations=_digests(one.statement for one in case.delegations if one.to in people),
    )


def _digests(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(filter(None, found))))
