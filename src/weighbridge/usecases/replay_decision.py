"""`promote --replay`: a decision of the ledger, made again and compared byte by byte."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from weighbridge.ledger.note import write_verifier_key
from weighbridge.model.errors import DecisionError, NotFoundError
from weighbridge.model.replayed import Replayed
from weighbridge.model.verification import Problem
from weighbridge.usecases.believed import believe
from weighbridge.usecases.deciding_again import DECIDING, Again
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.log_keys import KeyChain
from weighbridge.usecases.past import EntriesView, ProvenLog, entries_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.event import Event
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.believed import BelievedLog

_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_LONGEST = 200
_HELP = ("weighbridge log show", "name a digest, the index of an entry, or NAME@ENV")


def replay_decision(reference: str, *, registry: Registry) -> Replayed:
    """Make a decision again from what was there before it.

    Args:
        reference: Digest of the signed decision, index of its entry, or NAME@ENV for the newest
            one there.
        registry: The registry.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotFoundError: There is no such decision, or something it rests on is missing.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        index, event = _find(reference, log)
        wanted = {index, *entries_before(log, index, event)}
        for each in wanted:
            log.event(each)  # which is proven, or refused
        entries = {each: view.entry(each) for each in wanted}
        past = EntriesView(entries, now=index, checkpoint=view.checkpoint)
        key = write_verifier_key(KeyChain(log.control).at(log.checkpoint.size).key)
        proven = ProvenLog(past, log_key=key, checkpoint=log.checkpoint)
        again = Again(index, event, Gathering(proven, registry.blobs))
        return Replayed(
            entry=index,
            kind=event.kind.value,
            bundle=event.body["decision"],
            person=event.body["person"],
            decision=again.decision,
            problems=(*_differences(again), *again.problems()),
            undone=again.undone,
        )


def _find(reference: str, log: BelievedLog) -> tuple[int, Event]:
    """Find the entry of a decision."""
    if reference.isdecimal():
        found = _at(int(reference), log)
    elif _DIGEST.fullmatch(reference):
        found = _signed(f"sha256:{reference.removeprefix('sha256:')}", log)
    else:
        name, _, environment = reference.rpartition("@")
        events = log.found(f"gate:{environment}/{name}")
        found = [(index, event) for index, event in events if event.kind in DECIDING]
    if not found:
        message = f"there is no decision {reference} in the ledger"
        raise NotFoundError(message, seen=reference, help=_HELP)
    return found[-1]


def _at(index: int, log: BelievedLog) -> list[tuple[int, Event]]:
    if index >= log.checkpoint.size:
        return []
    event = log.event(index)
    return [(index, event)] if event.kind in DECIDING else []


def _signed(digest: str, log: BelievedLog) -> list[tuple[int, Event]]:
    names = {name for name, _, _ in log.view.releases()}
    return [
        (index, event)
        for name in sorted(names)
        for index, event in log.found(f"release:{name}")
        if event.kind in DECIDING and event.body.get("decision") == digest
    ]


def _differences(again: Again) -> Iterator[Problem]:
    """Say where the signed statement and the one that follows part."""
    if again.undone or again.bundle.payload == (wanted := again.payload()):
        return
    signed, follows = json.loads(again.bundle.payload), json.loads(wanted)
    for pointer, seen, ours in _parted(signed, follows, ""):
        yield Problem(
            code=DecisionError.code,
            subject=pointer or "/",
            message="the gate decides otherwise on what was there",
            seen=seen,
            wanted=ours,
            remediation=("weighbridge log verify --deep",),
        )


def _parted(seen: Any, wanted: Any, at: str) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 - plain values
    """List the places where two trees differ, each with both values."""
    if isinstance(seen, dict) and isinstance(wanted, dict):
        for name in sorted(seen.keys() | wanted.keys()):
            step = name.replace("~", "~0").replace("/", "~1")
            yield from _parted(seen.get(name), wanted.get(name), f"{at}/{step}")
    elif isinstance(seen, list) and isinstance(wanted, list) and len(seen) == len(wanted):
        for place, (one, other) in enumerate(zip(seen, wanted, strict=True)):
            yield from _parted(one, other, f"{at}/{place}")
    elif seen != wanted:
        yield at, _short(seen), _short(wanted)


def _short(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
