"""A line to a server that is cut when a word is said, before the answer comes."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Line:
    """Passes bytes on, until the client says a word; then the line is cut.

    Attributes:
        word: What is waited for; empty for nothing.
        passes: Whether the word still reaches the server; its answer never comes back.
    """

    def __init__(self, port: int) -> None:
        self.word, self.passes, self.cuts = b"", True, 0
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._start(self._accept)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            _shut(one)
        for thread in self._threads:
            thread.join(10)
        for one in self._open:
            one.close()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                self._open += (client, server)
                self._start(self._ask, client, server)
                self._start(self._answer, server, client)

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                if self.word and self.word in data:
                    self.word, self.cuts = b"", self.cuts + 1
                    _shut(client)
                    if self.passes:
                        server.sendall(data)
                        server.shutdown(socket.SHUT_WR)  # it does first what it was told
                        return
                    break
                server.sendall(data)
        _shut(server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
        _shut(client)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def line(port: int) -> Iterator[Line]:
    """Open a line to a port of this machine."""
    made = Line(port)
    try:
        yield made
    finally:
        made.close()
