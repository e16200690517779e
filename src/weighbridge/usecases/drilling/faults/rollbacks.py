"""The way back: to what was never there, is damaged, or is not believed any more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.seal.control import revoke_key
from weighbridge.usecases.drilling.cast import BYSTANDER
from weighbridge.usecases.drilling.closing import ROLLBACK
from weighbridge.usecases.drilling.faults.files import flip
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.judging import asked
from weighbridge.usecases.drilling.playing import files, no_files, nobody_rejects, reject

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "rollback"
_BEFORE = "2000-01-01T00:00:00Z"


def _back(scene: Scene, release: str = "", *, by: str = "deployer") -> Trial:
    return asked(scene, scene.roll_back(release, by=by))


def _never_there(scene: Scene) -> Trial:
    present = scene.origin
    scene.reseal(_as_it_is)
    never = scene.origin.release
    scene.play(step for step in scene.steps() if step.place is None)
    scene.origin = present
    return _back(scene, never)


def _as_it_is(manifest: dict[str, Any]) -> None:
    """Change nothing but the version, which sealing anew does."""
    del manifest


def _damaged(scene: Scene) -> Trial:
    scene.blobs.alter(files(scene)[0][1], flip)
    return _back(scene)


def _revoked(scene: Scene) -> Trial:
    for person in scene.cast.holders("builder"):
        spki = person.key.public.spki_digest
        change = revoke_key(spki, person=person.name, reason="lost", revoked_at=_BEFORE)
        scene.own(change)
    return _back(scene, scene.first)


def _rejected(scene: Scene) -> Trial:
    reject(scene, scene.first, scene.cast.approvers[0])
    return _back(scene, scene.first)


def _left(scene: Scene) -> Trial:
    """Go back, and then forward again to what was gone back from."""
    scene.roll_back()
    return _back(scene, scene.origin.release)


def _by_bystander(scene: Scene) -> Trial:
    return _back(scene, scene.first, by=BYSTANDER)


_fault = partial(Fault, family=FAMILY, begins="succeeded", control="rollback")

FAULTS = (
    _fault(
        "back-to-never-there",
        "it is to go back to a release that was never there",
        _never_there,
        {"rollback-allowed"},
        close=ROLLBACK,
    ),
    _fault(
        "back-to-damaged",
        "a bit of the release to go back to is another",
        _damaged,
        {"WB"},
        missing=no_files,
    ),
    _fault(
        "back-to-revoked",
        "the key that signed the release to go back to was in other hands before it did",
        _revoked,
        {"signed-by-builder"},
    ),
    _fault(
        "back-to-rejected",
        "somebody rejected the release to go back to",
        _rejected,
        {"not-rejected"},
        missing=nobody_rejects,
    ),
    _fault(
        "back-to-left",
        "it is to go back to the release it was just rolled back from",
        _left,
        {"not-left"},
    ),
    _fault(
        "back-by-bystander",
        "somebody goes back who may not deploy there",
        _by_bystander,
        {"wrong-role"},
    ),
)
