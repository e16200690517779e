"""Pickles to scan, and archives of them, made without any of the libraries that write them."""

from __future__ import annotations

import collections
import pickle
import random
import struct
import zipfile
from typing import TYPE_CHECKING, Any

from bench.inputs import make_room, write_files
from bench.measure import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FRAME = 64 << 10
_BATCH = 1_000
_BOMB = 300 * MIB


def write_small(folder: Path, count: int) -> None:
    """Write small pickles, of what a training run writes beside its weights, unless there."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    chance = random.Random(1)  # noqa: S311 - the same files in every run
    for number in range(count):
        state: dict[str, Any] = collections.OrderedDict(
            (f"layer{at}.shape", [chance.randrange(1000) for _ in range(8)]) for at in range(4)
        )
        state["run"] = {"name": f"run-{number}", "rate": chance.random(), "tags": ["a", "b"]}
        data = pickle.dumps(state, chance.choice((2, 4, 5)))
        (folder / f"{number:05}.pkl").write_bytes(data)


def write_nested(path: Path, size: int) -> None:
    """Write one pickle of about `size` bytes, lists in lists in a list, unless it is there."""
    if path.exists():
        return
    make_room(path, size)
    with path.open("wb") as file:
        file.write(b"\x80\x04")
        frame = b"]\x94"
        for piece in _rows(size):
            frame += piece
            if len(frame) >= _FRAME:
                file.write(b"\x95" + struct.pack("<Q", len(frame)) + frame)
                frame = b""
        file.write(frame + b".")


def _rows(size: int) -> Iterator[bytes]:
    """Yield the opcodes of ten lists of numbers at a time, by the thousand."""
    chance = random.Random(2)  # noqa: S311 - the same file in every run
    rows = [_body([_numbers(chance) for _ in range(10)]) for _ in range(_BATCH)]
    batch = sum(map(len, rows))
    for _ in range(max(1, size // batch)):
        yield b"("
        yield from rows
        yield b"e"


def _numbers(chance: random.Random) -> list[float | int]:
    return [_number(chance) for _ in range(chance.randrange(2, 24))]


def _number(chance: random.Random) -> float | int:
    widest = chance.choices((1 << 8, 1 << 16, 1 << 31, 0), (6, 2, 1, 1))[0]
    return chance.randrange(widest) if widest else chance.random()


def _body(value: object) -> bytes:
    """Return the opcodes of a value between its frame's head, if it has one, and STOP."""
    data = pickle.dumps(value, 4)
    return data[11 if data[2:3] == b"\x95" else 2 : -1]


def write_torch(path: Path, *, storages: int, size: int) -> None:
    """Write what `torch.save` makes of as many tensors of `size` bytes each, unless there."""
    if path.exists():
        return
    make_room(path, storages * size)
    block = path.with_name("storage.bin")
    write_files([block], size)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", _state(storages, size // 4))
        archive.writestr("archive/byteorder", b"little")
        for key in range(storages):
            archive.write(block, f"archive/data/{key}")
        archive.writestr("archive/version", b"3\n")
    block.unlink()


def _state(storages: int, count: int) -> bytes:
    """Return the opcodes of a dict of tensors of one dimension, by the names of layers."""
    tensors = b"".join(_tensor(key, count) for key in range(storages))
    return b"\x80\x02}(" + tensors + b"u."


def _tensor(key: int, count: int) -> bytes:
    length = b"J" + struct.pack("<L", count)
    storage = _text("storage") + b"ctorch\nFloatStorage\n" + _text(str(key)) + _text("cpu") + length
    return (
        _text(f"layer{key}.weight")
        + b"ctorch._utils\n_rebuild_tensor_v2\n(("
        + storage
        + b"tQK\0"
        + length
        + b"\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR"
    )


def _text(text: str) -> bytes:
    return b"X" + struct.pack("<L", len(text)) + text.encode()


def write_bomb(path: Path) -> None:
    """Write a small archive whose pickle unfolds to 300 MiB of opcodes, unless it is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("archive/data.pkl", "w") as file,
    ):
        file.write(b"\x80\x02")
        for _ in range(_BOMB // MIB):
            file.write(b"N0" * (MIB // 2))
        file.write(b"N.")
