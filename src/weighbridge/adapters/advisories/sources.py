"""Where OSV records come from: a folder of them, an archive, or one file.

Nothing is unpacked: names in an archive lead nowhere. Files that are not JSON or YAML, and hidden
ones (`.github`), are no records; whatever else cannot be read is told, and not passed over.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnreadableError
from weighbridge.model.limits import DEFAULT_ADVISORY_LIMITS, AdvisoryLimits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIXES = (".json", ".yaml", ".yml")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """Something that should be a record.

    Attributes:
        name: Its file, below the folder or in the archive.
        data: Its bytes; empty if they could not be had.
        reason: Why not.
    """

    name: str
    data: bytes = b""
    reason: str = ""


def records_in(
    path: Path, shown: str, *, limits: AdvisoryLimits = DEFAULT_ADVISORY_LIMITS
) -> Iterator[FoundRecord]:
    """Read the files of a source in the order of their names.

    Args:
        path: A folder, a zip archive, or a file.
        shown: How messages name it.
        limits: Budgets.

    Raises:
        UnreadableError: It is none of these, or over a budget.
    """
    try:
        mode = path.stat().st_mode
        found = (
            _folder(path, limits)
            if stat.S_ISDIR(mode)
            else _archive(path, limits)
            if zipfile.is_zipfile(path)
            else iter([_file(path, path.name, limits)])
        )
        yield from _within(found, shown, limits)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{shown} cannot be read: {reason}") from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UnreadableError(f"{shown} is no archive that can be read: {error}") from error


def _within(
    found: Iterator[FoundRecord], shown: str, limits: AdvisoryLimits
) -> Iterator[FoundRecord]:
    unfolded = 0
    for count, one in enumerate(found, 1):
        unfolded += len(one.data)
        if count > limits.records or unfolded > limits.unfolded:
            wanted = f"at most {limits.records:,} records of {limits.unfolded >> 30} GiB together"
            raise UnreadableError(f"{shown} holds too much", wanted=wanted)
        yield one


def _folder(root: Path, limits: AdvisoryLimits) -> Iterator[FoundRecord]:
    pending = [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        for entry in listed:
            name = os.path.relpath(entry.path, root)
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                if entry.name.endswith(SUFFIXES):
                    yield FoundRecord(name=name, reason="is a link, and links are not followed")
            elif entry.is_dir():
                pending.append(root / name)
            elif entry.name.endswith(SUFFIXES):
                yield _file(root / name, name, limits)


def _file(path: Path, name: str, limits: AdvisoryLimits) -> FoundRecord:
    if not path.is_file():
        return FoundRecord(name=name, reason="is not a regular file")
    try:
        with path.open("rb") as opened:
            data = opened.read(limits.record + 1)
    except OSError as error:
        return FoundRecord(name=name, reason=(error.strerror or str(error)).lower())
    return FoundRecord(name=name, data=data)


def _archive(path: Path, limits: AdvisoryLimits) -> Iterator[FoundRecord]:
    if path.stat().st_size > limits.archive:
        raise ValueError(f"it is larger than {limits.archive >> 30} GiB")
    with zipfile.ZipFile(path) as opened:
        members = opened.infolist()
        if len(members) > limits.records:
            raise ValueError(f"it has {len(members):,} members")
        for member in sorted(members, key=lambda one: one.filename):
            hidden = any(
                part.startswith(".") and part != ".." for part in member.filename.split("/")
            )
            if member.filename.endswith(SUFFIXES) and not hidden:
                yield _member(opened, member, limits)


def _member(
    opened: zipfile.ZipFile, member: zipfile.ZipInfo, limits: AdvisoryLimits
) -> FoundRecord:
    name = member.filename
    reason = _refusal(member, limits)
    if reason:
        return FoundRecord(name=name, reason=reason)
    most = min(limits.record, member.compress_size * limits.ratio + limits.slack)
    try:
        with opened.open(member) as inside:
            data = inside.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        return FoundRecord(name=name, reason=f"is damaged: {error}")
    if len(data) > most:
        return FoundRecord(name=name, reason=f"unfolds to more than {most:,} bytes")
    return FoundRecord(name=name, data=data)


def _refusal(member: zipfile.ZipInfo, limits: AdvisoryLimits) -> str:
    """Say why a member is not even opened, or nothing."""
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if member.compress_type not in _METHODS:
        return "is compressed in a way that is not read"
    if member.filename.startswith("/") or ".." in member.filename.split("/"):
        return "its name leads out of the archive"
    if member.file_size > limits.record:
        return f"is larger than {limits.record >> 20} MiB"
    return ""
