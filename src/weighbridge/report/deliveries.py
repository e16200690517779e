"""Entries about deliveries, each in a plain sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Body = Mapping[str, Any]

_ORDERS = {
    "abort": "had it taken out",
    "pause": "had it wait",
    "resume": "let it go on",
    "skip": "had it go on without waiting for its step",
}
_OUTCOMES = {
    "failure": "failed",
    "inconclusive": "says neither",
    "success": "succeeded",
}
_STRATEGIES = {
    "blueGreen": "blue beside green",
    "canary": "step by step",
    "recreate": "one stopped, then the other started",
    "restore": "at once, back to what was there before",
    "rolling": "one after the other",
}


def started(body: Body) -> str:
    """Say what is delivered where, how and by whom."""
    target = body["target"]
    kind = f"{target['kind']} {target.get('version', '')}".strip()
    inside = f", namespace {target['namespace']}" if target.get("namespace") else ""
    how = _STRATEGIES.get(body["strategy"], body["strategy"])
    if body.get("unpromoted"):
        by = "a sandbox that nobody promoted it to"
    else:
        by = f"generation {body['generation']}, by {body['person']}"
    instead = f", in place of {body['previous'][:19]}" if body.get("previous") else ""
    return f"{_what(body)} begins on {kind}{inside}, {how}{instead}: {by}"


def moved(body: Body) -> str:
    """Say where a delivery stands now, and why if that is no good news."""
    rolling = body["phase"] == "rolling-out"
    where = _rolling(body) if rolling else _PHASES.get(body["phase"], body["phase"])
    late = "; later than it may take" if body.get("late") else ""
    paused = f"; it waits: {_cause(body['paused'])}" if "paused" in body else ""
    cause = f": {_cause(body['cause'])}" if "cause" in body else ""
    return f"{_what(body)} {where}{cause}{paused}{late}{_of(body)}"


def measured(body: Body) -> str:
    """Say what a measurement says."""
    outcome = _OUTCOMES.get(body["outcome"], body["outcome"])
    value = f", value {body['value']}" if body.get("value") else ""
    samples = f" of {body['samples']} samples" if body.get("samples") else ""
    none = ", no data that counts" if body.get("noData") else ""
    why = f": {body['text']}" if body.get("text") else ""
    told = f"{body['analysis']} {outcome}{value}{samples}{none}{why}"
    return f"{_what(body)}: {told}{_of(body)}"


def ordered(body: Body) -> str:
    """Say what a person ordered, and why."""
    what = _ORDERS.get(body["order"], body["order"])
    return f"{_what(body)}: {body['person']} {what}: {body['reason']}{_of(body)}"


def refused(body: Body) -> str:
    """Say what was not delivered, and why not."""
    person = body["person"] or "somebody unknown"
    text = f": {body['text']}" if body.get("text") else ""
    return f"{_what(body)}, asked for by {person}, is refused: {body['reason']}{text}"


def _what(body: Body) -> str:
    return f"{body['name']}@{body['version']} to {body['environment']}"


def _of(body: Body) -> str:
    """Name the delivery by the entry that began it."""
    return f" (delivery {body['delivery']})"


def _cause(cause: Mapping[str, Any]) -> str:
    name = f" {cause['name']}" if cause.get("name") else ""
    text = f", {cause['text']}" if cause.get("text") else ""
    return f"{cause['why']}{name}{text}"


def _rolling(body: Body) -> str:
    return f"gets {body['weight']} % of the requests, step {body['step'] + 1}"


_PHASES = {
    "preparing": "is made ready",
    "watching": "gets all requests and is watched",
    "rolling-back": "gets no requests any more, and what was there before is restored",
    "delivered": "is delivered",
    "rolled-back": "was taken back, and what was there before serves again",
    "failed": "was taken out, and nothing is in its place",
    "stopped": "was ended",
}
