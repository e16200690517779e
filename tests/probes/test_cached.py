from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryBlobs
from tests.formats.samples import SYSTEM, safetensors, two_tensors
from tests.probes.trees import release
from weighbridge.adapters.blobs.folder import FolderBlobs
from weighbridge.codec.canonical import digest
from weighbridge.codec.observation import observation_bytes
from weighbridge.model.fact import MISSING, ObservedFile, PathProblem, Unavailable
from weighbridge.model.structure import Structure
from weighbridge.probes import open_file
from weighbridge.probes.neighbours import SMALL
from weighbridge.probes.reading.cached import CachedReading
from weighbridge.probes.reading.fanned import FannedReading
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.sealed_tree import SealedTree
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.model.ports import Tree
    from weighbridge.model.reading import FileReader
    from weighbridge.probes.reading.files import Found

LARGE = bytes(range(256)) * (SMALL // 128)
OTHER = LARGE[::-1]
PATHS = ("large.bin", "small.bin", "model.safetensors")


class MemoryCache:
    """A cache in memory: the production interface."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}

    def digest(self, identity: str) -> str | None:
        return self.files.get(identity)

    def observation(self, digest: str) -> bytes | None:
        return self.contents.get(digest)

    def keep(self, identity: str, digest: str, data: bytes) -> None:
        if identity:
            self.files[identity] = digest
        self.contents[digest] = data


class Reader:
    """Reads, remembers what it was asked for, and may do something before or after."""

    def __init__(
        self,
        reader: FileReader | None = None,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
    ) -> None:
        self.asked: list[str] = []
        self._reader = reader or Reading()
        self._before = before
        self._after = after

    def read(self, tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Found]]:
        self._before()
        for path, found in self._reader.read(tree, paths):
            self.asked.append(path)
            self._after()
            yield path, found


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make files that count as settled, though they were written just now."""
    monkeypatch.setattr(open_file, "_SETTLED", -1_000_000_000)
    (tmp_path / "large.bin").write_bytes(LARGE)
    (tmp_path / "small.bin").write_bytes(b"small")
    (tmp_path / "model.safetensors").write_bytes(safetensors(two_tensors(), bytes(28)))
    return tmp_path


def read(
    tree: Tree | Path, cache: MemoryCache, *paths: str, reader: Reader | None = None
) -> tuple[dict[str, Found], list[str]]:
    """Read files: what was found, and which of them were really read."""
    inner = reader or Reader()
    where = WorkTree(tree) if isinstance(tree, Path) else tree
    found = list(CachedReading(reader=inner, cache=cache).read(where, paths))
    assert sorted(path for path, _ in found) == sorted(paths)
    return dict(found), inner.asked


def file(found: Found) -> ObservedFile:
    assert isinstance(found, ObservedFile), found
    return found


def structure(found: Found) -> Structure:
    known = file(found).structure
    assert isinstance(known, Structure)
    return known


def knows(folder: Path, cache: MemoryCache, path: str = "large.bin") -> bool:
    """Tell whether a file would not be read again; what is found must be true either way."""
    found, asked = read(folder, cache, path)
    here = file(found[path])
    assert here.digest == digest((folder / path).read_bytes())
    assert here.cached is not bool(asked)
    return here.cached


def test_what_did_not_change_is_not_read_again(folder: Path, cache: MemoryCache) -> None:
    whole = dict(Reading().read(WorkTree(folder), PATHS))
    first, asked = read(folder, cache, *PATHS)
    assert (first, sorted(asked)) == (whole, sorted(PATHS))
    again, asked = read(folder, cache, *PATHS)
    assert asked == []
    # It takes longer to know a small file than to read it: what it holds is known by its digest.
    assert {path for path in PATHS if file(again[path]).cached} == {"large.bin"}
    assert {path: replace(file(found), cached=False) for path, found in again.items()} == whole


def test_what_others_read_is_kept_like_what_is_read_here(folder: Path, cache: MemoryCache) -> None:
    first, _ = read(folder, cache, *PATHS, reader=Reader(FannedReading()))
    again, asked = read(folder, cache, *PATHS)
    assert asked == []
    assert {path: replace(file(found), cached=False) for path, found in again.items()} == first


@pytest.mark.parametrize("size", [SMALL, SMALL + 1])
def test_up_to_a_size_files_are_read_all_the_same(
    folder: Path, cache: MemoryCache, size: int
) -> None:
    (folder / "x").write_bytes(bytes(size))
    read(folder, cache, "x")
    found, asked = read(folder, cache, "x")
    assert asked == []
    assert file(found["x"]).cached is (size > SMALL)


def rewrite(path: Path) -> None:
    path.write_bytes(OTHER)


def rewrite_and_set_the_time_back(path: Path) -> None:
    before = path.stat()
    path.write_bytes(OTHER)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def write_one_byte_within(path: Path) -> None:
    before = path.stat()
    with path.open("r+b") as opened:
        opened.seek(SMALL)
        opened.write(b"!")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_name(path: Path) -> None:
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(OTHER)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def append(path: Path) -> None:
    with path.open("ab") as opened:
        opened.write(b"!")


def cut(path: Path) -> None:
    os.truncate(path, SMALL + 1)


def link_elsewhere(path: Path) -> None:
    path.rename(path.with_name("was"))
    path.with_name("now").write_bytes(OTHER)
    path.symlink_to("now")


def touch(path: Path) -> None:
    os.utime(path, ns=(0, 0))


CHANGES = [
    rewrite,
    rewrite_and_set_the_time_back,
    write_one_byte_within,
    replace_by_name,
    append,
    cut,
    link_elsewhere,
    touch,
]


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_noticed(
    folder: Path, cache: MemoryCache, change: Callable[[Path], None]
) -> None:
    assert [knows(folder, cache), knows(folder, cache)] == [False, True]
    change(folder / "large.bin")
    assert [knows(folder, cache), knows(folder, cache)] == [False, True]


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changed_before_it_was_read_is_not_remembered(
    folder: Path, cache: MemoryCache, change: Callable[[Path], None]
) -> None:
    """Between looking at it and reading it."""
    path = folder / "large.bin"
    found, _ = read(folder, cache, "large.bin", reader=Reader(before=lambda: change(path)))
    assert file(found["large.bin"]).digest == digest(path.read_bytes())
    assert cache.files == {}
    assert knows(folder, cache) is False


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changed_after_it_was_read_is_not_remembered(
    folder: Path, cache: MemoryCache, change: Callable[[Path], None]
) -> None:
    path = folder / "large.bin"
    found, _ = read(folder, cache, "large.bin", reader=Reader(after=lambda: change(path)))
    assert file(found["large.bin"]).digest == digest(LARGE)
    assert cache.files == {}
    assert knows(folder, cache) is False


def test_a_file_that_went_away_after_it_was_read_is_not_remembered(
    folder: Path, cache: MemoryCache
) -> None:
    path = folder / "large.bin"
    read(folder, cache, "large.bin", reader=Reader(after=path.unlink))
    assert (cache.files, cache.contents) == ({}, {})
    assert read(folder, cache, "large.bin")[0] == {"large.bin": Unavailable(MISSING)}


def test_a_file_that_was_written_a_moment_ago_is_not_remembered(
    folder: Path, cache: MemoryCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # clocks of file systems tick slowly: two writes may have one time
    assert [knows(folder, cache), knows(folder, cache)] == [False, False]
    assert cache.files == {}
    os.utime(folder / "large.bin", ns=(0, 0))  # that, too, was a moment ago
    assert [knows(folder, cache), knows(folder, cache)] == [False, False]


def test_a_file_of_the_future_is_not_remembered(folder: Path, cache: MemoryCache) -> None:
    os.utime(folder / "large.bin", (1 << 33, 1 << 33))
    assert [knows(folder, cache), knows(folder, cache)] == [False, False]


def test_the_same_content_is_understood_once_whatever_it_is_called(
    folder: Path, cache: MemoryCache
) -> None:
    weights = safetensors(two_tensors(), bytes(28))
    read(folder, cache, "model.safetensors")
    (folder / "model.pkl").write_bytes(weights)
    (folder / "model").write_bytes(weights)
    names = ("model.pkl", "model", "model.safetensors")
    found, asked = read(folder, cache, *names)
    assert asked == []
    promised = {name: dict(structure(found[name]).metadata) for name in names}
    assert "pickle" in promised["model.pkl"]["expected-format"]
    assert promised["model.safetensors"]["expected-format"] == "safetensors"
    assert "expected-format" not in promised["model"]
    assert found == dict(Reading().read(WorkTree(folder), names))


def test_names_of_one_file_keep_their_links_and_promises(folder: Path, cache: MemoryCache) -> None:
    (folder / "link.gguf").symlink_to("large.bin")
    (folder / "twin.npy").hardlink_to(folder / "large.bin")
    names = ("large.bin", "link.gguf", "twin.npy")
    read(folder, cache, "large.bin")
    found, asked = read(folder, cache, *names)
    assert asked == []
    assert {name for name in names if file(found[name]).cached} == set(names)
    known = {name: replace(file(one), cached=False) for name, one in found.items()}
    assert known == dict(Reading().read(WorkTree(folder), names))
    assert known["link.gguf"].link == "large.bin"


def test_what_is_not_followed_or_not_there_is_never_kept(folder: Path, cache: MemoryCache) -> None:
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "folder").mkdir()
    for _ in range(2):
        found, asked = read(folder, cache, "out", "nowhere", "folder")
        assert isinstance(found["out"], PathProblem)
        assert found["nowhere"] == Unavailable(MISSING)
        assert asked == []
    assert (cache.files, cache.contents) == ({}, {})


def test_what_its_reader_could_not_finish_is_read_again(folder: Path, cache: MemoryCache) -> None:
    inner = Reader(Reading(examine=False))
    read(folder, cache, "large.bin", reader=inner)
    assert (cache.files, cache.contents) == ({}, {})
    assert knows(folder, cache) is False


def other_digest(cache: MemoryCache) -> None:
    cache.files = dict.fromkeys(cache.files, digest(OTHER))


def no_digest(cache: MemoryCache) -> None:
    cache.files = dict.fromkeys(cache.files, "sha256:nonsense")


def garbage(cache: MemoryCache) -> None:
    cache.contents = dict.fromkeys(cache.contents, b"{garbage")


def nothing(cache: MemoryCache) -> None:
    cache.contents.clear()


def of_another_content(cache: MemoryCache) -> None:
    other = ObservedFile("x", 5, digest(b"other"), Structure(format="a", status="complete"))
    cache.contents = dict.fromkeys(cache.contents, observation_bytes(other))


def of_no_file(cache: MemoryCache) -> None:
    cache.contents = dict.fromkeys(cache.contents, observation_bytes(Unavailable("no")))


def without_structure(cache: MemoryCache) -> None:
    for known in cache.contents:
        other = ObservedFile("x", 5, known, Unavailable("the process died"))
        cache.contents[known] = observation_bytes(other)


@pytest.mark.parametrize(
    "damage",
    [
        other_digest,
        no_digest,
        garbage,
        nothing,
        of_another_content,
        of_no_file,
        without_structure,
    ],
)
def test_what_a_cache_cannot_know_is_read(
    folder: Path, cache: MemoryCache, damage: Callable[[MemoryCache], None]
) -> None:
    first, _ = read(folder, cache, "large.bin")
    damage(cache)
    again, asked = read(folder, cache, "large.bin")
    assert asked == ["large.bin"]
    assert again == first
    assert knows(folder, cache) is True


def test_only_a_small_part_of_a_content_is_kept(folder: Path, cache: MemoryCache) -> None:
    read(folder, cache, "large.bin")
    assert sum(map(len, cache.contents.values())) < 1_000


def sealed(blobs: FolderBlobs | MemoryBlobs) -> SealedTree:
    artifacts = [
        {"path": path, "digest": blobs.put(data)}
        for path, data in (("w/large.bin", LARGE), ("w/small.pkl", SYSTEM))
    ]
    return SealedTree(release(*artifacts), blobs)


@pytest.mark.parametrize("where", ["folder", "memory"])
def test_a_registry_s_own_bytes_are_always_read(
    folder: Path, cache: MemoryCache, where: str
) -> None:
    tree = sealed(FolderBlobs(folder / "blobs") if where == "folder" else MemoryBlobs())
    paths = ("w/large.bin", "w/small.pkl")
    whole = dict(Reading().read(tree, paths))
    for _ in range(2):
        found, asked = read(tree, cache, *paths, "w/nowhere")
        assert sorted(asked) == sorted(paths)
        assert found.pop("w/nowhere") == Unavailable(MISSING)
        assert found == whole
    assert cache.files == {}
