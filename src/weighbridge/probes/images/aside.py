"""Files of a layer, kept until all their bytes came, and read then: in memory, or out of a file.

The file on disk has no name and is gone with the process. Who runs this is a process that may be
killed (`layer_child`): what it reads is hostile.
"""

from __future__ import annotations

import hashlib
import tempfile
from typing import IO, TYPE_CHECKING, Any, Final

from weighbridge.formats.image import start_up
from weighbridge.formats.image.forward import FORMATS as FORWARD
from weighbridge.formats.image.forward import Forward
from weighbridge.formats.image.interest import RPM
from weighbridge.formats.image.looked import NO_FORMAT, Looked
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.member import placed
from weighbridge.model.limits import DEFAULT_LIMITS, Limits
from weighbridge.model.structure import Structure
from weighbridge.probes.open_file import FileSource
from weighbridge.probes.reading.files import SNIFF
from weighbridge.probes.reading.in_memory import InMemory
from weighbridge.probes.reading.one_pass import OnePass

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.interface import Reader
    from weighbridge.model.image import InstalledPackage
    from weighbridge.model.limits import ImageLimits
    from weighbridge.model.ports import ByteSource

_SMALL: Final = 4 << 20
"""Bytes of a file up to which it is kept in memory."""
_LARGE: Final = 64 << 20
"""Bytes of a file from which on no list of Debian's names it: md5 is not taken."""


class Spool:
    """Keeps one file after the other."""

    def __init__(
        self,
        image: ImageLimits,
        *,
        limits: Limits = DEFAULT_LIMITS,
        begins: Callable[[str], object] = len,
        progress: Callable[[int], object] = abs,
    ) -> None:
        """Begin with none.

        Args:
            image: Budgets of the image.
            limits: Budgets of the format readers.
            begins: Is told of each file before it is read.
            progress: Is told how many bytes were read.
        """
        self._image = image
        self._limits = limits
        self._begins = begins
        self._progress = progress
        self._path = ""
        self._size = 0
        self._parts: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._trouble = ""
        self._forward: Forward | None = None
        self._begun = False
        self._digests: dict[str, Any] = {}

    def begin(self, path: str, size: int) -> None:
        """Begin with a file."""
        self._path, self._size = path, size
        self._parts, self._trouble, self._forward = [], "", None
        self._digests = {"sha256": hashlib.sha256()}
        if size <= _LARGE:
            self._digests["md5"] = hashlib.md5(usedforsecurity=False)
        self._begun = False

    def push(self, piece: bytes) -> None:
        """Take its next bytes."""
        for digest in self._digests.values():
            digest.update(piece)
        try:
            if not self._begun:
                self._begun = True
                self._choose(piece)
            if self._forward is not None:
                self._forward.push(piece)
                self._count(piece)
            elif self._file is not None:
                self._file.write(piece)
            elif not self._trouble:
                self._parts.append(piece)
        except OSError as error:
            self._give_up(error)

    def _choose(self, head: bytes) -> None:
        """Choose how a file is kept: not at all, in memory, or on disk."""
        if self._size <= _SMALL or self._path in RPM:
            return
        from weighbridge.formats import registry  # noqa: PLC0415 - many images hold no model

        name = registry.sniff(head, b"", self._size)
        if name in FORWARD:
            self._begins(self._path)
            reader = registry.reader(name, self._size, limits=self._limits)
            self._forward = Forward(reader, self._size, limits=self._limits)
        elif self._size > self._image.spooled:
            self._trouble = f"it has more than {self._image.spooled} bytes, and is in an image"
        else:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - is closed behind the last

    def looked(self) -> Looked:
        """Have it read as a model or text."""
        self._begins(self._path)
        try:
            structure = self._structure()
        finally:
            self._parts = []
            self._close()
        return Looked(
            size=self._size,
            digests={name: digest.hexdigest() for name, digest in self._digests.items()},
            structure=placed(structure, self._path),
        )

    def packages(self) -> tuple[InstalledPackage, ...] | str:
        """Have it read as a database of rpm; a text says why it cannot be."""
        from weighbridge.probes.images.rpm_database import RpmError, read_rpm  # noqa: PLC0415

        self._begins(self._path)
        data, self._parts = b"".join(self._parts), []
        try:
            return read_rpm(data)
        except RpmError as error:
            return f"{self._path} is no database of rpm that can be read: {error}"

    def _structure(self) -> Structure:
        if self._trouble:
            return _unread(self._trouble, self._size)
        if self._forward is not None:
            return self._forward.finish()
        if self._file is None:
            return self._read(InMemory(b"".join(self._parts)))
        try:
            self._file.seek(0)
            return self._read(FileSource(self._file.fileno()))
        except OSError as error:
            return _unread(str(error.strerror or error), self._size)

    def _read(self, source: ByteSource) -> Structure:
        head = source.read_at(0, SNIFF)
        tail = source.read_at(max(0, source.size - SNIFF), SNIFF)
        from weighbridge.formats import registry  # noqa: PLC0415 - many images hold no model

        name = registry.sniff(head, tail, source.size) or ""
        reader = self._reader(name, source.size)
        if reader is None:
            return _unread(NO_FORMAT, source.size)
        one_pass = OnePass(source, limits=self._limits, taps=(self._count,))
        try:
            going = one_pass.understand(reader)
            while True:
                next(going)
        except StopIteration as done:
            structure: Structure = done.value
            return structure
        except (BudgetExceededError, MemoryError) as error:
            reason = str(error) or "its reader needs more memory than it may have"
            return _unread(reason, source.size, name)

    def _reader(self, name: str, size: int) -> Reader | None:
        if name in {"", "text"} and start_up.is_hook(self._path):
            return start_up.read(self._path, size, limits=self._limits)
        from weighbridge.formats import registry  # noqa: PLC0415 - as above

        return registry.reader(name, size, limits=self._limits) if name else None

    def _count(self, chunk: bytes) -> None:
        self._progress(len(chunk))

    def _give_up(self, error: OSError) -> None:
        self._close()
        self._trouble = f"it could not be put aside: {error.strerror or error}"

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _unread(reason: str, size: int, name: str = "unknown") -> Structure:
    return Structure(format=name, status="incomplete", reason=reason, size=size)
