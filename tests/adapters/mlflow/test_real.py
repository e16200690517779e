"""Against MLflow itself: its server, the database behind that, and its aliases."""

from __future__ import annotations

import contextlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tools import mlflow_python
from weighbridge.adapters.mlflow.opening import open_mlflow
from weighbridge.adapters.notifying.opening import open_channel
from weighbridge.model.errors import UnavailableError
from weighbridge.model.event import Event, Kind
from weighbridge.model.notification import Notice, Sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.imports import RegisteredModel

pytestmark = pytest.mark.slow
PROGRAM = Path(__file__).parents[2] / "programs/mlflow_server.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with subprocess.Popen(
        [mlflow_python(), PROGRAM, folder],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            port = next(line for line in lines if line.strip().isdigit())
            yield f"http://127.0.0.1:{int(port)}"
        finally:
            process.kill()


def read(source: str, folder: Path) -> tuple[RegisteredModel, dict[str, bytes]]:
    with contextlib.closing(open_mlflow(source, start=folder, environ={})) as registry:
        (model,) = registry.models()
        files = registry.files(model.versions[0])
        return model, {file.path: b"".join(file.read()) for file in files}


class Manifests:
    """A registry whose releases all come from one version of MLflow's."""

    def __init__(self, version: str) -> None:
        self._notes = {"mlflow.org/registered_model": "line", "mlflow.org/version": version}

    def read(self, digest: str) -> bytes:
        return json.dumps({"metadata": {"annotations": self._notes, "name": digest}}).encode()


def move(address: str, version: str, kind: Kind) -> str | None:
    sink = Sink(name="models", kind="mlflow", url=address)
    body = {"environment": "staging", "name": "line", "version": "1.0.0", "release": "sha256:a"}
    event = Event(kind=kind, time="2026-02-01T00:00:00Z", control=0, body=body)
    channel = open_channel(sink, Path(), blobs=Manifests(version))
    return channel.send(Notice(origin="log", index=1, event=event, text=""))


def test_the_server_and_its_database_say_the_same(address: str, folder: Path) -> None:
    served, files = read(address, folder)
    stored, copied = read("mlflow.db", folder)
    (version,) = served.versions
    (kept,) = stored.versions
    # Where the files lie the database alone says.
    assert version == replace(kept, location="")
    assert replace(served, versions=()) == replace(stored, versions=())
    assert files == copied
    assert {"MLmodel", "model.skops", "requirements.txt"} <= files.keys()
    assert (served.description, version.aliases) == ("A straight line.", ("champion",))
    assert version.tags == {"shape": "straight"}


def test_its_aliases_follow_the_pointers(address: str, folder: Path) -> None:
    assert move(address, "1", Kind.PROMOTION_DONE) == "staging is line 1 now"
    assert move(address, "1", Kind.ROLLBACK_DONE) == "staging is line 1 now"
    model, _ = read(address, folder)
    assert model.versions[0].aliases == ("champion", "staging")
    with pytest.raises(UnavailableError, match="does not make staging an alias of line 9"):
        move(address, "9", Kind.PROMOTION_DONE)


def test_a_try_changes_nothing(address: str, folder: Path) -> None:
    before, _ = read(address, folder)
    sink = Sink(name="models", kind="mlflow", url=address)
    event = Event(kind=Kind.ACT_SAID, time="2026-02-01T00:00:00Z", control=0, body={"act": "test"})
    said = open_channel(sink, Path()).send(Notice(origin="test", index=0, event=event, text=""))
    assert said == "MLflow answers; no alias was set"
    assert read(address, folder)[0] == before
