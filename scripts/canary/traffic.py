"""Requests as clients make them: connections that are kept alive, each answer written down."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from scripts.canary.model import VOCABULARY

if TYPE_CHECKING:
    from types import TracebackType

HEADER = "X-Weighbridge-Release"


@dataclass(frozen=True, slots=True)
class Answered:
    """One request and its answer.

    Attributes:
        sent: When it was sent, in milliseconds of Unix time.
        status: Status of the answer; 0 if there was none.
        release: Digest of the release that answered; empty if it did not say.
        connection: Port its connection has on this side: one that was kept keeps it.
    """

    sent: int
    status: int
    release: str
    connection: int = 0


class Traffic:
    """Clients that go on asking until they are told to stop."""

    def __init__(self, port: int, *, clients: int = 6, rate: float = 120.0, name: str) -> None:
        """Say whom to ask, and how often.

        Args:
            port: Port of this machine that takes requests.
            clients: How many ask at a time, each by a connection of its own that it keeps.
            rate: Requests a second of all of them.
            name: Name of the model.
        """
        self.answers: list[Answered] = []
        self._port = port
        self._path = f"/v2/models/{name}/infer"
        self._pause = clients / rate
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(seed,), daemon=True) for seed in range(clients)
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and wait for the last answers."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def since(self, moment: int) -> list[Answered]:
        """Return the requests that were sent at or after a moment, in milliseconds."""
        return [one for one in list(self.answers) if one.sent >= moment]

    def _ask(self, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - traffic, no secret
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        while not self._stop.wait(self._pause * chance.uniform(0.5, 1.5)):
            token = chance.randrange(VOCABULARY)
            tensor = {"name": "tokens", "shape": [1], "datatype": "INT64", "data": [token]}
            body = json.dumps({"inputs": [tensor]})
            sent = time.time_ns() // 1_000_000
            try:
                connection.request("POST", self._path, body, {"Content-Type": "application/json"})
                port = 0 if connection.sock is None else connection.sock.getsockname()[1]
                answer = connection.getresponse()
                answer.read()
                release = answer.getheader(HEADER) or ""
                self.answers.append(Answered(sent, answer.status, release, port))
            except (OSError, http.client.HTTPException):
                self.answers.append(Answered(sent, 0, ""))
                connection.close()
        connection.close()
