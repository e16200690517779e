"""Servers of a team, each a process of its own; what each answered stands in its log."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from tests.usecases.workshop import clean_environ, command
from weighbridge.adapters.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.endurance.team import Team

PATIENCE = 60.0
"""Seconds after which what does not come is taken never to come."""


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what
        threading.Event().wait(0.02)


def is_ready(port: int) -> bool:
    """Ask whether something there answers and is ready."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Served:
    """A server as anybody starts it; it may be started again at the same port."""

    def __init__(self, team: Team, *words: str, port: int = 0) -> None:
        """Name it.

        Args:
            team: Whose.
            words: More of the command.
            port: Where it listens; 0 for any port that is free.
        """
        self.team, self.words = team, words
        self.port = port or free_port()
        self.log = team.home / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

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
        until(lambda: is_ready(self.port), f"no server at {self.port}: {self.log.read_text()}")

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
