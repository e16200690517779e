"""The record of the build that made a release, where one is kept beside the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.adapters.build_records import BuildRecords, read_kept
from weighbridge.codec.build_record import BuildRecordError, read_build_record
from weighbridge.model.fact import ObservedFile, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.fact import Facts

_OURS = "a record of a build is not what was written"


def find_build(facts: Facts, home: Path) -> BuildRecord | Unavailable | None:
    """Find the newest record of a build that made a file of the release, byte for byte.

    A damaged record may have been the one: what is found behind it does not count.

    Args:
        facts: What was observed of the release.
        home: The registry's folder.
    """
    wanted = frozenset(_digests(facts))
    for path in BuildRecords(home).newest():
        where = f"remove it, or run `weighbridge build` again: {path}"
        try:
            data = read_kept(path)
            if data is None:
                return Unavailable(_OURS, where)
            # Most records are of other releases: looked through before they are read.
            if not any(digest[7:].encode() in data for digest in wanted):
                continue
            record = read_build_record(data)
        except (OSError, BuildRecordError) as error:
            return Unavailable(f"a record of a build cannot be read: {error}", where)
        if any(one.digest in wanted for one in record.outputs):
            return record
    return None


def last_build(folder: Path, home: Path) -> BuildRecord | Unavailable | None:
    """Read the newest record that was made for a folder; None if there is none.

    Args:
        folder: The folder.
        home: The registry's folder.
    """
    path = BuildRecords(home).last(folder)
    if path is None:
        return None
    try:
        data = read_kept(path)
        return Unavailable(_OURS, f"remove {path}") if data is None else read_build_record(data)
    except (OSError, BuildRecordError) as error:
        return Unavailable(f"the record of the build cannot be read: {error}", f"remove {path}")


def _digests(facts: Facts) -> Iterator[str]:
    """List the digests of the release's files, as they are and as they are declared."""
    yield from (one.digest for one in facts.files.values() if isinstance(one, ObservedFile))
    if facts.release is not None:
        for _, artifact in facts.release.spec.files():
            if artifact.digest is not None and artifact.digest.startswith("sha256:"):
                yield artifact.digest
