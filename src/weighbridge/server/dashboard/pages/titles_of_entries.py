"""Kinds of entries of the ledger in a few words, and how good or bad the news is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES: Final[Mapping[Kind, str]] = {
    Kind.REGISTRY_INITIALISED: "registry begun",
    Kind.RELEASE_ADOPTED: "release adopted",
    Kind.RELEASE_SEALED: "release sealed",
    Kind.RELEASE_REFUSED: "release refused",
    Kind.RELEASE_ARCHIVED: "release archived",
    Kind.RELEASE_RESTORED: "release restored",
    Kind.RELEASE_ERASED: "release erased",
    Kind.ARCHIVE_REFUSED: "archiving refused",
    Kind.EVIDENCE_ADDED: "evidence added",
    Kind.EVIDENCE_REFUSED: "evidence refused",
    Kind.CONTROL_PROPOSED: "change proposed",
    Kind.CONTROL_APPLIED: "change by owners",
    Kind.CONTROL_REFUSED: "change refused",
    Kind.PROMOTION_DONE: "promoted",
    Kind.PROMOTION_BLOCKED: "promotion blocked",
    Kind.PROMOTION_OBSERVED: "promotion observed",
    Kind.ROLLBACK_DONE: "rolled back",
    Kind.ROLLBACK_BLOCKED: "rollback blocked",
    Kind.ACT_SAID: "statement",
    Kind.ACT_REFUSED: "statement refused",
    Kind.STORE_SETTLED: "store settled",
    Kind.VERDICT_CHANGED: "verdict changed",
    Kind.DELIVERY_STARTED: "delivery begun",
    Kind.DELIVERY_MOVED: "delivery moved",
    Kind.DELIVERY_MEASURED: "delivery measured",
    Kind.DELIVERY_ORDERED: "delivery ordered",
    Kind.DELIVERY_REFUSED: "delivery refused",
    Kind.RELEASE_UNVERIFIED: "found wrong",
    Kind.RELEASE_VERIFIED: "found right again",
}
_LOOKS: Final = {"done": "good", "blocked": "wait", "refused": "bad", "unverified": "bad"}


def look_of(kind: Kind) -> str:
    """Name the look of a badge: `good`, `wait`, `bad`, or `plain`."""
    return _LOOKS.get(kind.value.rpartition(".")[2], "plain")
