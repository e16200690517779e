"""`advisories update`: compile OSV records into the file that is asked offline."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.adapters.advisories.building import AdvisoryBuilder
from weighbridge.adapters.advisories.fetching import fetched, plain_address
from weighbridge.adapters.advisories.sources import SUFFIXES, records_in
from weighbridge.codec.osv import RecordError, read_record
from weighbridge.model.advisory import UnreadRecord
from weighbridge.model.errors import UsageError
from weighbridge.model.limits import DEFAULT_ADVISORY_LIMITS, AdvisoryLimits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weighbridge.model.advisory import AdvisoryData

_HEAD = 1 << 16
_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What came of compiling.

    Attributes:
        data: What is asked from now on; None if nothing could be read, and nothing changed.
        unread: How much could not be read.
        told: The first of it.
    """

    data: AdvisoryData | None
    unread: int
    told: tuple[UnreadRecord, ...]


def is_address(source: str) -> bool:
    """Tell whether a source is somewhere on the network."""
    return "://" in source


def holds_advisories(path: Path) -> bool:
    """Tell OSV records from other data an update may be given: an archive, a record."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    if head.startswith(b"PK"):
        return True
    return path.name.endswith(SUFFIXES) and b"modified" in head and b"affected" in head


def compile_advisories(
    sources: Sequence[str],
    *,
    start: Path,
    folder: Path,
    now: str,
    offline: bool = False,
    limits: AdvisoryLimits = DEFAULT_ADVISORY_LIMITS,
) -> Compiled:
    """Compile all records of the sources; what was compiled before is replaced.

    Args:
        sources: Folders, archives, records, addresses.
        start: The folder paths are relative to.
        folder: Where the compiled file lies.
        now: The time (RFC 3339, UTC).
        offline: Whether the network must not be used.
        limits: Budgets.

    Raises:
        UnreadableError: A source cannot be read at all.
        UsageError: It is on the network, and that must not be used.
        UnavailableError: It cannot be fetched.
        StorageError: The file cannot be written; the old one is as it was.
    """
    told: list[UnreadRecord] = []
    with AdvisoryBuilder(folder, limits=limits) as builder:
        for source in sources:
            with _opened(source, start, offline=offline, limits=limits) as (path, shown):
                builder.source(shown)
                for unread in _taken(builder, path, shown, limits):
                    builder.refuse(unread)
                    if len(told) < _TOLD:
                        told.append(unread)
        data = builder.finish(now=now) if builder.records else None
        return Compiled(data=data, unread=builder.unread, told=tuple(told))


@contextlib.contextmanager
def _opened(
    source: str, start: Path, *, offline: bool, limits: AdvisoryLimits
) -> Iterator[tuple[Path, str]]:
    """Find a source on disk, fetched if need be, and how messages name it."""
    if not is_address(source):
        yield start / source, source
        return
    shown = plain_address(source)
    if offline:
        help_ = ["leave --offline out, or download it and name the file"]
        raise UsageError(f"{shown} is on the network, which --offline forbids", help=help_)
    with fetched(source, limits=limits) as path:
        yield path, shown


def _taken(
    builder: AdvisoryBuilder, path: Path, shown: str, limits: AdvisoryLimits
) -> Iterator[UnreadRecord]:
    """Hand the records of a source to the builder, and yield what is none."""
    for found in records_in(path, shown, limits=limits):
        reason = found.reason
        if not reason:
            try:
                record = read_record(found.data, found.name, limits=limits)
            except RecordError as error:
                reason = str(error)
            else:
                reason = builder.add(record.advisory, record.data)
        if reason:
            yield UnreadRecord(source=shown, name=found.name, reason=reason)
