"""Rejections got past: taken back by who said them, or lifted by who may not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.model.permissions import Operation, allowed
from weighbridge.seal.control import trust_key
from weighbridge.usecases.drilling.cast import BYSTANDER, COLLEAGUE, DEPLOYER, STAND_IN, Person
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.judging import promoted
from weighbridge.usecases.drilling.planting import brought_again, delegated
from weighbridge.usecases.drilling.playing import nobody_rejects, reject

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "rejections"


def in_order(scene: Scene) -> Trial:
    """Have somebody reject the release, and another lift that: the control."""
    return _lifted_by(scene, lambda one: one.cast.approvers[0])


def nobody_lifts(scene: Scene) -> str:
    """Say that nobody may reject there, or nobody may lift that, or nothing."""
    where = scene.origin.place.where(scene.origin.name)
    some = allowed(Operation.LIFT_REJECTION, where)
    return nobody_rejects(scene) or (
        "" if some else f"nobody may lift a rejection in {scene.environment}"
    )


def _rejected(scene: Scene) -> Person:
    """Have all approve who must, and one reject it who could."""
    scene.approve()
    person = scene.cast[COLLEAGUE]
    reject(scene, scene.origin.release, person)
    return person


def _said(scene: Scene, act: Act) -> Trial:
    """Have who rejected it say something else."""
    scene.plant_approval(_rejected(scene), act=act.value)
    return promoted(scene)


def _lifted_by(scene: Scene, whose: Callable[[Scene], Person]) -> Trial:
    _rejected(scene)
    scene.plant_approval(whose(scene), act=Act.LIFT_REJECTION.value)
    return promoted(scene)


def _by_second_key(scene: Scene) -> Trial:
    person = scene.cast[COLLEAGUE]
    second = Person(name=person.name, roles=person.roles)
    scene.own(trust_key(second.key.spki, person=person.name, roles=person.roles))
    return _lifted_by(scene, lambda _: second)


def _by_stand_in(scene: Scene) -> Trial:
    delegated(scene, scene.cast[COLLEAGUE], scene.cast[STAND_IN])
    return _lifted_by(scene, lambda one: one.cast[STAND_IN])


def _brought_again(scene: Scene) -> Trial:
    """Have a lift that was for a rejection of before be entered for another."""
    person = _rejected(scene)
    scene.plant_approval(scene.cast.approvers[0], act=Act.LIFT_REJECTION.value)
    reject(scene, scene.origin.release, person)
    brought_again(scene, back=2)
    return promoted(scene)


_fault = partial(
    Fault, family=FAMILY, begins="weighed", catchers={"not-rejected"}, missing=nobody_rejects
)

FAULTS = (
    _fault(
        "rejection-taken-back",
        "who rejected the release takes that back himself",
        partial(_said, act=Act.WITHDRAW),
    ),
    _fault(
        "rejection-approved-over",
        "who rejected the release approves it after all",
        partial(_said, act=Act.APPROVE),
    ),
    _fault(
        "rejection-lifted-by-himself",
        "who rejected the release lifts that himself",
        partial(_said, act=Act.LIFT_REJECTION),
    ),
    _fault(
        "rejection-lifted-by-second-key",
        "who rejected the release lifts that with a second key of his",
        _by_second_key,
    ),
    _fault(
        "rejection-lifted-by-requester",
        "who asks for the promotion lifts a rejection",
        partial(_lifted_by, whose=lambda scene: scene.cast[DEPLOYER]),
    ),
    _fault(
        "rejection-lifted-without-role",
        "somebody lifts a rejection who may not",
        partial(_lifted_by, whose=lambda scene: scene.cast[BYSTANDER]),
    ),
    _fault(
        "rejection-lifted-by-stand-in",
        "who stands in for who rejected the release lifts that",
        _by_stand_in,
    ),
    _fault(
        "lift-of-rejection-again",
        "a lift of an earlier rejection is entered for a later one",
        _brought_again,
        control="lifted",
        missing=nobody_lifts,
    ),
)
