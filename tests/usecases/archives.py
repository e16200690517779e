"""What tests of archives have in common."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.usecases.workshop import LABELS, WEIGHTS, sha256
from weighbridge.model.ports import NoProgress
from weighbridge.seal.control import Action, custody_change
from weighbridge.usecases.archiving.add import Added, add
from weighbridge.usecases.archiving.choosing import Bound, Wish
from weighbridge.usecases.control import change_control

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from weighbridge.model.ports import Registry


PAYLOAD = {sha256(WEIGHTS), sha256(LABELS)}
NAMED = Wish(named=True)
LATER = "2026-06-01T00:00:00Z"


def bound(registry: Registry, title: str) -> Bound:
    return next(one for one in (Bound(*row) for row in registry.releases()) if one.title == title)


def archived(
    registry: Registry, *titles: str, place: str, wish: Wish = NAMED, dry_run: bool = False
) -> Added:
    return add(
        [bound(registry, title) for title in titles],
        place=place,
        wish=wish,
        registry=registry,
        now=LATER,
        grace=-10,
        progress=NoProgress(),
        dry_run=dry_run,
    )


def here(registry: Registry) -> set[str]:
    """Name the payload that is in the registry's own store."""
    return {digest for digest in PAYLOAD if registry.blobs.has(digest)}


def in_place(registry: Registry, place: str) -> set[str]:
    return {held.name for held in registry.archive(place).stored()}


def kinds(registry: Registry) -> list[str]:
    with registry.reading() as view:
        return [event["kind"] for event in map(as_json, view.entries())]


def as_json(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)
    return found


def owners(promoted: Promoted, action: Action, title: str) -> bool:
    release = bound(promoted.registry, title)
    change = custody_change(action, release.title, release.digest, reason="a lawsuit")
    signers = [promoted.key(name) for name in ("ann", "ben")]
    return change_control(change, signers=signers, registry=promoted.registry).applied
