"""Waivers that are none: ended, for something else, by who may not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.model.event import Kind
from weighbridge.model.predicates import WAIVER
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.drilling.cast import BYSTANDER, DEPLOYER
from weighbridge.usecases.drilling.closing import RULES
from weighbridge.usecases.drilling.faults.contents import REVIEWED
from weighbridge.usecases.drilling.faults.people import ELSEWHERE
from weighbridge.usecases.drilling.interface import Fault, anywhere
from weighbridge.usecases.drilling.playing import add_artifact, finished

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.usecases.drilling.cast import Person
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "waivers"
RULE = "SEC001"
_FILE = "scorer.pkl"
_GLOBAL = "drill_models.Scorer"
_LASTS = "3600s"


def prepared(scene: Scene) -> str:
    """Bring a release with a pickle that somebody has to answer for; return the pickle's digest."""
    add_artifact(scene, _FILE, REVIEWED, role="weights", format="pickle")
    scene.play(scene.steps())
    return str(scene.blobs.put(REVIEWED))


def waived(
    scene: Scene, person: Person, file: str, *, environment: str = "", expires: str = ""
) -> None:
    """Enter a waiver, which claims to be for this environment, without having it judged."""
    decision = scene.considered().decision
    here = scene.environment
    predicate = {
        "environment": environment or here,
        "environmentDigest": decision.environment_digest,
        "expires": expires or scene.in_future(_LASTS),
        "findings": [{"file": file, "global": _GLOBAL}],
        "log": "drill",
        "policy": decision.policy_digest,
        "reason": "a drill",
        "rule": RULE,
    }
    subject = (scene.origin.title, scene.origin.release)
    payload = write_statement(Statement(WAIVER, subjects=(subject,), predicate=predicate))
    body: dict[str, Any] = {
        "act": "waive",
        "bundle": scene.signed(payload, by=person),
        "environment": here,
        "expires": predicate["expires"],
        "name": scene.origin.name,
        "person": person.name,
        "predicateType": WAIVER,
        "release": scene.origin.release,
        "rule": RULE,
        "version": scene.origin.version,
    }
    scene.plant(Kind.ACT_SAID, body)


def in_order(scene: Scene) -> Trial:
    """Have the finding waived by who may, in order: the control of all that follows."""
    waived(scene, scene.cast["waiver"], prepared(scene))
    return finished(scene)


def nobody_may(scene: Scene) -> str:
    """Say that the policy lets nobody waive what is planted, or nothing."""
    entries = scene.origin.place.bundle.policy.spec.waivers or ()
    named = any(RULE in entry.rules for entry in entries)
    return "" if named else f"its policy lets nobody waive {RULE}"


def _ended(scene: Scene) -> Trial:
    waived(scene, scene.cast["waiver"], prepared(scene))
    scene.later(_LASTS)
    return finished(scene)


def _too_long(scene: Scene) -> Trial:
    file = prepared(scene)
    waived(scene, scene.cast["waiver"], file, expires="9999-01-01T00:00:00Z")
    return finished(scene)


def _by(scene: Scene, name: str) -> Trial:
    file = prepared(scene)
    waived(scene, scene.cast[name], file)
    return finished(scene)


def _of_his_own(scene: Scene) -> Trial:
    """Have who asked for it waive it; he has the role."""
    file = prepared(scene)
    waived(scene, scene.cast[DEPLOYER], file)
    scene.promote()  # so that those who approve know that he did
    return finished(scene)


def _elsewhere(scene: Scene) -> Trial:
    waived(scene, scene.cast["waiver"], prepared(scene), environment="elsewhere")
    return finished(scene)


def _of_other_bytes(scene: Scene) -> Trial:
    prepared(scene)
    waived(scene, scene.cast["waiver"], ELSEWHERE)
    return finished(scene)


def _fault(name: str, says: str, plant: Callable[[Scene], Trial], *, always: bool = False) -> Fault:
    return Fault(
        name=name,
        family=FAMILY,
        says=says,
        begins="founded",
        plant=plant,
        catchers=frozenset({RULE}),
        control="resealed" if always else "waived",
        missing=anywhere if always else nobody_may,
        close=RULES,
    )


FAULTS = (
    _fault("expired-waiver", "the waiver of a finding has ended", _ended),
    _fault("waiver-too-long", "a finding is waived for ever", _too_long),
    _fault("own-waiver", "who asks for the promotion waives a finding", _of_his_own),
    _fault("waiver-for-another-environment", "a finding is waived elsewhere", _elsewhere),
    _fault("waiver-of-other-bytes", "a finding in another file is waived", _of_other_bytes),
    _fault(
        "waiver-without-role",
        "somebody waives a finding who may not",
        partial(_by, name=BYSTANDER),
        always=True,
    ),
)
