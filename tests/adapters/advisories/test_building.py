from __future__ import annotations

import fcntl
import json
import os
import resource
import shutil
import signal
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.advisories import advisory, record, write
from tests.children import end, start, tell
from weighbridge.adapters.advisories.building import AdvisoryBuilder
from weighbridge.adapters.advisories.store import FILE, AdvisoryFile, FolderAdvisories
from weighbridge.model.errors import StorageError, UnavailableError
from weighbridge.usecases.advisories_update import Compiled, compile_advisories

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2026-06-08T00:00:00Z"
ALL = ("introduced", "0")
TWO = (record("PYSEC-1", "torch", ALL), record("PYSEC-2", "numpy", ALL, ("fixed", "2")))


def compiled(folder: Path, *sources: str) -> Compiled:
    return compile_advisories(sources, start=folder, folder=folder / "data", now=NOW)


def zipped(path: Path, *values: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for number, value in enumerate(values):
            opened.writestr(f"deep/{number}.json", json.dumps(value, indent=number))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def data_of(found: Compiled) -> tuple[str, int, str]:
    assert found.data is not None
    return found.data.digest, found.data.records, found.data.newest


def test_the_same_records_are_the_same_data_whatever_they_come_in(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)
    first = compiled(tmp_path, "source")
    content = (tmp_path / "data" / FILE).read_bytes()
    shutil.rmtree(tmp_path / "source")
    write(tmp_path / "source", *reversed(TWO))
    assert compiled(tmp_path, "source") == first
    assert (tmp_path / "data" / FILE).read_bytes() == content
    zipped(tmp_path / "all.zip", *reversed(TWO))
    assert data_of(compiled(tmp_path, "all.zip")) == data_of(first)
    assert data_of(first)[1:] == (2, "2026-06-07T00:00:00Z")
    assert names(tmp_path / "data") == [FILE]


def test_what_was_compiled_is_found_by_package_and_by_id(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)
    compiled(tmp_path, "source")
    with closing(AdvisoryFile(tmp_path / "data" / FILE)) as file:
        assert file.about(["torch", "other"]) == {"torch": (advisory(TWO[0]),)}
        assert json.loads(file.record("PYSEC-2") or b"") == TWO[1]
        assert file.record("PYSEC-3") is None
        assert file.verified() == file.data


def test_who_reads_the_old_file_goes_on(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)
    compiled(tmp_path, "source")
    with closing(AdvisoryFile(tmp_path / "data" / FILE)) as old:
        (tmp_path / "source" / "PYSEC-1.json").unlink()
        compiled(tmp_path, "source")
        assert old.about(["torch"])
        assert old.verified().records == 2
    with closing(AdvisoryFile(tmp_path / "data" / FILE)) as new:
        assert not new.about(["torch"])


def test_of_two_with_one_id_the_later_counts_in_any_order(tmp_path: Path) -> None:
    later = record("PYSEC-1", "numpy", ALL, modified="2026-06-08T00:00:00Z")
    digests = set()
    for name, values in (("a", (TWO[0], later)), ("b", (later, TWO[0]))):
        zipped(tmp_path / f"{name}.zip", *values)
        found = compiled(tmp_path, f"{name}.zip")
        assert (found.unread, "PYSEC-1" in found.told[0].reason) == (1, True)
        digests.add(data_of(found)[0])
        with closing(AdvisoryFile(tmp_path / "data" / FILE)) as file:
            assert list(file.about(["torch", "numpy"])) == ["numpy"]
    assert len(digests) == 1


def test_copies_and_newer_ones_of_another_source_are_no_fault(tmp_path: Path) -> None:
    later = record("PYSEC-1", "torch", ALL, modified="2026-06-08T00:00:00Z")
    zipped(tmp_path / "a.zip", TWO[0], TWO[0])
    zipped(tmp_path / "b.zip", later)
    assert compiled(tmp_path, "a.zip", "b.zip").unread == 0
    assert data_of(compiled(tmp_path, "b.zip", "a.zip"))[1:] == (1, "2026-06-08T00:00:00Z")


def test_what_cannot_be_read_is_kept_and_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "source", TWO[0])
    (folder / "odd.yaml").write_text("id: [")
    (folder / "README.md").write_text("no record")
    found = compiled(tmp_path, "source")
    assert (found.unread, found.told[0].name) == (1, "odd.yaml")
    with closing(AdvisoryFile(tmp_path / "data" / FILE)) as file:
        assert file.data.unread == 1
        assert file.unread() == list(found.told)


def test_where_nothing_can_be_read_the_old_data_stays(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)
    compiled(tmp_path, "source")
    before = (tmp_path / "data" / FILE).read_bytes()
    write(tmp_path / "empty")
    (tmp_path / "empty" / "x.json").write_text("{}")
    found = compiled(tmp_path, "empty")
    assert (found.data, found.unread) == (None, 1)
    assert (tmp_path / "data" / FILE).read_bytes() == before
    assert names(tmp_path / "data") == [FILE]


def test_an_interruption_leaves_the_old_data(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)
    compiled(tmp_path, "source")

    def interrupted() -> None:
        with AdvisoryBuilder(tmp_path / "data") as builder:
            builder.add(advisory(TWO[0]), b"{}")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path / "data") == [FILE]


def test_what_a_killed_one_left_is_swept_and_what_one_at_work_has_is_not(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)

    def killed() -> None:
        builder = AdvisoryBuilder(tmp_path / "data")
        os.kill(os.getpid(), signal.SIGKILL)
        builder.finish(now=NOW)

    assert end(start(killed)) == -signal.SIGKILL
    assert len(names(tmp_path / "data")) > 1
    with AdvisoryBuilder(tmp_path / "data") as at_work:
        at_work.add(advisory(TWO[0]), json.dumps(TWO[0]).encode())
        compiled(tmp_path, "source")
        assert at_work.finish(now=NOW).records == 1
    assert names(tmp_path / "data") == [FILE]


def test_a_full_disk_leaves_the_old_data(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)
    compiled(tmp_path, "source")
    before = (tmp_path / "data" / FILE).read_bytes()

    def full() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        try:
            compiled(tmp_path, "source")
        except StorageError as error:
            return str(error)
        return ""

    assert "could not be written" in tell(full)
    assert (tmp_path / "data" / FILE).read_bytes() == before
    assert names(tmp_path / "data") == [FILE]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="could not be written"):
        compiled(tmp_path, "source")


def damage(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as opened:
        opened.execute(statement)
        opened.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA user_version = 9",
        "DELETE FROM facts WHERE name = 'digest'",
        "DROP TABLE facts",
        "UPDATE facts SET value = 'x' WHERE name = 'records'",
    ],
)
def test_another_file_is_refused(tmp_path: Path, statement: str) -> None:
    write(tmp_path / "source", *TWO)
    compiled(tmp_path, "source")
    damage(tmp_path / "data" / FILE, statement)
    with pytest.raises(UnavailableError, match="cannot be read"):
        AdvisoryFile(tmp_path / "data" / FILE)


def test_other_records_are_not_taken_for_those_that_were_compiled(tmp_path: Path) -> None:
    write(tmp_path / "source", *TWO)
    compiled(tmp_path, "source")
    damage(tmp_path / "data" / FILE, "DELETE FROM records WHERE id = 'PYSEC-1'")
    with (
        closing(AdvisoryFile(tmp_path / "data" / FILE)) as file,
        pytest.raises(UnavailableError, match="not those"),
    ):
        file.verified()
    damage(tmp_path / "data" / FILE, "UPDATE records SET data = x'00'")
    with (
        closing(AdvisoryFile(tmp_path / "data" / FILE)) as file,
        pytest.raises(UnavailableError, match="cannot be read"),
    ):
        file.about(["numpy"])


def test_where_nothing_was_loaded_nothing_is_known(tmp_path: Path) -> None:
    source = FolderAdvisories(tmp_path)
    assert (source.data(), source.about(["torch"])) == (None, {})
    source.close()
    (tmp_path / FILE).write_text("no database, though long enough to be looked at" * 10)
    with pytest.raises(UnavailableError, match="not a database"):
        source.data()


def test_a_name_with_signs_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c%20"
    write(folder / "source", *TWO)
    compiled(folder, "source")
    source = FolderAdvisories(folder / "data")
    assert source.about(["torch"])
    source.close()


def test_a_lock_is_held_while_building(tmp_path: Path) -> None:
    with AdvisoryBuilder(tmp_path):
        (lock,) = tmp_path.glob("*.lock")
        with lock.open("wb") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
