"""What the messages of HDF5's object headers say, each read to what the reader needs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError

if TYPE_CHECKING:
    from weighbridge.formats.hdf5_fields import Fields

VARIABLE: Final = 9
TEXT: Final = 3
_DEEPEST: Final = 8
_MOST_DIMENSIONS: Final = 32
_FLOATS: Final = {2: 5, 4: 8, 8: 11}
"""Bits of the exponent that IEEE 754 has, by bytes."""
_LARGEST: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A data type.

    Attributes:
        name: A word for it; NumPy's where NumPy has one.
        number: The class.
        size: Bytes of an element.
        text: Whether elements are texts.
    """

    name: str
    number: int
    size: int
    text: bool = False


def datatype(fields: Fields, depth: int = _DEEPEST) -> Kind:
    """Read a data type; of compound ones the members are left out."""
    start = fields.start + fields.index
    first, bits, size = fields.number(1), fields.number(3), fields.number(4)
    number, version = first & 15, first >> 4
    if not version or not depth:
        raise FaultError(f"a data type has the version {version}, or is too deep", start, "1 to 5")
    order = ">" if bits & 1 else "<"
    if number == 0:
        return Kind(name=f"{order}{'i' if bits & 8 else 'u'}{size}", number=number, size=size)
    if number == 1:
        return Kind(name=_float(fields, order, size), number=number, size=size)
    if number == VARIABLE:
        text = bits & 15 == 1
        name = "vlen:text" if text else f"vlen:{datatype(fields, depth - 1).name}"
        return Kind(name=name, number=number, size=size, text=text)
    if number in _WRAPPED:
        if number == 10:  # noqa: PLR2004 - an array's dimensions come before its elements' type
            _pass_dimensions(fields, version)
        name = f"{_WRAPPED[number]}:{datatype(fields, depth - 1).name}"
        return Kind(name=name, number=number, size=size)
    if number not in _WORDS:
        raise FaultError(f"a data type is of the unknown class {number}", start, "0 to 11")
    return Kind(name=f"{_WORDS[number]}{size}", number=number, size=size, text=number == TEXT)


_WORDS: Final = {
    2: "time:",
    TEXT: "S",
    4: "bits:",
    5: "V",
    6: "compound:",
    7: "reference:",
}
_WRAPPED: Final = {8: "enum", 10: "array", 11: "complex"}


def _float(fields: Fields, order: str, size: int) -> str:
    fields.take(5)
    exponent = fields.number(1)
    plain = f"{order}f{size}"
    return plain if _FLOATS.get(size) == exponent else f"{plain}:e{exponent}"


def _pass_dimensions(fields: Fields, version: int) -> None:
    rank = fields.number(1)
    fields.take(4 * rank if version > 2 else 3 + 8 * rank)  # noqa: PLR2004 - version


def dataspace(fields: Fields) -> tuple[int, ...] | None:
    """Read the dimensions; None for a space without elements."""
    start = fields.start
    version, rank = fields.number(1), fields.number(1)
    if version not in (1, 2) or rank > _MOST_DIMENSIONS:
        text = f"a data space has the version {version} and {rank} dimensions"
        raise FaultError(text, start, f"1 or 2, and at most {_MOST_DIMENSIONS}")
    fields.take(1)
    kind = fields.number(1)
    fields.take(4 if version == 1 else 0)
    shape = tuple(fields.length() for _ in range(rank))
    return None if version > 1 and kind == 2 else shape  # noqa: PLR2004 - the null space


def count(shape: tuple[int, ...] | None) -> int:
    """Count the elements of a data space; a number no file has where it is a hostile one."""
    if shape is None or 0 in shape:
        return 0
    found = 1
    for dimension in shape:
        found = min(_LARGEST, found * dimension)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the elements of a dataset are.

    Attributes:
        kind: `compact`, `contiguous`, `chunked` or `virtual`.
        offset: Where they are; None if nowhere yet.
        size: Bytes of contiguous ones; None where the message does not say.
        chunk: Dimensions of a chunk, bytes of an element last.
        index: The kind of a chunk index: 0 for the old B-tree.
        parameters: What the message says of the index.
        filtered: Bytes of a single chunk that went through filters, or None.
    """

    kind: str
    offset: int | None = None
    size: int | None = None
    chunk: tuple[int, ...] = ()
    index: int = 0
    parameters: tuple[int, ...] = ()
    filtered: int | None = None


_CLASSES: Final = {0: "compact", 1: "contiguous", 2: "chunked", 3: "virtual"}
_PARAMETERS: Final = {1: (), 2: (), 3: (1,), 4: (1, 1, 1, 1, 1), 5: (4, 1, 1)}
"""Bytes of each parameter of a chunk index, by its kind."""


def layout(fields: Fields) -> Layout:
    """Read where a dataset's elements are."""
    start = fields.start
    version = fields.number(1)
    if version in (1, 2):
        return _old_layout(fields, start)
    kind = _CLASSES.get(fields.number(1), "")
    if version not in (3, 4, 5) or not kind:
        raise FaultError(f"a layout of version {version} is of no known class", start)
    if kind == "compact":
        fields.take(fields.number(2))
        return Layout(kind=kind)
    if kind == "contiguous":
        return Layout(kind=kind, offset=fields.address(), size=fields.length())
    if kind == "virtual":
        return Layout(kind=kind, offset=fields.address())
    if version == 3:  # noqa: PLR2004 - version
        rank = fields.number(1)
        offset = fields.address()
        return Layout(kind=kind, offset=offset, chunk=_dimensions(fields, rank, 4))
    return _new_chunks(fields, start)


def _old_layout(fields: Fields, start: int) -> Layout:
    rank = fields.number(1)
    kind = _CLASSES.get(fields.number(1), "virtual")
    fields.take(5)
    if kind == "virtual":
        raise FaultError("a layout is of no known class", start)
    offset = None if kind == "compact" else fields.address()
    chunk = _dimensions(fields, rank, 4)
    return Layout(kind=kind, offset=offset, chunk=chunk if kind == "chunked" else ())


def _dimensions(fields: Fields, rank: int, width: int) -> tuple[int, ...]:
    dimensions = tuple(fields.number(width) for _ in range(rank))
    if 0 in dimensions:
        raise FaultError("a chunk has no elements", fields.start)
    return dimensions


def _new_chunks(fields: Fields, start: int) -> Layout:
    flags, rank, width = fields.number(1), fields.number(1), fields.number(1)
    chunk = _dimensions(fields, rank, width)
    index = fields.number(1)
    if index not in _PARAMETERS:
        raise FaultError(f"a chunk index is of the unknown kind {index}", start, "1 to 5")
    filtered = None
    if index == 1 and flags & 2:
        filtered = fields.length()
        fields.take(4)
    parameters = tuple(fields.number(width) for width in _PARAMETERS[index])
    return Layout(
        kind="chunked",
        offset=fields.address(),
        chunk=chunk,
        index=index,
        parameters=parameters,
        filtered=filtered,
    )


_FILTERS: Final = {
    1: "deflate",
    2: "shuffle",
    3: "fletcher32",
    4: "szip",
    5: "nbit",
    6: "scale-offset",
    32000: "lzf",
}
_OWN_FILTERS: Final = 256


def filters(fields: Fields) -> list[tuple[str, str]]:
    """List the filters that chunks went through, each as a fact."""
    version, found = fields.number(1), fields.number(1)
    if version not in (1, 2):
        raise FaultError(f"a list of filters has the version {version}", fields.start, "1 or 2")
    fields.take(6 if version == 1 else 0)
    facts = []
    for _ in range(found):
        number = fields.number(2)
        named = version == 1 or number >= _OWN_FILTERS
        length = fields.number(2) if named else 0
        fields.take(2)
        values = fields.number(2)
        fields.take(length + (-length % 8 if version == 1 else 0))
        fields.take(4 * values + (4 if version == 1 and values % 2 else 0))
        known = _FILTERS.get(number)
        facts.append(("filter", known) if known else ("unknown-filter", str(number)))
    return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of a group.

    Attributes:
        name: Its name.
        kind: 0 hard, 1 soft, 64 external, 65 and above made by users.
        target: The object a hard link leads to.
        value: What else it says.
    """

    name: bytes
    kind: int
    target: int | None = None
    value: bytes = b""


def link(fields: Fields) -> Link:
    """Read a link."""
    start = fields.start
    version, flags = fields.number(1), fields.number(1)
    if version != 1:
        raise FaultError(f"a link has the version {version}", start, "1")
    kind = fields.number(1) if flags & 8 else 0
    fields.take((8 if flags & 4 else 0) + (1 if flags & 16 else 0))
    name = fields.take(fields.number(1 << (flags & 3)))
    if kind == 0:
        return Link(name=name, kind=kind, target=fields.address())
    return Link(name=name, kind=kind, value=fields.take(fields.number(2)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute of an object.

    Attributes:
        name: Its name.
        kind: Its data type; None if that is kept elsewhere in the file.
        shape: Dimensions; None if it has no elements.
        data: Its elements.
    """

    name: bytes
    kind: Kind | None
    shape: tuple[int, ...] | None
    data: Fields


def attribute(fields: Fields) -> Attribute:
    """Read an attribute.

    Raises:
        FaultError: It has not the bytes its data type and dimensions come to.
    """
    start = fields.start
    version, flags = fields.number(1), fields.number(1)
    if version not in (1, 2, 3):
        raise FaultError(f"an attribute has the version {version}", start, "1 to 3")
    sizes = [fields.number(2) for _ in range(3)]
    if version > 2:  # noqa: PLR2004 - version
        fields.take(1)
    parts = []
    for size in sizes:
        parts.append(fields.part(size))
        fields.take(-size % 8 if version == 1 else 0)
    name = parts[0].raw.split(b"\0")[0]
    shared = flags if version > 1 else 0
    kind = None if shared & 1 else datatype(parts[1])
    shape = None if shared & 2 else dataspace(parts[2])
    if kind is not None and count(shape) * kind.size > fields.left:
        text = f"an attribute has {fields.left} bytes of data"
        raise FaultError(text, start, f"{count(shape)} times {kind.size}")
    return Attribute(name=name, kind=kind, shape=shape, data=fields)
