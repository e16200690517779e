"""Promotions past what stops them: a freeze, a block, a window that is not open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weighbridge.gate.windows import hours, windows_of
from weighbridge.seal.control import Action, Wish, stop_change
from weighbridge.usecases.drilling.faults.owners import one_is_enough
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.judging import asked, promoted
from weighbridge.usecases.drilling.playing import files, finished, no_files

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "stops"
_WHY = Wish(reason="a drill")


def _freeze(scene: Scene) -> None:
    place = scene.origin.place
    scene.own(stop_change(Action.ENVIRONMENT_FREEZE, place.name, place.digest, _WHY))


def _frozen(scene: Scene) -> Trial:
    _freeze(scene)
    return promoted(scene)


def _thawed(scene: Scene) -> Trial:
    """Have one owner alone end a freeze."""
    _freeze(scene)
    place = scene.origin.place
    change = stop_change(Action.ENVIRONMENT_UNFREEZE, place.name, place.digest, _WHY)
    scene.own(change, by=scene.cast.owners[:1])
    return promoted(scene)


def _block(scene: Scene, name: str, digest: str, *, where: str = "") -> None:
    wish = Wish(reason="a drill", environment=where)
    scene.own(stop_change(Action.RELEASE_BLOCK, name, digest, wish))


def _blocked(scene: Scene, *, here: bool) -> Trial:
    where = scene.environment if here else ""
    _block(scene, scene.origin.title, scene.origin.release, where=where)
    return promoted(scene)


def _blocked_file(scene: Scene) -> Trial:
    path, digest, _ = files(scene)[0]
    _block(scene, path, digest)
    return promoted(scene)


def _back_to_blocked(scene: Scene) -> Trial:
    _block(scene, scene.origin.name, scene.first)
    return asked(scene, scene.roll_back(scene.first))


def _closes(scene: Scene) -> str:
    """Say when the windows that are open now close; empty if they never do, or there are none."""
    windows = windows_of(scene.origin.place.record)
    at, seen = scene.origin.place.at, set[str]()
    while windows and at not in seen:
        seen.add(at)
        found = hours(windows, at)
        if found.closes is None or not found.opened:
            return at
        at = found.closes.at
    return ""


def _always_open(scene: Scene) -> str:
    return "" if _closes(scene) else f"{scene.environment} is open at all times"


def _too_late(scene: Scene) -> Trial:
    """Have everything in order, but for the time."""
    scene.at(_closes(scene))
    return finished(scene)


_fault = partial(Fault, family=FAMILY, begins="approved")

FAULTS = (
    _fault("promoted-while-frozen", "owners froze the environment", _frozen, {"not-frozen"}),
    _fault(
        "freeze-ended-by-one-owner",
        "one owner alone ends a freeze",
        _thawed,
        {"not-frozen"},
        missing=one_is_enough,
    ),
    _fault(
        "blocked-release",
        "owners blocked the release everywhere",
        partial(_blocked, here=False),
        {"not-blocked"},
    ),
    _fault(
        "blocked-here",
        "owners blocked the release in this environment",
        partial(_blocked, here=True),
        {"not-blocked"},
    ),
    _fault(
        "blocked-file",
        "owners blocked a file of the release",
        _blocked_file,
        {"not-blocked"},
        missing=no_files,
    ),
    _fault(
        "back-to-blocked",
        "owners blocked the release to go back to",
        _back_to_blocked,
        {"not-blocked"},
        begins="succeeded",
        control="rollback",
    ),
    _fault(
        "outside-window",
        "everything is in order, and no promotion window is open",
        _too_late,
        {"in-window"},
        begins="weighed",
        missing=_always_open,
    ),
)
