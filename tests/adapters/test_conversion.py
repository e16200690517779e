from __future__ import annotations

import json
import os
import random
import struct
import zipfile
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save

from tests.torch_files import (
    BIAS,
    WEIGHT,
    Stored,
    archive,
    floats,
    legacy_file,
    pickled,
    state,
    state_file,
    tensor,
)
from weighbridge.adapters.conversion import gather
from weighbridge.adapters.conversion.opened import open_state
from weighbridge.adapters.conversion.program import main
from weighbridge.formats.torch_values import NotLosslessError

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = np.array([[1, 2, 3], [4, 5, 6]], np.float32)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    main(list(words))
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def convert(folder: Path, data: bytes, capsys: pytest.CaptureFixture[str]) -> Path:
    source, target = folder / "model.pt", folder / "new"
    source.write_bytes(data)
    target.touch()
    planned = said(capsys, "plan", str(source))
    assert said(capsys, "write", str(source), str(target)) == planned
    assert planned["size"] == target.stat().st_size
    return target


@pytest.mark.parametrize("data", [state_file(), legacy_file(state(), [WEIGHT, BIAS])])
def test_the_library_reads_what_was_written_and_would_write_the_same(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = convert(tmp_path, data, capsys)
    found = load_file(target)
    assert found.keys() == {"weight", "turned", "bias"}
    assert np.array_equal(found["weight"], NUMBERS)
    assert np.array_equal(found["turned"], NUMBERS.T)
    again = {name: np.ascontiguousarray(one) for name, one in found.items()}
    assert save(again, metadata={"format": "pt"}) == target.read_bytes()
    with safe_open(target, "np") as opened:
        assert opened.metadata() == {"format": "pt"}


def test_the_proof_is_of_the_source_and_of_each_tensor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "model.pt"
    source.write_bytes(state_file())
    proof = said(capsys, "prove", str(source))
    tensors = proof["tensors"]
    assert isinstance(tensors, dict)
    assert tensors["turned"][:2] == ["F32", [3, 2]]
    assert str(proof["source"]).startswith("sha256:")


def test_what_would_lose_something_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "model.pt"
    source.write_bytes(archive(pickled({"epoch": 3}), []))
    assert said(capsys, "plan", str(source)) == {
        "refused": "beside tensors it holds `epoch` (an int)"
    }


SIZES = [("B", 1), ("H", 2), ("I", 4), ("Q", 8)]
KINDS = {1: "ByteStorage", 2: "ShortStorage", 4: "IntStorage", 8: "LongStorage"}


@pytest.mark.parametrize(("code", "item"), SIZES)
@pytest.mark.parametrize("order", ["little", "big"])
def test_both_ways_of_gathering_agree_with_numpy(
    code: str, item: int, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small enough that every tensor is many pieces.
    for name, size in (("_PIECE", 64), ("_BLOCK", 256), ("_MAPPED", 128)):
        monkeypatch.setattr(gather, name, size)
    numbers = np.arange(210, dtype=np.dtype(code))
    mark = "<" if order == "little" else ">"
    data = Stored("0", KINDS[item], 210, numbers.astype(f"{mark}{code}").tobytes())
    chosen = random.Random(item)  # noqa: S311 - any numbers will do, if the same each time
    shapes = [(), (0, 3), (210,), (5, 6, 7), (7, 1, 3), (2, 3, 5, 7)]
    views = []
    for shape in shapes:
        full = numbers[: int(np.prod(shape))].reshape(shape)
        axes = list(range(len(shape)))
        chosen.shuffle(axes)
        cut = full.transpose(axes)[tuple(slice(None, None, chosen.choice([1, 2])) for _ in shape)]
        views += [full, full.T, cut, np.broadcast_to(full, (3, *shape))]
    tensors: dict[str, object] = {
        str(place): tensor(data, view.shape, tuple(step // item for step in view.strides))
        for place, view in enumerate(views)
    }
    path = tmp_path / "model.pt"
    path.write_bytes(archive(pickled(tensors), [data], {"byteorder": order.encode()}))
    descriptor = os.open(path, os.O_RDONLY)
    opened = open_state(descriptor)
    for place, gathered in product(range(len(views)), (gather.pieces, gather.elements)):
        found = b"".join(gathered(opened, opened.state.tensors[str(place)]))
        assert found == views[place].astype(f"<{code}").tobytes()
    os.close(descriptor)


def test_complex_numbers_of_the_other_byte_order_are_two_each(tmp_path: Path) -> None:
    data = Stored("0", "ComplexFloatStorage", 2, struct.pack(">4f", 1, 2, 3, 4))
    path = tmp_path / "model.pt"
    file = archive(pickled({"x": tensor(data, (2,))}), [data], {"byteorder": b"big"})
    path.write_bytes(file)
    descriptor = os.open(path, os.O_RDONLY)
    opened = open_state(descriptor)
    for gathered in (gather.pieces, gather.elements):
        assert b"".join(gathered(opened, opened.state.tensors["x"])) == struct.pack(
            "<4f", 1, 2, 3, 4
        )
    os.close(descriptor)


ONE = floats("0", 1.0)
PICKLE = pickled({"x": tensor(ONE, (1,))})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive(PICKLE, []), "storage 0 is not of the size"),
        (archive(PICKLE, [Stored("0", "", 0, b"12345")]), "storage 0 is not of the size"),
        (archive(PICKLE, [ONE], {"byteorder": b"middle"}), "neither little nor big"),
        (archive(PICKLE, [ONE], {"code/a.py": b""}), "TorchScript"),
        (archive(PICKLE, [ONE], {"other/data.pkl": b""}), "no one pickle"),
        (archive(b"X" * ((16 << 20) + 1), [ONE]), "longer than"),
        (archive(PICKLE, [ONE]) + b"tail", "does not end with the file"),
        (legacy_file({"x": tensor(ONE, (1,))}, [ONE]) + b"tail", "another size"),
    ],
)
def test_files_that_can_be_read_two_ways_are_refused(
    data: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    with pytest.raises(NotLosslessError, match=reason):
        open_state(descriptor)
    os.close(descriptor)


def test_a_packed_member_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("model/data.pkl", PICKLE)
    descriptor = os.open(path, os.O_RDONLY)
    with pytest.raises(NotLosslessError, match="packed"):
        open_state(descriptor)
    os.close(descriptor)


def test_a_file_that_became_shorter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(legacy_file({"x": tensor(ONE, (1,))}, [ONE]))
    descriptor = os.open(path, os.O_RDONLY)
    opened = open_state(descriptor)
    os.truncate(path, 10)
    with pytest.raises(NotLosslessError, match="shorter"):
        list(gather.pieces(opened, opened.state.tensors["x"]))
    os.close(descriptor)
