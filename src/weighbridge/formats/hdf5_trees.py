"""The B-trees of HDF5: version 1 for groups and chunks, version 2 for everything newer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_file import SUM, check

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_fields import Fields
    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.interface import Request

GROUP: Final = 0
CHUNKS: Final = 1
_PREFIX: Final = 6
_NODE_SUM: Final = 10
"""Bytes of a node of version 2 beside its records: signature, version, type and checksum."""


def walk_old(
    file: Hdf5File, root: int, kind: int, key: int
) -> Generator[Request, bytes, list[tuple[bytes, int]]]:
    """List the leaves' children in a B-tree of version 1, each with the key before it.

    Args:
        file: The file.
        root: Where the root is.
        kind: `GROUP` or `CHUNKS`.
        key: Bytes of a key.
    """
    most = 2 * (file.group_k if kind == GROUP else file.chunk_k)
    width = file.widths.offset
    size = 8 + 2 * width + (most + 1) * key + most * width
    found: list[tuple[bytes, int]] = []
    nodes: list[tuple[int, int | None]] = [(root, None)]
    while nodes:
        offset, wanted = nodes.pop()
        fields = yield from file.block(offset, size, b"TREE")
        seen, level, used = fields.number(1), fields.number(1), fields.number(2)
        if seen != kind or used > most or wanted not in (None, level):
            text = f"a node of a B-tree has the type {seen}, level {level} and {used} children"
            raise FaultError(text, offset, f"type {kind}, at most {most} children")
        fields.take(2 * width)
        children = _children(fields, used, key, offset)
        if level:
            nodes += [(child, level - 1) for _, child in reversed(children)]
        else:
            found += children
    return found


def _children(fields: Fields, used: int, key: int, offset: int) -> list[tuple[bytes, int]]:
    children = []
    for _ in range(used):
        before, child = fields.take(key), fields.address()
        if child is None:
            raise FaultError("a node of a B-tree leads nowhere", offset)
        children.append((before, child))
    return children


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What every node of a B-tree of version 2 has in common."""

    kind: int
    node: int
    record: int
    pointers: tuple[tuple[int, int], ...]


def walk_new(
    file: Hdf5File, offset: int, kinds: set[int]
) -> Generator[Request, bytes, list[Fields]]:
    """List the records of a B-tree of version 2.

    Args:
        file: The file.
        offset: Where its header is.
        kinds: What types of records may be in it.
    """
    size = 22 + file.widths.offset + file.widths.length
    fields = yield from file.block(offset, size, b"BTHD", summed=True)
    version, kind, node = fields.number(1), fields.number(1), fields.number(4)
    record, depth = fields.number(2), fields.number(2)
    fields.take(2)
    root, used, total = fields.address(), fields.number(2), fields.length()
    if version or kind not in kinds or not record or node < _NODE_SUM + record:
        text = f"a B-tree has the version {version}, type {kind} and records of {record} bytes"
        raise FaultError(text, offset, f"version 0, type {sorted(kinds)}")
    shape = _Shape(
        kind=kind, node=node, record=record, pointers=_pointers(file, node, record, depth, offset)
    )
    found: list[Fields] = []
    nodes = [] if root is None else [(root, used, depth)]
    while nodes:
        place, records, level = nodes.pop()
        below = yield from _node(file, shape, (place, records, level), found)
        nodes += [(*child, level - 1) for child in below]
    if len(found) != total:
        raise FaultError(f"a B-tree has {len(found)} records", offset, f"{total} by its header")
    return found


def _bytes_for(number: int) -> int:
    return max(0, number.bit_length() - 1) // 8 + 1


def _pointers(
    file: Hdf5File, node: int, record: int, depth: int, offset: int
) -> tuple[tuple[int, int], ...]:
    """Work out, level by level, how wide the two numbers beside a child's address are."""
    most = (node - _NODE_SUM) // record
    all_below, width = most, _bytes_for(most)
    total = 0
    pointers: list[tuple[int, int]] = [(0, 0)]
    for _ in range(depth):
        pointers.append((width, total))
        pointer = file.widths.offset + width + total
        most = (node - _NODE_SUM - pointer) // (record + pointer)
        if most < 1 or len(pointers) > file.limits.text:
            raise FaultError("the nodes of a B-tree are too small for its depth", offset)
        all_below = (most + 1) * all_below + most
        total = _bytes_for(all_below)
    return tuple(pointers)


def _node(
    file: Hdf5File, shape: _Shape, place: tuple[int, int, int], found: list[Fields]
) -> Generator[Request, bytes, list[tuple[int, int]]]:
    """Read one node; return where its children are and how many records they have."""
    offset, records, level = place
    magic = b"BTIN" if level else b"BTLF"
    fields = yield from file.block(offset, shape.node, magic)
    version, kind = fields.number(1), fields.number(1)
    counts, total = shape.pointers[level]
    pointer = file.widths.offset + counts + total if level else 0
    used = _PREFIX + records * shape.record + (records + 1) * pointer
    if version or kind != shape.kind or used + SUM > shape.node:
        text = f"a node of a B-tree has the type {kind} and {records} records"
        raise FaultError(text, offset, f"type {shape.kind}, at most {shape.node} bytes")
    check(fields, used)
    found += [fields.part(shape.record) for _ in range(records)]
    below = []
    for _ in range(records + 1 if level else 0):
        child, count = fields.address(), fields.number(counts)
        fields.take(total)
        if child is None:
            raise FaultError("a node of a B-tree leads nowhere", offset)
        below.append((child, count))
    return below
