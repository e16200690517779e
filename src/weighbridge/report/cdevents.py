"""An entry of a ledger as a CDEvent, for programs that follow deliveries.

https://cdevents.dev. Of a type of our own (`dev.cdeventsx`): that a pointer moved is no deployment,
and nothing in the vocabulary says what an approval or a denial is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.report.json import json_text

if TYPE_CHECKING:
    from weighbridge.model.notification import Notice

SPECIFICATION = "0.4.1"
"""Version of CDEvents the body is written by."""

VERSION = "0.1.0"
"""Version of our own event types."""


def event_type(kind: str) -> str:
    """Name the type of an event, from what happened: `promotion.blocked`."""
    subject, _, predicate = kind.partition(".")
    return f"dev.cdeventsx.weighbridge-{subject}.{predicate}.{VERSION}"


def cdevent(notice: Notice) -> dict[str, Any]:
    """Write a notice as a CDEvent; `subject.content.body` is what the ledger's entry says."""
    event = notice.event
    source = f"weighbridge:log/{notice.origin}"
    subject, _, _ = event.kind.value.partition(".")
    return {
        "context": {
            "version": SPECIFICATION,
            "id": notice.id,
            "source": source,
            "type": event_type(event.kind.value),
            "timestamp": event.time,
        },
        "subject": {
            "id": f"{source}/{notice.index}",
            "source": source,
            "type": f"weighbridge-{subject}",
            "content": {
                "entry": notice.index,
                "text": notice.text,
                "body": dict(event.body),
            },
        },
    }


def cdevent_bytes(notice: Notice) -> bytes:
    """Write it as JSON."""
    return json_text(cdevent(notice)).encode()
