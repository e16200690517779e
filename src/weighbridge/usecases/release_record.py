"""All that a registry knows of one release: manifest, evidence, places, what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import NotFoundError
from weighbridge.model.event import Event, Kind
from weighbridge.usecases.delivering.book import newest
from weighbridge.usecases.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.gate.case import Evidence
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.delivery import Delivery
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry

_LATEST: Final = 200
"""Entries of a release that are read: of one that had more, the newest."""
_JUDGED: Final = frozenset(
    {
        Kind.PROMOTION_DONE,
        Kind.PROMOTION_BLOCKED,
        Kind.PROMOTION_OBSERVED,
        Kind.ROLLBACK_DONE,
        Kind.ROLLBACK_BLOCKED,
        Kind.VERDICT_CHANGED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An environment, as far as it has to do with a release.

    Attributes:
        environment: Its name.
        pointer: Where the release's name points there.
        judged: The newest entry in which the gate judged the release for it; None if none did.
        delivery: The newest delivery of the name there; None if none was begun.
    """

    environment: str
    pointer: Pointer
    judged: tuple[int, Event] | None
    delivery: Delivery | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """What is known of a release.

    Attributes:
        name: Its name.
        version: Its version.
        digest: Its digest.
        manifest: Its sealed manifest.
        proven: Whether there is a ledger that proves the rest; without owners there is none.
        evidence: What was said of it whose signatures count, newest first.
        places: Every environment, sorted by name.
        timeline: Entries about it, newest first, at most 200.
        versions: (version, digest) of every release of its name, sorted.
    """

    name: str
    version: str
    digest: str
    manifest: Mapping[str, Any]
    proven: bool = False
    evidence: tuple[Evidence, ...] = ()
    places: tuple[Place, ...] = ()
    timeline: tuple[tuple[int, Event], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()


def release_record(digest: str, *, registry: Registry) -> ReleaseRecord:
    """Read all that is known of a release.

    Raises:
        NotFoundError: No release is sealed as that.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        bound = view.names_of(digest)
        if not bound:
            help_ = ["look for it by its name, in the list of all releases"]
            raise NotFoundError("no release is sealed as that", seen=digest[:80], help=help_)
        (name, version), *_ = bound
        found = ReleaseRecord(
            name=name,
            version=version,
            digest=digest,
            manifest=json.loads(registry.blobs.read(digest)),
            versions=tuple(view.versions(name)),
        )
        return _proven(found, view, registry) if view.size else found


def _proven(found: ReleaseRecord, view: LedgerView, registry: Registry) -> ReleaseRecord:
    gathering = Gathering.of(view, registry)
    evidence = sorted(gathering.evidence(found.digest), key=lambda one: -one.entry)
    return replace(
        found,
        proven=True,
        evidence=tuple(evidence),
        places=tuple(_places(found, gathering)),
        timeline=tuple(islice(_timeline(found, view, gathering), _LATEST)),
    )


def _places(found: ReleaseRecord, gathering: Gathering) -> Iterator[Place]:
    for environment in sorted(gathering.state.environments):
        entries = gathering.found(f"gate:{environment}/{found.name}")
        judged = (
            (index, event)
            for index, event in reversed(entries)
            if event.kind in _JUDGED and event.body["release"] == found.digest
        )
        yield Place(
            environment=environment,
            pointer=gathering.pointer(environment, found.name),
            judged=next(judged, None),
            delivery=newest(gathering.log, environment, found.name),
        )


def _timeline(
    found: ReleaseRecord, view: LedgerView, gathering: Gathering
) -> Iterator[tuple[int, Event]]:
    """List entries about a release, newest first; those about others of its name are passed by."""
    topics = (f"release:{found.name}", f"subject:{found.digest}")
    last = None
    for index in merge(*(reversed(view.found(topic)) for topic in topics), reverse=True):
        if index == last:
            continue
        last, event = index, gathering.log.event(index)
        if found.digest in {event.body.get("release"), event.body.get("digest")}:
            yield index, event
