"""The attributes of an HDF5 file, and what they tell of the model: Keras keeps its recipe there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats import pickle
from weighbridge.formats.drive import serve
from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_heaps import GlobalHeaps
from weighbridge.formats.hdf5_messages import VARIABLE, Attribute, Kind, count
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.keras_config import read_config
from weighbridge.formats.member import Stored, placed
from weighbridge.formats.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_fields import Fields
    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.interface import Request

_STOP: Final = b"."
_HEAD: Final = 4_096
_CONFIGS: Final = frozenset({"model_config", "training_config"})
_LONGEST_CONFIG: Final = 4 << 20
_MOST: Final = 100
"""Attributes of the root group whose texts are kept."""


class Attributes:
    """The attributes of all objects; the texts of the root group's are kept."""

    def __init__(self, file: Hdf5File) -> None:
        """Begin with none."""
        self._file = file
        self._heaps = GlobalHeaps(file)
        self._kept = 0
        self._read = 0

    def note(
        self, path: str, found: Attribute, seen: set[bytes]
    ) -> Generator[Request, bytes, None]:
        """Note an attribute; whatever it keeps in a heap is reached by this.

        Args:
            path: The object's path.
            found: The attribute.
            seen: Names of the object's attributes so far.

        Raises:
            FaultError: It has the name of another one, or its data are not there.
        """
        if found.name in seen:
            text = f"the attribute {shown(decoded(found.name))} of {shown(path)} stands twice"
            raise FaultError(text, found.data.start)
        seen.add(found.name)
        kind, elements = found.kind, count(found.shape)
        place = found.data.start + found.data.index, kind.size if kind else 0
        if kind is not None and kind.number == VARIABLE:
            place = yield from self._variable(found.data, elements)
        name = decoded(found.name)
        if kind is not None and kind.text and elements == 1:
            self._read += place[1]
            if self._read > self._file.record.size:
                raise FaultError("attributes have more text than the file has bytes", place[0])
            raw = (yield from self._file.peek(*place)).raw.rstrip(b"\0")
            if raw.endswith(_STOP) and pickle.sniff(raw[:_HEAD], b"", len(raw)):
                yield from self._pickled(f"{path}@{name}", place[0], len(raw))
            elif not path:
                self._text(name, raw, place[0])
        elif name in _CONFIGS and not path:
            self._file.record.unread(f"`{name}` is no single text whose type stands beside it")

    def reach(self, offset: int, elements: int, kind: Kind) -> Generator[Request, bytes, None]:
        """Reach what the elements of a dataset keep in heaps."""
        data = yield from self._file.peek(offset, elements * kind.size)
        yield from self._variable(data, elements)

    def _variable(self, data: Fields, elements: int) -> Generator[Request, bytes, tuple[int, int]]:
        """Reach every element of a variable length; return where the last is, and its size."""
        place = 0, 0
        for _ in range(elements):
            data.take(4)
            collection, index = data.address(), data.number(4)
            if collection is not None and index:
                place = yield from self._heaps.place(collection, index)
        return place

    def _pickled(self, name: str, offset: int, size: int) -> Generator[Request, bytes, None]:
        """Read a pickle that stands as a text, as PyTables keeps objects in attributes."""
        limits = self._file.limits
        if not limits.depth:
            raise BudgetExceededError("the pickle in an attribute is nested too deeply")
        inner = replace(limits, depth=limits.depth - 1)
        source = Stored(offset, size, limits=inner)
        structure = yield from serve(pickle.read(size, limits=inner), source)
        self._file.record.members.append(placed(structure, name))

    def _text(self, name: str, raw: bytes, offset: int) -> None:
        longest = self._file.limits.text
        if name in _CONFIGS:
            self._config(name, raw, offset)
        elif self._kept < _MOST:
            self._kept += 1
            self._file.record.metadata.append((name[:longest], decoded(raw[:longest])))

    def _config(self, name: str, text: bytes, offset: int) -> None:
        record = self._file.record
        record.metadata.append((name, f"{len(text)} bytes"))
        if len(text) > _LONGEST_CONFIG:
            record.unread(f"`{name}` of {len(text)} bytes is over the limit of {_LONGEST_CONFIG}")
            return
        found = read_config(text, limit=self._file.limits.text)
        if found is None:
            record.unread(f"`{name}` is no JSON")
            return
        record.metadata.extend(fact for fact in found.facts if fact not in record.metadata)
        found.note(record, offset)
