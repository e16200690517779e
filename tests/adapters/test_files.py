from __future__ import annotations

import errno
import os
import resource
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.children import NOBODY, public_folder, tell, tell_as_nobody
from weighbridge.adapters.files import lasting, make_folder, storing, write_file, write_files
from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


def fails(error: BaseException) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("data", [b"", b"new", b"x" * 1_000_000])
def test_a_file_gets_other_bytes(file: Path, data: bytes) -> None:
    write_file(file, data)
    assert file.read_bytes() == data
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o644, 0o666, 0o755])
def test_permissions_are_kept(file: Path, permissions: int) -> None:
    file.chmod(permissions)
    write_file(file, b"new")
    assert mode(file) == permissions


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    for umask, permissions in ((0o022, 0o644), (0o077, 0o600)):
        before = os.umask(umask)
        try:
            write_file(tmp_path / oct(umask), b"new")
        finally:
            os.umask(before)
        assert mode(tmp_path / oct(umask)) == permissions


def test_the_owner_is_kept(file: Path) -> None:
    # Only root can give files away; for anybody else this asks for what is so already.
    owner = NOBODY if os.geteuid() == 0 else os.geteuid()
    os.chown(file, owner, -1)
    write_file(file, b"new")
    assert file.stat().st_uid == owner


def test_a_file_of_somebody_else_that_may_be_written_is_written() -> None:
    with public_folder() as folder:
        (folder / "file").write_bytes(b"old")
        (folder / "file").chmod(0o666)
        folder.chmod(0o777)

        def write() -> str:
            write_file(folder / "file", b"new")
            return f"{mode(folder / 'file'):o}"

        assert tell_as_nobody(write) == "666"
        assert (folder / "file").read_bytes() == b"new"


def test_a_secret_is_never_open_to_others(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.chmod(0o600)
    seen: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        seen.extend(mode(path) for path in file.parent.iterdir())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_file(file, b"secret")
    assert set(seen) == {0o600}


def test_a_link_stays_and_its_target_is_written(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to("file")
    write_file(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_a_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_the_longest_name(tmp_path: Path) -> None:
    write_file(tmp_path / ("n" * 255), b"new")
    assert (tmp_path / ("n" * 255)).read_bytes() == b"new"


@pytest.mark.parametrize("step", ["os.fsync", "os.fchmod", "pathlib.Path.replace"])
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), StorageError),
        (OSError("no number"), StorageError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_an_interruption_leaves_the_old_file(
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    error: BaseException,
    raised: type[BaseException],
) -> None:
    monkeypatch.setattr(step, fails(error))
    with pytest.raises(raised):
        write_file(file, b"new")
    monkeypatch.undo()
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


def test_the_name_is_changed_after_the_bytes_are_safe(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        kind = os.fstat(descriptor).st_mode
        events.append("folder" if stat.S_ISDIR(kind) else "file")
        real_fsync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        events.append("rename")
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    write_file(file, b"new")
    assert events == ["file", "rename", "folder"]


# As nobody: code that renames over a device must fail here, not take the machine's device away.


def test_a_device_takes_the_bytes_and_stays_a_device() -> None:
    def write() -> str:
        write_file(Path("/dev/null"), b"new")
        return "taken"

    assert tell_as_nobody(write) == "taken"
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_device_is_a_full_disk() -> None:
    def write() -> str:
        with pytest.raises(StorageError) as caught:
            write_file(Path("/dev/full"), b"new")
        return f"{caught.value.code} {caught.value.faults[0].seen}"

    assert tell_as_nobody(write) == "WB133 no space left on device"
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_pipe_takes_the_bytes(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    write_file(Path(f"/dev/fd/{writer}"), b"new")
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b"new"
    assert list(tmp_path.iterdir()) == []


def test_where_no_file_can_be(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a directory"):
        write_file(tmp_path, b"new")
    with pytest.raises(StorageError, match="no such file"):
        write_file(tmp_path / "nowhere/file", b"new")
    assert list(tmp_path.iterdir()) == []


def test_what_may_not_be_written_stays() -> None:
    with public_folder() as folder:
        (folder / "file").write_bytes(b"old")

        def write(name: str) -> str:
            with pytest.raises(StorageError) as caught:
                write_file(folder / name, b"new")
            return caught.value.faults[0].message

        folder.chmod(0o555)
        assert "permission denied" in tell_as_nobody(lambda: write("file"))
        assert "permission denied" in tell_as_nobody(lambda: write("other"))
        # A file made read-only is meant to stay, whatever the folder allows.
        folder.chmod(0o777)
        (folder / "file").chmod(0o444)
        assert "permission denied" in tell_as_nobody(lambda: write("file"))
        assert (folder / "file").read_bytes() == b"old"
        assert [path.name for path in folder.iterdir()] == ["file"]


def test_a_disk_that_fills_up(file: Path) -> None:
    def write() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        with pytest.raises(StorageError) as caught:
            write_file(file, b"x" * 5000)
        return caught.value.code

    assert tell(write) == "WB133"
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


def test_an_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught, storing(tmp_path):
        raise OSError(errno.EROFS, "Read-only file system")
    (fault,) = caught.value.faults
    assert fault.message == f"{tmp_path} could not be written: read-only file system"
    assert fault.seen == "read-only file system"
    assert fault.help


def test_folders_are_made_to_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    make_folder(tmp_path / "a/b/c")
    make_folder(tmp_path / "a/b/c")
    assert (tmp_path / "a/b/c").is_dir()
    assert synced == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a/b")]


def test_a_folder_that_cannot_be_held_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    done = []
    with pytest.raises(FileNotFoundError), lasting(tmp_path / "nowhere"):
        done.append("something")
    assert done == []


class Interrupted(list[tuple[Path, bytes]]):
    """Files of which the second time only the first two are got to."""

    times = 0

    def __iter__(self) -> Iterator[tuple[Path, bytes]]:
        self.times += 1
        yield from super().__iter__() if self.times == 1 else self[:2]
        if self.times > 1:
            raise KeyboardInterrupt


def test_several_files_are_written_or_none(tmp_path: Path) -> None:
    old, new, last = (tmp_path / name for name in ("old", "new", "last"))
    old.write_bytes(b"1")
    with pytest.raises(KeyboardInterrupt):
        write_files(Interrupted([(old, b"2"), (new, b"2"), (last, b"2")]))
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert old.read_bytes() == b"1"
    write_files([(old, b"2"), (new, b"2")])
    assert (old.read_bytes(), new.read_bytes()) == (b"2", b"2")


def test_several_files_are_tried_out_before_the_first_is_written(tmp_path: Path) -> None:
    old, nowhere = tmp_path / "old", tmp_path / "nowhere/new"
    old.write_bytes(b"1")
    for place in (nowhere, tmp_path):
        with pytest.raises(StorageError):
            write_files([(old, b"2"), (place, b"2")])
    assert old.read_bytes() == b"1"
    assert list(tmp_path.iterdir()) == [old]
