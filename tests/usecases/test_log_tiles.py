"""Folders of tiles that somebody made to harm, or that suffered on the way."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.exported import export, messages, registry_of, tiles, verified
from weighbridge.ledger.tile_reading import ExportedLog
from weighbridge.model.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export a log of 300 entries."""
    folder = tmp_path_factory.mktemp("made")
    registry = registry_of(folder / "registry", 300)
    export(registry, folder / "out")
    registry.close()
    return folder


@pytest.fixture
def key(made: Path) -> str:
    return (made / "registry/log.pub").read_text().removesuffix("\n")


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made / "out", tmp_path / "out")


FULL, PARTIAL = "tile/0/000", "tile/0/001.p/44"
BUNDLE, SHORT = "tile/entries/000", "tile/entries/001.p/44"
ABOVE = "tile/1/000.p/1"
CHANGED = "the entries are not those that were signed"


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def huge(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(1 << 40)


def link(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("path", "damage", "message"),
    [
        (FULL, spoil, "tile/0/000 is not what the entries say"),
        (PARTIAL, spoil, "tile/0/001.p/44 is not what the entries say"),
        (ABOVE, spoil, "tile/1/000.p/1 is not what the entries say"),
        (BUNDLE, spoil, CHANGED),
        (SHORT, spoil, CHANGED),
        (FULL, os.unlink, "tile/0/000 is missing"),
        (ABOVE, os.unlink, "tile/1/000.p/1 is missing"),
        (BUNDLE, os.unlink, "out: tile/entries/000 is missing"),
        (SHORT, os.unlink, "out: tile/entries/001.p/44 is missing"),
        (FULL, lambda path: path.write_bytes(b""), "tile/0/000 is not what the entries say"),
        (SHORT, lambda path: path.write_bytes(b"\0"), "out: tile/entries/001.p/44 is damaged"),
        (FULL, huge, "out: tile/0/000 is larger than a log has such files"),
        (BUNDLE, huge, "out: tile/entries/000 is larger than a log has such files"),
        (FULL, link, "out: tile/0/000 cannot be read: a link, or no folder, is on the way"),
        (BUNDLE, link, "out: tile/entries/000 cannot be read: a link, or no folder, is on the way"),
        (FULL, pipe, "out: tile/0/000 cannot be read: it is no plain file"),
        ("tile/0", link, "tile/0/000 is missing"),
        ("tile", link, "out: tile cannot be read: a link, or no folder, is on the way"),
    ],
)
def test_a_damaged_file_is_found(
    path: str, damage: Callable[[Path], object], message: str, out: Path, key: str
) -> None:
    assert messages(out, key) == []
    damage(out / path)
    assert message in messages(out, key)


@pytest.mark.parametrize(
    ("path", "data", "message"),
    [
        ("tile/0/000.p/3", bytes(96), "tile/0/000.p/3 is not what the entries say"),
        ("tile/0/001.p/7", b"", "tile/0/001.p/7 is not what the entries say"),
        ("tile/0/001", bytes(8192), "tile/0/001 is not what the entries say"),
        ("tile/entries/001.p/50", b"\0\0", "tile/entries/001.p/50 is not what the entries say"),
        ("tile/0/0", b"", "'tile/0/0' is no file of a log"),
        ("tile/0/000.p/300", b"", "'tile/0/000.p/300' is no file of a log"),
        ("tile/x/y", b"", "'tile/x/y' is no file of a log"),
        ("tile/0/x001/\n", b"", "'tile/0/x001/\\n' is no file of a log"),
        ("tile/" + "a/" * 40 + "b", b"", f"'tile/{'a/' * 15}a' is no file of a log"),
    ],
)
def test_a_file_too_many_is_found(
    path: str, data: bytes, message: str, out: Path, key: str
) -> None:
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    (out / path).write_bytes(data)
    assert message in messages(out, key)


def test_a_name_that_is_no_text_is_found(out: Path, key: str) -> None:
    descriptor = os.open(os.fsencode(out / "tile/0") + b"/\xff", os.O_CREAT | os.O_WRONLY)
    os.close(descriptor)
    assert messages(out, key) == ["'tile/0/\\udcff' is no file of a log"]


def test_what_lies_beside_the_tiles_is_nobodys_business(out: Path, key: str) -> None:
    (out / "index.html").write_text("a log")
    assert messages(out, key) == []


def test_tiles_behind_the_checkpoint_are_those_of_an_export_that_is_running(
    made: Path, out: Path, key: str, tmp_path: Path
) -> None:
    registry = registry_of(shutil.copytree(made / "registry", tmp_path / "registry"), 400)
    before = (out / "checkpoint").read_bytes()
    export(registry, out)
    (out / "checkpoint").write_bytes(before)
    found = verified(out, key)
    assert (found.problems, found.log.size) == ((), 300)


def test_a_folder_is_held_against_a_checkpoint_somebody_kept(
    made: Path, out: Path, key: str, tmp_path: Path
) -> None:
    kept = (out / "checkpoint").read_bytes()
    registry = registry_of(shutil.copytree(made / "registry", tmp_path / "registry"), 400)
    export(registry, out)
    assert verified(out, key, since=kept).problems == ()
    newest = (out / "checkpoint").read_bytes()
    found = verified(made / "out", key, since=newest)
    assert [one.message for one in found.problems] == ["entries are gone since that checkpoint"]
    assert found.conflict


@pytest.mark.parametrize("data", [b"", b"none", b"\xff", b"example.com/log\n300\n\n"])
def test_without_a_checkpoint_there_is_no_log(data: bytes, out: Path, key: str) -> None:
    (out / "checkpoint").write_bytes(data)
    with pytest.raises(LedgerError, match="out holds no checkpoint of a log"):
        verified(out, key)


def test_a_checkpoint_of_another_key_proves_nothing(out: Path, tmp_path: Path) -> None:
    other = registry_of(tmp_path / "other", 1)
    with pytest.raises(LedgerError, match="the checkpoint does not prove the ledger"):
        verified(out, other.log_key)


@pytest.mark.parametrize("damage", [huge, link, pipe])
def test_a_checkpoint_that_is_no_plain_file_is_not_read(
    damage: Callable[[Path], None], out: Path, key: str
) -> None:
    damage(out / "checkpoint")
    with pytest.raises(LedgerError, match=r"out: checkpoint (cannot be read|is larger)"):
        verified(out, key)


def test_a_folder_that_cannot_be_listed_says_so(out: Path) -> None:
    shutil.rmtree(out / "tile")
    (out / "tile").write_bytes(b"")
    with pytest.raises(LedgerError, match="a link, or no folder, is on the way"):
        list(tiles(out).paths())


def test_events_that_are_none_are_not_looked_through(out: Path) -> None:
    spoil(out / SHORT)
    with (
        ExportedLog(tiles(out)).reading() as view,
        pytest.raises(LedgerError, match="entry 299 is no event"),
    ):
        view.found("control")
