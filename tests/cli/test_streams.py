from __future__ import annotations

import errno
import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import clean_environ, command, run_apart
from weighbridge.cli.progress import LONG_WORK, TerminalProgress
from weighbridge.cli.streams import is_watched, print_aside, print_result, shows_colour
from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench


def through_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `weighbridge` is ours."""
    words = " ".join(command())
    script = f'weighbridge() {{ {words} "$@"; }}\n{line}\n'
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_file_names_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    line = "LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 weighbridge scan ."
    done = through_shell(line, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[WB100]: Python takes file names for ascii here" in done.stderr
    assert "PYTHONUTF8=1" in done.stderr


def test_a_reader_that_goes_away_is_no_trouble(tmp_path: Path) -> None:
    done = through_shell("weighbridge rules list | head -1; echo ${PIPESTATUS[0]}", tmp_path)
    assert done.stdout.startswith("CFG001")
    assert done.stdout.endswith("\n0\n")
    assert done.stderr == ""


def test_a_reader_that_goes_away_does_not_change_the_verdict(bench: Bench) -> None:
    bench.edit("size: 75", "size: 76")
    line = "weighbridge check --output-format sarif | true; echo ${PIPESTATUS[0]}"
    done = through_shell(line, bench.folder)
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.mark.parametrize("words", ["rules list", "rules list --output /dev/full"])
def test_a_result_that_cannot_be_written_is_an_error(words: str, tmp_path: Path) -> None:
    done = through_shell(f"weighbridge {words} >/dev/full; echo $? >&2", tmp_path)
    assert done.stderr.startswith("error[WB133]: ")
    assert "no space left on device" in done.stderr
    assert done.stderr.endswith("\n3\n")


def test_nobody_listening_to_asides_changes_nothing(bench: Bench) -> None:
    done = through_shell("weighbridge seal --dry-run 2>/dev/full; echo $?", bench.folder)
    assert done.stdout.startswith("sha256:")
    assert done.stdout.endswith("\n0\n")
    done = through_shell("weighbridge check nowhere 2>/dev/full; echo $?", bench.folder)
    assert done.stdout == "2\n"


def test_closed_streams_are_no_bug(bench: Bench) -> None:
    done = through_shell(
        "weighbridge check >&-; echo $?; weighbridge x 2>&-; echo $?", bench.folder
    )
    assert done.stdout == "0\n2\n"


# click takes ASCII for a mistake and writes UTF-8.
@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "\u0142"), ("latin-1", "\\u0142")])
def test_no_encoding_is_too_narrow(encoding: str, shown: str, bench: Bench) -> None:
    bench.edit("task: classification", "task: \u0142")
    found = run_apart(bench.folder, "show", environ={"PYTHONIOENCODING": encoding})
    assert found.code == 0
    assert f"  task: {shown}\n" in found.out


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    done = through_shell("mkdir x; cd x; rmdir ../x; weighbridge check; echo $?", tmp_path)
    assert done.stdout == "2\n"
    assert "error[WB102]: the current folder is gone\n" in done.stderr


def test_long_work_shows_a_bar_and_short_work_none(capsys: pytest.CaptureFixture[str]) -> None:
    progress = TerminalProgress()
    progress.start("short", LONG_WORK - 1)
    progress.advance(5)
    progress.finish()
    assert capsys.readouterr().err == ""
    progress.start("a\x1b[2Jb", LONG_WORK)
    progress.advance(LONG_WORK)
    progress.finish()
    said = capsys.readouterr().err
    assert "a\\x1b[2Jb" in said
    assert "\x1b[2J" not in said


@pytest.mark.parametrize(
    ("words", "watched"), [((), True), (("-q",), False), (("--no-progress",), False)]
)
def test_progress_is_for_people_who_look(
    words: tuple[str, ...],
    watched: bool,  # noqa: FBT001 - a column of the table
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("weighbridge.cli.progress.LONG_WORK", 1)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    (bench.folder / "labels.json").write_bytes(bytes(70_000))  # nobody waits for less
    assert ("labels.json" in bench("digest", "labels.json", *words).err) is watched


class Refusing(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        assert text
        raise self.error

    def fileno(self) -> int:
        raise io.UnsupportedOperation


def test_a_gone_reader_and_a_full_disk_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Refusing(BrokenPipeError(errno.EPIPE, "Broken pipe")))
    print_result("x")
    monkeypatch.setattr(sys, "stdout", Refusing(OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(StorageError, match="standard output: no space left"):
        print_result("x")


def test_an_aside_nobody_takes_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Refusing(OSError(errno.ENOSPC, "No space left"))
    monkeypatch.setattr(sys, "stderr", stream)
    print_aside("x")
    assert stream.getvalue() == ""


def test_closed_streams_show_no_colour() -> None:
    assert not is_watched(None)
    assert not shows_colour("auto", None)
