from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bench import cells, inputs, reading
from bench.measure import NotPreparedError
from weighbridge.model.fact import ObservedFile
from weighbridge.model.structure import Structure
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from pathlib import Path


class Disk(NamedTuple):
    free: int


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave less than is spared on every disk."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(free=1 << 30))


def test_every_cell_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = [cell.name for cell in cells.cells(tmp_path, tmp_path)]
    assert {"digest-16x64m", "read-20k", "scan-2g", "memory-4g"} <= set(names)
    assert len(names) == len(set(names))


def test_naming_the_cells_of_reading_makes_no_file(tmp_path: Path) -> None:
    assert reading.cells(tmp_path / "inputs", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_peer_is_the_one_installed_apart_or_the_one_on_the_path(tmp_path: Path) -> None:
    assert reading.peer(tmp_path, "usr", "bin", "b3sum") == "b3sum"
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/b3sum").touch()
    assert reading.peer(tmp_path, "usr", "bin", "b3sum") == str(tmp_path / "usr/bin/b3sum")


def test_files_are_made_once_and_no_two_alike(tmp_path: Path) -> None:
    paths = [tmp_path / "new" / name for name in ("a", "b")]
    inputs.write_files(paths, (1 << 20) + 5)
    first = [path.read_bytes() for path in paths]
    assert [len(content) for content in first] == [(1 << 20) + 5] * 2
    assert first[0] != first[1]
    inputs.write_files(paths, 7)
    assert [path.read_bytes() for path in paths] == first


def test_small_files_are_made_in_folders(tmp_path: Path) -> None:
    for _ in range(2):
        inputs.write_many(tmp_path / "many", folders=2, files=3, size=10)
    sizes = [path.stat().st_size for path in (tmp_path / "many").rglob("*.bin")]
    assert sizes == [10] * 6


def test_the_tensors_of_the_release_are_whole(tmp_path: Path) -> None:
    manifest = tmp_path / "release" / "release.yaml"
    for _ in range(2):
        inputs.write_release(manifest, "model.safetensors", size=(2 << 20) + 3, tensors=7)
    ((_, found),) = Reading().read(WorkTree(manifest.parent), ["model.safetensors"])
    assert isinstance(found, ObservedFile)
    assert isinstance(found.structure, Structure)
    assert found.structure.status == "complete"
    assert (len(found.structure.tensors), found.structure.problems) == (7, ())
    assert found.digest in manifest.read_text()
    assert (manifest.parent / ".weighbridge").is_dir()


@pytest.mark.usefixtures("narrow")
def test_nothing_large_is_begun_where_there_is_no_room(tmp_path: Path) -> None:
    with pytest.raises(NotPreparedError, match=r"2\.0 GiB and one to spare are needed"):
        inputs.write_files([tmp_path / "large"], 2 << 30)
    with pytest.raises(NotPreparedError, match=r"1\.0 are free"):
        inputs.write_release(tmp_path / "release.yaml", "m.safetensors", size=8, tensors=1)
    assert not (tmp_path / "large").exists()


def test_a_key_is_made_once(tmp_path: Path) -> None:
    inputs.write_key(tmp_path / "keys" / "key.pem")
    first = (tmp_path / "keys" / "key.pem").read_bytes()
    assert first.startswith(b"-----BEGIN PRIVATE KEY-----")
    inputs.write_key(tmp_path / "keys" / "key.pem")
    assert (tmp_path / "keys" / "key.pem").read_bytes() == first
