"""fastText: arguments, dictionary and two matrices, one behind the other and without a directory.

src/fasttext.cc, dictionary.cc, densematrix.cc, quantmatrix.cc and productquantizer.cc
(https://github.com/facebookresearch/fastText), versions 11 and 12. The size of each part follows
from those before it, so the file is weighed to its last byte.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.fasttext_matrix import Matrices
from weighbridge.formats.fasttext_parts import Arguments, PartError, exactly, read_dictionary
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.model.limits import Limits

_MAGIC: Final = (793_712_314).to_bytes(4, "little")
_VERSIONS: Final = (11, 12)
_HEAD: Final = struct.Struct("<4si")


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise the magic number and one of the two versions."""
    version = int.from_bytes(head[4:8], "little")
    return "fasttext" if head.startswith(_MAGIC) and version in _VERSIONS else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read everything but the matrices' numbers, which are digested."""
    record = Record(format="fasttext", size=size)
    cursor = Cursor(0, size)
    try:
        yield from _read(record, cursor, limits)
        record.coverage = cursor.position
        if cursor.left:
            record.corrupt(f"{cursor.left} bytes follow the last matrix", cursor.position)
    except PartError as error:
        record.coverage = error.offset
        record.corrupt(str(error), error.offset)
    except BudgetExceededError as error:
        record.coverage = cursor.position
        record.unread(str(error))
    return record.structure()


def _read(record: Record, cursor: Cursor, limits: Limits) -> Generator[Request, bytes, None]:
    magic, version = yield from exactly(cursor, _HEAD)
    if magic != _MAGIC or version not in _VERSIONS:
        raise PartError("the file does not begin as a model of a version known", 0)
    record.version = str(version)
    arguments = yield from Arguments.read(cursor)
    record.metadata.extend(arguments.facts())
    dictionary = yield from read_dictionary(cursor, limits)
    record.metadata.extend(dictionary.facts())
    matrices = Matrices(record, cursor)
    (quantised,) = yield from exactly(cursor, struct.Struct("<B"))
    pruned = dictionary.pruned >= 0
    if pruned and not quantised:
        raise PartError(
            "the dictionary is pruned, and the matrix is not quantised", cursor.position
        )
    rows = dictionary.words + (dictionary.pruned if pruned else arguments.buckets)
    yield from matrices.read("input", (rows, arguments.dimension), quantised=bool(quantised))
    (quantised_too,) = yield from exactly(cursor, struct.Struct("<B"))
    answers = dictionary.labels if arguments.supervised else dictionary.words
    both = bool(quantised and quantised_too)
    yield from matrices.read("output", (answers, arguments.dimension), quantised=both)
