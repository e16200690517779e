"""HDF5 files that h5py writes, and the means to change a byte of them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import h5py  # type: ignore[import-untyped]
import numpy as np

from tests.formats.samples import read
from weighbridge.formats.lookup3 import lookup3

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.structure import Structure

    Fill = Callable[[h5py.File], object]


def hdf5(fill: Fill, **options: Any) -> bytes:  # noqa: ANN401 - whatever h5py takes
    """A file the library wrote."""
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as opened:
        fill(opened)
    return file.getvalue()


def small(file: h5py.File) -> None:
    file.create_dataset("w", data=np.arange(3, dtype="<f4")).attrs["unit"] = np.bytes_(b"mm")


def keras(file: h5py.File, layers: int = 12) -> None:
    """What Keras writes into a legacy `.h5` (keras/src/legacy/saving/legacy_h5_format.py)."""
    config = {
        "class_name": "Sequential",
        "config": {"layers": [{"class_name": "Dense", "module": "keras.layers", "config": {}}]},
    }
    file.attrs["keras_version"] = "3.5.0"
    file.attrs["backend"] = np.bytes_(b"tensorflow")
    file.attrs["model_config"] = json.dumps(config).encode()
    weights = file.create_group("model_weights")
    weights.attrs["layer_names"] = [f"dense_{n}".encode() for n in range(layers)]
    for n in range(layers):
        group = weights.create_group(f"dense_{n}")
        group.attrs["weight_names"] = [f"dense_{n}/kernel:0".encode(), f"dense_{n}/bias:0".encode()]
        group.create_dataset(f"dense_{n}/kernel:0", data=np.full((3, 5), n, "f4"))
        group.create_dataset(f"dense_{n}/bias:0", data=np.zeros(5, "f4"))


def good(data: bytes) -> Structure:
    found = read(data)
    assert (found.format, found.status, found.problems) == ("hdf5", "complete", ())
    assert found.coverage == len(data)
    return found


# What the library can write ---------------------------------------------------------------------


def many_links(file: h5py.File) -> None:
    for n in range(600):
        file.create_group(f"group {n}")


def long_names(file: h5py.File) -> None:
    for n in range(260):
        file[f"{n}" + "n" * 3_000] = h5py.SoftLink("/")


def many_attributes(file: h5py.File) -> None:
    data = file.create_dataset("d", data=[1.0])
    for n in range(120):
        data.attrs[f"a{n}"] = np.arange(n % 50)
    for n in range(0, 120, 3):
        del data.attrs[f"a{n}"]


def texts(file: h5py.File) -> None:
    file["texts"] = ["a", "bcd" * 30]
    file.attrs["many"] = ["x", "y" * 5_000]
    file.attrs["nothing"] = h5py.Empty("S1")
    file.attrs["long"] = "z" * 70_000


def filled(shape: tuple[int, ...], chunk: tuple[int, ...], *, grows: bool = False) -> Fill:
    def fill(file: h5py.File) -> None:
        most = (None,) * len(shape) if grows else None
        for name, packed in (("plain", None), ("packed", "gzip")):
            file.create_dataset(
                name, data=np.ones(shape), chunks=chunk, maxshape=most, compression=packed
            )

    return fill


def sparse(file: h5py.File) -> None:
    for name, most in (("fixed", None), ("extensible", (None,))):
        data = file.create_dataset(name, (200_000,), "f4", chunks=(1,), maxshape=most)
        data[150_000] = 1
    file.create_dataset("never written", (10,), "f4")
    file.create_dataset("nor this one", (10,), "f4", chunks=(5,))


def created(setting: Callable[[h5py.h5p.PropDCID], object]) -> Fill:
    def fill(file: h5py.File) -> None:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        setting(properties)
        space = h5py.h5s.create_simple((95, 3))
        h5py.h5d.create(file.id, b"d", h5py.h5t.NATIVE_FLOAT, space, properties)

    return fill


def in_a_row(properties: h5py.h5p.PropDCID) -> None:
    properties.set_chunk((10, 2))
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)


def kinds(file: h5py.File) -> None:
    file["S3"] = np.array([b"abc"])
    file["compound:23"] = np.zeros(3, [("a", "f4"), ("b", "S3"), ("c", [("d", "i8"), ("e", "f8")])])
    file["enum:<i1"] = np.array([True])
    file["compound:8"] = np.zeros(2, "c8")
    file["<f2"], file[">f8"], file["<u2"], file[">i4"] = (
        np.zeros(2, kind) for kind in ("<f2", ">f8", "<u2", ">i4")
    )
    file["reference:8"] = np.array([file["S3"].ref], dtype=h5py.ref_dtype)
    file["array:<f4"] = np.zeros(2, np.dtype([("a", "f4", (3, 2))]))["a"]
    file.create_dataset("vlen:<i4", (3,), dtype=h5py.vlen_dtype(np.dtype("i4")))[0] = [1, 2, 3]
    file["V5"] = np.zeros(2, "V5")
    file["empty"] = h5py.Empty("f4")
    file["type"] = np.dtype("f8")
    committed = file.create_dataset("committed", (3,), dtype=file["type"])
    committed.attrs.create("a", 1.0, dtype=file["type"])


def links(file: h5py.File) -> None:
    file["a/b/c"] = [1]
    file["a/top"] = file["/"]
    file["a/b/up"] = file["a"]
    file["soft"] = h5py.SoftLink("/a/b")


def deleted(file: h5py.File) -> None:
    for n in range(20):
        file[f"d{n}"] = np.random.default_rng(n).random(100)
    for n in range(0, 20, 2):
        del file[f"d{n}"]
    file["again"] = np.ones(90)


# Changing them ---------------------------------------------------------------------------------


def patched(data: bytes, at: int, raw: bytes) -> bytes:
    return data[:at] + raw + data[at + len(raw) :]


def summed(data: bytes, magic: bytes) -> bytes:
    """Mend the sums of object headers that were changed."""
    at = data.find(magic)
    while at >= 0:
        flags = data[at + 5]
        start = at + 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
        width = 1 << (flags & 3)
        end = start + width + int.from_bytes(data[start : start + width], "little")
        data = patched(data, end, lookup3(data[at:end]).to_bytes(4, "little"))
        at = data.find(magic, at + 4)
    return data


def mended(data: bytes, at: int, place: int, raw: bytes) -> bytes:
    """Change bytes of a block that has a sum behind it, and the sum."""
    end = at + 8
    while lookup3(data[at:end]) != int.from_bytes(data[end : end + 4], "little"):
        end += 1
    changed = patched(data, at + place, raw)
    return patched(changed, end, lookup3(changed[at:end]).to_bytes(4, "little"))


def everything(file: h5py.File) -> None:
    many_attributes(file)
    file.create_group("g", track_order=True)
    for n in range(60):
        file[f"g/{n}"] = [n]
    for name, data, most in (
        ("fixed", np.ones(40), None),
        ("extensible", np.ones(400), (None,)),
        ("tree", np.ones((20, 20)), (None, None)),
    ):
        file.create_dataset(name, data=data, chunks=(1,) * data.ndim, maxshape=most)


def small_and_links(file: h5py.File) -> None:
    small(file)
    links(file)


def everything_and_texts(file: h5py.File) -> None:
    everything(file)
    texts(file)
