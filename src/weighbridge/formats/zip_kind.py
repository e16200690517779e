"""What an archive may be beyond a zip: one of torch's, a wheel, a Keras model and so on.

An archive's kind is told from the names of its members. It may read members in its own way, says
which bytes of no known format belong in it, and weighs the members against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from weighbridge.formats.zip_directory import STORED

NATIVE = frozenset({"elf", "mach-o", "pe"})
"""Formats of native code."""

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.formats.interface import Reader
    from weighbridge.formats.member import MemberDigest
    from weighbridge.formats.record import Record
    from weighbridge.formats.zip_directory import Entry
    from weighbridge.formats.zip_member import Extent
    from weighbridge.model.limits import Limits
    from weighbridge.model.structure import Structure, TensorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member that was read.

    Attributes:
        entry: What the directory says of it.
        extent: Where it lies.
        structure: What its reader found, if one read it.
        digest: The digest of its bytes that the kind wants, 64 hexadecimal digits, or empty.
    """

    entry: Entry
    extent: Extent
    structure: Structure | None
    digest: str = ""


def lifted(member: Member, name: str = "") -> Iterator[TensorInfo]:
    """Name the tensors of a member as the archive's own, where they lie in it.

    Args:
        member: A member.
        name: What a single tensor of it is called; otherwise they keep their names.
    """
    for tensor in member.structure.tensors if member.structure else ():
        there = tensor.offset >= 0 and member.entry.method == STORED
        # What is packed does not lie in the archive as it is.
        offset = member.extent.data + tensor.offset if there else -1
        yield replace(tensor, name=name or tensor.name, offset=offset)


class ZipKind(Protocol):
    """A kind of archive, made anew for each archive: it may keep what it reads.

    Attributes:
        digests: Which digest of each member it wants; empty for none.
    """

    digests: MemberDigest

    @property
    def format(self) -> str:
        """Name the format, once all members are read."""

    def reader(self, entry: Entry, *, limits: Limits) -> Reader | None:
        """Make a reader for a member it knows by name; the others are told by their content."""

    def text_reader(self, entry: Entry, *, limits: Limits) -> Reader | None:
        """Make a reader for a member that is text, if it says more than that to this kind."""

    def explains(self, name: str) -> bool:
        """Whether a member of no known format belongs there, as raw numbers do."""

    def conclude(self, record: Record, members: Mapping[str, Member]) -> None:
        """Weigh the members, by name, against each other, and note what they are as a whole."""


class Claim(Protocol):
    """Tells an archive of one kind by its members."""

    def __call__(self, names: Sequence[str]) -> ZipKind | None:
        """Return the kind, or None if the archive is of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipFamily:
    """A kind of archive, before one is read.

    Attributes:
        format: Name of the format.
        mark: What the name of one of its members holds: good enough for a guess.
        claim: Tells an archive of the kind by all names.
    """

    format: str
    mark: bytes
    claim: Claim
