"""What lies in a container: each member is read as the file it is, within one budget for all.

Zip, tar, 7z and single compressed streams have their layouts; what becomes of a member is the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.formats.interface import Need
from weighbridge.formats.listening import listening
from weighbridge.formats.member import Budget, Stored, placed, read_member
from weighbridge.formats.pickle_embedded import tells
from weighbridge.formats.record import ATTACK, HIDDEN
from weighbridge.model.structure import PLAIN, Structure

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.member import MemberSource
    from weighbridge.formats.record import Record
    from weighbridge.model.limits import Limits

_HEAD: Final = 4_096
_INFLATED: Final = "inflated-bytes"
_BY_CHANCE: Final = frozenset({"json"})


class Sniff(Protocol):
    """Names the format of some bytes."""

    def __call__(self, head: bytes, tail: bytes, size: int) -> str | None:
        """Name it, or return None."""


class MakeReader(Protocol):
    """Makes a reader for a named format."""

    def __call__(self, name: str, size: int, *, limits: Limits) -> Reader:
        """Make it."""


class Contents:
    """The members of one container while they are being read.

    Attributes:
        budget: What they may still inflate to.
    """

    def __init__(
        self, record: Record, limits: Limits, *, sniff: Sniff, make_reader: MakeReader
    ) -> None:
        """Begin with nothing read."""
        self.budget = Budget(limits.inflated)
        self._record = record
        self._limits = limits
        self._sniff = sniff
        self._make_reader = make_reader

    def inner_limits(self) -> Limits:
        """Return the limits of a member: one container deeper, with what is left to inflate."""
        limits = self._limits
        depth, inflated = max(0, limits.depth - 1), max(0, self.budget.left)
        return replace(limits, depth=depth, inflated=inflated)

    def reader(
        self, source: MemberSource, size: int, *, tail: bool, text: Reader | None = None
    ) -> Generator[Request, bytes, Reader | None]:
        """Make a reader for a member by its content; None if it is of no known format.

        Args:
            source: The member's bytes.
            size: How many there are.
            tail: Whether its end may be looked at first: it lies in the container as it is.
            text: What reads it if it is text, or nothing that is known.
        """
        reach = min(_HEAD, size, self._limits.window)
        head = yield from source.answer(Need(0, reach))
        end = (yield from source.answer(Need(size - reach, reach))) if tail else b""
        found = self._sniff(head, end, size)
        if text is not None and (found is None or found in PLAIN):
            return listening(text, size)
        if found is None:
            return None
        if not self._limits.depth:
            return _too_deep(found, size)
        return self._make_reader(found, size, limits=self.inner_limits())

    def keep(
        self, structure: Structure | None, name: str, size: int, *, belongs: bool = False
    ) -> bool:
        """Keep what was found in a member; whether all its bytes are accounted for.

        Plain text of which there is nothing to say is not kept: archives are full of it.

        Args:
            structure: What its reader found, if there was one.
            name: Its name in the container.
            size: Its bytes.
            belongs: Whether bytes of no known format belong there, as raw numbers do.
        """
        if structure is not None and belongs and _is_chance(structure):
            structure = None
        if structure is not None:
            if not _is_plain(structure):
                self.nest(structure, name)
            return structure.status == "complete"
        if not size or belongs:
            return True
        reason = "its format is not known"
        unknown = Structure(format="unknown", status="incomplete", reason=reason, size=size)
        self._record.members.append(placed(unknown, name))
        return False

    def nest(self, structure: Structure, name: str) -> None:
        """Note a structure as a member's, and what was inflated for it."""
        self._record.members.append(placed(structure, name))
        for key, value in structure.metadata:
            if key == _INFLATED:
                self.budget.spend(int(value))

    def hidden(self, start: int, end: int) -> Generator[Request, bytes, None]:
        """Read bytes that lie where none should be, if they are of a known format."""
        source = Stored(start, end - start, limits=self._limits)
        reach = min(_HEAD, end - start, self._limits.window)
        head = yield from source.answer(Need(0, reach))
        found = self._sniff(head, b"", end - start)
        if found is None or not self._limits.depth:
            return
        text = f"{end - start} bytes outside the members are {found}"
        self._record.problem(HIDDEN, text, start)
        reader = self._make_reader(found, end - start, limits=self.inner_limits())
        structure, _ = yield from read_member(source, reader)
        if structure is not None:
            self.nest(structure, f"(bytes {start} to {end})")

    def conclude(self) -> None:
        """Note what was inflated, and whether it was too much."""
        limit = self._limits.inflated
        if self.budget.left < 0:
            self._record.problem(ATTACK, f"the members inflate to more than {limit} bytes", 0)
        self._record.metadata.append((_INFLATED, str(limit - max(0, self.budget.left))))


def _too_deep(found: str, size: int) -> Reader:
    yield from ()
    return Structure(format=found, status="incomplete", reason="it is nested too deeply", size=size)


def _is_plain(structure: Structure) -> bool:
    plain = structure.format in PLAIN and structure.status == "complete"
    said = (structure.problems, structure.code, structure.secrets, structure.references)
    return plain and not any(said) and not structure.metadata


def _is_chance(structure: Structure) -> bool:
    """Whether numbers only happen to begin like something: nothing a loader would finish."""
    if structure.format == "pickle":
        return not tells(structure)
    return structure.format == "unknown" or (
        structure.format in _BY_CHANCE and structure.status == "error"
    )
