from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from tests.adapters.memory import MemorySource
from tests.formats.samples import TORCH_DATA, Member, safetensors, torch_zip, two_tensors, zip_bytes
from tests.probes.observing import file, observe
from weighbridge.codec.canonical import digest
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.probes.reading.one_pass import CHUNK
from weighbridge.probes.tensors import TensorIndex, index_tensors, look_into
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

DATA = bytes(range(28))
WEIGHTS = safetensors(two_tensors(), DATA)


def indexed(root: Path, data: bytes) -> tuple[TensorIndex, ...]:
    (root / "m").write_bytes(data)
    return index_tensors(file(observe(root, "m"), "m"))


def blake(data: bytes) -> str:
    return f"blake3:{blake3(data).hexdigest()}"


def digests(index: TensorIndex) -> dict[str, str | None]:
    return {name: state.digest for name, state in index.tensors}


def test_each_tensor_of_a_file_is_digested(root: Path) -> None:
    (index,) = indexed(root, WEIGHTS)
    assert index.container == ""
    assert digests(index) == {"a": blake(DATA[:24]), "b": blake(DATA[24:])}
    name, state = index.tensors[0]
    assert (name, state.dtype, state.shape, state.size) == ("a", "F32", (2, 3), 24)


def test_a_tensor_longer_than_a_chunk_is_digested_whole(root: Path) -> None:
    data = b"ab" * CHUNK + b"c"
    whole = {"dtype": "U8", "shape": [len(data)], "data_offsets": [0, len(data)]}
    (index,) = indexed(root, safetensors({"w": whole}, data))
    assert digests(index) == {"w": blake(data)}


def test_a_tensor_of_nothing_has_the_digest_of_nothing(root: Path) -> None:
    (index,) = indexed(
        root, safetensors({"w": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}})
    )
    assert digests(index) == {"w": blake(b"")}


def test_storages_of_a_torch_archive_are_digested_once(root: Path) -> None:
    (index,) = indexed(root, torch_zip(storage=bytes(range(16))))
    assert digests(index) == {"data/0": blake(bytes(range(16)))}


@pytest.mark.parametrize("method", [0, 8])
def test_what_lies_in_a_member_is_digested_too(root: Path, method: int) -> None:
    member = Member(name=b"w.safetensors", data=WEIGHTS, method=method)
    (index,) = indexed(root, zip_bytes(member))
    assert index.container == "w.safetensors"
    assert digests(index) == {"a": blake(DATA[:24]), "b": blake(DATA[24:])}


def test_a_storage_that_is_packed_has_the_digest_of_what_it_unfolds_to(root: Path) -> None:
    parts = {b"m/data.pkl": TORCH_DATA, b"m/version": b"3\n", b"m/data/0": bytes(16)}
    packed = zip_bytes(*(Member(name=name, data=data, method=8) for name, data in parts.items()))
    (index,) = indexed(root, packed)
    assert digests(index) == {"data/0": blake(bytes(16))}


@pytest.mark.parametrize("data", [b"no\0format", WEIGHTS[:-1], WEIGHTS + b"x", b""])
def test_what_has_no_whole_structure_has_no_index(root: Path, data: bytes) -> None:
    assert indexed(root, data) == ()


def test_a_structure_that_could_not_be_had_has_no_index() -> None:
    unread = ObservedFile(path="m", size=1, digest="", structure=Unavailable("no"))
    assert index_tensors(unread) == ()


class Tree:
    """A tree of one file, which may be another each time it is opened."""

    def __init__(self, *sources: MemorySource | PathProblem | Unavailable) -> None:
        self._sources = list(sources)

    def kind(self, path: str) -> str:
        return "file" if path else ""

    def files(self, path: str) -> Iterator[str]:
        yield path

    def link(self, path: str) -> str | None:
        return path and None

    def open(self, path: str) -> MemorySource | PathProblem | Unavailable:
        assert path == "m"
        return self._sources.pop(0)

    def locate(self, path: str) -> None:
        """Say that nobody else can read it."""

    def sources(
        self, paths: Iterable[str]
    ) -> Iterator[tuple[str, MemorySource | PathProblem | Unavailable, str | None]]:
        for path in paths:
            yield path, self.open(path), None


class Broken(MemorySource):
    """A disk that breaks when it is read anywhere but at its beginning."""

    def read_at(self, offset: int, length: int) -> bytes:
        raise OSError(5, "Input/output error", offset, length)


def test_a_file_is_looked_into_if_it_is_the_one_that_was_meant(root: Path) -> None:
    (root / "m").write_bytes(WEIGHTS)
    found = look_into(WorkTree(root), "m", digest(WEIGHTS))
    assert found is not None
    assert found.digest == digest(WEIGHTS)
    assert look_into(WorkTree(root), "m", digest(b"")) is None
    assert look_into(WorkTree(root), "nowhere", digest(b"")) is None
    assert look_into(Tree(Broken(WEIGHTS)), "m", digest(WEIGHTS)) is None


def test_a_file_of_no_known_format_is_not_read() -> None:
    source = MemorySource(b"no\0format")
    assert look_into(Tree(source), "m", digest(b"no\0format")) is None
    assert source.position == 0
