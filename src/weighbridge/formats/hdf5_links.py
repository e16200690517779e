"""The links of an HDF5 group: to objects of the file, to paths, and out of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_heaps import local_heap, name_at
from weighbridge.formats.hdf5_messages import Link
from weighbridge.formats.hdf5_trees import GROUP, walk_old
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.onnx import escapes
from weighbridge.formats.record import OUTSIDE
from weighbridge.formats.text import decoded, shown
from weighbridge.model.structure import FileReference

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_fields import Fields
    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.interface import Request

HARD: Final = 0
SOFT: Final = 1
EXTERNAL: Final = 64
_CACHED_SOFT: Final = 2
_SCRATCH: Final = 16
_LARGEST: Final = (1 << 63) - 1


class Group:
    """A group whose links are being noted."""

    def __init__(self, file: Hdf5File, path: str) -> None:
        """Begin with none."""
        self._file = file
        self._path = path
        self._names: set[bytes] = set()

    def add(self, found: Link, offset: int) -> None:
        """Note a link; what a hard one leads to will be read.

        Raises:
            FaultError: Its name is that of another, or none.
        """
        name = decoded(found.name)
        path = f"{self._path}/{name}" if self._path else name
        if not found.name or found.name in self._names:
            raise FaultError(f"the link {shown(path)} stands twice, or has no name", offset)
        self._names.add(found.name)
        if found.kind == HARD:
            self._file.add_object(found.target, path)
        elif found.kind == SOFT:
            self._note("soft-link", f"{path} -> {decoded(found.value)}")
        elif found.kind == EXTERNAL:
            parts = found.value[1:].split(b"\0")
            self.outside(f"link {shown(path)}", decoded(parts[0]), offset)
        else:
            self._note("user-defined-link", f"{path}: {found.kind}")
            self._file.record.unread(f"links of the kind {found.kind} are not known")

    def outside(self, what: str, name: str, offset: int, *, size: int = 0) -> None:
        """Note a file outside this one that something refers to."""
        record = self._file.record
        self._note("external-file", name)
        text = f"{what} of {shown(self._path or '/')} leads into the file {shown(name)}"
        record.problem(OUTSIDE, text, offset, "everything in this file")
        if not escapes(name):
            record.references.append(FileReference(path=name, size=min(size, _LARGEST)))

    def _note(self, key: str, value: str) -> None:
        facts = self._file.record.metadata
        facts.append((key, value[: self._file.limits.text]))
        if len(facts) > self._file.limits.entries:
            raise BudgetExceededError(f"more than {self._file.limits.entries} facts")

    # Tables of symbols --------------------------------------------------------------------------

    def read_symbols(self, tree: int, heap: int) -> Generator[Request, bytes, None]:
        """Read the links of an old group."""
        names = yield from local_heap(self._file, heap)
        key = self._file.widths.length
        for _, leaf in (yield from walk_old(self._file, tree, GROUP, key)):
            yield from self._leaf(leaf, names)

    def _leaf(self, offset: int, names: Fields) -> Generator[Request, bytes, None]:
        file = self._file
        most = 2 * file.leaf_k
        entry = 2 * file.widths.offset + 8 + _SCRATCH
        fields = yield from file.block(offset, 8 + most * entry, b"SNOD")
        version, used = fields.number(1), (fields.take(1), fields.number(2))[1]
        if version != 1 or used > most:
            text = f"a table of symbols has the version {version} and {used} entries"
            raise FaultError(text, offset, f"1, and at most {most}")
        for _ in range(used):
            name = name_at(names, fields.number(file.widths.offset))
            target, kind = fields.address(), fields.number(4)
            fields.take(4)
            scratch = fields.take(_SCRATCH)
            if kind == _CACHED_SOFT:
                value = name_at(names, int.from_bytes(scratch[:4], "little"))
                self.add(Link(name=name, kind=SOFT, value=value), offset)
            else:
                self.add(Link(name=name, kind=HARD, target=target), offset)
