"""`log export`: the ledger as files, added to and never rewritten, whole whenever one looks."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.ledger import signing
from tests.usecases.exported import (
    export,
    files,
    lengthen,
    messages,
    registry_of,
    tiles,
    verified,
)
from weighbridge.ledger.note import read_note, write_note
from weighbridge.ledger.tile_reading import ExportedLog
from weighbridge.model.errors import EntrySizeError, LedgerError, StorageError
from weighbridge.model.event import Kind
from weighbridge.usecases.export_log import export_log
from weighbridge.usecases.prove import prove, verify_entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from weighbridge.adapters.registry import EmbeddedRegistry

NAMES = [
    "checkpoint",
    "tile/0/000",
    "tile/0/001.p/44",
    "tile/1/000.p/1",
    "tile/entries/000",
    "tile/entries/001.p/44",
]


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a registry of 300 entries."""
    folder = tmp_path_factory.mktemp("long") / "registry"
    registry_of(folder, 300).close()
    return folder


@pytest.fixture
def log(long: Path, tmp_path: Path) -> EmbeddedRegistry:
    shutil.copytree(long, tmp_path / "registry")
    return registry_of(tmp_path / "registry", 0)


def test_a_folder_is_verified_without_the_registry(log: EmbeddedRegistry, tmp_path: Path) -> None:
    done = export(log, tmp_path / "out")
    assert (done.log.size, done.written, done.removed) == (300, 6, 0)
    assert list(files(tmp_path / "out")) == NAMES
    key = log.log_key
    shutil.rmtree(tmp_path / "registry")
    found = verified(tmp_path / "out", key)
    assert (found.problems, found.log) == ((), done.log)


def test_the_same_ledger_gives_the_same_bytes(log: EmbeddedRegistry, tmp_path: Path) -> None:
    export(log, tmp_path / "one")
    export(log, tmp_path / "other")
    assert files(tmp_path / "one") == files(tmp_path / "other")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*")}
    assert export(log, tmp_path / "one").written == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("*")} == before


def test_only_what_is_new_is_written(log: EmbeddedRegistry, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(log, out)
    lengthen(log, 10)
    assert export(log, out).written == 3  # hashes, entries, checkpoint
    # Who holds the checkpoint of then still finds the tiles of then.
    assert {"tile/0/001.p/44", "tile/0/001.p/54"} <= set(files(out))
    assert messages(out, log.log_key) == []
    lengthen(log, 202)
    done = export(log, out)
    assert (done.written, done.removed) == (4, 4)
    assert list(files(out)) == [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/1/000.p/1",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
    ]
    assert not (out / "tile/0/001.p").exists()
    assert messages(out, log.log_key) == []


def test_a_dry_run_writes_nothing(log: EmbeddedRegistry, tmp_path: Path) -> None:
    assert export(log, tmp_path / "out", dry_run=True).written == 6
    assert not (tmp_path / "out").exists()


def test_entries_and_proofs_are_read_from_tiles(log: EmbeddedRegistry, tmp_path: Path) -> None:
    export(log, tmp_path / "out")
    exported, key = ExportedLog(tiles(tmp_path / "out")), log.log_key
    for index in (0, 1, 255, 256, 299):
        proof = prove(index, ledger=exported, log_key=key)
        assert proof == prove(index, ledger=log, log_key=key)
        assert verify_entry(proof, log_key=key).index == index
    with log.reading() as ours, exported.reading() as theirs:
        assert list(theirs.entries()) == list(ours.entries())
        assert list(theirs.entries(250, 260)) == list(ours.entries(250, 260))
        assert theirs.releases() == sorted(
            ("demo", f"{number}.0.0", f"sha256:{1:064x}") for number in range(1, 300)
        )
        assert theirs.found("release:demo") == ours.found("release:demo")
        assert list(theirs.topics()) == list(ours.topics())
        assert list(theirs.nodes()) == [node for node in ours.nodes() if node[0] % 8 == 0]
        for level, index in ((0, 300), (9, 0), (8, 1), (1, 150), (0, -1), (-1, 0), (70, 0)):
            with pytest.raises(LedgerError, match="the ledger holds no node"):
                theirs.node(level, index)
        with pytest.raises(LedgerError, match="the ledger holds no entry 600"):
            theirs.entry(600)


def test_a_checkpoint_others_signed_too_is_kept(log: EmbeddedRegistry, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(log, out)
    note = read_note((out / "checkpoint").read_bytes())
    line = signing.signature(note.text, 2, "witness.example")
    cosigned = write_note(type(note)(text=note.text, signatures=(*note.signatures, line)))
    (out / "checkpoint").write_bytes(cosigned)
    assert messages(out, log.log_key) == []
    assert export(log, out).written == 0
    assert (out / "checkpoint").read_bytes() == cosigned
    lengthen(log, 1)
    export(log, out)
    assert b"witness" not in (out / "checkpoint").read_bytes()


# Folders that are of something else, and ledgers that are not what they say.


def refused(log: EmbeddedRegistry, out: Path) -> str:
    """Export in vain, and return why; nothing in the folder has changed."""
    before = files(out)
    with pytest.raises(LedgerError) as caught:
        export(log, out)
    assert files(out) == before
    (fault,) = caught.value.faults
    return f"{fault.message}: {fault.cause}"


def test_the_folder_of_another_log_is_left_alone(log: EmbeddedRegistry, tmp_path: Path) -> None:
    other = registry_of(tmp_path / "other", 300, "other")
    export(other, tmp_path / "out")
    (tmp_path / "out/checkpoint").unlink()
    assert "tile/entries/000 is not what the entries say" in refused(log, tmp_path / "out")


def test_a_folder_with_more_of_the_log_is_left_alone(
    log: EmbeddedRegistry, long: Path, tmp_path: Path
) -> None:
    lengthen(log, 5)
    export(log, tmp_path / "out")
    log.close()
    shutil.rmtree(tmp_path / "registry")
    shutil.copytree(long, tmp_path / "registry")
    again = registry_of(tmp_path / "registry", 0)
    assert refused(again, tmp_path / "out") == "out holds more of the log than the ledger does: "


def test_a_folder_of_another_history_is_left_alone(
    log: EmbeddedRegistry, long: Path, tmp_path: Path
) -> None:
    lengthen(log, 5, "one")
    export(log, tmp_path / "out")
    log.close()
    shutil.rmtree(tmp_path / "registry")
    shutil.copytree(long, tmp_path / "registry")
    again = registry_of(tmp_path / "registry", 0)
    lengthen(again, 9, "another")
    assert "is not what the entries say" in refused(again, tmp_path / "out")
    shutil.rmtree(tmp_path / "out/tile")
    assert "not of the entries the ledger begins with" in refused(again, tmp_path / "out")
    (tmp_path / "out/checkpoint").write_bytes(b"nothing of the kind")
    assert "its checkpoint cannot be read" in refused(again, tmp_path / "out")
    text = signing.CHECKPOINT.text()
    (tmp_path / "out/checkpoint").write_bytes(signing.signed(text))
    assert f"its checkpoint is of {signing.ORIGIN}" in refused(again, tmp_path / "out")


def test_a_ledger_that_was_changed_is_not_exported(cast: Cast, tmp_path: Path) -> None:
    cast.execute("UPDATE entry SET body = CAST(replace(body, 'bea', 'eve') AS BLOB) WHERE idx = 2")
    found = cast("log", "export", str(tmp_path / "out"))
    assert (found.code, found.out) == (1, "")
    assert "the entries are not those that were signed; nothing was exported" in found.err
    assert files(tmp_path / "out") == {}


def test_links_in_the_folder_are_not_followed(log: EmbeddedRegistry, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out/tile").symlink_to(tmp_path / "elsewhere")
    assert "a link, or no folder, is on the way" in refused(log, tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []


# Killed at any moment.


class Killed(BaseException):
    """The end of a process."""


class Failing:
    """A folder whose writer is killed after so many files, in the middle of the next."""

    def __init__(self, folder: Path, after: int) -> None:
        self._files = tiles(folder)
        self._folder = folder
        self._left = after

        self.name = self._files.name
        self.read, self.paths = self._files.read, self._files.paths
        self.alone, self.clear = self._files.alone, self._files.clear

    def _count(self) -> None:
        if not self._left:
            (self._folder / "tile/0").mkdir(parents=True, exist_ok=True)
            (self._folder / "tile/0/.0123456789abcdef.tmp").write_bytes(b"half")
            raise Killed
        self._left -= 1

    def write(self, path: str, data: bytes) -> None:
        self._count()
        self._files.write(path, data)

    def remove(self, path: str) -> None:
        self._count()
        self._files.remove(path)


def test_whoever_is_killed_leaves_what_the_next_run_completes(
    log: EmbeddedRegistry, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    export(log, old)
    lengthen(log, 250)
    export(log, tmp_path / "whole")
    for after in range(12):
        out = tmp_path / f"out{after}"
        shutil.copytree(old, out)
        try:
            export_log(log, Failing(out, after), log_key=log.log_key)
        except Killed:
            # Whoever reads now finds all that the checkpoint he reads is of.
            assert messages(out, log.log_key) == []
        export(log, out)
        wanted = files(tmp_path / "whole") | {"tile/1/000.p/1": files(old)["tile/1/000.p/1"]}
        assert files(out) == wanted
        shutil.rmtree(out)


def test_a_disk_that_is_full_is_an_error_with_what_to_do(
    log: EmbeddedRegistry, tmp_path: Path
) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(StorageError, match="could not be written"):
        export(log, tmp_path / "out")


# Entries that no bundle can hold.


def test_an_entry_that_no_bundle_can_hold_is_not_appended(
    log: EmbeddedRegistry, tmp_path: Path
) -> None:
    subjects = [f"sha256:{number:064x}" for number in range(900)]
    body = {"subjects": subjects}
    with pytest.raises(EntrySizeError, match="too large for the ledger") as caught:
        log.change(lambda transaction: transaction.append(Kind.EVIDENCE_ADDED, body))
    assert caught.value.faults[0].help == ("make statements about fewer subjects each",)
    assert export(log, tmp_path / "out").log.size == 300


def test_a_ledger_of_before_there_was_a_limit_cannot_be_exported(
    log: EmbeddedRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weighbridge.adapters.appending.LARGEST_ENTRY", 10**6)
    body = {"subjects": [f"sha256:{number:064x}" for number in range(900)]}
    log.change(lambda transaction: transaction.append(Kind.EVIDENCE_ADDED, body))
    with pytest.raises(EntrySizeError, match="entry 300 cannot be exported as tiles"):
        export(log, tmp_path / "out")
    proof = prove(300, ledger=log, log_key=log.log_key)
    assert verify_entry(proof, log_key=log.log_key).index == 300


# From the command line.


def test_the_verbs(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dry = cast.done("log", "export", "out", "--dry-run").out
    done = cast.done("log", "export", "out").out
    head = "out: 4 entries of example.com/log, root "
    assert dry.startswith(head)
    assert dry.endswith("3 files would be written\n")
    assert done.startswith(head)
    assert done.endswith("\n3 files written\n")
    shutil.copytree("out", tmp_path / "elsewhere/out")
    shutil.copy(cast.store / "log.pub", tmp_path / "elsewhere")
    proof = cast.done("log", "prove", "2").out
    shown = cast.done("log", "show").out
    monkeypatch.chdir(tmp_path / "elsewhere")
    key = "--log-key=log.pub"
    assert cast.done("log", "verify", "out", key).out.startswith("intact: 4 entries")
    assert cast.done("log", "prove", "2", "--from=out", key).out == proof
    assert cast.done("log", "show", "--from=out", key).out == shown
    found = cast("log", "verify", "out")
    assert (found.code, found.out) == (1, "")
    assert "name the key with --log-key" in found.err
