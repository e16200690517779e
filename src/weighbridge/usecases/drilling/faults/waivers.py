"""Waivers that are none: ended, for something else, by who may not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.model.event import Kind
from weighbridge.model.predicates import WAIVER, WAIVER_ACTS, WAIVER_REQUEST, WAIVER_WITHDRAWAL
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.drilling.cast import BYSTANDER, DEPLOYER
from weighbridge.usecases.drilling.cast import WAIVER as ANSWERS
from weighbridge.usecases.drilling.closing import RULES
from weighbridge.usecases.drilling.faults.contents import COMMAND, REVIEWED
from weighbridge.usecases.drilling.faults.people import ELSEWHERE
from weighbridge.usecases.drilling.interface import Fault, anywhere
from weighbridge.usecases.drilling.planting import brought_again
from weighbridge.usecases.drilling.playing import add_artifact, finished

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.cast import Person
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "waivers"
RULE = "SEC001"
_FILE = "scorer.pkl"
_GLOBAL = "drill_models.Scorer"
_LASTS = "3600s"


def prepared(scene: Scene, data: bytes = REVIEWED) -> str:
    """Bring a release with a pickle that somebody has to answer for; return the pickle's digest."""
    add_artifact(scene, _FILE, data, role="weights", format="pickle")
    scene.play(scene.steps())
    return str(scene.blobs.put(data))


def waived(scene: Scene, person: Person, file: str, **said: object) -> None:
    """Enter a waiver, which claims to be for this environment, without having it judged.

    Args:
        scene: The twin.
        person: Whose.
        file: Digest of the file it is for.
        said: What he signs that differs.
    """
    expires = said.pop("expires", "") or scene.in_future(_LASTS)
    _enter(scene, person, WAIVER, file, expires=expires, **said)


def _enter(
    scene: Scene,
    person: Person,
    kind: str,
    file: str,
    *,
    name: object = _GLOBAL,
    **said: object,
) -> None:
    """Enter what somebody says of waivers, by the type of the statement."""
    decision = scene.considered()
    here = scene.environment
    predicate = {
        "after": scene.size,
        "environment": here,
        "environmentDigest": decision.environment_digest,
        "findings": [{"file": file, "global": name}],
        "log": "drill",
        "policy": decision.policy_digest,
        "reason": "a drill",
        "rule": RULE,
        **said,
    }
    subject = (scene.origin.title, scene.origin.release)
    payload = write_statement(Statement(kind, subjects=(subject,), predicate=predicate))
    body: dict[str, Any] = {
        "act": WAIVER_ACTS[kind],
        "bundle": scene.signed(payload, by=person),
        "environment": here,
        "name": scene.origin.name,
        "person": person.name,
        "predicateType": kind,
        "release": scene.origin.release,
        "rule": RULE,
        "version": scene.origin.version,
    }
    scene.plant(Kind.ACT_SAID, body | ({"expires": said["expires"]} if "expires" in said else {}))


def in_order(scene: Scene) -> Trial:
    """Have the finding waived by who may, in order: the control of all that follows."""
    waived(scene, scene.cast[ANSWERS], prepared(scene))
    return finished(scene)


def nobody_may(scene: Scene) -> str:
    """Say that the policy lets nobody waive what is planted, or nothing."""
    entries = scene.origin.place.bundle.policy.spec.waivers or ()
    named = any(RULE in entry.rules for entry in entries)
    return "" if named else f"its policy lets nobody waive {RULE}"


def _ended(scene: Scene) -> Trial:
    waived(scene, scene.cast[ANSWERS], prepared(scene))
    scene.later(_LASTS)
    return finished(scene)


def _too_long(scene: Scene) -> Trial:
    file = prepared(scene)
    waived(scene, scene.cast[ANSWERS], file, expires="9999-01-01T00:00:00Z")
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
    waived(scene, scene.cast[ANSWERS], prepared(scene), environment="elsewhere")
    return finished(scene)


def _of_other_bytes(scene: Scene) -> Trial:
    prepared(scene)
    waived(scene, scene.cast[ANSWERS], ELSEWHERE)
    return finished(scene)


def _as_he_asked(scene: Scene) -> Trial:
    """Have who may waive it ask that it be waived, and then do so himself."""
    person, file = scene.cast[ANSWERS], prepared(scene)
    expires = scene.in_future(_LASTS)
    _enter(scene, person, WAIVER_REQUEST, file, expires=expires, owner=person.name)
    waived(scene, person, file, expires=expires)
    return finished(scene)


def _taken_back(scene: Scene, *, again: bool) -> Trial:
    """Have a waiver be taken back; `again`: the first word is entered once more."""
    person, file = scene.cast[ANSWERS], prepared(scene)
    waived(scene, person, file)
    _enter(scene, person, WAIVER_WITHDRAWAL, file, people=[person.name])
    if again:
        brought_again(scene, back=2)
    return finished(scene)


def _of_harm(scene: Scene) -> Trial:
    """Have somebody answer for what is known to do harm."""
    waived(scene, scene.cast[ANSWERS], prepared(scene, COMMAND), name="posix.system")
    return finished(scene)


_fault = partial(
    Fault,
    family=FAMILY,
    begins="founded",
    catchers={RULE},
    control="waived",
    missing=nobody_may,
    close=RULES,
)

FAULTS = (
    _fault("expired-waiver", "the waiver of a finding has ended", _ended),
    _fault("waiver-too-long", "a finding is waived for ever", _too_long),
    _fault("own-waiver", "who asks for the promotion waives a finding", _of_his_own),
    _fault("waiver-for-another-environment", "a finding is waived elsewhere", _elsewhere),
    _fault("waiver-of-other-bytes", "a finding in another file is waived", _of_other_bytes),
    _fault("waived-as-he-asked", "who asked for a waiver gives it himself", _as_he_asked),
    _fault(
        "waiver-taken-back",
        "the waiver of a finding was taken back",
        partial(_taken_back, again=False),
    ),
    _fault(
        "waiver-again",
        "a waiver that was taken back is entered once more",
        partial(_taken_back, again=True),
    ),
    _fault("waiver-of-harm", "a pickle that runs a command is waived", _of_harm),
    _fault(
        "waiver-without-role",
        "somebody waives a finding who may not",
        partial(_by, name=BYSTANDER),
        control="resealed",
        missing=anywhere,
    ),
)
