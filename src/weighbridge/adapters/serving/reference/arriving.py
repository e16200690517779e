"""Bytes of requests as they arrive, each request within its time."""

from __future__ import annotations

import contextlib
import io
import socket
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

IDLE: Final = 75.0
"""Seconds a connection is kept on which no request begins; proxies keep theirs for about 60."""
ARRIVAL: Final = 30.0
"""Seconds a request may take to arrive, from its first byte to its last."""
_FAREWELL: Final = 1.0
"""Seconds for what a client still sends when it was refused."""
_PIECE: Final = 1 << 16


class Arriving(io.RawIOBase):
    """What a client sends. Who sends a byte now and then does not keep a thread for ever."""

    def __init__(self, connection: socket.socket) -> None:
        """Read from a connection."""
        super().__init__()
        self._connection = connection
        self._until: float | None = None

    def expect(self) -> None:
        """Note that the next byte begins a request."""
        self._until = None

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read what there is.

        Raises:
            TimeoutError: The time is up (before Python 3.10, `socket.timeout`).
        """
        now = time.monotonic()
        left = IDLE if self._until is None else self._until - now
        if left <= 0:
            raise socket.timeout("the request took too long to arrive")  # noqa: UP041 - another before 3.10
        self._connection.settimeout(left)
        count = self._connection.recv_into(buffer)
        if self._until is None:
            self._until = time.monotonic() + ARRIVAL
        return count


def hang_up(connection: socket.socket) -> None:
    """Let a client read what it was told: closing on unread bytes would take that from it."""
    until = time.monotonic() + _FAREWELL
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(_PIECE):
                break
