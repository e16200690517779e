"""What follows the pickles of torch's format before 1.6: the storages, as they are.

There magic number, version, system and object are followed by the storages' keys, and then, for
each storage, how many elements it has in 8 bytes, and its data (torch/serialization.py,
`_legacy_load`). A pickle at the head of a storage is a hidden one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_storages import storages
from weighbridge.formats.record import HIDDEN
from weighbridge.formats.text import shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.formats.pickle_embedded import Embedded
    from weighbridge.formats.pickle_objects import Value
    from weighbridge.formats.pickle_walker import Walker

MOST_RESULTS: Final = 5
"""Pickles in front of the storages."""

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_COUNT: Final = 8


def is_torch_data(walker: Walker, results: list[Value]) -> bool:
    """Whether the rest is the storages, to the byte."""
    if len(results) != MOST_RESULTS or results[0] != _MAGIC:
        return False
    return walker.cursor.left == sum(_COUNT + one.size for one in storages(walker.imports))


def read_storages(walker: Walker, embedded: Embedded) -> Generator[Request, bytes, None]:
    """Look at the head of each storage.

    Which follows which, the list of keys says; here it is told from their lengths.
    """
    cursor, record = walker.cursor, walker.record
    left = sorted(storages(walker.imports), key=lambda one: one.name)
    while left:
        start = cursor.position
        count = int.from_bytes((yield from cursor.take(_COUNT)), "little")
        found = next((one for one in left if one.shape == (count,)), None)
        if found is None:
            record.unread(f"no storage has the {count} elements that byte {start} speaks of")
            return
        left.remove(found)
        before = len(record.members)
        yield from embedded.long(cursor, found.size)
        if len(record.members) > before:
            text = f"a pickle lies at the head of the storage {shown(found.name)}"
            record.problem(HIDDEN, text, cursor.position)
        yield from cursor.skip(found.size)
        record.coverage = cursor.position
