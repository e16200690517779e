"""Files of a layer that are looked into: who keeps their bytes, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.image import InstalledPackage
    from weighbridge.model.structure import Structure


NO_FORMAT: Final = "its format is not known"
"""Why a file that was looked into was not read, if nothing else stood in the way."""


@dataclass(slots=True, kw_only=True)
class Looked:
    """What came of looking into a file.

    Attributes:
        size: Its bytes.
        digests: Hexadecimal digests of its bytes, by algorithm: sha256, and md5 of smaller ones.
        structure: What its reader found.
        listed_by: Path of the list of a package that has its digest, or empty.
    """

    size: int
    structure: Structure
    digests: Mapping[str, str] = field(default_factory=dict)
    listed_by: str = ""


class Aside(Protocol):
    """Keeps the bytes of a member until all are there, and has them read."""

    def begin(self, path: str, size: int) -> None:
        """Begin with a file."""

    def push(self, piece: bytes) -> None:
        """Take its next bytes."""

    def looked(self) -> Looked:
        """Have it read as a model or text."""

    def packages(self) -> tuple[InstalledPackage, ...] | str:
        """Have it read as a database of rpm; a text says why it cannot be."""
