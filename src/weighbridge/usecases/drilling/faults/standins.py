"""Approvals for another who did not, or could not, hand his right over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.usecases.drilling.cast import BYSTANDER, DEPLOYER, STAND_IN
from weighbridge.usecases.drilling.closing import APPROVALS
from weighbridge.usecases.drilling.faults.people import in_place_of_one, one_approval_is_enough
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.judging import promoted
from weighbridge.usecases.drilling.planting import brought_again, delegated

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "standing in"
_SHORT, _LONGER = "60s", "120s"


def in_order(scene: Scene) -> Trial:
    """Have an approver hand his right over, and who stands in for him approve: the control."""

    def plant(one: Scene) -> None:
        delegated(one, one.cast.approvers[0], one.cast[STAND_IN])
        one.plant_approval(one.cast[STAND_IN])

    return in_place_of_one(scene, plant)


def _ended(scene: Scene) -> Trial:
    delegated(scene, scene.cast.approvers[0], scene.cast[STAND_IN], lasts=_SHORT)
    scene.later(_LONGER)
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast[STAND_IN]))


def _from(scene: Scene, giver: str) -> Trial:
    """Have somebody hand over what he has not, or may not use here himself."""
    delegated(scene, scene.cast[giver], scene.cast[STAND_IN])
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast[STAND_IN]))


def _from_builder(scene: Scene) -> Trial:
    return _from(scene, scene.cast.builder.name)


def _to_requester(scene: Scene) -> Trial:
    delegated(scene, scene.cast.approvers[0], scene.cast[DEPLOYER])
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast[DEPLOYER]))


def _elsewhere(scene: Scene) -> Trial:
    delegated(scene, scene.cast.approvers[0], scene.cast[STAND_IN], environment="elsewhere")
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast[STAND_IN]))


def _taken_back(scene: Scene, *, again: bool) -> Trial:
    """Have a right be handed over and taken back; `again`: the first word is entered once more."""
    giver, to = scene.cast.approvers[0], scene.cast[STAND_IN]
    delegated(scene, giver, to)
    delegated(scene, giver, to, act=Act.WITHDRAW)
    if again:
        brought_again(scene, back=2)
    return in_place_of_one(scene, lambda one: one.plant_approval(one.cast[STAND_IN]))


def _one_seat(scene: Scene) -> Trial:
    """Have an approver approve, and who stands in for him, too."""
    first = scene.cast.approvers[0]
    delegated(scene, first, scene.cast[STAND_IN])
    scene.approve(by=scene.cast.approvers[2:])
    scene.plant_approval(first)
    scene.plant_approval(scene.cast[STAND_IN])
    return promoted(scene)


_fault = partial(
    Fault,
    family=FAMILY,
    begins="weighed",
    catchers={"approvals"},
    control="delegated",
    close=APPROVALS,
)

FAULTS = (
    _fault("delegation-ended", "somebody approves for another, whose absence is over", _ended),
    _fault(
        "delegated-without-right",
        "somebody hands a right to approve over that he does not have",
        partial(_from, giver=BYSTANDER),
    ),
    _fault(
        "delegated-by-requester",
        "who asks for the promotion has another approve for him",
        partial(_from, giver=DEPLOYER),
    ),
    _fault(
        "delegated-by-builder", "who built the release has another approve for him", _from_builder
    ),
    _fault(
        "delegated-to-requester",
        "who asks for the promotion approves it for another",
        _to_requester,
    ),
    _fault(
        "delegated-elsewhere", "somebody stands in for another elsewhere, and not here", _elsewhere
    ),
    _fault(
        "delegation-taken-back",
        "somebody approves for another who took his right back",
        partial(_taken_back, again=False),
    ),
    _fault(
        "delegation-again",
        "a delegation that was taken back is entered once more",
        partial(_taken_back, again=True),
    ),
    _fault(
        "one-seat-twice",
        "an approver approves, and another for him",
        _one_seat,
        missing=one_approval_is_enough,
    ),
)
