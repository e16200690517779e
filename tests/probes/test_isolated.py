from __future__ import annotations

import os
import pickle
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.formats.samples import SYSTEM, safetensors, two_tensors
from weighbridge.codec.canonical import digest
from weighbridge.codec.observation import read_observation
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.limits import ProcessLimits
from weighbridge.model.structure import Structure
from weighbridge.probes.reading import isolated
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.reading.isolated import Isolation, StoppedError, read_isolated
from weighbridge.probes.reading.job import Job
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.fact import PathProblem

WEIGHTS = safetensors(two_tensors(), bytes(28))
SILENT = "print('[\"begin\",0]', flush=True); import select; select.select([], [], [])"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.safetensors").write_bytes(WEIGHTS)
    (tmp_path / "b.pkl").write_bytes(SYSTEM)
    (tmp_path / "c.bin").write_bytes(bytes(70_000))
    (tmp_path / "d").mkdir()
    (tmp_path / "out").symlink_to("/etc/passwd")
    (tmp_path / "in").symlink_to("c.bin")
    return tmp_path


def job(folder: Path, *paths: str, **limits: int) -> Job:
    return Job(root=folder.as_uri(), paths=paths, size=100_000, process=ProcessLimits(**limits))


def observed(
    job: Job, isolation: Isolation | None = None
) -> dict[str, ObservedFile | PathProblem | Unavailable]:
    answers = isolation.read(job) if isolation else read_isolated(job)
    assert sorted(path for path, _ in answers) == sorted(job.paths)
    return {path: read_observation(data, path) for path, data in answers}


def test_a_process_observes_what_would_be_observed_here(folder: Path) -> None:
    paths = ("a.safetensors", "b.pkl", "c.bin", "d", "out", "in", "nowhere")
    there = observed(job(folder, *paths))
    assert there == dict(Reading().read(WorkTree(folder), paths))
    assert isinstance(there["a.safetensors"], ObservedFile)


def large_files(folder: Path) -> Job:
    names = ("large-1.bin", "large-2.bin")
    for name in names:
        (folder / name).write_bytes(name.encode() * (1 << 17))
    size = sum((folder / name).stat().st_size for name in names)
    return Job(root=folder.as_uri(), paths=names, size=size, examine=False)


def test_digests_of_large_files_need_no_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing(monkeypatch, "raise SystemExit('it was started')")
    told: list[int] = []
    large = large_files(folder)
    found = observed(large, Isolation(told.append))
    assert found == dict(Reading(examine=False).read(WorkTree(folder), large.paths))
    assert sum(told) == large.size


def test_stopping_ends_the_digests_of_large_files(folder: Path) -> None:
    told: list[int] = []

    def tell(amount: int) -> None:
        told.append(amount)
        isolation.stop()

    isolation = Isolation(tell)
    large = large_files(folder)
    with pytest.raises(StoppedError):
        isolation.read(large)
    assert len(told) == 1
    assert told[0] < large.size


def test_bytes_are_told_as_they_are_read(folder: Path) -> None:
    told: list[int] = []
    observed(job(folder, "c.bin"), Isolation(told.append))
    assert sum(told) == 70_000


def playing(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Have a program of the test's own stand in for the one that reads."""
    monkeypatch.setattr(isolated, "_PROGRAM", (sys.executable, "-c", program))


DIES_OF_ONE = """
import os, signal, subprocess, sys
data = sys.stdin.buffer.read()
paths = __import__("json").loads(data)["paths"]
if any("b.pkl" in path for path in paths):
    for place, path in enumerate(paths[:2]):
        os.write(1, b'["begin",%d]\\n' % place)
    os.kill(os.getpid(), signal.SIGSEGV)
from weighbridge.probes.reading import child
sys.stdin = __import__("io").TextIOWrapper(__import__("io").BytesIO(data))
child.main()
"""


def test_who_kills_his_process_is_read_for_the_digest_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing(monkeypatch, DIES_OF_ONE)
    found = observed(job(folder, "a.safetensors", "b.pkl", "c.bin"))
    whole = dict(Reading().read(WorkTree(folder), ("a.safetensors", "c.bin")))
    assert {path: found[path] for path in whole} == whole
    killer = found["b.pkl"]
    assert isinstance(killer, ObservedFile)
    assert killer.digest == digest(SYSTEM)
    assert isinstance(killer.structure, Unavailable)
    assert killer.structure.reason == "the process that read it died of signal SIGSEGV"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("print('[\"begin\",0]'); print('nonsense')", "said what it should not"),
        ("print('[\"begin\",5]')", "said what it should not"),
        ("print('[\"begin\",-1]')", "said what it should not"),
        ("print('[\"begin\"]')", "said what it should not"),
        ('print(\'["begin",0]\'); print(\'["at","x"]\')', "said what it should not"),
        ("print('[\"other\",0]')", "said what it should not"),
        ("print('{}')", "said what it should not"),
        ("print('[\"found\",x,1]')", "said what it should not"),
        ("print('x' * 2_000)", "said what it should not"),
        (
            SILENT,
            "nothing for",
        ),
        ("raise SystemExit(3)", "failed with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "used up its time or memory"),
        ("print('[\"end\"]')", ""),
    ],
)
def test_whatever_a_process_says_the_digest_is_had(
    folder: Path, monkeypatch: pytest.MonkeyPatch, program: str, reason: str
) -> None:
    playing(monkeypatch, program)
    silence = 1 if program == SILENT else 60
    wanted = job(folder, "a.safetensors", silence=silence, message=1_000)
    found = observed(wanted)["a.safetensors"]
    assert isinstance(found, ObservedFile)
    assert found.digest == digest(WEIGHTS)
    assert isinstance(found.structure, Unavailable)
    assert reason in found.structure.reason


def test_a_process_that_cannot_be_started_costs_the_structure_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "_PROGRAM", (str(folder / "nowhere"),))
    found = observed(job(folder, "a.safetensors", "nowhere"))
    assert isinstance(found["a.safetensors"], ObservedFile)
    assert isinstance(found["a.safetensors"].structure, Unavailable)
    assert "no process could be started" in found["a.safetensors"].structure.reason
    assert found["nowhere"] == Unavailable("no such file")


def test_more_time_than_there_is_ends_incomplete(folder: Path) -> None:
    (folder / "slow.pkl").write_bytes(pickle.dumps([[] for _ in range(700_000)], 0))
    found = observed(job(folder, "slow.pkl", "a.safetensors", seconds=1, pace=1 << 40))
    slow = found["slow.pkl"]
    assert isinstance(slow, ObservedFile)
    assert isinstance(slow.structure, Unavailable)
    assert "used up its time or memory" in slow.structure.reason
    assert slow.digest == digest((folder / "slow.pkl").read_bytes())
    whole = found["a.safetensors"]
    assert isinstance(whole, ObservedFile)
    assert isinstance(whole.structure, Structure)


def test_more_memory_than_there_is_ends_incomplete(folder: Path) -> None:
    header = b'{"a":[' + b"[]," * 5_000_000 + b"[]]}"
    (folder / "wide.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    found = observed(job(folder, "wide.safetensors", memory=300 << 20))["wide.safetensors"]
    assert isinstance(found, ObservedFile)
    unread = isinstance(found.structure, Unavailable) or found.structure.status == "incomplete"
    assert unread, found.structure


def test_stopping_ends_the_process_and_tells_who_waits(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing(monkeypatch, SILENT)
    isolation = Isolation()
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            isolation.read(job(folder, "a.safetensors"))
        except StoppedError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not isolation._running:
        os.sched_yield()
    isolation.stop()
    thread.join(timeout=60)
    assert len(caught) == 1
    with pytest.raises(StoppedError):
        isolation.read(job(folder, "a.safetensors"))
