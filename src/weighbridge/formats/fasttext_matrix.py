"""The matrices of a fastText model: dense, or quantised by product."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fasttext_parts import PartError, exactly, passed
from weighbridge.formats.tensor_digests import digested
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.cursor import Cursor
    from weighbridge.formats.interface import Request
    from weighbridge.formats.record import Record

_DENSE: Final = struct.Struct("<2q")
_QUANTISED: Final = struct.Struct("<B2qi")
_QUANTISER: Final = struct.Struct("<4i")
_CENTROIDS: Final = 256
_FLOAT: Final = 4


class Matrices:
    """The matrices, read one after the other."""

    def __init__(self, record: Record, cursor: Cursor) -> None:
        """Stand where the first begins."""
        self._record = record
        self._cursor = cursor

    def read(
        self, name: str, shape: tuple[int, int], *, quantised: bool
    ) -> Generator[Request, bytes, None]:
        """Read a matrix that has to be of this shape.

        Raises:
            PartError: It is of another, or the file ends.
        """
        if quantised:
            yield from self._quantised(name, shape)
        else:
            yield from self._dense(name, shape)

    def _dense(self, name: str, shape: tuple[int, int]) -> Generator[Request, bytes, None]:
        start = self._cursor.position
        found = yield from exactly(self._cursor, _DENSE)
        self._check(name, found, shape, start)
        yield from self._tensor(name, "F32", shape, _FLOAT * shape[0] * shape[1])

    def _quantised(self, name: str, shape: tuple[int, int]) -> Generator[Request, bytes, None]:
        start = self._cursor.position
        normed, rows, columns, size = yield from exactly(self._cursor, _QUANTISED)
        self._check(name, (rows, columns), shape, start)
        codes = self._cursor.position
        parts = size // rows if rows else 0
        yield from self._tensor(f"{name}.codes", "U8", (rows, parts), max(0, size))
        subquantisers = yield from self._quantiser(name, columns)
        if size != rows * subquantisers:
            text = f"the {name} matrix has {size} codes, {rows * subquantisers} by its quantiser"
            raise PartError(text, codes)
        if normed:
            yield from self._tensor(f"{name}.norms", "U8", (rows,), rows)
            yield from self._quantiser(f"{name}.norms", 1)

    def _quantiser(self, name: str, columns: int) -> Generator[Request, bytes, int]:
        """Read a product quantiser; return how many codes it has for a row."""
        start = self._cursor.position
        dimension, parts, width, last = yield from exactly(self._cursor, _QUANTISER)
        fits = width > 0 and parts > 0 and 0 < last <= width
        if dimension != columns or not fits or (parts - 1) * width + last != dimension:
            raise PartError(f"the quantiser of {name} does not divide {columns} columns", start)
        shape = (_CENTROIDS, dimension)
        yield from self._tensor(f"{name}.centroids", "F32", shape, _FLOAT * _CENTROIDS * dimension)
        return int(parts)

    def _check(self, name: str, found: tuple[int, ...], shape: tuple[int, int], start: int) -> None:
        if tuple(found) != shape:
            rows, columns = found
            text = f"the {name} matrix is {rows} × {columns}, {shape[0]} × {shape[1]} by the model"
            raise PartError(text, start)

    def _tensor(
        self, name: str, dtype: str, shape: tuple[int, ...], size: int
    ) -> Generator[Request, bytes, None]:
        cursor = self._cursor
        tensor = TensorInfo(name=name, dtype=dtype, shape=shape, offset=cursor.position, size=size)
        if size > cursor.left:
            raise PartError(f"{name} goes beyond the end of the file", cursor.position)
        self._record.tensors.append((yield from digested(tensor)))
        yield from passed(cursor, size, name)
