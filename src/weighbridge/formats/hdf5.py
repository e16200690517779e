"""HDF5, superblocks 0 to 3: every object reached by a link, and what lies between them.

https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html. The structure is read first,
wherever it lies; then the elements of contiguous datasets are digested, and bytes that belong to
nothing are looked at. HDF5 leaves such free space where something grew or was deleted; it is
accounted for once it was seen to be of no other format.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_attributes import Attributes
from weighbridge.formats.hdf5_file import Hdf5File
from weighbridge.formats.hdf5_objects import Objects
from weighbridge.formats.hdf5_superblock import NEWEST, SIGNATURE, places, read_superblock
from weighbridge.formats.interface import BudgetExceededError, Stream
from weighbridge.formats.record import CORRUPT, HIDDEN, Record
from weighbridge.formats.tensor_digests import digest_tensors

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.contents import Sniff
    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_HEAD: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Hdf5Format:
    """The HDF5 family.

    Attributes:
        sniff_other: Names the format of bytes that belong to nothing.
    """

    sniff_other: Sniff

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG002
        """Recognise the signature and a known version, behind a user block too."""
        for place in places(min(size, len(head)) - len(SIGNATURE)):
            after = place + len(SIGNATURE)
            if head[place:after] == SIGNATURE and head[after : after + 1] <= bytes([NEWEST]):
                return "hdf5"
        return None

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Read all objects, digest contiguous elements and look at what is left."""
        record = Record(format="hdf5", size=size)
        file = Hdf5File(record, limits)
        try:
            yield from _structure(file)
            gaps = file.gaps()
            record.coverage = file.claimed
            if not any(problem.code == CORRUPT for problem in record.problems):
                yield from digest_tensors(record)  # most bytes are theirs, and come first
                yield from self._rest(file, gaps)
        except FaultError as fault:
            record.corrupt(str(fault), fault.offset, fault.wanted)
        except BudgetExceededError as error:
            record.unread(str(error))
        record.coverage = max(record.coverage, file.claimed)
        return record.structure()

    def _rest(self, file: Hdf5File, gaps: list[tuple[int, int]]) -> Generator[Request, bytes, None]:
        """Look at what belongs to nothing: before the superblock, behind the end, and between."""
        free = used = 0
        base, end = file.widths.base, file.end
        for gap in gaps:
            for start, stop in pairwise(sorted({*gap, *(n for n in (base, end) if _in(n, gap))})):
                seen = yield from _look(start, stop)
                if stop <= base:
                    file.record.metadata.append(("user-block", f"{stop - start} bytes"))
                if start >= end:
                    text = f"{stop - start} bytes follow the end of the file"
                    file.record.corrupt(text, start, f"the end at {end}, as the superblock says")
                elif self._is_free(file.record, seen, start, stop, before=stop <= base):
                    file.record.coverage += stop - start
                    free += (stop - start) * (start >= base)
                    used += (stop - start) * (start >= base and any(seen))
        if free:
            text = f"{free} bytes, {used} of them in stretches that are not all zero"
            file.record.metadata.append(("free-space", text))

    def _is_free(
        self, record: Record, seen: tuple[bytes, bytes], start: int, stop: int, *, before: bool
    ) -> bool:
        """Whether bytes that belong to nothing are nothing one should know of."""
        size = stop - start
        for head in seen:
            found = self.sniff_other(head, b"", size) if head else None
            if found is not None:
                text = f"{size} bytes that belong to nothing are {found}"
                record.problem(HIDDEN, text, start, "free space")
                record.unread("bytes that belong to nothing are of another format")
                return False
        if before and any(seen):
            record.unread(f"the {size} bytes before the superblock are of no known format")
            return False
        return True


def _structure(file: Hdf5File) -> Generator[Request, bytes, None]:
    """Read the superblock and all objects, and see that the file is as long as it is said to be."""
    yield from file.begin()
    extension = yield from read_superblock(file)
    objects = Objects(file, Attributes(file))
    if extension is not None:
        yield from objects.extension(extension)
    yield from objects.read()
    yield from file.peek(file.record.size - 1, 1)


def _in(place: int, gap: tuple[int, int]) -> bool:
    return gap[0] < place < gap[1]


def _look(start: int, stop: int) -> Generator[Request, bytes, tuple[bytes, bytes]]:
    """Return how a stretch begins, and how it goes on at its first byte that is no zero.

    Both are empty if it is all zeros.
    """
    request, left = Stream(start, stop - start), stop - start
    head, body = b"", b""
    while left and (piece := (yield request)):
        left -= len(piece)
        head += piece[: _HEAD - len(head)]
        body += (piece if body else piece.lstrip(b"\0"))[: _HEAD - len(body)]
    return (head, body) if body else (b"", b"")
