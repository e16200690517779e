"""Flagger: what a Canary, the Deployment it watches and the primary it made of it say.

A Canary's status does not say which generation it is of. So it is taken for this release's by what
else shows it: delivered is what the primary's own pods are of, and a failure is this release's if
it came after the release did (annotation `weighbridge.dev/before`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.delivery import WHOLE, Cause, Order, Phase, Why
from weighbridge.model.errors import UsageError
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
    from collections.abc import Mapping

BEFORE: Final = "weighbridge.dev/before"
"""Annotation of a Canary: what its status was of when the release came."""
_GOING: Final = ("Waiting", "Progressing", "WaitingPromotion", "Promoting", "Finalising")
_SETTLED: Final = ("Initialized", "Succeeded", "Failed")
"""Phases in which the primary gets all requests; after a failure, too, until another comes."""


def mark(canary: object) -> str:
    """Return what tells a Canary's status from all later ones."""
    spec = text(canary, "status", "lastAppliedSpec")
    return f"{spec or 'none'} {_judged(canary) or 'never'}"


def _judged(canary: object) -> str:
    """Return when the last verdict was given: it is written anew with each."""
    return text(condition(canary, "Promoted"), "lastUpdateTime")


def marked(canary: Mapping[str, Any], there: object, digest: str) -> dict[str, Any]:
    """Return a Canary to apply, with the mark of the one that is there.

    A release that is applied again keeps its mark: what came of it since counts.
    """
    kept = text(there, "metadata", "annotations", BEFORE)
    again = is_of(there, digest) and kept
    about = canary["metadata"]
    notes = {**about.get("annotations", {}), BEFORE: kept if again else mark(there)}
    return {**canary, "metadata": {**about, "annotations": notes}}


def sighted(
    canary: object, deployment: object, primary: object, digest: str, before: str = ""
) -> Sighted:
    """Read how far Flagger has come with a release.

    Args:
        canary: The Canary; None if there is none.
        deployment: The Deployment it watches, likewise.
        primary: The Deployment that gets the requests between two rollouts, likewise.
        digest: The release digest.
        before: The mark, where the Canary itself has none.
    """
    if not (is_of(canary, digest) and is_of(deployment, digest) and runs(deployment, digest)):
        return PREPARING
    phase = text(canary, "status", "phase")
    if phase in _SETTLED and runs(primary, digest) and _serves(primary):
        # A release that is brought back after a failure is the primary still: Flagger begins
        # nothing with it, and goes on saying that the other failed.
        return delivered(_last(canary))
    known = text(canary, "metadata", "annotations", BEFORE) or before
    spec, _, judged = known.partition(" ")
    if phase == "Failed":
        return _failed(canary, deployment, primary, judged, digest)
    new = text(canary, "status", "lastAppliedSpec")
    if phase not in _GOING or not new or new == spec:
        return PREPARING
    return Sighted(
        phase=Phase.ROLLING_OUT,
        step=_step(canary, phase),
        weight=_weight(canary, phase),
        paused=_paused(canary, phase),
    )


def _serves(primary: object) -> bool:
    available = text(condition(primary, "Available"), "status") == "True"
    return is_seen(primary) and available and (number(primary, "status", "readyReplicas") or 0) > 0


def _failed(
    canary: object, deployment: object, primary: object, judged: str, digest: str
) -> Sighted:
    """Read a failure: of this release if it was written after the release came."""
    last = condition(canary, "Promoted")
    when = _judged(canary)
    if text(last, "reason") != "Failed" or not when or not judged or when == judged:
        return PREPARING
    said = sentence(text(last, "message")) or "the analysis failed"
    progress = text(condition(deployment, "Progressing"), "reason")
    late = progress == "ProgressDeadlineExceeded"
    names = [text(one, "name") for one in entries(canary, "spec", "analysis", "metrics")]
    only = names[0] if len(names) == 1 and not late else ""
    cause = Cause(why=Why.NOT_READY if late else Why.ANALYSIS, name=only, text=f"Flagger: {said}")
    back = bool(primary) and not runs(primary, digest) and _serves(primary)
    return Sighted(phase=Phase.ROLLED_BACK if back else Phase.ROLLING_BACK, cause=cause)


def _weights(canary: object) -> list[int]:
    found = at(canary, "spec", "analysis", "stepWeights")
    known = found if isinstance(found, list) else []
    return [one for one in known if isinstance(one, int) and not isinstance(one, bool)]


def _last(canary: object) -> int:
    return max(len(_weights(canary)) - 1, 0)


def _step(canary: object, phase: str) -> int:
    if phase in ("WaitingPromotion", "Promoting", "Finalising"):
        return _last(canary)
    weight = number(canary, "status", "canaryWeight") or 0
    return max(sum(one <= weight for one in _weights(canary)) - 1, 0)


def _weight(canary: object, phase: str) -> int:
    """Return the share of requests; Flagger clears its own figure when it promotes."""
    if phase == "Finalising":
        return WHOLE  # the primary is of this release by now
    if phase in ("WaitingPromotion", "Promoting"):
        return percent(max(_weights(canary), default=0))
    return percent(number(canary, "status", "canaryWeight"))


def _paused(canary: object, phase: str) -> Cause | None:
    if at(canary, "spec", "suspend") is True:
        return Cause(why=Why.ORDER, text="the Canary is suspended (spec.suspend)")
    if phase in ("Waiting", "WaitingPromotion"):
        said = sentence(text(condition(canary, "Promoted"), "message")) or "it waits for approval"
        return Cause(why=Why.GATE, name="flagger", text=f"Flagger: {said}")
    return None


def patches(canary: object, order: Order) -> tuple[Patch, ...]:
    """Return what an order comes to; nothing if it is so already.

    Raises:
        UsageError: Flagger cannot do that.
    """
    if order in (Order.PAUSE, Order.RESUME):
        wanted = order is Order.PAUSE
        if (at(canary, "spec", "suspend") is True) == wanted:
            return ()
        return (Patch(body={"spec": {"suspend": wanted}}),)
    if order is Order.ABORT:
        raise UsageError(
            "Flagger takes no order to abort: it goes back when a check fails too often",
            help=[
                "go back to the release before: weighbridge rollback NAME --in ENV",
                "and deliver that: weighbridge deliver NAME --in ENV; Flagger begins anew with it",
                "until then it can be stopped where it is: weighbridge pause NAME --in ENV",
            ],
        )
    raise UsageError(
        "Flagger skips no single step",
        help=[
            "let it go on by itself: weighbridge resume NAME --in ENV",
            "spec.skipAnalysis of the Canary skips the whole analysis, of every release to come",
        ],
    )
