"""What `registry gc` removed, in words and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.wording import human_size, plural
from weighbridge.report.json import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.ports import Held
    from weighbridge.model.verification import Collected


def render_collected(found: Collected, *, grace: str, dry_run: bool) -> str:
    """Write what was removed."""
    return "\n".join(_lines(found, grace, "would remove" if dry_run else "removed")) + "\n"


def collected_json(found: Collected, *, dry_run: bool) -> dict[str, object]:
    """Turn what was removed into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "dryRun": dry_run,
        "kept": found.kept,
        "young": found.young,
        "removed": [{"digest": held.name, "size": held.size} for held in found.removed],
        "leftovers": [{"name": held.name, "size": held.size} for held in found.leftovers],
        "youngLeftovers": found.young_leftovers,
        "bytes": _size((*found.removed, *found.leftovers)),
    }


def _lines(found: Collected, grace: str, removed: str) -> Iterator[str]:
    for held in found.removed:
        yield f"{removed} {held.name}  {human_size(held.size)}"
    blobs, files = plural(len(found.removed), "blob"), plural(len(found.leftovers), "file")
    size = human_size(_size((*found.removed, *found.leftovers)))
    yield f"{removed}: {blobs} and {files} of killed runs, {size}"
    yield f"kept: {plural(found.kept, 'blob')} something refers to"
    if young := found.young + found.young_leftovers:
        yield f"left alone: {plural(young, 'other')} put within the last {grace}"


def _size(held: Iterable[Held]) -> int:
    return sum(one.size for one in held)
