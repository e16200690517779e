"""Zip archives, and what they may be beyond that: every member is read as the file it is.

The directory is held against the local headers, every member against its CRC, and every byte
between them is accounted for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats import keras_zip, npz, skops_zip, torch_zip, wheel
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record
from weighbridge.formats.zip_archive import Archive
from weighbridge.formats.zip_directory import end_record
from weighbridge.formats.zip_member import LOCAL_SIGNATURE

if TYPE_CHECKING:
    from weighbridge.formats.contents import MakeReader, Sniff
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

KINDS: Final = (
    wheel.FAMILY,
    torch_zip.FAMILY,
    keras_zip.FAMILY,
    skops_zip.FAMILY,
    npz.FAMILY,
)
"""The kinds of archive; the first that claims one has it."""


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
        """Recognise the first local header, or the end record, which may follow other bytes.

        The kind is a guess by the names at both ends; whoever reads the archive knows it.
        """
        if not head.startswith(LOCAL_SIGNATURE) and end_record(tail) < 0:
            return None
        return next((kind.format for kind in KINDS if kind.mark in head + tail), "zip")

    def read(self, size: int, *, limits: Limits, before: int = 0) -> Reader:
        """Weigh the directory against the members and read each of them.

        Args:
            size: Bytes of the file.
            limits: Budgets of the reading.
            before: Bytes in front of the archive that its holder has accounted for.
        """
        archive = Archive(
            Record(format="zip", size=size),
            limits,
            kinds=[kind.claim for kind in KINDS],
            sniff=self.sniff_member,
            make_reader=self.read_member,
            before=before,
        )
        try:
            yield from archive.read()
        except BudgetExceededError as error:
            archive.record.unread(str(error))
        return archive.conclude()
