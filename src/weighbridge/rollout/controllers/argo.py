"""Argo Rollouts: what a Rollout and its AnalysisRuns say, and what its kubectl plugin patches.

A status counts if the Rollout is of the release, its pods are to be, and the controller has seen
the newest of it (status.observedGeneration, a text). It is delivered once the release's own
ReplicaSet is the stable one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.delivery import WHOLE, Cause, Order, Phase, Why
from weighbridge.model.errors import UsageError
from weighbridge.rollout.controllers.argo_runs import blamed, measurements
from weighbridge.rollout.controllers.fields import (
    at,
    condition,
    entries,
    is_of,
    is_seen,
    number,
    percent,
    runs,
    sentence,
    text,
)
from weighbridge.rollout.controllers.sighting import PREPARING, Patch, Sighted, delivered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.delivery import Measured

_GOING: Final = ("Progressing", "Paused", "Healthy")
_INCONCLUSIVE: Final = ("InconclusiveAnalysisRun", "InconclusiveExperiment")


def sighted(rollout: object, analysis_runs: Sequence[object], digest: str) -> Sighted:
    """Read how far a Rollout has come with a release.

    Args:
        rollout: The Rollout; None if there is none.
        analysis_runs: AnalysisRuns of its namespace.
        digest: The release digest.
    """
    if not (is_of(rollout, digest) and runs(rollout, digest) and is_seen(rollout)):
        return PREPARING
    own = measurements(rollout, analysis_runs)
    phase = text(rollout, "status", "phase")
    step = _step(rollout)
    if phase == "Healthy" and _is_stable(rollout) and not _is_held(rollout):
        return delivered(step, own)
    if at(rollout, "status", "abort") is True:
        return _turned(rollout, analysis_runs, own)
    if phase == "Degraded":
        stuck = _stuck(rollout)
        weight = _weight(rollout)
        return Sighted(
            phase=Phase.ROLLING_OUT, step=step, weight=weight, paused=stuck, measured=own
        )
    if phase not in _GOING:
        return PREPARING
    return Sighted(
        phase=Phase.ROLLING_OUT,
        step=step,
        weight=_weight(rollout),
        paused=_paused(rollout, analysis_runs),
        measured=own,
    )


def _is_stable(rollout: object) -> bool:
    own = text(rollout, "status", "currentPodHash")
    return bool(own) and text(rollout, "status", "stableRS") == own


def _is_held(rollout: object) -> bool:
    return at(rollout, "spec", "paused") is True


def _steps(rollout: object) -> list[dict[str, object]]:
    return entries(rollout, "spec", "strategy", "canary", "steps")


def _index(rollout: object) -> int:
    found = number(rollout, "status", "currentStepIndex")
    return min(max(found or 0, 0), len(_steps(rollout)))


def _weights(rollout: object) -> list[int]:
    """Return the weights that were set so far; each opens a step of the manifest."""
    if number(rollout, "status", "currentStepIndex") is None:
        return []
    begun = _steps(rollout)[: _index(rollout) + 1]
    set_ = (number(one, "setWeight") for one in begun)
    return [percent(one) for one in set_ if one is not None]


def _step(rollout: object) -> int:
    return max(len(_weights(rollout)) - 1, 0)


def _weight(rollout: object) -> int:
    """Return the share of requests the release gets.

    Where no router splits requests, it is the weight that was set, which replicas come near to.
    """
    if at(rollout, "spec", "strategy", "blueGreen") is not None:
        active = text(rollout, "status", "blueGreen", "activeSelector")
        own = text(rollout, "status", "currentPodHash")
        return WHOLE if own and active == own else 0
    routed = number(rollout, "status", "canary", "weights", "canary", "weight")
    if routed is not None:
        return percent(routed)
    if _steps(rollout):
        weights = _weights(rollout)
        return weights[-1] if weights else 0
    total = number(rollout, "status", "replicas") or 0
    updated = number(rollout, "status", "updatedReplicas") or 0
    return percent(updated * WHOLE // total) if total > 0 else 0


def _turned(rollout: object, found: Sequence[object], own: tuple[Measured, ...]) -> Sighted:
    """Read a Rollout that was aborted: the stable ReplicaSet gets the requests again."""
    cause = blamed(rollout, found) or _controllers(rollout)
    stable = text(rollout, "status", "stableRS")
    step = _step(rollout)
    if not stable or _is_stable(rollout):
        return Sighted(phase=Phase.FAILED, step=step, cause=cause, measured=own)
    left = _left(rollout)
    phase = Phase.ROLLING_BACK if left else Phase.ROLLED_BACK
    return Sighted(phase=phase, step=step, weight=left, cause=cause, measured=own)


def _left(rollout: object) -> int:
    """Return the share of requests an aborted release still gets; 1 if that is not known."""
    if at(rollout, "spec", "strategy", "blueGreen") is not None:
        active = text(rollout, "status", "blueGreen", "activeSelector")
        return 0 if active and active == text(rollout, "status", "stableRS") else WHOLE
    routed = number(rollout, "status", "canary", "weights", "canary", "weight")
    if routed is not None:
        return percent(routed)
    if at(rollout, "spec", "strategy", "canary", "trafficRouting") is not None:
        return 1
    updated = number(rollout, "status", "updatedReplicas") or 0  # left out where it is none
    available = number(rollout, "status", "availableReplicas") or 0
    wanted = number(rollout, "spec", "replicas")
    if updated <= 0 and available >= (1 if wanted is None else max(wanted, 1)):
        return 0
    return max(percent(updated * WHOLE // max(updated + available, 1)), 1)


def _controllers(rollout: object) -> Cause:
    """Return what the controller itself says: nobody else's doing is known."""
    said = sentence(text(rollout, "status", "message")) or "the Rollout was aborted"
    late = "ProgressDeadlineExceeded" in said or "progress deadline" in said.lower()
    return Cause(why=Why.NOT_READY if late else Why.CONTROLLER, name="argo", text=said)


def _stuck(rollout: object) -> Cause:
    """Return why a Rollout that was not aborted goes no further by itself."""
    invalid = condition(rollout, "InvalidSpec")
    said = text(rollout, "status", "message") or text(invalid, "message")
    progress = condition(rollout, "Progressing")
    late = text(progress, "reason") in ("ProgressDeadlineExceeded", "TimedOut")
    late = late or "ProgressDeadlineExceeded" in said
    words = sentence(said or text(progress, "message")) or "the Rollout is degraded"
    return Cause(why=Why.NOT_READY if late else Why.CONTROLLER, name="argo", text=words)


def _paused(rollout: object, found: Sequence[object]) -> Cause | None:
    """Return why a Rollout waits for a person; a pause that ends by itself is none."""
    if _is_held(rollout):
        return Cause(why=Why.ORDER, text="the Rollout is paused (spec.paused)")
    for reason in _waiting(rollout):
        if reason in _INCONCLUSIVE:
            unsure = blamed(rollout, found, phases=("Inconclusive",))
            return unsure or Cause(why=Why.ANALYSIS, text=f"Argo Rollouts says {reason}")
        return Cause(why=Why.GATE, name="argo", text=sentence("Argo Rollouts says", reason))
    return None


def _waiting(rollout: object) -> list[str]:
    """Return reasons of pauses that last until a person says otherwise."""
    found = [text(one, "reason") for one in entries(rollout, "status", "pauseConditions")]
    return [one or "no reason" for one in found if not _ends(rollout, one)]


def _ends(rollout: object, reason: str) -> bool:
    if reason == "CanaryPauseStep":
        index = _index(rollout)
        step = _steps(rollout)[index : index + 1]
        return any(at(one, "pause", "duration") is not None for one in step)
    if reason == "BlueGreenPause":
        strategy = at(rollout, "spec", "strategy", "blueGreen")
        return at(strategy, "autoPromotionEnabled") is not False or (
            number(strategy, "autoPromotionSeconds") is not None
        )
    return False


def patches(rollout: object, order: Order) -> tuple[Patch, ...]:
    """Return what Argo's own kubectl plugin would patch; nothing if it is so already.

    Raises:
        UsageError: Argo has no such order for a Rollout in this state.
    """
    if order is Order.PAUSE:
        return () if _is_held(rollout) else (Patch(body={"spec": {"paused": True}}),)
    if order is Order.RESUME:
        return _resumed(rollout)
    if order is Order.SKIP:
        return _skipped(rollout)
    if at(rollout, "status", "abort") is True:
        return ()
    if _is_stable(rollout):
        raise UsageError(
            "the Rollout has come to its end: there is nothing left to abort",
            seen="the release is the stable one",
            help=["go back to the release before: weighbridge rollback NAME --in ENV"],
        )
    return (Patch(body={"status": {"abort": True}}, status=True),)


def _resumed(rollout: object) -> tuple[Patch, ...]:
    """Return patches that end every pause a person has to end, and no timed one."""
    found: list[Patch] = []
    if _waiting(rollout):
        status: dict[str, object] = {"pauseConditions": None}
        run = text(rollout, "status", "canary", "currentStepAnalysisRunStatus", "status")
        if run == "Inconclusive" and at(rollout, "status", "controllerPause") is True:
            # Its own plugin goes on past the analysis, which would pause it again at once.
            status |= {"controllerPause": False, "currentStepIndex": _next(rollout)}
        found.append(Patch(body={"status": status}, status=True))
    if _is_held(rollout):
        found.append(Patch(body={"spec": {"paused": False}}))
    return tuple(found)


def _next(rollout: object) -> int:
    return min(_index(rollout) + 1, len(_steps(rollout)))


def _skipped(rollout: object) -> tuple[Patch, ...]:
    if not _steps(rollout):
        raise UsageError(
            "the Rollout has no steps that could be skipped",
            seen="a blue-green or rolling update",
            help=["let it go on: weighbridge resume NAME --in ENV --reason TEXT"],
        )
    if _index(rollout) == len(_steps(rollout)):
        return ()
    return (Patch(body={"status": {"currentStepIndex": _next(rollout)}}, status=True),)
