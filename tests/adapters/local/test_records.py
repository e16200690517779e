from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.adapters.local.locking import FolderLock
from weighbridge.adapters.local.processes import UNKNOWN, Processes
from weighbridge.adapters.local.records import MARK, Record, Records, boot_id, started
from weighbridge.adapters.local.waiting import until
from weighbridge.model.errors import StorageError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "0" * 32
SLEEPS = [sys.executable, "-I", "-S", "-c", "import signal; signal.pause()"]
RIGHT = {"token": TOKEN, "boot": "b", "pid": 1, "started": 1, "ended": "", "about": {}}


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    found = Processes(tmp_path)
    yield found
    for name in found.names():
        found.end(name, grace=1)


def start(processes: Processes, command: list[str], folder: Path, name: str = "one") -> Record:
    return processes.start(name, command, environ={}, folder=folder, about={"a": "b"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 50_000,
        json.dumps({}),
        json.dumps({**RIGHT, "pid": -1}),
        json.dumps({**RIGHT, "pid": True}),
        json.dumps({**RIGHT, "pid": "1"}),
        json.dumps({**RIGHT, "started": 1.5}),
        json.dumps({**RIGHT, "token": "x"}),
        json.dumps({**RIGHT, "token": 5}),
        json.dumps({**RIGHT, "boot": None}),
        json.dumps({**RIGHT, "about": []}),
        json.dumps({**RIGHT, "about": {"a": 1}}),
        json.dumps({**RIGHT, "about": {"a": "b" * 100_000}}),
    ],
)
def test_what_is_no_record_is_an_error_that_says_what_to_do(text: str, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(text)
    with pytest.raises(StorageError) as raised:
        Records(tmp_path).read("one")
    assert raised.value.faults[0].help


@pytest.mark.parametrize("name", ["haproxy", "prometheus", "release-0123456789ab"])
def test_a_record_that_lacks_what_is_to_be_known_is_none(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.json").write_text(json.dumps({**RIGHT, "about": {"port": "x"}}))
    with pytest.raises(StorageError):
        Records(tmp_path).read(name)


def test_a_record_is_not_read_by_way_of_a_link_or_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "else").write_text(json.dumps(RIGHT))
    (tmp_path / "one.json").symlink_to(tmp_path / "else")
    with pytest.raises(StorageError):
        Records(tmp_path).read("one")
    os.mkfifo(tmp_path / "two.json")
    with pytest.raises(StorageError):
        Records(tmp_path).read("two")


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    record = Record(name="one", token=TOKEN, boot="b", pid=7, started=9, about={"port": "80"})
    records = Records(tmp_path / "deep")
    assert records.names() == []
    records.write(record)
    assert records.names() == ["one"]
    assert records.read("one") == record
    records.remove("one")
    assert records.read("one") is None


def test_a_process_that_merely_has_the_number_is_not_signalled(
    processes: Processes, tmp_path: Path
) -> None:
    with subprocess.Popen(SLEEPS) as other:
        try:
            own = started(other.pid)
            assert own is not None
            was = Record(name="one", token=TOKEN, boot=boot_id(), pid=other.pid, started=own - 1)
            Records(tmp_path / "run").write(was)
            found = processes.look("one")
            assert found is not None
            assert (found.pid, found.ended) == (0, UNKNOWN)
            processes.signal(was, signal.SIGKILL)
            processes.end("one", grace=0)
            assert other.poll() is None
            assert processes.names() == []
        finally:
            other.kill()


def test_a_process_of_another_start_of_the_machine_is_none(
    processes: Processes, tmp_path: Path
) -> None:
    with subprocess.Popen(SLEEPS) as other:
        try:
            own = started(other.pid) or 0
            was = Record(name="one", token=TOKEN, boot="before", pid=other.pid, started=own)
            Records(tmp_path / "run").write(was)
            assert processes.look("one") is None
            processes.end("one", grace=0)
            assert other.poll() is None
        finally:
            other.kill()


def test_a_process_is_started_with_a_mark_and_ended(processes: Processes, tmp_path: Path) -> None:
    record = start(processes, SLEEPS, tmp_path)
    assert processes.look("one") == record
    assert os.getsid(record.pid) == record.pid
    assert Processes(tmp_path).runs("one") == record
    processes.end("one", grace=5)
    assert started(record.pid) is None
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.parametrize(
    ("program", "how"),
    [
        ("import sys; sys.exit('no\\x1b[1m way')", "ended with exit code 1"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by SIGKILL"),
    ],
)
def test_how_a_process_ended_is_told_with_its_last_words(
    program: str, how: str, processes: Processes, tmp_path: Path
) -> None:
    start(processes, [sys.executable, "-I", "-S", "-c", program], tmp_path)
    assert until(lambda: processes.runs("one") is None, 10)
    found = processes.look("one")
    assert found is not None
    assert found.ended == how
    if "exit" in how:
        assert processes.last_words("one") == "no[1m way"
    processes.remember("one")
    later = Processes(tmp_path).look("one")
    assert later is not None
    assert later.ended == how


def test_a_process_that_does_not_listen_is_killed_and_what_it_started_too(
    processes: Processes, tmp_path: Path
) -> None:
    program = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-I', '-S', '-c', 'import signal; "
        "signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()'], "
        "start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "signal.pause()\n"
    )
    record = start(processes, [sys.executable, "-I", "-S", "-c", program], tmp_path)
    assert until(lambda: len(processes.last_words("one").split("; ")) == 2, 10)
    numbers = [int(one) for one in processes.last_words("one").split("; ")]
    [child] = [one for one in numbers if one != 1]
    processes.end("one", grace=0.1)
    assert (started(record.pid), started(child)) == (None, None)


def test_a_process_whose_starter_was_killed_before_it_wrote_is_found(
    processes: Processes, tmp_path: Path
) -> None:
    record = start(processes, SLEEPS, tmp_path)
    records = Records(tmp_path / "run")
    records.write(Record(name="one", token=record.token, boot=record.boot, about=record.about))
    later = Processes(tmp_path)
    assert later.runs("one") == record
    later.adopt("one")
    assert records.read("one") == record


def test_a_process_that_was_never_made_is_not_waited_for(
    processes: Processes, tmp_path: Path
) -> None:
    Records(tmp_path / "run").write(Record(name="one", token=TOKEN, boot=boot_id()))
    assert processes.look("one") is None


def test_what_is_left_of_a_process_is_ended_before_the_next(
    processes: Processes, tmp_path: Path
) -> None:
    first = start(processes, SLEEPS, tmp_path)
    second = start(processes, SLEEPS, tmp_path)
    assert started(first.pid) is None
    assert processes.runs("one") == second


def test_a_program_that_is_not_there_is_said(processes: Processes, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        start(processes, [str(tmp_path / "nothing")], tmp_path)
    assert processes.names() == []
    assert list((tmp_path / "run").iterdir()) == []


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(StorageError):
        start(Processes(tmp_path), SLEEPS, tmp_path)


def test_variables_are_those_given_and_the_mark(processes: Processes, tmp_path: Path) -> None:
    program = "import os; print(sorted(os.environ))"
    start(processes, [sys.executable, "-I", "-S", "-c", program], tmp_path)
    assert until(lambda: processes.runs("one") is None, 10)
    said: Any = processes.last_words("one")
    assert MARK in said
    assert "PATH" not in said


def test_two_drivers_do_not_work_on_one_folder(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path / "a"), FolderLock(tmp_path / "a")
    first.take()
    first.take()
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    with pytest.raises(UnavailableError) as raised:
        second.take()
    assert raised.value.faults[0].seen == f"process {os.getpid()}"
    first.release()
    second.take()
    second.release()
