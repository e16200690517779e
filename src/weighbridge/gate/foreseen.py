"""Looking ahead: what the gate would say of a case if some actions had been taken.

Each action is put into the case as what it would leave there: a statement, an approval, a later
time, another release. Where an action has no such form (nobody knows how a manifest will be
mended), the conditions it claims to meet are taken as met. A check made again finds again what it
found, until that was mended in another release. Nothing of it is signed or kept.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.approvals import approving_roles
from weighbridge.gate.case import Act, Evidence, Said, Waiver
from weighbridge.gate.content import judge_said
from weighbridge.gate.decide import decide
from weighbridge.gate.evidence import demands
from weighbridge.gate.kinds import TYPES, is_of, ours
from weighbridge.gate.people import counts, holders
from weighbridge.gate.reuse import about
from weighbridge.gate.times import after, span
from weighbridge.gate.view import items
from weighbridge.gate.waivers import Waivers, waivable
from weighbridge.model.decision import Outcome
from weighbridge.model.predicates import OURS, RELEASE
from weighbridge.model.step import Do
from weighbridge.model.trust import TrustedKey, snapshot_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from weighbridge.gate.case import Case, Signed
    from weighbridge.gate.decide import Place
    from weighbridge.gate.program import Program
    from weighbridge.gate.ways import Way
    from weighbridge.model.decision import Decision
    from weighbridge.model.step import Action
    from weighbridge.model.trust import Trusted

NEXT = "NEXT"
"""The version of a release that is not sealed yet."""
_SECTION = 2
_UNTOLD = frozenset({Do.ATTEST, Do.CHANGE, Do.OTHER})
_DAY = "86400s"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a case would be after some actions, and what the gate would say of it.

    Attributes:
        case: The case it would be.
        decision: The decision on it.
        granted: The conditions taken as met, because nobody can know what meets them.
    """

    case: Case
    decision: Decision
    granted: frozenset[Place]

    def approved(self, approvals: Iterable[Action], program: Program) -> Foreseen:
        """Decide it as it would be once people have approved, who bind what was decided."""
        there, outcome = self.case, self.decision.outcome_digest
        for action in approvals:
            there = _approved(there, action, outcome)
        return replace(self, case=there, decision=decide(there, program, granted=self.granted))


def foresee(
    case: Case,
    actions: Sequence[Action],
    claims: Mapping[Place, Collection[Way]],
    program: Program,
) -> Foreseen:
    """Decide a case as it would be after some actions, in the order they are taken.

    Args:
        case: The case as it is.
        actions: What is done; nobody approves.
        claims: The ways to meet each condition: one that is still open is taken as met if a way of
            its is gone to its end and nobody can know what that leaves.
        program: The expressions of its policy.

    Returns:
        The case it would be, and the decision on it.
    """
    there = case
    taken = frozenset(actions)
    faults = _faults(case, taken)
    for action in actions:
        if action.do is Do.CHECK:
            there = _signed(there, action, _report(there, action, faults))
        elif action.do in {Do.ATTEST, Do.SIGN}:
            again = _failed(case, action, taken)
            there = _signed(there, action, _predicate(there, action) if again is None else again)
        elif action.do is Do.WAIVE:
            there = _waived(there, action, program)
        else:
            there = _EFFECTS.get(action.do, _nothing)(there, action)
    granted = frozenset(
        place
        for place, ways in claims.items()
        if any(taken.issuperset(way) and any(map(_is_untold, way)) for way in ways)
    )
    return Foreseen(there, decide(there, program, granted=granted), granted)


def _is_untold(action: Action) -> bool:
    """Tell whether nobody can know what an action will leave: it is believed to help."""
    return action.do in _UNTOLD or (action.do is Do.WAIT and not action.until)


def _faults(case: Case, taken: Collection[Action]) -> list[Mapping[str, Any]]:
    """List what the newest report found wrong and nothing of what is done mends."""
    reports = [one for one in about(case) if is_of("report", one)]
    found = _findings(reports[-1].predicate) if reports else []
    sealed = any(action.do is Do.SEAL for action in taken)
    mended = {action.about for action in taken if action.do is Do.CHANGE and sealed}
    return [
        one
        for one in found
        if one.get("verdict") != "inconclusive"
        and f"{one.get('code')} {one.get('subject')}" not in mended
    ]


def _failed(case: Case, action: Action, taken: Collection[Action]) -> Mapping[str, Any] | None:
    """Return what evidence said that failed: it says so again, until the release is mended."""
    sealed = any(one.do is Do.SEAL for one in taken)
    mended = {one.about for one in taken if one.do is Do.CHANGE and sealed}
    demand = next((one for _, one in demands(case.policy) if one.type == action.about), None)
    made = [one for one in about(case) if is_of(action.about, one)]
    if demand is None or not made or action.about in mended:
        return None
    said = made[-1].predicate
    return said if judge_said(demand, said)[0] is Outcome.UNMET else None


def _nothing(case: Case, action: Action) -> Case:
    del action
    return case


def _lifted(case: Case, action: Action) -> Case:
    del action
    return replace(case, held="")


def _waited(case: Case, action: Action) -> Case:
    return replace(case, now=max(case.now, action.until))


def _promoted(case: Case, action: Action) -> Case:
    del action
    return replace(case, arrived=case.now, departed="")


def _unrejected(case: Case, action: Action) -> Case:
    if action.number >= len(action.people):
        return case
    return _with_word(case, Act.LIFT_REJECTION, action.people[action.number], "")


def _approved(case: Case, action: Action, outcome: str) -> Case:
    if action.number >= len(action.people):
        return case
    return _with_word(case, Act.APPROVE, action.people[action.number], outcome)


def _with_word(case: Case, act: Act, person: str, outcome: str) -> Case:
    key = _key(case, [person], ())
    said = Said(
        act=act,
        entry=_entry(case),
        at=case.now,
        person=person,
        roles=key.roles,
        key=key.spki,
        release=case.release,
        environment=case.environment_name,
        policy=case.bundle_digest,
        outcome=outcome or case.bundle_digest,
    )
    return replace(case, acts=(*case.acts, said))


def _trusted(case: Case, action: Action) -> Case:
    """Trust somebody more with a role."""
    person = stranger(action.about, action.number)
    key = TrustedKey(key=person.encode(), person=person, roles=(action.about,))
    keys = tuple(sorted((*case.trust.keys, key), key=lambda one: one.spki))
    trust = replace(case.trust, keys=keys)
    return replace(case, trust=trust, trust_digest=snapshot_digest(trust))


def stranger(role: str, number: int) -> str:
    """Name somebody who is not trusted yet."""
    return f"somebody new as {role} {number + 1}"


def _signed(case: Case, action: Action, predicate: Mapping[str, Any]) -> Case:
    """Have evidence of a kind signed by somebody whose signature hurts least."""
    key = _key(case, _unspent(case, action), action.roles)
    kind = action.about.partition(",")[0]
    entry = _entry(case)
    one = Evidence(
        entry=entry,
        at=case.now,
        predicate_type=TYPES.get(kind, kind),
        predicate=predicate,
        statement=digest(canonical_bytes({"entry": entry, "says": dict(predicate)})),
        release=case.release,
        subjects=(case.release,),
        person=key.person,
        roles=key.roles,
        key=key.spki,
    )
    return replace(case, evidence=(*case.evidence, one))


def _predicate(case: Case, action: Action) -> dict[str, Any]:
    """Write what good evidence of a kind would say."""
    if action.about == RELEASE:
        return {"name": case.manifest["metadata"]["name"]}
    if action.about != "replay":
        return {"result": "PASSED", "verificationResult": "PASSED"}
    demand = next((one for _, one in demands(case.policy) if one.type == action.about), None)
    verdict = (demand.at_least if demand is not None else None) or "bitwise"
    return {OURS: {"verdict": verdict}}


def _report(case: Case, action: Action, faults: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Write what a report would say: every rule ran, and nothing was wrong but the faults."""
    declared = [str(item.get("name", "")) for item in items(case.today["spec"], "targets")]
    codes = {str(one.get("code")) for one in faults}
    return {
        "configuration": [],
        "passedTests": [code for code in case.bundle.rules.codes if code not in codes],
        "result": "FAILED" if faults else "PASSED",
        OURS: {
            "dependsOn": dict(depended_sections(case.manifest)),
            "report": {"findings": list(faults), "summary": {"errors": len(faults)}},
            "targets": action.about.split(",")[1:] or declared,
        },
    }


def _unspent(case: Case, action: Action) -> list[str]:
    """Order who could sign: first those whose approval nobody could need, by name."""
    signed = {one.person for one in case.evidence if one.release == case.release}
    roles = {role for one in case.policy.approvals or () for role in approving_roles(one, case)}
    approvers = holders(case.trust, roles, at=case.now)
    anybody = {role for one in case.trust.holdings for role in one.roles}
    people = holders(case.trust, action.roles or anybody, at=case.now)
    named = set(action.people)
    ordered = sorted(
        people,
        key=lambda one: (one not in named, one not in signed, one in approvers, one),
    )
    return ordered[action.number :]


def _key(case: Case, people: Iterable[str], roles: Collection[str]) -> Trusted:
    """Find the key somebody would sign with."""
    for person in people:
        for one in case.trust.holdings:
            fits = not roles or not {*roles}.isdisjoint(one.roles)
            if one.person == person and fits and counts(one, at=case.now):
                return one
    return TrustedKey(key=b"nobody's", person="nobody", roles=("nobody",))


def _waived(case: Case, action: Action, program: Program) -> Case:
    """Have somebody answer for all that a rule found and that can be waived."""
    key = _key(case, action.people, action.roles)
    waivers = Waivers(case)
    decide(case, program, waivers=waivers)
    covered = {found for rule, found in waivers.found if rule == action.about}
    longest = max((entry.longest for entry in waivable(case, action.about)), default=_DAY, key=span)
    waiver = Waiver(
        entry=_entry(case),
        at=case.now,
        person=key.person,
        roles=key.roles,
        key=key.spki,
        release=case.release,
        environment=case.environment_name,
        rule=action.about,
        findings=frozenset(covered),
        reason="it is harmless",
        expires=after(case.now, longest),
    )
    return replace(case, waivers=(*case.waivers, waiver))


def _findings(predicate: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    report = ours(predicate).get("report")
    found = report.get("findings") if isinstance(report, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _changed(case: Case, action: Action) -> Case:
    """Drop what was said of sections that will be others; nothing else is known of the change."""
    _, _, where = action.about.partition(" /")
    parts = where.split("/")
    section = parts[0] if parts[0] == "metadata" else "".join(parts[1:_SECTION])
    kept = [one for one in case.evidence if section and _is_free_of(one, section)]
    return replace(case, evidence=tuple(kept))


def _is_free_of(one: Evidence, section: str) -> bool:
    """Tell whether a statement says what it depended on, and not on a section."""
    named = ours(one.predicate).get("dependsOn")
    return isinstance(named, dict) and named.get(section) is None


def _sealed(case: Case, action: Action) -> Case:
    """Have another release of the name sealed: nobody signed, approved or promoted that one."""
    del action
    manifest = deepcopy(dict(case.manifest))
    manifest["metadata"] = {**manifest["metadata"], "version": NEXT}
    spec = case.environment["spec"]
    return replace(
        case,
        manifest=manifest,
        release=digest(canonical_bytes(manifest)),
        sections=depended_sections(manifest),
        evidence=tuple(one for one in case.evidence if one.is_whole),
        requesters=frozenset(),
        arrived="" if spec.get("promotesFrom") else case.arrived,
        departed="",
    )


def _entry(case: Case) -> int:
    everything: list[Signed] = [*case.evidence, *case.acts, *case.waivers]
    return max((one.entry for one in everything), default=0) + 1


_EFFECTS: Mapping[Do, Callable[[Case, Action], Case]] = {
    Do.CHANGE: _changed,
    Do.LIFT: _lifted,
    Do.LIFT_REJECTION: _unrejected,
    Do.PROMOTE: _promoted,
    Do.SEAL: _sealed,
    Do.TRUST: _trusted,
    Do.WAIT: _waited,
}
