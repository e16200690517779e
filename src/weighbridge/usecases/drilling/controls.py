"""What must pass as long as nothing is planted: whoever refuses everything catches everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.usecases.drilling.interface import Control
from weighbridge.usecases.drilling.judging import asked, audited, promoted, verified
from weighbridge.usecases.drilling.playing import harmless, relocked
from weighbridge.usecases.drilling.stages import APPROVED, FOUNDED, PROMOTED, SUCCEEDED

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

PROMOTION = "promotion"
"""The control without which there is no drill: the unchanged twin is allowed."""


def _verify(scene: Scene) -> Trial:
    return verified(scene.verified())


def _audit(scene: Scene) -> Trial:
    return audited(scene.audited())


def _roll_back(scene: Scene) -> Trial:
    return asked(scene, scene.roll_back())


CONTROLS = {
    control.name: control
    for control in (
        Control(name=PROMOTION, begins=APPROVED, act=promoted),
        Control(name="resealed", begins=FOUNDED, act=harmless),
        Control(name="relocked", begins=FOUNDED, act=relocked),
        Control(name="verification", begins=PROMOTED, act=_verify),
        Control(name="ledger", begins=PROMOTED, act=_audit),
        Control(name="rollback", begins=SUCCEEDED, act=_roll_back),
    )
}
