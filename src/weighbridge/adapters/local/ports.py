"""Ports of this machine that nobody listens at."""

from __future__ import annotations

import socket
from typing import Final

HERE: Final = "127.0.0.1"


def free_port(host: str = HERE) -> int:
    """Return a port nobody listens at, which somebody may take before it is used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        one.bind((host, 0))
        found: int = one.getsockname()[1]
        return found


def is_free(port: int, host: str = HERE) -> bool:
    """Tell whether a port can be listened at."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        # As servers do: connections that have ended do not keep a port.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError:
            return False
        return True
