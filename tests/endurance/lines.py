"""A line between a command and its server, which can be cut or go dead where a test says."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 16


class Line:
    """Hands on what is sent, but for the first request that begins as a test says.

    Attributes:
        happened: Is set once something was done to that request.
    """

    def __init__(self, port: int, begins: bytes, fate: Literal["ask", "answer", "stall"]) -> None:
        """Listen.

        Args:
            port: Where the server is.
            begins: How the request begins.
            fate: What becomes of it: it is cut in the middle; its answer never arrives; or it goes
                no further.
        """
        self._port, self._begins, self._fate = port, begins, fate
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self._lock = threading.Lock()
        self.happened = threading.Event()
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Cut everything."""
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                with self._lock:
                    self._open += [near, far]
                threading.Thread(target=self._serve, args=(near, far), daemon=True).start()

    def _serve(self, near: socket.socket, far: socket.socket) -> None:
        lost = threading.Event()
        threading.Thread(target=self._answer, args=(near, far, lost), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := near.recv(CHUNK):
                if data.startswith(self._begins) and not self.happened.is_set():
                    if self._fate == "answer":
                        lost.set()
                    else:
                        far.sendall(data[: len(data) // 2])
                        self.happened.set()
                        if self._fate == "stall":
                            return
                        break
                far.sendall(data)
        self._cut(near, far)

    def _answer(self, near: socket.socket, far: socket.socket, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(CHUNK):
                if lost.is_set():
                    self.happened.set()
                    break
                near.sendall(data)
        self._cut(near, far)

    def _cut(self, *ends: socket.socket) -> None:
        for one in ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def line(port: int, begins: bytes, fate: Literal["ask", "answer", "stall"]) -> Iterator[Line]:
    """Lay a line to a server."""
    found = Line(port, begins, fate)
    try:
        yield found
    finally:
        found.close()
