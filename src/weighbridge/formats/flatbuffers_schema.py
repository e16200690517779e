"""How the schemas of flatbuffers are written down here: a line for each table.

`NAME KIND KIND …`, a kind for each slot in order. A kind is a number (`u1` `i1` `u2` … `f8`: sign
and bytes), a struct (`s8`: its bytes), `text`, the name of a table, `|NAME` for a union whose
choice stands in the slot before, or one of these but a union in brackets for a vector. `name=KIND`
keeps the value under that name, `name:KIND` keeps where a vector of numbers lies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SCALAR: Final = re.compile(r"[uifs]([0-9]+)\Z")
_PARTS: Final = re.compile(r"(?:(\w+)([=:]))?(\S+)")
_OFFSET: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A field of a table.

    Attributes:
        name: What its value is kept under; empty if it is not kept.
        placed: Whether a vector's place is kept and not its values.
        kind: Number, struct, `text` or the name of a table: of the field, or of its elements.
        vector: Whether it is a vector.
        union: Name of the union it is, or empty.
        scalar: Whether the kind is a number or a struct.
        signed: Whether the numbers have a sign.
        width: Bytes it takes in the table.
        width_of_element: Bytes of one value of the kind.
    """

    name: str
    placed: bool
    kind: str
    vector: bool
    union: str
    scalar: bool
    signed: bool
    width: int
    width_of_element: int


def width_of(kind: str) -> int:
    """Return how many bytes a value of a kind takes where it stands."""
    found = _SCALAR.match(kind)
    return int(found[1]) if found else _OFFSET


def slot(text: str) -> Slot:
    """Read one field of a line."""
    name, mark, kind = _PARTS.findall(text)[0]
    vector = kind.startswith("[")
    kind = kind.strip("[]")
    union = kind[1:] if kind.startswith("|") else ""
    width = width_of(kind)
    return Slot(
        name=name,
        placed=mark == ":",
        kind=kind,
        vector=vector,
        union=union,
        scalar=_SCALAR.match(kind) is not None,
        signed=kind.startswith("i"),
        width=_OFFSET if vector else width,
        width_of_element=width,
    )


def tables(text: str) -> dict[str, tuple[Slot, ...]]:
    """Read a schema, a line for each table; a line that is indented more goes on with the last."""
    joined = re.sub(r"\n {5,}", " ", text.strip())
    lines = (line.split() for line in joined.splitlines())
    return {name: tuple(slot(field) for field in fields) for name, *fields in lines}
