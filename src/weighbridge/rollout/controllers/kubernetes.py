"""Kubernetes' own Deployment: replicas are replaced, and nothing is judged but their readiness."""

from __future__ import annotations

from weighbridge.model.delivery import WHOLE, Cause, Order, Phase, Why
from weighbridge.model.errors import UsageError
from weighbridge.rollout.controllers.fields import (
    at,
    condition,
    is_of,
    is_seen,
    number,
    percent,
    runs,
    sentence,
    text,
)
from weighbridge.rollout.controllers.sighting import PREPARING, Patch, Sighted, delivered


def sighted(deployment: object, digest: str) -> Sighted:
    """Read how far a Deployment has come with a release."""
    if not (is_of(deployment, digest) and runs(deployment, digest) and is_seen(deployment)):
        return PREPARING
    progress = condition(deployment, "Progressing")
    if text(progress, "reason") == "ProgressDeadlineExceeded":
        said = sentence(text(progress, "message")) or "its replicas did not get ready in time"
        cause = Cause(why=Why.NOT_READY, name="kubernetes", text=said)
        return Sighted(phase=Phase.FAILED, weight=_weight(deployment), cause=cause)
    held = at(deployment, "spec", "paused") is True
    if not held and is_complete(deployment):
        return delivered(0)
    paused = Cause(why=Why.ORDER, text="the Deployment is paused (spec.paused)") if held else None
    weight = _weight(deployment)
    begun = (number(deployment, "status", "updatedReplicas") or 0) > 0
    phase = Phase.ROLLING_OUT if begun else Phase.PREPARING
    return Sighted(phase=phase, weight=weight, paused=paused)


def is_complete(deployment: object) -> bool:
    """Tell whether all replicas are of the newest kind, serve, and no other is left."""
    # Kubernetes writes the default of what nobody says, so a number that is missing is no default.
    wanted = number(deployment, "spec", "replicas")
    total, updated, available = (
        number(deployment, "status", name)
        for name in ("replicas", "updatedReplicas", "availableReplicas")
    )
    return (
        wanted is not None
        and wanted > 0
        and total == updated == available == wanted
        and text(condition(deployment, "Available"), "status") == "True"
        and text(condition(deployment, "Progressing"), "status") in ("True", "")
    )


def _weight(deployment: object) -> int:
    """Return the share of replicas that are of the release: requests go to all alike."""
    total = number(deployment, "status", "replicas") or 0
    updated = number(deployment, "status", "updatedReplicas") or 0
    return percent(updated * WHOLE // total) if total > 0 else 0


def patches(deployment: object, order: Order) -> tuple[Patch, ...]:
    """Return what an order comes to; nothing if it is so already.

    Raises:
        UsageError: A Deployment cannot do that.
    """
    if order in (Order.PAUSE, Order.RESUME):
        wanted = order is Order.PAUSE
        if (at(deployment, "spec", "paused") is True) == wanted:
            return ()
        return (Patch(body={"spec": {"paused": wanted}}),)
    if order is Order.ABORT:
        raise UsageError(
            "a Deployment cannot be aborted: it goes wherever it is told last",
            help=[
                "go back to the release before: weighbridge rollback NAME --in ENV",
                "and deliver that: weighbridge deliver NAME --in ENV",
                "until then it can be stopped where it is: weighbridge pause NAME --in ENV",
            ],
        )
    raise UsageError(
        "a Deployment has no steps that could be skipped",
        help=["let it go on: weighbridge resume NAME --in ENV"],
    )
