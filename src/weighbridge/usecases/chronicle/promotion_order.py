"""Environments in the order in which releases come to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.ports import Reads


def read_environments(applied: Mapping[str, str], blobs: Reads) -> dict[str, dict[str, Any]]:
    """Read environments as they were applied last, in the order releases come to them.

    Args:
        applied: Of each the digest of its record, by name.
        blobs: Bytes by digest.

    Raises:
        NotFoundError: A record is not there.
    """
    records = {name: dict(json.loads(blobs.read(digest))) for name, digest in applied.items()}
    return {name: records[name] for name in promotion_order(ways(records))}


def ways(records: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Say of each environment from which one releases come, or empty."""
    return {name: record["spec"].get("promotesFrom") or "" for name, record in records.items()}


def promotion_order(before: Mapping[str, str]) -> list[str]:
    """Order environments: each behind the one releases come from, else by name.

    Args:
        before: Of each environment the one releases come from, or empty. Owners are refused what
            would lead in a circle; if there is one, it is broken somewhere.
    """
    found: list[str] = []

    def place(name: str) -> None:
        found.append(name)
        for other in sorted(before):
            if before[other] == name and other not in found:
                place(other)

    for name in sorted(before):
        if before[name] not in before and name not in found:
            place(name)
    return found + sorted(before.keys() - {*found})


def final(before: Mapping[str, str]) -> list[str]:
    """List the environments that no other takes releases from, sorted."""
    return sorted(before.keys() - {*before.values()})
