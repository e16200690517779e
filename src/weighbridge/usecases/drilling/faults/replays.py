"""Words that were true once, entered once more: good reports, approvals, drills of before."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.model.event import Kind
from weighbridge.usecases.drilling.cast import DEPLOYER
from weighbridge.usecases.drilling.closing import APPROVALS, FRESH, RULES
from weighbridge.usecases.drilling.evidence_edits import with_finding
from weighbridge.usecases.drilling.faults.evidence import outlived
from weighbridge.usecases.drilling.faults.people import in_place_of_one
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.planting import brought_again
from weighbridge.usecases.drilling.playing import finished

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "replays"


def _reports_again(scene: Scene) -> None:
    """Enter the newest report of each checker once more."""
    count = len(scene.cast.checkers)
    for _ in range(count):
        brought_again(scene, kind=Kind.EVIDENCE_ADDED, back=count)


def _old_report(scene: Scene) -> Trial:
    """Let time pass until the report is too old, and enter it once more."""
    scene.report()
    scene.later(outlived(scene))
    _reports_again(scene)
    return finished(scene)


def _good_report(scene: Scene) -> Trial:
    """Have a report find something, and enter the good one of before after it."""
    scene.report()
    count = len(scene.cast.checkers)
    scene.attest(with_finding(json.loads(scene.reported())), by=scene.cast.checkers)
    for _ in range(count):
        brought_again(scene, kind=Kind.EVIDENCE_ADDED, back=2 * count)
    return finished(scene)


def _approval(scene: Scene) -> Trial:
    """Have an approval be taken back, and entered once more."""
    person = scene.cast.approvers[0]
    scene.plant_approval(person)
    scene.plant_approval(person, act=Act.WITHDRAW.value)
    brought_again(scene, back=2)
    return in_place_of_one(scene, lambda _: None)


def _lift(scene: Scene) -> Trial:
    """Have a hold be lifted, the environment be held again, and the lift entered once more."""
    for act in (Act.HOLD, Act.LIFT, Act.HOLD):
        scene.plant_approval(scene.cast[DEPLOYER], act=act.value, reason="a drill")
    brought_again(scene, back=2)
    return finished(scene)


_fault = partial(Fault, family=FAMILY, begins="weighed")

FAULTS = (
    _fault(
        "old-report-again",
        "a report that is too old is entered once more",
        _old_report,
        {"fresh:report"},
        close=FRESH,
    ),
    _fault(
        "good-report-again",
        "a good report is entered once more after one that found something",
        _good_report,
        {"evidence:report"},
        close=RULES,
    ),
    _fault(
        "approval-again",
        "an approval that was taken back is entered once more",
        _approval,
        {"approvals"},
        close=APPROVALS,
    ),
    _fault(
        "lift-of-hold-again",
        "the lift of an earlier hold is entered once more",
        _lift,
        {"not-held"},
    ),
)
