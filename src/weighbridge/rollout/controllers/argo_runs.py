"""AnalysisRuns of Argo Rollouts: what was measured of the release, and what was blamed on it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from weighbridge.model.delivery import Cause, Measured, Outcome, Why
from weighbridge.rollout.controllers.fields import entries, millis, sentence, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HASH: Final = "rollouts-pod-template-hash"
"""Label of AnalysisRuns: the ReplicaSet they are about."""
_REVISION: Final = "rollout.argoproj.io/revision"
_OUTCOMES: Final = {
    "Successful": Outcome.SUCCESS,
    "Failed": Outcome.FAILURE,
    "Inconclusive": Outcome.INCONCLUSIVE,
    "Error": Outcome.INCONCLUSIVE,
}
_MOST: Final = 1000


def of_rollout(rollout: object, found: Sequence[object]) -> Iterator[object]:
    """Yield the AnalysisRuns of what a Rollout rolls out now, and of no time before."""
    own = text(rollout, "status", "currentPodHash")
    uid = text(rollout, "metadata", "uid")
    revision = text(rollout, "metadata", "annotations", _REVISION)
    for one in found:
        owners = {text(owner, "uid") for owner in entries(one, "metadata", "ownerReferences")}
        at_revision = text(one, "metadata", "annotations", _REVISION)
        if (
            own
            and text(one, "metadata", "labels", HASH) == own
            and uid
            and uid in owners
            and at_revision == revision
        ):
            yield one


def measurements(rollout: object, found: Sequence[object]) -> tuple[Measured, ...]:
    """Return all measurements, oldest first; one that is not over yet is none."""
    taken = [
        made
        for run in of_rollout(rollout, found)
        for metric in entries(run, "status", "metricResults")
        for one in entries(metric, "measurements")
        if (made := _measured(metric, one)) is not None
    ]
    return tuple(sorted(taken, key=lambda one: (one.at, one.analysis)))[-_MOST:]


def _measured(metric: object, one: object) -> Measured | None:
    phase = text(one, "phase")
    outcome = _OUTCOMES.get(phase)
    ended = millis(text(one, "finishedAt"))
    name = text(metric, "name")
    if outcome is None or not ended or not name:
        return None
    value, known = _value(text(one, "value"))
    said = sentence(text(one, "message"))
    if outcome is not Outcome.SUCCESS and not said:
        said = f"Argo Rollouts calls it {phase}"
    return Measured(
        analysis=name,
        at=ended,
        outcome=outcome,
        value=value,
        no_data=not known or phase == "Error",
        text="" if outcome is Outcome.SUCCESS else said,
    )


def _value(written: str) -> tuple[str, bool]:
    """Return a value, without the brackets around a single one, and whether it is a number."""
    shown = sentence(written)
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return shown, False
    values = found if isinstance(found, list) else [found]
    if len(values) == 1 and isinstance(found, list):
        shown = shown.removeprefix("[").removesuffix("]").strip()
    return shown, bool(values) and all(_is_number(one) for one in values)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def blamed(
    rollout: object, found: Sequence[object], phases: tuple[str, ...] = ("Failed", "Error")
) -> Cause | None:
    """Return the analysis that ended so, the newest of them; None if none did."""
    last: Cause | None = None
    newest = -1
    for run in of_rollout(rollout, found):
        for metric in entries(run, "status", "metricResults"):
            ends = [millis(text(one, "finishedAt")) for one in entries(metric, "measurements")]
            moment = max(ends, default=0)
            if text(metric, "phase") in phases and moment >= newest:
                newest = moment
                last = _cause(run, metric)
    return last


def _cause(run: object, metric: object) -> Cause:
    name = text(metric, "name")
    said = text(metric, "message") or text(run, "status", "message")
    words = sentence(f"analysis {name}:", text(metric, "phase"), said)
    return Cause(why=Why.ANALYSIS, name=name, text=words)
