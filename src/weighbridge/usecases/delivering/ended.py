"""What came of a delivery, as evidence: a later environment's policy may ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from weighbridge.model.delivery import Phase
from weighbridge.model.event import Kind
from weighbridge.model.predicates import DELIVERY
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.statement import Statement, read_statement, write_statement
from weighbridge.usecases.delivering.book import topic
from weighbridge.usecases.evidence import add_evidence
from weighbridge.usecases.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.delivery import Delivery
    from weighbridge.model.event import Event
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry

_MEASURED = ("analysis", "outcome", "value", "samples")
_POSITION = ("phase", "step", "weight")


def keep_evidence(delivery: Delivery, *, signer: AnySigner, registry: Registry) -> None:
    """Sign how a delivery ended, once.

    Raises:
        NotAllowedError: The signature does not count. The refusal is in the ledger.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        known = any(
            index > delivery.entry and _tells(event, delivery, registry)
            for index, event in gathering.log.found(f"subject:{delivery.release}")
        )
        digest, _ = gathering.environment(delivery.environment)
        pointer = gathering.pointer(delivery.environment, delivery.name)
        entries = [
            event
            for _, event in gathering.log.found(topic(delivery.environment, delivery.name))
            if event.body.get("delivery") == delivery.entry
        ]
    if known:
        return
    payload = _statement(delivery, digest, entries, held=bool(pointer.held))
    add_evidence(
        payload,
        release=delivery.release,
        signers=[signer],
        registry=registry,
    )


def _tells(event: Event, delivery: Delivery, registry: Registry) -> bool:
    """Tell whether an entry is the evidence of a delivery; another environment has its own."""
    body = event.body
    if event.kind is not Kind.EVIDENCE_ADDED or body.get("predicateType") != DELIVERY:
        return False
    payload = read_bundle(registry.blobs.read(body["bundle"])).payload
    said: Any = read_statement(payload).predicate
    told = (said["environment"]["name"], said["generation"])
    return told == (delivery.environment, delivery.generation)


def _statement(delivery: Delivery, environment: str, entries: list[Event], *, held: bool) -> bytes:
    position = delivery.position
    predicate: dict[str, Any] = {
        "environment": {"digest": environment, "name": delivery.environment},
        "finishedOn": _moment(position.since),
        "generation": delivery.generation,
        "held": held,
        "result": "PASSED" if position.phase is Phase.DELIVERED else "FAILED",
        "startedOn": _moment(delivery.began),
        "steps": list(_steps(entries)),
        "target": delivery.place.kind,
    }
    if position.cause is not None:
        cause = position.cause
        predicate["reason"] = ": ".join(filter(None, (cause.why.value, cause.name, cause.text)))
    subject = (f"{delivery.name}@{delivery.version}", delivery.release)
    return write_statement(Statement(DELIVERY, subjects=(subject,), predicate=predicate))


def _steps(entries: list[Event]) -> Iterator[dict[str, Any]]:
    """List the positions it went through, each with the measurements that judged it."""
    measured: list[dict[str, Any]] = []
    for event in entries:
        body = event.body
        if event.kind is Kind.DELIVERY_MEASURED:
            measured.append({key: body[key] for key in _MEASURED if key in body})
        if event.kind is Kind.DELIVERY_MOVED:
            yield {"measured": measured, **{key: body[key] for key in _POSITION}}
            measured = []


def _moment(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
