"""Evidence about a release, newest first, as somebody signed it whom owners trusted then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.event import Kind, read_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.event import Event
    from weighbridge.server.dashboard.page import Asked


def evidence_about(asked: Asked, digest: str) -> Iterator[tuple[int, Event]]:
    """List the entries of signed evidence about a release, newest first.

    Whether it counts for a promotion is the gate's business.
    """
    with asked.registry.reading() as view:
        entries = [(index, view.entry(index)) for index in view.found(f"subject:{digest}")]
    for index, data in reversed(entries):
        event = read_event(data)
        if event.kind is Kind.EVIDENCE_ADDED and event.body.get("person"):
            yield index, event


def predicate_of(asked: Asked, event: Event) -> Mapping[str, Any]:
    """Read what was said; nothing if the bytes are not there, or are no statement."""
    from weighbridge.seal.bundle import read_bundle  # noqa: PLC0415 - heavy
    from weighbridge.seal.dsse import EnvelopeError  # noqa: PLC0415 - heavy
    from weighbridge.seal.statement import StatementError, read_statement  # noqa: PLC0415 - heavy

    try:
        bundle = read_bundle(asked.registry.blobs.read(event.body["bundle"]))
        return read_statement(bundle.payload).predicate
    except (EnvelopeError, StatementError, WeighbridgeError):
        return {}
