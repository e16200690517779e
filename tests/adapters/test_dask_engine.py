from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.adapters.dask_cluster import Cluster, cluster
from tests.formats.samples import SYSTEM, safetensors, two_tensors
from tests.usecases.workshop import run_apart
from weighbridge.adapters.dask_engine import DaskEngine
from weighbridge.model.errors import SettingsError
from weighbridge.model.limits import ProcessLimits
from weighbridge.probes.reading.engines import Threads
from weighbridge.probes.reading.fanned import FannedReading
from weighbridge.report.scan import render_scan_json
from weighbridge.usecases.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from weighbridge.model.reading import Engine, Outcome

Item = TypeVar("Item")
T = TypeVar("T")

JOB = 1 << 20
FILES = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for number in range(FILES):
        (folder / f"{number}.bin").write_bytes(bytes([number]) * JOB)
    (folder / "a.safetensors").write_bytes(safetensors(two_tensors(), bytes(28)))
    (folder / "b.pkl").write_bytes(SYSTEM)
    (folder / "cut.safetensors").write_bytes(safetensors(two_tensors(), bytes(27)))
    (folder / "link.bin").symlink_to("1.bin")
    return folder


def report(folder: Path, engine: Engine) -> str:
    reader = FannedReading(engine=engine, process=ProcessLimits(job=2 * JOB))
    return render_scan_json(scan([folder.name], start=folder.parent, reader=reader).files)


class Killing:
    """An engine that kills a worker after its first answer."""

    remote = True

    def __init__(self, engine: DaskEngine, cluster: Cluster) -> None:
        self._engine = engine
        self._cluster = cluster
        self.answers = 0

    @property
    def workers(self) -> int:
        return self._engine.workers

    def map_unordered(
        self, fn: Callable[[Item], T], items: Iterable[Item], *, window: int
    ) -> Iterator[Outcome[Item, T]]:
        for outcome in self._engine.map_unordered(fn, items, window=window):
            self.answers += 1
            if self.answers == 1:
                self._cluster.workers[0].kill()
                self._cluster.workers[0].wait()
            yield outcome

    def close(self) -> None:
        self._engine.close()


@pytest.mark.slow
def test_a_cluster_says_what_processes_say_even_if_a_worker_is_killed(
    folder: Path, tmp_path: Path
) -> None:
    wanted = report(folder, Threads(1))
    assert report(folder, Threads(2)) == wanted
    with cluster(tmp_path, 2) as running:
        engine = DaskEngine(running.address)
        assert engine.workers == 2
        assert report(folder, engine) == wanted
        killing = Killing(engine, running)
        assert report(folder, killing) == wanted
        assert killing.answers > FILES // 2
        assert engine.workers == 1
        words = ("scan", str(folder), "--output-format", "json", "--engine")
        there = run_apart(folder, *words, running.address)
        assert there == run_apart(folder, *words, "processes:2")
        assert len(json.loads(there.out)["files"]) == FILES + 4
        killing.close()


def die(item: int) -> int:
    """End the worker it runs on."""
    if item == 3:
        os._exit(1)
    return item * 2


@pytest.mark.slow
def test_work_that_kills_every_worker_is_given_up_and_the_rest_is_done(tmp_path: Path) -> None:
    with cluster(tmp_path, 5) as running:
        engine = DaskEngine(running.address)
        found = {one.item: one for one in engine.map_unordered(die, range(6), window=6)}
        engine.close()
    assert {item: one.value for item, one in found.items() if item != 3} == {
        item: item * 2 for item in range(6) if item != 3
    }
    assert found[3].value is None
    assert "gave it up" in found[3].error


def test_where_no_scheduler_answers_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighbridge.adapters.dask_engine._CONNECT", "0.2s")
    with pytest.raises(SettingsError, match="no Dask scheduler answers"):
        DaskEngine("dask://127.0.0.1:9")
