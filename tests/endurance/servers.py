"""Servers of a team, each a process of its own; what each answered stands in its log."""

from __future__ import annotations

import contextlib
import json
import signal
import ssl
import subprocess
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any, Protocol

from tests.usecases.workshop import clean_environ, command
from weighbridge.adapters.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PATIENCE = 60.0
"""Seconds after which what does not come is taken never to come."""


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what
        threading.Event().wait(0.02)


def is_ready(port: int, *, tls: bool = False) -> bool:
    """Ask whether something there answers and is ready."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Beside(Protocol):
    """What a server is started beside: a team, or less."""

    @property
    def home(self) -> Path:
        """Where its logs go."""

    @property
    def place(self) -> str:
        """The registry."""

    @property
    def environ(self) -> Mapping[str, str]:
        """Variables it needs."""


class Served:
    """A server as anybody starts it; it may be started again at the same port."""

    def __init__(self, team: Beside, *words: str) -> None:
        """Name it, and more words of the command."""
        self.team, self.words = team, words
        self.port, self.tls = free_port(), "--tls-cert" in words
        self.log = team.home / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command(
                    *("serve", "--host", "127.0.0.1", "--port", str(self.port)),
                    *("--log-format", "json", "--registry", self.team.place, *self.words),
                ),
                cwd=self.team.home,
                env=clean_environ() | dict(self.team.environ),
                stdout=log,
                stderr=log,
            )
        until(
            lambda: is_ready(self.port, tls=self.tls),
            f"no server at {self.port}: {self.log.read_text()}",
        )

    def end(self) -> int:
        """Tell it to end, and wait until it has; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def answered(self) -> list[dict[str, Any]]:
        """Return what it answered, a row a request."""
        rows = (json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{")
        return [row for row in rows if row["message"] == "answered"]

    def broke(self) -> list[dict[str, Any]]:
        """Return the requests it did not answer rightly, but for what it said before it ended."""
        return [row for row in self.answered() if row["status"] >= 500 and row["path"] != "/readyz"]


@contextlib.contextmanager
def serving(*servers: Served) -> Iterator[None]:
    """Run servers, and end those that still run by their process."""
    try:
        for server in servers:
            server.start()
        yield
    finally:
        for server in servers:
            if server.process is not None and server.process.poll() is None:
                server.process.kill()
                server.process.wait()
