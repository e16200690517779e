"""Stores as MLflow 3.17 leaves them, without MLflow: a database, a folder, a server of the tests.

`tests/adapters/mlflow/test_real.py` holds them against MLflow itself.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.usecases.folders import write_mlflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CREATED = 1_767_225_600_000
"""2026-01-01T00:00:00Z in milliseconds."""

_SCHEMA = """
CREATE TABLE registered_models (name VARCHAR(256), creation_time BIGINT,
  last_updated_time BIGINT, description VARCHAR(5000), workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE model_versions (name VARCHAR(256), version INTEGER, creation_time BIGINT,
  last_updated_time BIGINT, description VARCHAR(5000), user_id VARCHAR(256),
  current_stage VARCHAR(20), source VARCHAR(500), run_id VARCHAR(32), status VARCHAR(20),
  storage_location VARCHAR(500), workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE registered_model_tags (key VARCHAR(250), value VARCHAR(5000), name VARCHAR(256),
  workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE model_version_tags (key VARCHAR(250), value TEXT, name VARCHAR(256), version INTEGER,
  workspace VARCHAR(63) DEFAULT 'default');
CREATE TABLE registered_model_aliases (alias VARCHAR(256), version INTEGER, name VARCHAR(256),
  workspace VARCHAR(63) DEFAULT 'default');
"""


class Database:
    """A project's folder with `mlflow.db` and `mlruns`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "mlflow.db"
        self._run(_SCHEMA)

    def model(self, name: str, description: str = "", **tags: str) -> None:
        values = (name, CREATED, CREATED, description)
        self.add("registered_models(name, creation_time, last_updated_time, description)", *values)
        for key, value in tags.items():
            self.add("registered_model_tags(key, value, name)", key, value, name)

    def version(self, name: str, number: int, *, files: bool = True, **said: str) -> Path:
        """Add a version of a model, and its files unless somebody else puts them."""
        place = self.folder / "mlruns" / "1" / "models" / f"m-{name}-{number}" / "artifacts"
        if files:
            write_mlflow(place)
        row: dict[str, object] = {
            "name": name,
            "version": number,
            "creation_time": CREATED,
            "last_updated_time": CREATED,
            "current_stage": "None",
            "source": f"models:/m-{name}-{number}",
            "run_id": "5c0f3f6d2b7a4e0c8d1e2f3a4b5c6d7e",
            "status": "READY",
            "storage_location": str(place),
            **said,
        }
        self.add(f"model_versions({', '.join(row)})", *row.values())
        return place

    def alias(self, name: str, alias: str, number: int) -> None:
        self.add("registered_model_aliases(alias, version, name)", alias, number, name)

    def tag(self, name: str, number: int, key: str, value: str) -> None:
        values = (key, value, name, number)
        self.add("model_version_tags(key, value, name, version)", *values)

    def add(self, columns: str, *values: object) -> None:
        marks = ", ".join("?" * len(values))
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(f"INSERT INTO {columns} VALUES ({marks})", values)  # noqa: S608 - ours

    def change(self, statement: str) -> None:
        self._run(statement)

    def _run(self, script: str) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executescript(script)


def iris(folder: Path) -> Database:
    """Lay out a registry of one model in two versions, about which all is said."""
    store = Database(folder)
    store.model("iris", "Tells three flowers apart.", team="vision")
    store.version("iris", 1, user_id="ada", current_stage="Archived")
    store.version("iris", 2, description="Trained on all rows.\nTwice.")
    store.alias("iris", "champion", 2)
    store.tag("iris", 2, "dataset", "iris-2026")
    return store


def folder_store(root: Path) -> None:
    """Lay out the same model as MLflow's older store does, a file for each word."""
    meta = "creation_timestamp: 1767225600000\nlast_updated_timestamp: 1767225600000\n"
    for path, text in {
        "models/iris/meta.yaml": f"name: iris\ndescription: Tells three flowers apart.\n{meta}",
        "models/iris/tags/team": "vision",
        "models/iris/aliases/champion": "2",
        "models/iris/version-2/meta.yaml": (
            f"name: iris\nversion: 2\ncurrent_stage: Staging\nuser_id: ada\n{meta}"
            "source: ./mlruns/0/run/artifacts/model\nrun_id: abc\nstatus: READY\n"
        ),
        "models/iris/version-2/tags/data/set": "iris-2026",
        "models/iris/version-1/meta.yaml": (
            f"name: iris\nversion: 1\ncurrent_stage: Deleted_Internal\n{meta}source: x\n"
        ),
    }.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    write_mlflow(root / "0/run/artifacts/model")


@dataclass
class Tracking:
    """A tracking server: what it has, what it was asked, and what is wrong with it."""

    address: str = ""
    models: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    location: str = "mlflow-artifacts:/0/model"
    files: dict[str, bytes] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    status: int = 200
    circle: bool = False
    asked: list[str] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    aliases: list[dict[str, str]] = field(default_factory=list)

    def answer(self, path: str, asked: dict[str, str]) -> object:
        """Answer as MLflow does, a model a page."""
        if path.endswith("/registered-models/search"):
            at = int(asked.get("page_token", "0"))
            more = at + 1 < len(self.models)
            token = {"next_page_token": "0" if self.circle else str(at + 1)} if more else {}
            return {"registered_models": self.models[at : at + 1], **token}
        if path.endswith("/model-versions/search"):
            return {"model_versions": self.versions}
        if path.endswith("/get-download-uri"):
            return {"artifact_uri": self.location}
        inside = asked["path"].removeprefix("0/model").strip("/")
        return {"files": self._listed(f"{inside}/" if inside else "")}

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for path, data in self.files.items():
            if path.startswith(folder):
                name, slash, _ = path.removeprefix(folder).partition("/")
                size = {} if slash else {"file_size": self.sizes.get(path, len(data))}
                shown = self.names.get(path, name)
                found[name] = {"path": shown, "is_dir": bool(slash), **size}
        return [*found.values()]


@contextlib.contextmanager
def tracking_server() -> Iterator[Tracking]:
    """Serve what a tracking server has, at an address of this machine."""
    here = Tracking()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            here.asked.append(self.path)
            here.credentials.append(self.headers.get("Authorization", ""))
            asked = {key: value[0] for key, value in parse_qs(parts.query).items()}
            base = "/api/2.0/mlflow-artifacts/artifacts/0/model/"
            if here.status != 200:
                self._say(here.status, b'{"error_code": "PERMISSION_DENIED", "message": "no"}')
            elif parts.path.startswith(base):
                self._say(200, here.files[unquote(parts.path).removeprefix(base)])
            else:
                self._say(200, json.dumps(here.answer(parts.path, asked)).encode())

        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            here.credentials.append(self.headers.get("Authorization", ""))
            if here.status == 200 and document:
                here.aliases.append(document)
                self._say(200, b"{}")
            else:
                status = 400 if here.status == 200 else here.status
                self._say(status, b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "no"}')

        def _say(self, status: int, data: bytes) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
