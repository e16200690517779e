"""What must pass as long as nothing is planted: whoever refuses everything catches everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.seal.control import trust_key
from weighbridge.usecases.drilling.cast import BYSTANDER, Person
from weighbridge.usecases.drilling.faults import (
    excuses,
    glass,
    rejections,
    standins,
    trees,
    waivers,
)
from weighbridge.usecases.drilling.interface import Control
from weighbridge.usecases.drilling.judging import asked, audited, done, promoted, verified
from weighbridge.usecases.drilling.playing import harmless, relocked
from weighbridge.usecases.drilling.stages import APPROVED, FOUNDED, PROMOTED, SUCCEEDED, WEIGHED

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

PROMOTION = "promotion"
"""The control without which there is no drill: the unchanged twin is allowed."""


def _verify(scene: Scene) -> Trial:
    return verified(scene.verified())


def _audit(scene: Scene) -> Trial:
    return audited(scene.audited())


def _trust(scene: Scene) -> Trial:
    person = Person(name="newcomer", roles=(BYSTANDER,))
    return done(
        lambda: scene.own(trust_key(person.key.spki, person=person.name, roles=person.roles))
    )


def _roll_back(scene: Scene) -> Trial:
    return asked(scene, scene.roll_back())


CONTROLS = {
    control.name: control
    for control in (
        Control(name=PROMOTION, begins=APPROVED, act=promoted),
        Control(name="resealed", begins=FOUNDED, act=harmless),
        Control(name="relocked", begins=FOUNDED, act=relocked),
        Control(name="tree", begins=FOUNDED, act=trees.untouched),
        Control(name="verification", begins=PROMOTED, act=_verify),
        Control(name="waived", begins=FOUNDED, act=waivers.in_order),
        Control(name="excused", begins=FOUNDED, act=excuses.excused),
        Control(name="excepted", begins=FOUNDED, act=excuses.excepted),
        Control(name="delegated", begins=WEIGHED, act=standins.in_order),
        Control(name="lifted", begins=WEIGHED, act=rejections.in_order),
        Control(name="glass", begins=WEIGHED, act=glass.in_order),
        Control(name="trusting", begins=FOUNDED, act=_trust),
        Control(name="ledger", begins=PROMOTED, act=_audit),
        Control(name="rollback", begins=SUCCEEDED, act=_roll_back),
    )
}
