"""ONNX: two lists of a model that are sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.stabilisers.draft import RefusedError, Stabiliser
from weighbridge.formats.stabilisers.reading import InMemory, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.stabilisers.draft import Draft
    from weighbridge.formats.stabilisers.reading import Readable

_OPSET_IMPORT: Final = 8
_METADATA_PROPS: Final = 14
_SETS: Final = {_OPSET_IMPORT: b"opset_import", _METADATA_PROPS: b"metadata_props"}
_KEY: Final = 1
"""The field that names an entry, in both: `domain` and `key`."""
_LONGEST_ENTRY: Final = 16 << 20
_VARINT: Final = 10
_FIXED: Final = {1: 8, 5: 4}
_DELIMITED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A field on the wire: where it begins, where its content does, and where it ends."""

    number: int
    start: int
    content: int
    end: int
    delimited: bool


def write(source: Readable, draft: Draft) -> None:
    """Write the operator sets and metadata by name, and every other field as it stands."""
    sets: dict[int, dict[bytes, bytes]] = {number: {} for number in _SETS}
    draft.keep_stream(_rest(source, draft, sets))
    for number, entries in sets.items():
        draft.keep(_SETS[number])
        draft.let_go(*entries.values())
        for _, raw in sorted(entries.items()):
            draft.keep(raw)


def _rest(source: Readable, draft: Draft, sets: dict[int, dict[bytes, bytes]]) -> Iterator[bytes]:
    """Collect the entries of the sets, and read the rest."""
    for count, field in enumerate(_fields(source)):
        if count >= draft.limits.entries:
            raise RefusedError("the model has too many fields")
        if field.number not in sets:
            yield from pieces(source, field.start, field.end)
            continue
        if not field.delimited or field.end - field.content > _LONGEST_ENTRY:
            raise RefusedError("an entry of a set is none, or too long")
        raw = source.read_at(field.content, field.end - field.content)
        key, entries = _key(raw), sets[field.number]
        if key in entries:
            raise RefusedError(f"two entries of `{_SETS[field.number].decode()}` have one name")
        entries[key] = raw


def _key(raw: bytes) -> bytes:
    """Return what names an entry; the last one counts, as protobuf has it."""
    key = b""
    for field in _fields(InMemory(raw)):
        if field.number == _KEY and field.delimited:
            key = raw[field.content : field.end]
    return b"" if key == b"ai.onnx" else key


def _fields(source: Readable) -> Iterator[_Field]:
    """Walk the fields of a message.

    Raises:
        RefusedError: The bytes are no fields, to the last one.
    """
    start = 0
    while start < source.size:
        head = source.read_at(start, 2 * _VARINT)
        tag, at = _varint(head, 0)
        wire, content, length = tag & 7, at, 0
        if wire == 0:
            _, content = _varint(head, at)
        elif wire == _DELIMITED:
            length, content = _varint(head, at)
        elif wire in _FIXED:
            length = _FIXED[wire]
        else:
            raise RefusedError("a field is of no kind that is followed")
        end = start + content + length
        if end > source.size:
            raise RefusedError("a field goes beyond the end of its message")
        yield _Field(
            number=tag >> 3,
            start=start,
            content=start + content,
            end=end,
            delimited=wire == _DELIMITED,
        )
        start = end


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(raw[at : at + _VARINT]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
            return value, at + index + 1
    raise RefusedError("a number does not end")


STABILISER: Final = Stabiliser(
    name="onnx",
    version=1,
    formats=("onnx",),
    lets="the order of the model's `opset_import` and of its `metadata_props`",
    because=(
        "both are looked up by name, and none stands twice; producer, graph, weights and the order"
        " of everything else are kept"
    ),
    write=write,
)
