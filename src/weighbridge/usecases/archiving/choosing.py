"""Which releases may leave the active store, and why the others stay."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from weighbridge.gate.pointer import fold
from weighbridge.gate.rollback import previous
from weighbridge.model.custody import ACTIVE, KINDS, Custody, Whereabouts
from weighbridge.model.event import Event, Kind
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.custody import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Reads, Registry
    from weighbridge.seal.control import Said

CLASSES = ("unpromoted", "retired", "low", "medium", "high")
"""Never promoted; served once and no more; the risk the manifest declares."""

_MOVES = frozenset({Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE})
_BOUND = frozenset({Kind.RELEASE_SEALED, Kind.RELEASE_ADOPTED})
_MARKS = [f'"kind":"{kind}"'.encode() for kind in (*KINDS, *_MOVES, *_BOUND)]


Reason = tuple[str, str]
"""Why something is not done: a word, and in full."""


class Bound(NamedTuple):
    """A release by its names."""

    name: str
    version: str
    digest: str

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which releases somebody wants to leave.

    Attributes:
        older_than: Seconds since a release was sealed, and served last; None for no such wish.
        classes: Only releases of one of these `CLASSES`; empty for all.
        named: Whether they were named one by one, and not looked for.
    """

    older_than: int | None = None
    classes: tuple[str, ...] = ()
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the ledger says at one moment of all that matters here.

    Attributes:
        releases: Every release that is bound.
        custody: Where files are that were ever moved, by release digest.
        holds: Releases owners hold.
        serving: Releases an environment points to, or would go back to, and in what words.
        promoted: Releases an environment ever pointed to.
        since: Since when a release is of no more use: it was sealed, or served last.
    """

    releases: tuple[Bound, ...]
    custody: Mapping[str, Custody]
    holds: Mapping[str, Said]
    serving: Mapping[str, str] = field(default_factory=dict)
    promoted: frozenset[str] = frozenset()
    since: Mapping[str, str] = field(default_factory=dict)

    def where(self, digest: str) -> Custody:
        """Say where the files of a release are."""
        return self.custody.get(digest, ACTIVE)


def moment_of(view: LedgerView, registry: Registry) -> Moment:
    """Read all that matters, each entry of it proven.

    Raises:
        OwnerlessError: There is no ledger.
        LedgerError: It does not prove what it says.
    """
    log = believe(view, log_key=registry.log_key)
    moved: list[Event] = []
    since: dict[str, str] = {}
    moves: dict[tuple[str, str], list[tuple[int, Event]]] = defaultdict(list)
    for index, data in enumerate(view.entries()):
        if not any(mark in data for mark in _MARKS):
            continue
        event = log.event(index)
        if event.kind in KINDS:
            moved.append(event)
        elif event.kind in _BOUND:
            since[event.body["digest"]] = event.time
        elif event.kind in _MOVES:
            moves[event.body["environment"], event.body["name"]].append((index, event))
    serving, promoted = _served(moves, since)
    return Moment(
        releases=tuple(Bound(*one) for one in view.releases()),
        custody=folded(moved),
        holds=control_state(log, registry.blobs).holds,
        serving=serving,
        promoted=promoted,
        since=since,
    )


def _served(
    moves: Mapping[tuple[str, str], list[tuple[int, Event]]], since: dict[str, str]
) -> tuple[dict[str, str], frozenset[str]]:
    """Say who serves what, and put off since when what was served is of no use."""
    serving: dict[str, str] = {}
    promoted: set[str] = set()
    for (environment, _), events in sorted(moves.items()):
        pointer = fold(events, ())
        if back := previous(pointer):
            serving.setdefault(back, f"{environment} would go back to it")
        serving[pointer.release] = f"{environment} points to it"
        for release in {move.release for move in pointer.moves}:
            promoted.add(release)
            since[release] = max(since.get(release, ""), pointer.departed(release))
    return serving, frozenset(promoted)


def must_stay(release: Bound, moment: Moment) -> Reason | None:
    """Say why the files of a release may neither leave nor be erased: a word, and in full.

    Returns:
        None if they may.
    """
    if (said := moment.holds.get(release.digest)) is not None:
        return "held", f"owners hold it since {said.at}: {said.reason}"
    if release.digest in moment.serving:
        return "served", moment.serving[release.digest]
    return None


def why_stays(
    release: Bound, moment: Moment, wish: Wish, *, now: str, blobs: Reads
) -> Reason | None:
    """Say why the files of a release do not leave now: a word, and in full.

    What a manifest says of its own retention can only make it stay longer.

    Returns:
        None if they do.
    """
    custody = moment.where(release.digest)
    if custody.where is Whereabouts.ERASED:
        return "erased", f"it was erased at {custody.at}"
    if custody.where is Whereabouts.ARCHIVED:
        return "archived", f"it is in {custody.place} since {custody.at}"
    return must_stay(release, moment) or _too_early(release, moment, wish, now=now, blobs=blobs)


def _too_early(
    release: Bound, moment: Moment, wish: Wish, *, now: str, blobs: Reads
) -> Reason | None:
    """Say why a release nobody needs does not leave yet."""
    manifest = json.loads(blobs.read(release.digest))
    if wish.classes and not _is_of(release, manifest, moment, wish.classes):
        return "class", "it is of another class"
    retention = _seconds(manifest["spec"].get("governance", {}).get("retention"))
    wanted = [one for one in (retention, wish.older_than) if one is not None]
    if not wanted:
        return None if wish.named else ("retention", "it declares no retention")
    since = moment.since.get(release.digest, now)
    until = datetime.fromisoformat(since) + timedelta(seconds=max(wanted))
    if datetime.fromisoformat(now) < until:
        return "age", f"it may leave at {until:%Y-%m-%dT%H:%M:%SZ}"
    return None


def _is_of(
    release: Bound,
    manifest: Mapping[str, Mapping[str, object]],
    moment: Moment,
    classes: tuple[str, ...],
) -> bool:
    own = {"retired" if release.digest in moment.promoted else "unpromoted"}
    own.add(str(manifest["metadata"].get("risk", "")))
    return not own.isdisjoint(classes)


def _seconds(duration: str | None) -> int | None:
    """Read a duration as it is sealed (`2592000s`); a part of a second counts as one."""
    if duration is None:
        return None
    whole, dot, _ = duration.removesuffix("s").partition(".")
    return int(whole) + bool(dot)
