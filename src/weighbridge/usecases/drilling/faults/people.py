"""Approvals that are none: too few, one's own, for something else, by who may not."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.times import span
from weighbridge.seal.control import revoke_key, trust_key
from weighbridge.usecases.drilling.cast import BYSTANDER, COLLEAGUE, DEPLOYER, STRANGER, Person
from weighbridge.usecases.drilling.closing import APPROVALS
from weighbridge.usecases.drilling.evidence_edits import with_finding
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.judging import done, promoted
from weighbridge.usecases.drilling.playing import nobody_rejects, reject

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "approvals"
_CATCHERS = frozenset({"approvals"})
ELSEWHERE = "sha256:" + "0" * 64
"""A digest of nothing."""
_WEEK = timedelta(weeks=1)


def in_place_of_one(scene: Scene, plant: Callable[[Scene], object]) -> Trial:
    """Have all who must approve but one, what is planted in his place, and ask."""
    plant(scene)
    scene.approve(by=scene.cast.approvers[1:])
    return promoted(scene)


def _nobody(scene: Scene) -> Trial:
    return promoted(scene)


def _one_too_few(scene: Scene) -> Trial:
    return in_place_of_one(scene, lambda _: None)


def _of_his_own(scene: Scene) -> Trial:
    scene.promote()
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast[DEPLOYER]))


def _of_a_colleague(scene: Scene) -> Trial:
    """Have one who asked before approve what another asks for now."""
    scene.promote(by=COLLEAGUE)
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast[COLLEAGUE]))


def _of_the_builder(scene: Scene) -> Trial:
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast.builder))


def _of_an_owner(scene: Scene) -> Trial:
    """Have an owner ask himself, and approve it."""
    owner = scene.cast.owners[0]
    roles = {"owner", *scene.cast[DEPLOYER].roles}
    scene.own(trust_key(owner.key.spki, person=owner.name, roles=roles), by=scene.cast.owners)
    acting = Person(name=owner.name, roles=tuple(sorted(roles)), key=owner.key)
    scene.promote(by=owner.name)
    scene.plant_approval(acting)
    scene.approve(by=scene.cast.approvers[1:])
    return promoted(scene)


def _said(scene: Scene, said: dict[str, str]) -> Trial:
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast.approvers[0], **said))


def _by(scene: Scene, name: str) -> Trial:
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast[name]))


def _revoked(scene: Scene) -> Trial:
    person = scene.cast.approvers[0]
    scene.own(revoke_key(person.key.public.spki_digest, person=person.name, reason="lost"))
    return in_place_of_one(scene, lambda one: one.plant_approval(person))


def _twice(scene: Scene) -> Trial:
    """Have one person approve with two keys, for two."""
    person = scene.cast.approvers[0]
    second = Person(name=person.name, roles=person.roles)
    scene.own(trust_key(second.key.spki, person=person.name, roles=person.roles))
    scene.approve(by=scene.cast.approvers[2:])
    scene.plant_approval(person)
    scene.plant_approval(second)
    return promoted(scene)


def one_approval_is_enough(scene: Scene) -> str:
    """Say that one approval is all that is asked for, or nothing."""
    few = scene.cast.roles.approvals < 2  # noqa: PLR2004 - two keys of one person
    return "one approval is all that is asked for" if few else ""


def _second_account(scene: Scene) -> Trial:
    """Have the key of who may approve be trusted as that of another person, too."""
    person = scene.cast.approvers[0]
    change = trust_key(person.key.spki, person="second-account", roles=person.roles)
    return done(lambda: scene.own(change))


def _taken_back(scene: Scene) -> Trial:
    """Have one approve, and take it back."""
    person = scene.cast.approvers[0]
    scene.plant_approval(person)
    scene.plant_approval(person, act=Act.WITHDRAW.value)
    return in_place_of_one(scene, lambda _: None)


def _rejected(scene: Scene) -> Trial:
    """Have all approve who must, and one reject it who could."""
    scene.approve()
    reject(scene, scene.origin.release, scene.cast[COLLEAGUE])
    return promoted(scene)


def _outcome_changed(scene: Scene) -> Trial:
    """Have a check find something harmless more, after all have approved."""
    scene.approve()
    report = with_finding(json.loads(scene.reported()), severity="note")
    scene.attest(report, by=scene.cast.checkers)
    return promoted(scene)


def _ending(scene: Scene) -> list[str]:
    """List how long approvals count that the policy asks for here, of those that end."""
    asked = {one.id for one in scene.considered().conditions}
    demands = enumerate(scene.origin.place.bundle.policy.spec.approvals or ())
    return [one.valid_for for n, one in demands if one.valid_for and f"approvals:{n}" in asked]


def _approvals_last(scene: Scene) -> str:
    """Say that no approval that is asked for ends by itself."""
    return "" if _ending(scene) else "its policy lets approvals count for ever (no `validFor`)"


def _run_out(scene: Scene) -> Trial:
    """Have all approve, and ask when the last of it has run out; all else is as fresh as then.

    Whole weeks later, so that a window that was open is open again.
    """
    scene.approve()
    weeks = max(span(one) for one in _ending(scene)) // _WEEK + 1
    scene.later(f"{(weeks * _WEEK).total_seconds():.0f}s")
    scene.play(step for step in scene.steps() if step.place is None)
    return promoted(scene)


_fault = partial(Fault, family=FAMILY, begins="weighed", catchers=_CATCHERS, close=APPROVALS)

FAULTS = (
    _fault("no-approval", "nobody approves", _nobody),
    _fault("one-too-few", "one of those who must approve does not", _one_too_few),
    _fault("self-approval", "who asks for the promotion approves it", _of_his_own),
    _fault("asked-before", "who asked for it earlier approves what another asks", _of_a_colleague),
    _fault("builder-approves", "who built the release approves it", _of_the_builder),
    _fault("owner-approves-own", "an owner asks for it and approves it himself", _of_an_owner),
    _fault(
        "stale-approval", "after all have approved, a check finds something more", _outcome_changed
    ),
    _fault(
        "approval-of-another-release",
        "an approval of another release is entered for this one",
        partial(_said, said={"release": ELSEWHERE}),
    ),
    _fault(
        "approval-for-another-environment",
        "an approval for another environment is entered for this one",
        partial(_said, said={"environment": "elsewhere"}),
    ),
    _fault(
        "approval-under-another-policy",
        "an approval that was given under another policy counts",
        partial(_said, said={"policy": ELSEWHERE}),
    ),
    _fault(
        "approval-for-another-outcome",
        "an approval that was given for other findings counts",
        partial(_said, said={"outcome": ELSEWHERE}),
    ),
    _fault(
        "approval-without-role",
        "somebody approves who has no role for it",
        partial(_by, name=BYSTANDER),
    ),
    _fault(
        "approval-by-stranger", "a key approves that nobody trusts", partial(_by, name=STRANGER)
    ),
    _fault("approval-by-revoked-key", "a key approves that was revoked before", _revoked),
    _fault(
        "one-person-twice",
        "one person approves for two, with two keys",
        _twice,
        missing=one_approval_is_enough,
    ),
    Fault(
        "second-account",
        "the key of an approver is to be trusted as a second person's, too",
        _second_account,
        {"held-by-another", "key-twice"},
        family=FAMILY,
        begins="weighed",
        control="trusting",
    ),
    _fault(
        "expired-approval",
        "an approval counts longer than it is valid for",
        _run_out,
        missing=_approvals_last,
        close=(),
    ),
    _fault("withdrawn-approval", "an approval counts that was taken back", _taken_back),
    Fault(
        "rejected-release",
        "somebody rejects the release, and all others approve",
        _rejected,
        {"not-rejected"},
        family=FAMILY,
        begins="weighed",
        missing=nobody_rejects,
    ),
)
