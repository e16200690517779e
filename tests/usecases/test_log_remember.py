"""A monitor: what it remembers, and what it keeps for others of a log that did wrong."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.log_key import open_log_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran


class Monitor:
    """Somebody with the log's key and a file, elsewhere."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self.cast = cast
        folder.mkdir()
        self.key = shutil.copy(cast.store / "log.pub", folder)
        self.seen = folder / "seen"
        self.conflict = folder / "seen.conflict"
        self.copies = folder / "copies"

    def look(self, *words: str) -> Ran:
        return self.cast(
            "log", "verify", f"--remember={self.seen}", f"--log-key={self.key}", *words
        )

    def judge(self, *words: str, key: str = "") -> Ran:
        return self.cast(
            "log", "verify", str(self.conflict), f"--log-key={key or self.key}", *words
        )

    def keep(self, name: str) -> None:
        """Copy the registry, as somebody does who means to go back to it."""
        shutil.copytree(self.cast.store, self.copies / name)

    def back(self, name: str) -> None:
        shutil.rmtree(self.cast.store)
        shutil.copytree(self.copies / name, self.cast.store)


@pytest.fixture
def monitor(cast: Cast, tmp_path: Path) -> Monitor:
    return Monitor(cast, tmp_path / "elsewhere")


def test_the_first_checkpoint_is_taken_on_trust_and_that_is_said(monitor: Monitor) -> None:
    found = monitor.look()
    assert (found.code, found.out[:17]) == (0, "intact: 4 entries")
    assert "first use: nothing was remembered, so this log is trusted as it is now" in found.err
    assert monitor.seen.read_text() == monitor.cast.done("log", "show", "--checkpoint").out


def test_what_has_grown_is_remembered_instead(monitor: Monitor) -> None:
    monitor.look()
    before = monitor.seen.read_bytes()
    unchanged = monitor.seen.stat()
    assert (monitor.look().code, monitor.look().err) == (0, "")
    assert monitor.seen.stat().st_mtime_ns == unchanged.st_mtime_ns
    monitor.cast.trust("mia", "sre")
    assert (monitor.look().code, monitor.look().err) == (0, "")
    assert monitor.seen.read_bytes() != before
    assert not monitor.conflict.exists()


def test_a_folder_is_watched_as_a_registry_is(monitor: Monitor) -> None:
    monitor.cast.done("log", "export", "out")
    assert "first use" in monitor.look("out").err
    monitor.cast.trust("mia", "sre")
    monitor.cast.done("log", "export", "out")
    assert monitor.look("out").code == 0
    assert monitor.seen.read_bytes() == (monitor.cast.folder / "out/checkpoint").read_bytes()


def test_a_fork_is_proven_to_anybody_who_has_the_key(monitor: Monitor) -> None:
    monitor.keep("before")
    monitor.cast.trust("mia", "sre")
    monitor.look()
    before = monitor.seen.read_bytes()
    monitor.back("before")
    monitor.cast.trust("max", "sre")
    found = monitor.look()
    assert found.code == 1
    assert "entries before that checkpoint were rewritten" in found.out
    assert f"both checkpoints are in {monitor.conflict}" in found.err
    assert monitor.seen.read_bytes() == before
    judged = monitor.judge()
    assert judged.code == 0
    assert judged.out.startswith("proven: fork of example.com/log\n  kept   5 entries, root ")
    assert "at most one of them is its history" in judged.out
    assert monitor.judge("--output-format=json").json.keys() == {
        "schemaVersion",
        "ok",
        "conflict",
        "proven",
        "log",
        "kept",
        "later",
    }


def test_a_rewrite_is_proven_from_a_folder_too(monitor: Monitor) -> None:
    monitor.keep("before")
    monitor.cast.trust("mia", "sre")
    monitor.look()
    monitor.back("before")
    monitor.cast.trust("max", "sre")
    monitor.cast.trust("cat", "sre")
    monitor.cast.done("log", "export", "out")
    assert monitor.look("out").code == 1
    judged = monitor.judge("--output-format=json").json
    assert (judged["ok"], judged["conflict"], judged["proven"]) == (True, "rewrite", True)
    assert (judged["kept"]["size"], judged["later"]["size"]) == (5, 6)


def test_a_rollback_is_seen_and_kept_and_called_no_proof(monitor: Monitor) -> None:
    monitor.keep("before")
    monitor.cast.trust("mia", "sre")
    monitor.look()
    monitor.back("before")
    found = monitor.look()
    assert (found.code, "entries are gone since that checkpoint" in found.out) == (1, True)
    judged = monitor.judge()
    assert judged.code == 1
    assert judged.out.startswith("observed, not proven: rollback of example.com/log\n")
    assert "an honest log was shorter once" in judged.out
    # What is proven later takes its place, and is not lost to what is not.
    monitor.cast.trust("max", "sre")
    monitor.look()
    proof = monitor.conflict.read_bytes()
    assert monitor.judge().out.startswith("proven: fork")
    monitor.back("before")
    assert monitor.look().code == 1
    assert monitor.conflict.read_bytes() == proof


def test_a_checkpoint_that_was_forged_over_intact_entries_is_a_fork(monitor: Monitor) -> None:
    monitor.look()
    note = open_log_key(monitor.cast.store).sign(4, bytes(32))
    monitor.cast.execute("UPDATE checkpoint SET note = ?", note)
    assert monitor.look().code == 1
    assert monitor.judge().out.startswith("proven: fork")


def test_a_log_that_is_damaged_proves_nothing_to_others(monitor: Monitor) -> None:
    monitor.look()
    before = monitor.seen.read_bytes()
    monitor.cast.trust("mia", "sre")
    monitor.cast.execute(
        "UPDATE entry SET body = CAST(replace(body, 'bea', 'eve') AS BLOB) WHERE idx = 2"
    )
    assert monitor.look().code == 1
    assert monitor.seen.read_bytes() == before
    assert not monitor.conflict.exists()


# The log's key is replaced.


def rotate(monitor: Monitor) -> None:
    monitor.cast.done("key", "trust", "--log", by="ann ben")


def test_a_monitor_goes_on_with_the_key_it_has(monitor: Monitor) -> None:
    monitor.look()
    for _ in range(2):
        rotate(monitor)
        before = monitor.seen.read_bytes()
        assert (monitor.look().code, monitor.look().err) == (0, "")
        assert monitor.seen.read_bytes() != before
    monitor.cast.done("log", "export", "out")
    assert monitor.look("out").code == 0
    assert not monitor.conflict.exists()


def test_what_was_rewritten_before_a_rotation_is_told_though_not_proven(monitor: Monitor) -> None:
    monitor.keep("before")
    monitor.cast.trust("mia", "sre")
    monitor.look()
    before = monitor.seen.read_bytes()
    monitor.back("before")
    monitor.cast.trust("max", "sre")
    rotate(monitor)
    for words in ((), ("out",)):
        monitor.cast.done("log", "export", "out")
        found = monitor.look(*words)
        assert (found.code, "entries before that checkpoint were rewritten" in found.out) == (
            1,
            True,
        )
        assert f"{monitor.seen} stays as it is: keep it" in found.err
    assert monitor.seen.read_bytes() == before
    # The kept one is by a key that was replaced: whoever stole that could have signed it.
    assert not monitor.conflict.exists()


def test_a_log_whose_key_was_replaced_otherwise_is_another(monitor: Monitor) -> None:
    monitor.keep("before")
    rotate(monitor)
    monitor.look()
    before = monitor.seen.read_bytes()
    monitor.back("before")
    rotate(monitor)
    found = monitor.look()
    assert (found.code, "the checkpoint given" in found.out) == (1, True)
    assert "but by another of that name: has it been rotated?" in found.out
    assert f"{monitor.seen} stays as it is: keep it" in found.err
    assert monitor.seen.read_bytes() == before


def test_a_fork_behind_a_rotation_is_proven_by_the_newer_key(monitor: Monitor) -> None:
    rotate(monitor)
    newer = shutil.copy(monitor.cast.store / "log.pub", monitor.seen.parent / "newer.pub")
    monitor.keep("before")
    monitor.cast.trust("mia", "sre")
    monitor.look()
    monitor.back("before")
    monitor.cast.trust("max", "sre")
    assert monitor.look().code == 1
    assert monitor.judge(key=str(newer)).out.startswith("proven: fork")
    older = monitor.judge()
    assert (older.code, "has it been rotated?" in older.err) == (1, True)


def test_another_log_is_not_what_is_remembered(monitor: Monitor, tmp_path: Path) -> None:
    monitor.look()
    before = monitor.seen.read_bytes()
    other = tmp_path / "other"
    monitor.cast.done("registry", "init", "--owner=dora=dora", f"--registry={other}")
    found = monitor.cast("log", "verify", f"--remember={monitor.seen}", f"--registry={other}")
    assert (found.code, "the checkpoint given" in found.out) == (1, True)
    assert monitor.seen.read_bytes() == before
    assert not monitor.conflict.exists()


def test_what_shows_nothing_is_refused(monitor: Monitor) -> None:
    monitor.conflict.write_text("weighbridge.dev/log-conflict@v1\n\nnothing\n")
    found = monitor.judge()
    assert (found.code, found.out) == (1, "")
    assert "error[WB135]: nothing is shown that a log must not do" in found.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--since=a", "--remember=b"), "both name a checkpoint"),
        (("--deep", "."), "--deep is of a registry"),
        (("--remember=b", "entry.proof"), "are of a registry or a folder"),
        (("--since=b", "entry.proof"), "are of a registry or a folder"),
    ],
)
def test_what_does_not_fit_together(words: tuple[str, ...], message: str, cast: Cast) -> None:
    found = cast("log", "verify", *words)
    assert (found.code, found.out) == (2, "")
    assert message in found.err


def test_a_file_that_cannot_be_read_is_not_taken_for_the_first_use(monitor: Monitor) -> None:
    monitor.seen.symlink_to("nowhere")
    found = monitor.look()
    assert (found.code, found.out) == (2, "")
    assert "cannot be read" in found.err
