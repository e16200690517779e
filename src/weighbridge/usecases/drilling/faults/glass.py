"""Broken glass that lets nothing in: by who may not, too late, past a word against it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.glass import LIFE
from weighbridge.model.decision import BREAK_GLASS
from weighbridge.model.permissions import Operation, allowed
from weighbridge.usecases.drilling.cast import BREAKER, BYSTANDER, COLLEAGUE
from weighbridge.usecases.drilling.interface import Fault, Trial, anywhere
from weighbridge.usecases.drilling.judging import asked, attempted
from weighbridge.usecases.drilling.planting import brought_again
from weighbridge.usecases.drilling.playing import add_harmless, nobody_rejects, reject

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.usecases.drilling.cast import Person
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "broken glass"
_REVIEWED = "glass-reviewed"


def in_order(scene: Scene) -> Trial:
    """Have who may break the glass, and nobody approve: the control."""
    return _broken_by(scene, lambda one: one.cast[BREAKER])


def nobody_breaks(scene: Scene) -> str:
    """Say that nobody may break the glass there, or nothing."""
    some = allowed(Operation.BREAK_GLASS, scene.origin.place.where(scene.origin.name))
    return "" if some else f"nobody may break the glass in {scene.environment}"


def _nobody_rejects(scene: Scene) -> str:
    return nobody_breaks(scene) or nobody_rejects(scene)


def _break(scene: Scene, person: Person) -> None:
    scene.plant_approval(person, act=Act.BREAK_GLASS.value, reason="a drill")


def _asked(scene: Scene) -> Trial:
    """Ask for the promotion; what broken glass let in was let in, whatever was decided."""

    def trial() -> Trial:
        done = scene.promote()
        if done.mode == BREAK_GLASS and done.moved:
            return Trial(refused=False, verdict=done.mode)
        return asked(scene, done)

    return attempted(trial)


def _broken_by(scene: Scene, whose: Callable[[Scene], Person]) -> Trial:
    _break(scene, whose(scene))
    return _asked(scene)


def _too_late(scene: Scene, *, again: bool) -> Trial:
    """Come when the glass is whole again; `again`: the same word is entered once more."""
    _break(scene, scene.cast[BREAKER])
    scene.later(LIFE)
    if again:
        brought_again(scene)
    return _asked(scene)


def _past_a_word(scene: Scene) -> Trial:
    reject(scene, scene.origin.release, scene.cast[COLLEAGUE])
    return _broken_by(scene, lambda one: one.cast[BREAKER])


def _unreviewed(scene: Scene, *, by_himself: bool) -> Trial:
    """Have another release follow one that came in by broken glass, in order."""
    in_order(scene)
    if by_himself:
        scene.plant_approval(scene.cast[BREAKER], act=Act.REVIEW.value, reason="a drill")
    add_harmless(scene)
    scene.follow()
    scene.approve()
    return _asked(scene)


_fault = partial(
    Fault,
    family=FAMILY,
    begins="weighed",
    catchers={"approvals", _REVIEWED},
    control="glass",
    missing=nobody_breaks,
)

FAULTS = (
    _fault(
        "glass-without-role",
        "somebody breaks the glass who may not",
        partial(_broken_by, whose=lambda scene: scene.cast[BYSTANDER]),
        control="promotion",
        missing=anywhere,
    ),
    _fault(
        "glass-by-builder",
        "who built the release breaks the glass for it",
        partial(_broken_by, whose=lambda scene: scene.cast.builder),
    ),
    _fault("glass-too-late", "the glass was broken two hours ago", partial(_too_late, again=False)),
    _fault(
        "glass-again",
        "glass that was broken two hours ago is entered once more",
        partial(_too_late, again=True),
    ),
    _fault(
        "glass-past-rejection",
        "the glass is broken for a release that somebody rejected",
        _past_a_word,
        catchers={"not-rejected"},
        missing=_nobody_rejects,
    ),
    _fault(
        "glass-unreviewed",
        "another release comes before anybody reviewed why the glass was broken",
        partial(_unreviewed, by_himself=False),
        catchers={_REVIEWED},
    ),
    _fault(
        "glass-reviewed-by-himself",
        "who broke the glass reviews it himself",
        partial(_unreviewed, by_himself=True),
        catchers={_REVIEWED},
    ),
)
