"""Ports of this machine that nobody listens at."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Final

HERE: Final = "127.0.0.1"
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _HIGHEST = 10_000, 65_535
_USUAL: Final = 32_768
_ATTEMPTS: Final = 200


def free_port(host: str = HERE) -> int:
    """Return a port nobody listens at, which somebody may take before it is used.

    None of those that connections get which this machine makes: with many requests, such a port is
    soon taken again, and a server may take a while until it listens.
    """
    chance = random.SystemRandom()
    for _ in range(_ATTEMPTS):
        port = chance.choice(_candidates())
        if is_free(port, host):
            return port
    with socket.socket(_family(host)) as one:
        one.bind((host, 0))
        found: int = one.getsockname()[1]
        return found


def _candidates() -> range:
    try:
        first, last = map(int, _RANGE.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        first, last = _USUAL, _HIGHEST
    below, above = range(_LOWEST, first), range(last + 1, _HIGHEST + 1)
    return max(below, above, range(_LOWEST, _LOWEST + 1), key=len)


def is_free(port: int, host: str = HERE) -> bool:
    """Tell whether a port can be listened at."""
    with socket.socket(_family(host)) as one:
        # As servers do: connections that have ended do not keep a port.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError:
            return False
        return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
