from __future__ import annotations

import os
import resource
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.adapters.test_contract import DATA, digest_of
from tests.children import end, public_folder, start, tell, tell_as_nobody
from weighbridge.adapters.blobs.folder import FolderBlobs, blob_path
from weighbridge.model.errors import RegistryError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = digest_of(DATA)


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_blob_is_one_read_only_file_named_by_its_digest(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    blobs.put(DATA)
    path = tmp_path / "blobs/sha256" / DIGEST[7:9] / DIGEST[9:]
    assert files(tmp_path) == [path]
    assert blobs.where(DIGEST) == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.read_bytes() == DATA


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    assert not blobs.has(DIGEST)
    assert list(tmp_path.iterdir()) == []


def test_bytes_and_names_are_made_to_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    FolderBlobs(tmp_path / "blobs").put(DATA)
    incoming = str(tmp_path / "blobs/incoming/")
    assert any(name.startswith(incoming) for name in synced)
    folder = blob_path(tmp_path / "blobs", DIGEST).parent
    # The file before its name: a name that outlives its bytes would be a damaged blob.
    assert synced[-1] == str(folder)
    assert {str(tmp_path), str(tmp_path / "blobs"), str(folder.parent)} <= set(synced)


def test_a_store_may_take_in_more_files_than_a_process_may_open(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted, not read
    waiting = [blobs.incoming() for _ in range(50)]
    for number, incoming in enumerate(waiting):
        incoming.write(b"%d" % number)
        incoming.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - counted, not read
    for number, incoming in enumerate(waiting):
        incoming.commit(digest_of(b"%d" % number))
    assert len(files(tmp_path)) == 50


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_an_interrupted_commit_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    incoming = blobs.incoming()
    incoming.write(DATA)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(StorageError, match="no space left"):
        incoming.commit(DIGEST)
    monkeypatch.undo()
    assert not blobs.has(DIGEST)
    assert files(tmp_path) == []


def test_an_interruption_by_hand_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    blobs = FolderBlobs(tmp_path)
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        blobs.put(DATA)
    assert files(tmp_path) == []


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path) -> None:
    def put() -> str:
        # The write that crosses the limit is cut short, and the one after it fails.
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        with pytest.raises(StorageError) as caught:
            FolderBlobs(tmp_path).put(DATA)
        return f"{caught.value.code} {caught.value.faults[0].seen}"

    assert tell(put) == "WB133 file too large"
    assert files(tmp_path) == []


def test_writers_of_one_blob_do_not_disturb_each_other(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: blobs.put(DATA), range(40))) == {DIGEST}
    children = [start(lambda: blobs.put(DATA + b"x")) for _ in range(4)]
    assert [end(child) for child in children] == [0] * 4
    assert len(files(tmp_path)) == 2
    assert blobs.read(digest_of(DATA + b"x")) == DATA + b"x"


def test_a_link_in_place_of_a_blob_is_not_followed(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    blobs.put(DATA)
    path = blob_path(blobs.root, DIGEST)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    for question in (blobs.read, blobs.open):
        with pytest.raises(RegistryError, match="cannot be read"):
            question(DIGEST)


def test_a_blob_that_may_not_be_read() -> None:
    with public_folder() as folder:
        blobs = FolderBlobs(folder / "blobs")
        blobs.put(DATA)
        blob_path(blobs.root, DIGEST).chmod(0)

        def look() -> str:
            assert blobs.has(DIGEST)
            with pytest.raises(RegistryError) as caught:
                blobs.read(DIGEST)
            return str(caught.value)

        assert "cannot be read: permission denied" in tell_as_nobody(look)


def test_a_store_nobody_may_write_to() -> None:
    with public_folder() as folder:

        def write() -> str:
            with pytest.raises(StorageError) as caught:
                FolderBlobs(folder / "blobs").put(DATA)
            return caught.value.code

        folder.chmod(0o555)
        assert tell_as_nobody(write) == "WB133"
        assert list(folder.iterdir()) == []


def test_a_file_in_place_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "blobs").touch()
    blobs = FolderBlobs(tmp_path / "blobs")
    assert not blobs.has(DIGEST)
    with pytest.raises(RegistryError, match="not a directory"):
        blobs.read(DIGEST)
    with pytest.raises(StorageError, match="exists"):
        blobs.put(DATA)


def test_a_blob_that_shrinks_while_it_is_read_has_changed(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    with blobs.open(blobs.put(DATA)) as source:
        os.truncate(blobs.where(DIGEST), 3)
        assert source.changed()
