"""The bytes of a tensor as safetensors has them, gathered twice over by two different ways.

`pieces` is fast: whole stretches where the numbers lie side by side, and long steps through the
mapped file where they do not. `elements` is simple: it finds each number by itself. One writes,
the other proves.
"""

from __future__ import annotations

import array
import math
import mmap
import os
from typing import TYPE_CHECKING, Final, Literal

from weighbridge.formats.torch_values import ITEM_BYTES, NotLosslessError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.adapters.conversion.opened import Opened
    from weighbridge.formats.torch_values import View

_PIECE: Final = 1 << 20
_BLOCK: Final = 8 << 20
"""Bytes of a block that is filled out of order."""

_MAPPED: Final = 8 << 20
"""Bytes of the mapped file that are walked over before their pages are let go of."""

_CODES: Final[Mapping[int, Literal["B", "H", "I", "Q"]]] = {1: "B", 2: "H", 4: "I", 8: "Q"}
_HALVED: Final = "C64"


def pieces(opened: Opened, view: View) -> Iterator[bytes]:
    """Yield the bytes of a tensor, a piece at a time.

    Raises:
        NotLosslessError: The file is shorter than it was.
    """
    if not view.size:
        return
    for piece in _unswapped(opened, view):
        yield _swapped(piece, view.dtype) if opened.swapped else piece


def _unswapped(opened: Opened, view: View) -> Iterator[bytes]:
    item = ITEM_BYTES[view.dtype]
    shape, stride = _merged(view)
    base = opened.starts[view.storage.key]
    axis = min(range(len(shape)), key=lambda one: stride[one] or _PIECE)
    if 0 < stride[axis] < stride[-1] and 2 * math.prod(shape[axis + 1 :]) * item <= _BLOCK:
        for first in _rows(view.offset, shape[:axis], stride[:axis]):
            yield from _blocks(
                opened.descriptor, base + first * item, shape[axis:], stride[axis:], item
            )
        return
    for first in _rows(view.offset, shape[:-1], stride[:-1]):
        start = base + first * item
        if stride[-1] == 1:
            yield from _stretch(opened.descriptor, start, shape[-1] * item)
        else:
            yield from _steps(opened.descriptor, start, shape[-1], stride[-1], item)


def _blocks(
    descriptor: int, offset: int, shape: list[int], stride: list[int], item: int
) -> Iterator[bytes]:
    """Gather a tensor whose outermost numbers lie closest: a run of them for every place within.

    So a transposed matrix is read along its lines, and written across them.
    """
    inner = math.prod(shape[1:])
    most = min(_BLOCK // (inner * item), max(1, _PIECE // (stride[0] * item)))
    for begin in range(0, shape[0], most):
        count = min(most, shape[0] - begin)
        block = bytearray(count * inner * item)
        span = ((count - 1) * stride[0] + 1) * item
        with memoryview(block) as raw, raw.cast(_CODES[item]) as numbers:
            for place, first in enumerate(_rows(begin * stride[0], shape[1:], stride[1:])):
                found = b"".join(_stretch(descriptor, offset + first * item, span))
                with memoryview(found) as read, read.cast(_CODES[item]) as cast:
                    numbers[place::inner] = cast[:: stride[0]]
        yield bytes(block)


def _merged(view: View) -> tuple[list[int], list[int]]:
    """Join dimensions that follow one another without a gap; drop those of one element."""
    shape, stride = [1], [1]
    for most, step in zip(view.shape, view.stride, strict=True):
        if most == 1:
            continue
        if shape[-1] == 1:
            shape[-1], stride[-1] = most, step
        elif stride[-1] == most * step:
            shape[-1], stride[-1] = shape[-1] * most, step
        else:
            shape.append(most)
            stride.append(step)
    return shape, stride


def _rows(first: int, shape: list[int], stride: list[int]) -> Iterator[int]:
    """Yield the first element of every innermost row, in order."""
    at, offset = [0] * len(shape), first
    while True:
        yield offset
        axis = len(shape) - 1
        while axis >= 0:
            at[axis] += 1
            offset += stride[axis]
            if at[axis] < shape[axis]:
                break
            offset -= at[axis] * stride[axis]
            at[axis] = 0
            axis -= 1
        if axis < 0:
            return


def _stretch(descriptor: int, offset: int, length: int) -> Iterator[bytes]:
    while length:
        piece = os.pread(descriptor, min(length, _PIECE), offset)
        if not piece:
            raise NotLosslessError("the file became shorter")
        yield piece
        offset += len(piece)
        length -= len(piece)


def _steps(descriptor: int, offset: int, count: int, step: int, item: int) -> Iterator[bytes]:
    """Take every `step`-th number; as much of the file is mapped as is walked over at once."""
    if step == 0:
        (one,) = _stretch(descriptor, offset, item)
        while count:
            many = min(count, _PIECE // item)
            yield one * many
            count -= many
        return
    each = max(1, min(_MAPPED // (step * item), _PIECE // item))
    while count:
        many = min(count, each)
        span = ((many - 1) * step + 1) * item
        begin = offset - offset % mmap.ALLOCATIONGRANULARITY
        reach = offset - begin + span
        with (
            mmap.mmap(descriptor, reach, access=mmap.ACCESS_READ, offset=begin) as mapped,
            memoryview(mapped) as raw,
            raw[offset - begin : reach] as numbers,
        ):
            yield _every(numbers, step, item)
        offset += many * step * item
        count -= many


def _every(numbers: memoryview, step: int, item: int) -> bytes:
    if item == 1:
        return numbers[::step].tobytes()
    with numbers.cast(_CODES[item]) as cast:
        taken: memoryview = cast[::step]
        return taken.tobytes()


def _swapped(piece: bytes, dtype: str) -> bytes:
    """Turn the bytes of each number around; a complex one is two."""
    item = ITEM_BYTES[dtype] // (2 if dtype == _HALVED else 1)
    numbers = array.array(_CODES[item], piece)
    numbers.byteswap()
    return numbers.tobytes()


def elements(opened: Opened, view: View) -> Iterator[bytes]:
    """Yield the bytes of a tensor, number by number: the slow way, to hold the other against."""
    if not view.count:
        return
    item = ITEM_BYTES[view.dtype]
    start = opened.starts[view.storage.key]
    run = _run(view)
    half = item // 2 if view.dtype == _HALVED else item
    for index in range(0, view.count, run):
        rest, at = index, view.offset
        for most, step in zip(reversed(view.shape), reversed(view.stride), strict=True):
            rest, position = divmod(rest, most)
            at += position * step
        found = os.pread(opened.descriptor, run * item, start + at * item)
        if opened.swapped:
            halves = (found[i : i + half] for i in range(0, len(found), half))
            found = b"".join(one[::-1] for one in halves)
        yield found


def _run(view: View) -> int:
    """Count the numbers at the end of a tensor that lie side by side, as many as fit a piece."""
    run = 1
    for most, step in zip(reversed(view.shape), reversed(view.stride), strict=True):
        if step != run or run * most * ITEM_BYTES[view.dtype] > _PIECE:
            break
        run *= most
    return run
