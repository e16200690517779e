"""Evidence that is none: not there, too old, of another release, by who may not, or not true."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.gate.times import span
from weighbridge.model.predicates import RELEASE
from weighbridge.seal.control import revoke_key
from weighbridge.usecases.drilling.cast import BYSTANDER, STRANGER
from weighbridge.usecases.drilling.closing import CERTAIN, FRESH, RULES
from weighbridge.usecases.drilling.evidence_edits import counted_only, edited, with_finding
from weighbridge.usecases.drilling.faults.people import ELSEWHERE
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.playing import finished
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.statements import release_statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.usecases.drilling.cast import Person
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene
    from weighbridge.usecases.drilling.script import Step

FAMILY = "evidence"
_REPORT = frozenset({"evidence:report"})
_PACK = frozenset({"rule-pack"})
_SIGNED = frozenset({"signed-by-builder"})
_LONG = 400 * 86_400
"""Seconds after which a report is old whatever a policy says that says nothing of it."""


def _is_release(step: Step) -> bool:
    return step.saying is not None and step.saying.predicate_type == RELEASE


def _is_report(step: Step) -> bool:
    return step.saying is not None and step.saying.targets is not None


def _without(scene: Scene, left_out: Callable[[Step], bool]) -> None:
    scene.play(step for step in scene.steps() if not left_out(step))


def _unsigned(scene: Scene) -> Trial:
    _without(scene, _is_release)
    return finished(scene)


def _unweighed(scene: Scene) -> Trial:
    _without(scene, _is_report)
    return finished(scene)


def _statement(scene: Scene) -> bytes:
    return release_statement(sealed_release(scene.origin.release, scene.registry))


def _signed_by(scene: Scene, name: str) -> Trial:
    _without(scene, _is_release)
    scene.plant_evidence(_statement(scene), by=scene.cast[name])
    return finished(scene)


def _forged(scene: Scene) -> Trial:
    """Have the builder's signature be one over something else."""
    _without(scene, _is_release)
    scene.plant_evidence(_statement(scene), by=scene.cast.builder, over=b"something else")
    return finished(scene)


def _reported_by(scene: Scene, name: str) -> Trial:
    _without(scene, _is_report)
    scene.plant_evidence(scene.reported(), by=scene.cast[name])
    return finished(scene)


def _unpacked(scene: Scene) -> Trial:
    """Have a report be made without the rule packs that are demanded."""
    _without(scene, _is_report)
    return _signed_report(scene, scene.reported(packed=False))


def _repacked(scene: Scene, **said: object) -> Trial:
    """Have a report say that it was made with another pack, or other thresholds, of that name."""
    _without(scene, _is_report)

    def edit(report: dict[str, Any]) -> None:
        for pack in report["rulePacks"]:
            pack.update(said)

    return _signed_report(scene, edited(json.loads(scene.reported()), edit))


def _no_packs(scene: Scene) -> str:
    demanded = scene.origin.place.bundle.policy.spec.rule_packs
    return "" if demanded else "its policy demands no rule pack"


def _of_another(scene: Scene) -> Trial:
    """Have a report of another release be entered for this one."""
    _without(scene, _is_report)
    hexadecimal = scene.origin.release.removeprefix("sha256:").encode()
    payload = scene.reported().replace(hexadecimal, ELSEWHERE.removeprefix("sha256:").encode())
    for person in scene.cast.checkers:
        scene.plant_evidence(payload, by=person)
    return finished(scene)


def outlived(scene: Scene) -> str:
    """Say after which time a report is too old."""
    spec = scene.origin.place.bundle.policy.spec
    ages = [one.max_age for one in spec.evidence or () if one.type == "report" and one.max_age]
    most = max((int(span(age).total_seconds()) for age in ages), default=_LONG)
    return f"{most + 3600}s"


def _stale(scene: Scene) -> Trial:
    """Let time pass until the report is too old, and have all other evidence given anew."""
    scene.play(scene.steps())
    scene.later(outlived(scene))
    for step in scene.steps():
        if step.saying is not None and not _is_report(step):
            scene.give(step.saying)
    return finished(scene)


def _skipped(scene: Scene) -> Trial:
    """Have a report made by all rules that are demanded but one."""
    return _signed_report(scene, scene.reported(ignore=scene.origin.place.bundle.rules.codes[:1]))


def _contradicting(scene: Scene) -> Trial:
    return _signed_report(scene, with_finding(json.loads(scene.reported())))


def _unsure(scene: Scene) -> Trial:
    report = with_finding(json.loads(scene.reported()), verdict="inconclusive")
    return _signed_report(scene, report)


def _cut(scene: Scene) -> Trial:
    return _signed_report(scene, counted_only(json.loads(scene.reported())))


def _signed_report(scene: Scene, payload: bytes) -> Trial:
    scene.attest(payload, by=scene.cast.checkers)
    return finished(scene)


def _revoked(scene: Scene, whose: Callable[[Scene], list[Person]]) -> Trial:
    """Have keys be revoked back to before they signed anything."""
    for person in whose(scene):
        spki = person.key.public.spki_digest
        change = revoke_key(spki, person=person.name, reason="lost", revoked_at=_BEFORE)
        scene.own(change)
    return finished(scene)


_BEFORE = "2000-01-01T00:00:00Z"


def _builders(scene: Scene) -> list[Person]:
    return scene.cast.holders("builder")


def _checkers(scene: Scene) -> list[Person]:
    return scene.cast.checkers


_fault = partial(Fault, family=FAMILY, begins="weighed", close=RULES)

FAULTS = (
    _fault(
        "unsigned-release", "no builder signed the release", _unsigned, _SIGNED, begins="founded"
    ),
    _fault(
        "signed-without-role",
        "somebody signed the release who is no builder",
        partial(_signed_by, name=BYSTANDER),
        _SIGNED,
        begins="founded",
    ),
    _fault(
        "signed-by-stranger",
        "a key signed the release that nobody trusts",
        partial(_signed_by, name=STRANGER),
        _SIGNED,
        begins="founded",
    ),
    _fault(
        "forged-signature",
        "the builder's signature is one over something else",
        _forged,
        _SIGNED,
        begins="founded",
    ),
    _fault(
        "revoked-builder",
        "the key that signed the release was in other hands before it did",
        partial(_revoked, whose=_builders),
        _SIGNED,
    ),
    _fault("no-report", "nobody weighed the release", _unweighed, _REPORT, begins="founded"),
    _fault(
        "report-without-role",
        "the report is by somebody who is no checker",
        partial(_reported_by, name=BYSTANDER),
        _REPORT,
        begins="founded",
    ),
    _fault(
        "revoked-checker",
        "the key that signed the report was in other hands before it did",
        partial(_revoked, whose=_checkers),
        _REPORT,
    ),
    _fault(
        "report-of-another-release",
        "a report of another release is entered for this one",
        _of_another,
        _REPORT,
        begins="founded",
    ),
    _fault(
        "stale-report",
        "the report is older than the policy lets it be, or than a year",
        _stale,
        {"fresh:report"},
        begins="founded",
        close=FRESH,
    ),
    _fault("skipped-rule", "a demanded rule did not run", _skipped, _REPORT),
    _fault(
        "result-against-findings",
        "a report says that it passed, and has an error",
        _contradicting,
        _REPORT,
    ),
    _fault(
        "unsure-told-as-passed",
        "a report says that it passed, and could not decide something",
        _unsure,
        _REPORT,
        close=CERTAIN,
    ),
    _fault(
        "rule-pack-skipped",
        "the report was made without the rule packs that are demanded",
        _unpacked,
        _PACK,
        begins="founded",
        missing=_no_packs,
    ),
    _fault(
        "rule-pack-of-another-digest",
        "the report was made with a rule pack of that name and other rules",
        partial(_repacked, digest=ELSEWHERE),
        _PACK,
        begins="founded",
        missing=_no_packs,
    ),
    _fault(
        "rule-pack-of-other-thresholds",
        "the report was made with other thresholds of a rule pack than are demanded",
        partial(_repacked, parameters={"DRILL001": {"most": 9}}),
        _PACK,
        begins="founded",
        missing=_no_packs,
    ),
    _fault("finding-cut-out", "a report counts a finding that was taken out of it", _cut, _REPORT),
)
