from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest
from blake3 import blake3

from tests.formats.hdf5_files import (
    created,
    deleted,
    filled,
    good,
    hdf5,
    in_a_row,
    keras,
    kinds,
    links,
    long_names,
    many_attributes,
    many_links,
    mended,
    patched,
    small,
    sparse,
    summed,
    texts,
)
from tests.formats.samples import SYSTEM, codes, messages, names, read
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.hdf5 import _structure
from weighbridge.formats.hdf5_file import Hdf5File
from weighbridge.formats.record import Record
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from tests.formats.hdf5_files import Fill
    from weighbridge.formats.interface import Reader

VERSIONS = ["earliest", "v108", "v110", "latest"]


@pytest.mark.parametrize("options", [{}, {"track_order": True}, {"userblock_size": 512}])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_keras_writes_reads_complete(version: str, options: dict[str, Any]) -> None:
    data = hdf5(keras, libver=version, **options)
    found = good(data)
    assert len(found.tensors) == 24
    kernel = next(t for t in found.tensors if t.name.endswith("dense_7/dense_7/kernel:0"))
    assert (kernel.name, kernel.dtype, kernel.shape) == (
        "model_weights/dense_7/dense_7/kernel:0",
        "<f4",
        (3, 5),
    )
    content = data[kernel.offset : kernel.offset + kernel.size]
    assert content == np.full((3, 5), 7, "f4").tobytes()
    assert kernel.digest == f"blake3:{blake3(content).hexdigest()}"
    facts = dict(found.metadata)
    assert (facts["keras_version"], facts["backend"]) == ("3.5.0", "tensorflow")
    assert {("keras-class", "Sequential"), ("keras-class", "Dense")} <= {*found.metadata}
    assert ("user-block" in facts) == ("userblock_size" in options)


@pytest.mark.parametrize(
    "fill",
    [
        lambda _: None,
        many_links,
        long_names,
        many_attributes,
        texts,
        filled((5, 5), (5, 5)),
        filled((3_000,), (1,)),
        filled((6_000,), (1,), grows=True),
        filled((40, 40), (1, 1), grows=True),
        filled((30, 30), (4, 7)),
        created(lambda properties: properties.set_layout(h5py.h5d.COMPACT)),
        created(in_a_row),
        kinds,
        links,
        deleted,
    ],
)
@pytest.mark.parametrize("version", ["earliest", "latest"])
def test_what_the_library_writes_reads_complete(version: str, fill: Fill) -> None:
    data = hdf5(fill, libver=version)
    found = good(data)
    there: list[tuple[int, ...]] = []

    def visit(_: str, thing: object) -> None:
        if isinstance(thing, h5py.Dataset):
            there.append(thing.shape or ())

    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(visit)
    assert sorted(tensor.shape for tensor in found.tensors) == sorted(there)
    facts = dict(found.metadata)
    assert int(facts.get("free-space", "0").split(" ")[0]) < 12_000 + len(data) // 20


@pytest.mark.parametrize(
    "options",
    [
        {"fs_strategy": "fsm", "fs_persist": True},
        {"fs_strategy": "page", "fs_persist": True, "fs_page_size": 4_096},
        {"fs_strategy": "none"},
    ],
)
def test_files_that_keep_their_free_space_read_complete(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver="latest", **options) as file:
        deleted(file)
    good(path.read_bytes())


@pytest.mark.parametrize("version", ["earliest", "latest"])
def test_chunks_that_nobody_wrote_are_nowhere(tmp_path: Path, version: str) -> None:
    # To memory h5py does not write what nobody wrote at the end of the file.
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver=version) as file:
        sparse(file)
    good(path.read_bytes())


@pytest.mark.parametrize(("name", "version"), [("v1", "1"), ("v3", "3")])
def test_nodes_and_numbers_of_other_sizes_are_read(name: str, version: str) -> None:
    data = (Path(__file__).parent / "files" / f"node-sizes-{name}.h5").read_bytes()
    found = good(data)
    assert (found.version, len(found.tensors)) == (version, 13)


def test_data_types_have_numpy_s_words_where_there_are_any() -> None:
    found = good(hdf5(kinds))
    assert {t.name: t.dtype for t in found.tensors} == {
        **{t.name: t.name for t in found.tensors},
        "empty": "<f4",
        "committed": "committed",
    } | {"array:<f4": "<f4", "enum:<i1": "enum:<i1"}


def test_chunks_do_not_lie_there_as_they_are() -> None:
    found = good(hdf5(filled((6, 6), (2, 3))))
    assert {t.offset for t in found.tensors} == {-1}
    assert {t.size for t in found.tensors} == {288}
    assert found.metadata[0] == ("filter", "deflate")


def test_an_object_is_named_by_its_first_path_and_read_once() -> None:
    found = good(hdf5(links))
    assert [t.name for t in found.tensors] == ["a/b/c"]
    assert ("soft-link", "soft -> /a/b") in found.metadata


def test_filters_that_only_plug_ins_know_are_noted() -> None:
    data = hdf5(filled((6, 6), (2, 3)), libver="latest")
    at = data.index(b"OHDR", data.index(b"OHDR", 60) + 4)
    place = data.index(b"\x0b", at)
    while data[place : place + 8] != b"\x0b" + data[place + 1 : place + 4] + b"\2\1\1\0":
        place = data.index(b"\x0b", place + 1)
    changed = summed(patched(data, place + 6, b"\x7b\0"), b"OHDR")
    assert ("unknown-filter", "123") in read(changed).metadata


# What leads out of the file ---------------------------------------------------------------------


@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize("name", ["other.h5", "/etc/passwd", "../up.h5"])
def test_an_external_link_is_outside(version: str, name: str) -> None:
    def fill(file: h5py.File) -> None:
        file["out"] = h5py.ExternalLink(name, "/weights")

    found = read(hdf5(fill, libver=version))
    assert (found.status, codes(found)) == ("complete", ["SEC007"])
    assert f"`{name}`" in messages(found)
    assert dict(found.metadata)["external-file"] == name
    assert [r.path for r in found.references] == ([name] if name == "other.h5" else [])


@pytest.mark.parametrize("version", ["earliest", "latest"])
def test_elements_kept_in_another_file_are_outside(version: str, tmp_path: Path) -> None:
    name = str(tmp_path / "raw.bin")

    def fill(file: h5py.File) -> None:
        file.create_dataset("d", (3,), "f4", external=[(name, 8, 12)])
        file["d"][:] = 1

    found = read(hdf5(fill, libver=version))
    assert (found.status, codes(found)) == ("complete", ["SEC007"])
    assert name[:40] in messages(found)
    assert found.tensors[0].offset == -1


def test_a_virtual_dataset_is_outside_and_not_judged() -> None:
    def fill(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((3,), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "d", (3,))
        file.create_virtual_dataset("v", layout)

    found = read(hdf5(fill, libver="latest"))
    assert (found.status, codes(found)) == ("incomplete", ["SEC007"])
    assert ("virtual-dataset", "v") in found.metadata


# What belongs to nothing ------------------------------------------------------------------------


def test_a_user_block_of_another_format_is_hidden() -> None:
    data = hdf5(small, userblock_size=1_024)
    assert good(data).metadata[0] == ("user-block", "1024 bytes")
    found = read(patched(data, 0, SYSTEM))
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])
    assert "are pickle" in messages(found)
    unknown = read(patched(data, 0, b"MATLAB"))
    assert (unknown.status, unknown.problems) == ("incomplete", ())
    assert "before the superblock" in unknown.reason


# What tells of the model ------------------------------------------------------------------------


def attributes(**values: object) -> Fill:
    def fill(file: h5py.File) -> None:
        for name, value in values.items():
            file.attrs[name] = value

    return fill


def test_a_lambda_layer_is_noted() -> None:
    config = '{"class_name": "Lambda", "config": {"name": "evil"}}'
    for value in (config, config.encode(), np.array([config.encode()])):
        found = read(hdf5(attributes(model_config=value)))
        assert ("keras-lambda", "evil") in found.metadata
        assert (found.status, found.problems) == ("complete", ())
        assert [(use.kind, use.name) for use in found.code] == [
            ("keras-lambda", "evil"),
            ("keras-class", "Lambda"),
        ]


def test_a_large_recipe_is_found_among_large_objects() -> None:
    config = np.bytes_(b'{"class_name": "Dense", "x": "' + b"x" * 90_000 + b'"}')
    data = hdf5(attributes(model_config=config), libver="latest")
    assert ("keras-class", "Dense") in good(data).metadata
    identity = data.index(b"BTLF\0\x08") + 7
    for changed in (
        mended(data, identity - 7, 7, b"\x09"),
        mended(data, data.index(b"BTLF\0\1"), 6, b"\xff" * 8),
    ):
        assert read(changed).status == "error"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "is no JSON"),
        (np.zeros(2), "no single text"),
        ([b"{}", b"{}"], "no single text"),
        ('"' + "x" * (5 << 20) + '"', "over the limit"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_incomplete(value: object, reason: str) -> None:
    found = read(hdf5(attributes(model_config=value)))
    assert (found.status, found.problems) == ("incomplete", ())
    assert reason in found.reason


def test_a_recipe_of_a_data_type_kept_elsewhere_is_incomplete() -> None:
    def fill(file: h5py.File) -> None:
        file["type"] = h5py.string_dtype("utf-8", 2)
        file.attrs.create("model_config", b"{}", dtype=file["type"])

    for version in ("earliest", "latest"):
        found = read(hdf5(fill, libver=version))
        assert (found.status, found.problems) == ("incomplete", ())
        assert "model_config" in found.reason


@pytest.mark.parametrize("path", ["/", "/group"])
def test_a_pickle_kept_as_a_text_is_read(path: str) -> None:
    def fill(file: h5py.File) -> None:
        file.require_group(path).attrs["what"] = np.bytes_(b"cposix\nsystem\n(S'id'\ntR.")
        file.require_group(path).attrs["text"] = "A sentence that ends."

    for version in ("earliest", "latest"):
        data = hdf5(fill, libver=version)
        found = read(data)
        assert (found.status, names(found)) == ("complete", ["posix.system"])
        assert [member.container for member in found.members] == [f"{path[1:]}@what"]
        assert read(data, depth=0).status == "incomplete"


def test_the_texts_of_a_hundred_attributes_are_kept() -> None:
    found = good(
        hdf5(attributes(**{f"a{n:03}": b"x" * 9_000 for n in range(120)}), libver="latest")
    )
    assert len(found.metadata) <= 101
    assert {len(value) for key, value in found.metadata if key[0] == "a"} == {4_096}


def holes(data: bytes) -> list[tuple[int, int]]:
    file = Hdf5File(Record(format="hdf5", size=len(data)), DEFAULT_LIMITS)

    def structure_only() -> Reader:
        yield from _structure(file)
        return file.record.structure()

    read_bytes(data, structure_only(), limits=DEFAULT_LIMITS)
    return file.gaps()


def test_free_space_is_looked_at() -> None:
    data = hdf5(deleted)
    free = sum(end - start for start, end in holes(data))
    assert dict(good(data).metadata)["free-space"].startswith(f"{free} bytes")
    start, end = max(holes(data), key=lambda hole: hole[1] - hole[0])
    for zeros in (0, 9):
        hidden = (bytes(zeros) + SYSTEM).ljust(end - start, b"\0")
        found = read(patched(data, start, hidden))
        assert (found.status, codes(found)) == ("incomplete", ["SEC009"])
        assert found.coverage == len(data) - (end - start)
        assert "are pickle" in messages(found)


def test_what_follows_the_end_is_corrupt() -> None:
    for more in (bytes(9), SYSTEM):
        found = read(hdf5(small) + more)
        assert (found.status, codes(found)) == ("error", ["INT008"])
        assert f"{len(more)} bytes follow" in messages(found)
