"""The attributes of an HDF5 file, and what they tell of the model: Keras keeps its recipe there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.hdf5_heaps import GlobalHeaps
from weighbridge.formats.hdf5_messages import VARIABLE, Attribute, count
from weighbridge.formats.keras_config import facts
from weighbridge.formats.text import decoded

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.interface import Request

_CONFIGS: Final = frozenset({"model_config", "training_config"})
_LONGEST_CONFIG: Final = 16 << 20
_MOST: Final = 100
"""Attributes of the root group whose texts are kept."""


class Attributes:
    """The attributes of all objects; the texts of the root group's are kept."""

    def __init__(self, file: Hdf5File) -> None:
        """Begin with none."""
        self._file = file
        self._heaps = GlobalHeaps(file)
        self._kept = 0

    def note(self, path: str, found: Attribute) -> Generator[Request, bytes, None]:
        """Note an attribute; whatever it keeps in a heap is reached by this."""
        if found.kind is None:
            return
        text = b""
        if found.kind.number == VARIABLE:
            text = yield from self._variable(found)
        elif found.kind.text and count(found.shape) == 1:
            text = found.data.take(found.kind.size)
        if path or not found.kind.text or count(found.shape) != 1:
            return
        name = decoded(found.name)
        text = text.rstrip(b"\0")
        if name in _CONFIGS:
            self._config(name, text)
        elif self._kept < _MOST:
            self._kept += 1
            kept = decoded(text[: self._file.limits.text])
            self._file.record.metadata.append((name[: self._file.limits.text], kept))

    def _variable(self, found: Attribute) -> Generator[Request, bytes, bytes]:
        """Reach every element of a variable length, and return the last."""
        text = b""
        for _ in range(count(found.shape)):
            found.data.take(4)
            collection, index = found.data.address(), found.data.number(4)
            if collection is not None and index:
                text = (yield from self._heaps.object(collection, index)).raw
        return text

    def _config(self, name: str, text: bytes) -> None:
        record = self._file.record
        record.metadata.append((name, f"{len(text)} bytes"))
        if len(text) > _LONGEST_CONFIG:
            record.unread(f"`{name}` of {len(text)} bytes is over the limit of {_LONGEST_CONFIG}")
            return
        found = facts(text, limit=self._file.limits.text)
        if found is None:
            record.unread(f"`{name}` is no JSON")
            return
        record.metadata.extend(fact for fact in found if fact not in record.metadata)
