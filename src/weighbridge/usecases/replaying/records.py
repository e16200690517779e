"""Which record of a build a replay goes by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.build_records import BuildRecords, read_kept
from weighbridge.codec.build_record import BuildRecordError, read_build_record, record_of
from weighbridge.model.errors import OwnerlessError, UnavailableError, UnreadableError
from weighbridge.model.fact import Unavailable
from weighbridge.model.predicates import PROVENANCE
from weighbridge.usecases.believed import believe
from weighbridge.usecases.built import last_build
from weighbridge.usecases.hearing import Hearing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.references import Named

_HELP = ("weighbridge build --output FILE -- COMMAND", "then weighbridge replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A record, and where it was found.

    Attributes:
        record: The record.
        where: What it is, in words.
    """

    record: BuildRecord
    where: str


def record_in(file: Path) -> Recorded:
    """Read a record from a file.

    Raises:
        UnreadableError: It cannot be read, or is none.
    """
    try:
        return Recorded(record=read_build_record(file.read_bytes()), where=file.name)
    except (OSError, BuildRecordError) as error:
        help_ = ["name what `weighbridge build --record FILE` wrote"]
        raise UnreadableError(f"{file} is no record of a build: {error}", help=help_) from error


def record_here(folder: Path, home: Path) -> Recorded:
    """Find the last build recorded for a folder.

    Raises:
        UnavailableError: None is, or it cannot be read.
    """
    found = last_build(folder, home)
    if found is None:
        raise UnavailableError("no build is recorded in this folder", help=_HELP)
    if isinstance(found, Unavailable):
        raise UnavailableError(found.reason, help=[found.hint] if found.hint else [])
    return Recorded(record=found, where="the last build in this folder")


def record_for(named: Named, *, registry: Registry, home: Path) -> Recorded:
    """Find the record of the build that made a sealed release.

    What was signed comes before what merely lies beside the registry.

    Args:
        named: The release.
        registry: The registry.
        home: Its folder, which records of builds are kept in.

    Raises:
        UnavailableError: There is none.
    """
    release, digests = str(named.digest), digests_of(named)
    signed = list(_signed(release, registry)) if registry.log_key else []
    fitting = [one for one in signed if _made_of(one, digests)]
    if fitting:
        return Recorded(record=fitting[-1], where="signed provenance of the release")
    for path in BuildRecords(home).newest():
        record = _kept(path)
        if record is not None and _made_of(record, digests):
            return Recorded(record=record, where="a build recorded beside the registry")
    raise UnavailableError(
        "no build that made a file of this release is recorded",
        wanted="signed provenance of the release, or a record beside the registry",
        help=["weighbridge build --output FILE -- COMMAND", "then seal what it made"],
    )


def digests_of(named: Named) -> frozenset[str]:
    """List the digests that stand in a sealed manifest."""
    found: set[str] = set()
    left: list[Any] = [json.loads(named.document.text)]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and one.startswith("sha256:"):
            found.add(one)
    return frozenset(found)


def _made_of(record: BuildRecord, digests: frozenset[str]) -> bool:
    return any(one.digest in digests for one in record.outputs)


def _kept(path: Path) -> BuildRecord | None:
    try:
        data = read_kept(path)
        return None if data is None else read_build_record(data)
    except (OSError, BuildRecordError):
        return None


def _signed(release: str, registry: Registry) -> Iterator[BuildRecord]:
    """Read the records among the evidence whose signatures count, oldest first."""
    with registry.reading() as view:
        try:
            heard = Hearing(believe(view, log_key=registry.log_key), registry.blobs)
        except OwnerlessError:
            return
        for one in heard.evidence(release):
            if one.predicate_type == PROVENANCE:
                try:
                    yield record_of(dict(one.predicate))
                except BuildRecordError:
                    continue  # somebody else's: what it says, a replay cannot follow
