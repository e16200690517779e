"""Events: what a ledger entry says, and its one spelling as canonical JSON.

Entry 0 makes a registry. Every later entry names the newest entry of the control plane before it:
from the newest entry of a log one can walk back through all that ever changed trust, and nothing
can be left out on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.trust import TrustError, check_time

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What can happen in a registry; refusals are events too."""

    REGISTRY_INITIALISED = "registry.initialised"
    RELEASE_ADOPTED = "release.adopted"
    RELEASE_SEALED = "release.sealed"
    RELEASE_REFUSED = "release.refused"
    RELEASE_ARCHIVED = "release.archived"
    RELEASE_RESTORED = "release.restored"
    RELEASE_ERASED = "release.erased"
    ARCHIVE_REFUSED = "archive.refused"
    EVIDENCE_ADDED = "evidence.added"
    EVIDENCE_REFUSED = "evidence.refused"
    CONTROL_PROPOSED = "control.proposed"
    CONTROL_APPLIED = "control.applied"
    CONTROL_REFUSED = "control.refused"
    PROMOTION_DONE = "promotion.done"
    PROMOTION_BLOCKED = "promotion.blocked"
    PROMOTION_OBSERVED = "promotion.observed"
    ROLLBACK_DONE = "rollback.done"
    ROLLBACK_BLOCKED = "rollback.blocked"
    ACT_SAID = "act.said"
    ACT_REFUSED = "act.refused"
    STORE_SETTLED = "store.settled"
    VERDICT_CHANGED = "verdict.changed"
    DELIVERY_STARTED = "delivery.started"
    DELIVERY_MOVED = "delivery.moved"
    DELIVERY_MEASURED = "delivery.measured"
    DELIVERY_ORDERED = "delivery.ordered"
    DELIVERY_REFUSED = "delivery.refused"
    RELEASE_UNVERIFIED = "release.unverified"
    RELEASE_VERIFIED = "release.verified"


CONTROL_KINDS = frozenset({Kind.REGISTRY_INITIALISED, Kind.CONTROL_APPLIED})
"""Kinds after which somebody may be trusted otherwise than before."""

MOVING_KINDS = frozenset({Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE})
"""Kinds of entries that move a pointer."""

BINDING_KINDS = frozenset({Kind.RELEASE_ADOPTED, Kind.RELEASE_SEALED})
"""Kinds of entries that bind a name and version to a release."""


class EventError(ValueError):
    """The bytes of an entry are not an event in its one spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of a ledger.

    Attributes:
        kind: What happened.
        time: When, by the clock of the registry (`check_time`); never before the entry above.
        control: Index of the newest entry of `CONTROL_KINDS` before this one; None for entry 0.
        body: What there is to say, plain values without floats.
    """

    kind: Kind
    time: str
    control: int | None
    body: Mapping[str, Any]


def write_event(event: Event) -> bytes:
    """Write an event as canonical JSON (RFC 8785).

    Raises:
        NotCanonicalError: Its body has no canonical form.
    """
    return canonical_bytes(
        {
            "body": dict(event.body),
            "control": event.control,
            "kind": event.kind.value,
            "time": event.time,
        }
    )


def read_event(data: bytes) -> Event:
    """Read an event from its canonical bytes and from no others.

    Raises:
        EventError: It is not one, byte for byte, or of a kind this version does not know.
    """
    try:
        event = _event(read_json(data))
        exact = write_event(event) == data
    except (KeyError, TypeError, TrustError, NotCanonicalError, ValueError) as error:
        raise EventError(f"this is not an event: {error}") from error
    if not exact:
        raise EventError("the event is not in its canonical form")
    topics(event)  # which looks at what the index needs of the body
    return event


def _event(tree: Any) -> Event:  # noqa: ANN401 - nobody has validated it yet
    control, body = tree["control"], tree["body"]
    if control is not None and (type(control) is not int or control < 0):
        raise EventError("the newest entry of the control plane is not an index")
    if not isinstance(body, dict):
        raise EventError("the body is not a mapping")
    return Event(kind=Kind(tree["kind"]), time=check_time(tree["time"]), control=control, body=body)


def topics(event: Event) -> tuple[str, ...]:
    """List the topics an entry is found under, sorted.

    They follow from the entry alone, so that an index of them can be made again and compared.
    `subject:DIGEST` finds evidence about something, or given for it, `release:NAME` what became of
    a release, `control` all changes of the control plane and `statement:DIGEST` those of one
    proposal; `gate:ENVIRONMENT/NAME` all that was said and done about a release in an environment,
    `environment:NAME` what was said of an environment whatever the release,
    `delivery:ENVIRONMENT/NAME` what became of deliveries there; `store` where blobs lie.

    Raises:
        EventError: The body does not say what it must.
    """
    body, found = event.body, set[str]()
    if event.kind in {Kind.EVIDENCE_ADDED, Kind.EVIDENCE_REFUSED}:
        found.update(f"subject:{digest}" for digest in _texts(body, "subjects"))
        # What is about parts of a release is found under it, too. Refusals never were.
        if event.kind is Kind.EVIDENCE_ADDED and isinstance(body.get("release"), str):
            found.add(f"subject:{body['release']}")
    elif event.kind.startswith("control."):
        found.update(("control", f"statement:{_text(body, 'statement')}"))
    elif event.kind.startswith(("release.", "archive.")):
        found.add(f"release:{_text(body, 'name')}")
    elif event.kind.startswith("delivery."):
        environment, name = _text(body, "environment"), _text(body, "name")
        found.add(f"delivery:{environment}/{name}")
        # Measurements are many, and of interest to nobody but who looks at their delivery.
        if event.kind is not Kind.DELIVERY_MEASURED:
            found.add(f"release:{name}")
    elif event.kind is Kind.STORE_SETTLED:
        found.add("store")
    elif event.kind.startswith("act.") and "name" not in body:
        found.add(f"environment:{_text(body, 'environment')}")
    elif event.kind.startswith(("promotion.", "rollback.", "act.", "verdict.")):
        environment, name = _text(body, "environment"), _text(body, "name")
        found.update((f"gate:{environment}/{name}", f"release:{name}"))
    return tuple(sorted(found))


def _text(body: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := body.get(name), str):
        raise EventError(f"the event says no {name}")
    return value


def _texts(body: Mapping[str, Any], name: str) -> list[str]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise EventError(f"the event says no {name}")
    return value
