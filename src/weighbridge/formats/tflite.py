"""TFLite: a flatbuffer `Model`, walked table by table, weights skipped.

Behind the flatbuffer may lie the buffers of a model over 2 GiB, and a zip archive with the files
its metadata name (labels, vocabularies): both are normal and both are accounted for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.formats.flatbuffers import FlatError, Walk
from weighbridge.formats.flatbuffers_extents import account, zeros
from weighbridge.formats.interface import BudgetExceededError, Need
from weighbridge.formats.member import placed
from weighbridge.formats.pages import Pages
from weighbridge.formats.record import Record
from weighbridge.formats.tflite_notes import Notes
from weighbridge.formats.tflite_schema import SCHEMA, UNIONS
from weighbridge.formats.zip_directory import end_record

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_IDENTIFIER: Final = b"TFL3"
_HEAD: Final = 8
_TAIL: Final = 4_096


class ReadArchive(Protocol):
    """Makes a reader for a zip archive with other bytes in front of it."""

    def __call__(self, size: int, *, limits: Limits, before: int) -> Reader:
        """Make it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TfliteFormat:
    """The TFLite family.

    Attributes:
        read_archive: Makes a reader for the archive behind a model.
    """

    read_archive: ReadArchive

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise the file identifier, and a root table that lies in the file."""
        root = int.from_bytes(head[:4], "little")
        named = head[4:_HEAD] == _IDENTIFIER
        return "tflite" if named and _HEAD <= root < size and not root % 4 else None

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Walk the model, weigh what it says, and account for what lies behind it."""
        record = Record(format="tflite", size=size)
        notes = Notes(record, limits)
        try:
            yield from self._read(record, notes, limits)
        except FlatError as error:
            record.corrupt(str(error), error.offset)
        except BudgetExceededError as error:
            record.unread(str(error))
        record.metadata[:0] = notes.facts
        return record.structure()

    def _read(
        self, record: Record, notes: Notes, limits: Limits
    ) -> Generator[Request, bytes, None]:
        pages = Pages(record.size, limits=limits)
        if (yield from pages.at(4, 4)) != _IDENTIFIER:
            record.corrupt("the file does not begin as a model", 4, "`TFL3`")
            return
        walk = Walk(pages, schema=SCHEMA, unions=UNIONS, visitor=notes, limits=limits)
        yield from walk.run("Model", identifier=True)
        for start, length in notes.conclude():
            walk.cover(start, length)
        last = max(walk.extents.values())
        reach = min(_TAIL, record.size - last, limits.window)
        tail = (yield Need(record.size - reach, reach)) if reach else b""
        if end_record(tail) < 0:
            yield from account(record, walk, pages, start=0, end=record.size)
            if record.size % 4:
                record.corrupt("the flatbuffer is cut off", record.size, "a multiple of 4 bytes")
            return
        before = last + (yield from zeros(pages, last, record.size))
        yield from account(record, walk, pages, start=0, end=before)
        yield from self._archive(record, before, limits)

    def _archive(
        self, record: Record, before: int, limits: Limits
    ) -> Generator[Request, bytes, None]:
        if not limits.depth:
            record.unread("the archive behind the model is nested too deeply")
            return
        inner = replace(limits, depth=limits.depth - 1)
        structure = yield from self.read_archive(record.size, limits=inner, before=before)
        record.metadata.append(("archive", f"{record.size - before} bytes behind the model"))
        record.members.append(placed(structure, f"(bytes {before} to {record.size})"))
        record.coverage += record.size - before
