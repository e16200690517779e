"""Keras models since version 3: a configuration, what wrote it, and the weights as HDF5.

What the configuration says of code is noted: layers that are Python, classes from elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats import json_format
from weighbridge.formats.cursor import fetch
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.json_kind import TopLevel
from weighbridge.formats.keras_config import read_config
from weighbridge.formats.record import Record
from weighbridge.formats.text import mended
from weighbridge.formats.zip_kind import ZipFamily, lifted
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.formats.interface import Reader
    from weighbridge.formats.member import MemberDigest
    from weighbridge.formats.zip_directory import Entry
    from weighbridge.formats.zip_kind import Member
    from weighbridge.model.limits import Limits

_CONFIG: Final = "config.json"
_METADATA: Final = "metadata.json"
_WEIGHTS: Final = "model.weights."
_ASSETS: Final = "assets/"
_LARGEST: Final = 8 << 20
"""Bytes of a configuration, which is parsed as a whole."""


def claim(names: Sequence[str]) -> KerasZip | None:
    """Guess such an archive by its configuration, which alone makes a model when it is loaded."""
    if _CONFIG not in names:
        return None
    has_weights = any(name.startswith(_WEIGHTS) for name in names)
    return KerasZip(sure=has_weights and _METADATA in names)


class KerasZip:
    """One model."""

    digests: MemberDigest = ""

    def __init__(self, *, sure: bool = True) -> None:
        """Begin with nothing read; other archives have a `config.json`, too, if one is not sure."""
        self._sure = sure
        self._written_by = TopLevel()

    @property
    def format(self) -> str:
        """Name the format: a configuration of something else makes it a plain zip."""
        return "keras" if self._sure else "zip"

    def reader(self, entry: Entry, *, limits: Limits) -> Reader | None:
        """Read the configuration, and what wrote it; the weights are known by their content."""
        if entry.name == _CONFIG:
            return _configuration(entry.size, limits)
        if entry.name == _METADATA:
            return json_format.read(entry.size, limits=limits, kinds=(lambda _: self._written_by,))
        return None

    def text_reader(self, entry: Entry, *, limits: Limits) -> None:
        """Leave texts to their content."""

    def explains(self, name: str) -> bool:
        """Whether a member is an asset: a vocabulary, or whatever else a layer keeps."""
        return self._sure and name.startswith(_ASSETS)

    def conclude(self, record: Record, members: Mapping[str, Member]) -> None:
        """Lift the facts and the tensors of the parts to the whole."""
        config = members.get(_CONFIG)
        if config is not None and config.structure is not None:
            self._sure = self._sure or bool(config.structure.code)
        if not self._sure:
            return
        version = self._written_by.values.get("keras_version")
        record.version = mended(version[:80]) if isinstance(version, str) else ""
        for name, member in members.items():
            if name == _CONFIG and member.structure is not None:
                record.metadata.extend(member.structure.metadata)
            if name.startswith(_WEIGHTS):
                record.tensors.extend(lifted(member))


def _configuration(size: int, limits: Limits) -> Reader:
    if size > min(_LARGEST, limits.header):
        reason = f"a configuration of {size} bytes is over the limit"
        return Structure(format="json", status="incomplete", reason=reason, size=size)
    text = yield from fetch(0, size, limits)
    structure = read_bytes(text, json_format.read(size, limits=limits), limits=limits)
    found = read_config(text, limit=limits.text)
    if found is None:
        return replace(structure, format="json")
    record = Record(format="json", size=size)
    found.note(record)
    noted = replace(
        structure,
        format="json",
        metadata=(*structure.metadata, *found.facts),
        problems=(*structure.problems, *record.problems),
        code=(*structure.code, *record.code),
    )
    if record.reasons and noted.status == "complete":
        return replace(noted, status="incomplete", reason=record.reasons[0])
    return noted


FAMILY: Final = ZipFamily(format="keras", mark=_WEIGHTS.encode(), claim=claim)
