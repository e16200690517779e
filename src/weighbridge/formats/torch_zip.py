"""Zip archives, and among them torch's: every member is read as the file it is.

A torch archive has `PREFIX/data.pkl`, `PREFIX/version` and one member a storage below
`PREFIX/data/` (torch/csrc/jit/serialization). The storages are raw numbers, known by their size;
a pickle behind such a name is found by its opcodes all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record
from weighbridge.formats.zip_archive import DATA_MEMBER, Archive, MakeReader, Sniff
from weighbridge.formats.zip_directory import end_record
from weighbridge.formats.zip_member import LOCAL_SIGNATURE

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipFormat:
    """The zip family.

    Attributes:
        sniff_member: Names the format of a member.
        read_member: Makes a reader for it.
    """

    sniff_member: Sniff
    read_member: MakeReader

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise the first local header, or the end record, which may follow other bytes."""
        if not head.startswith(LOCAL_SIGNATURE) and end_record(tail) < 0:
            return None
        return "torch-zip" if DATA_MEMBER.encode() in head + tail else "zip"

    def read(self, size: int, *, limits: Limits, before: int = 0) -> Reader:
        """Weigh the directory against the members and read each of them.

        Args:
            size: Bytes of the file.
            limits: Budgets of the reading.
            before: Bytes in front of the archive that its holder has accounted for.
        """
        record = Record(format="zip", size=size)
        archive = Archive(
            record,
            limits,
            sniff=self.sniff_member,
            make_reader=self.read_member,
            before=before,
        )
        try:
            yield from archive.read()
        except BudgetExceededError as error:
            record.unread(str(error))
        return archive.conclude()
