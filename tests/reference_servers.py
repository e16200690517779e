"""The reference server as delivery starts it: a process of its own, ended by a signal."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.serving import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PATIENCE: Final = 60.0
"""Seconds until a server that says nothing is taken for dead."""


class Running:
    """A server that runs.

    Attributes:
        process: Its process.
        port: Where it listens on 127.0.0.1.
        name: What its model is asked by.
    """

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self.process, self.name = process, name
        self._lines: queue.Queue[str] = queue.Queue()
        # Somebody has to read what it says, or it would wait for that.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.event("listening")["port"])

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)

    def event(self, name: str) -> dict[str, Any]:
        """Wait until it has logged an event."""
        while True:
            said: dict[str, Any] = json.loads(self._lines.get(timeout=PATIENCE))
            if said["event"] == name:
                return said

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(
        self, method: str, path: str, body: bytes | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Ask on a connection of its own; return status, what was said, and the headers."""
        connection = self.connect()
        try:
            connection.request(method, path, body)
            return answer_of(connection)
        finally:
            connection.close()

    def infer(self, request: object) -> tuple[int, Any]:
        body = json.dumps(request).encode()
        status, value, _ = self.ask("POST", f"/v2/models/{self.name}/infer", body)
        return status, value

    def metrics(self) -> dict[str, float]:
        _, text, _ = self.ask("GET", "/metrics")
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}


def answer_of(connection: HTTPConnection) -> tuple[int, Any, Mapping[str, str]]:
    response = connection.getresponse()
    data = response.read()
    headers = dict(response.getheaders())
    is_json = headers["Content-Type"] == "application/json"
    return response.status, json.loads(data) if is_json and data else data.decode(), headers


def configuration(folder: Path, parameters: Mapping[str, object]) -> Path:
    """Write the configuration every release gets."""
    folder.mkdir()
    about = {"name": "demo", "version": "3", "digest": "sha256:abc"}
    (folder / "release.json").write_text(json.dumps(about))
    (folder / "parameters.json").write_text(json.dumps(parameters))
    return folder


@contextmanager
def running(
    model: Path,
    *more: str,
    name: str = "demo",
    version: str = "",
    python: str = sys.executable,
    ready: bool = True,
    **variables: str,
) -> Iterator[Running]:
    """Run a server; wait until it is ready."""
    process = subprocess.Popen(
        [*command(python, str(model), name, version, 0), *more],
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], **variables},
    )
    try:
        server = Running(process, name)
        if ready:
            server.event("ready")
        yield server
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
