"""The header of an NPY array: what its elements are, how many there are, and how they lie.

https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from weighbridge.formats.literal import Literal, LiteralError, parse

_SIMPLE: Final = re.compile(
    r"[<>=|]?(?:(?P<kind>[biufcSaUV?OmM])(?P<count>[0-9]{0,10}))(?P<unit>\[[0-9]*[A-Za-zμ]{1,7}\])?\Z"
)
_SIZES: Final = {
    "b": {1},
    "?": {1},
    "i": {1, 2, 4, 8},
    "u": {1, 2, 4, 8},
    "f": {2, 4, 8, 12, 16},
    "c": {8, 16, 24, 32},
    "m": {8},
    "M": {8},
}
_UNICODE_BYTES: Final = 4
_MOST_DIMENSIONS: Final = 64
_LARGEST: Final = (1 << 63) - 1
_KEYS: Final = {"descr", "fortran_order", "shape"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a header says of its array.

    Attributes:
        descr: The data type as NumPy spells it.
        shape: Dimensions.
        fortran: Whether the first dimension runs fastest.
        size: Bytes of all elements; of no meaning if there are objects among them.
        objects: Whether elements are or hold Python objects, so that a pickle holds all of them.
    """

    descr: str
    shape: tuple[int, ...]
    fortran: bool
    size: int
    objects: bool


def understand(text: str) -> Layout:
    """Read the header's text, without the padding's end of line.

    Raises:
        LiteralError: It is not what the format says.
    """
    header, end = parse(text)
    if text[end:].strip(" "):
        raise LiteralError("something stands behind it")
    if not isinstance(header, dict) or header.keys() != _KEYS:
        raise LiteralError("it is no dictionary of `descr`, `fortran_order` and `shape`")
    fortran = header["fortran_order"]
    if not isinstance(fortran, bool):
        raise LiteralError("`fortran_order` is no truth value")
    descr = header["descr"]
    item, objects = _item(descr)
    shape = _shape(header["shape"])
    return Layout(
        descr=descr if isinstance(descr, str) else repr(descr),
        shape=shape,
        fortran=fortran,
        size=_times(item, shape),
        objects=objects,
    )


def _shape(value: Literal) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        raise LiteralError("`shape` is no tuple")
    dimensions = tuple(n for n in value if type(n) is int and n <= _LARGEST)
    if len(dimensions) < len(value) or len(dimensions) > _MOST_DIMENSIONS:
        raise LiteralError("`shape` holds what is no dimension, or too many of them")
    return dimensions


def _times(size: int, shape: tuple[int, ...]) -> int:
    if 0 in shape:
        return 0
    for dimension in shape:
        size *= dimension
    return size


def _item(descr: Literal) -> tuple[int, bool]:
    """Count the bytes of one element, and say whether there are objects in it."""
    if isinstance(descr, str):
        return _simple(descr)
    if isinstance(descr, list):
        return _record(descr)
    if isinstance(descr, tuple) and len(descr) == 2:  # noqa: PLR2004 - data type and shape
        return _repeated(descr[0], descr[1])
    raise LiteralError("`descr` is no data type")


def _simple(descr: str) -> tuple[int, bool]:
    found = _SIMPLE.match(descr)
    kind = found["kind"] if found else ""
    if found is None or (found["unit"] and kind not in "mM"):
        raise LiteralError("`descr` names an unknown data type")
    if kind == "O":
        return 0, True
    count = int(found["count"] or (kind == "?"))
    if count not in _SIZES.get(kind, {count}):
        raise LiteralError("`descr` names an unknown data type")
    return count * (_UNICODE_BYTES if kind == "U" else 1), False


def _record(fields: list[Literal]) -> tuple[int, bool]:
    size, objects = 0, False
    names: set[str] = set()
    for field in fields:
        if not isinstance(field, tuple) or len(field) not in (2, 3):
            raise LiteralError("a field of `descr` is no name and data type")
        for name in field[0] if isinstance(field[0], tuple) else (field[0],):
            if not isinstance(name, str) or (name and name in names):
                raise LiteralError("a field of `descr` has no name of its own")
            names.add(name)
        more, object_too = _repeated(field[1], field[2]) if len(field) > 2 else _item(field[1])  # noqa: PLR2004 - the third is a shape
        size, objects = size + more, objects or object_too
    return size, objects


def _repeated(descr: Literal, shape: Literal) -> tuple[int, bool]:
    size, objects = _item(descr)
    return _times(size, (shape,) if type(shape) is int else _shape(shape)), objects
