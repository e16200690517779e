"""NPZ: a zip archive in which every member is an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import shown
from weighbridge.formats.zip_kind import ZipFamily, lifted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.formats.member import MemberDigest
    from weighbridge.formats.record import Record
    from weighbridge.formats.zip_directory import Entry
    from weighbridge.formats.zip_kind import Member
    from weighbridge.model.limits import Limits

_SUFFIX: Final = ".npy"


def claim(names: Sequence[str]) -> Npz | None:
    """Tell such an archive by its members' names: all are arrays."""
    return Npz() if names and all(name.endswith(_SUFFIX) for name in names) else None


class Npz:
    """One archive of arrays."""

    format = "npz"
    digests: MemberDigest = ""

    def reader(self, entry: Entry, *, limits: Limits) -> None:
        """Leave every member to its content."""

    def text_reader(self, entry: Entry, *, limits: Limits) -> None:
        """Leave texts to their content."""

    def explains(self, name: str) -> bool:  # noqa: ARG002 - the protocol's
        """Explain nothing: every member is an array."""
        return False

    def conclude(self, record: Record, members: Mapping[str, Member]) -> None:
        """Name the arrays as `numpy.load` does, and note members that are none."""
        for name, member in members.items():
            if member.structure is None or member.structure.format != "npy":
                record.corrupt(f"member {shown(name)} is no array", member.entry.offset)
            record.tensors.extend(lifted(member, name.removesuffix(_SUFFIX)))


FAMILY: Final = ZipFamily(format=Npz.format, mark=_SUFFIX.encode(), claim=claim)
