"""haproxy before a team's servers, as deploy/haproxy.cfg has it, without TLS and names."""

from __future__ import annotations

import contextlib
import re
import subprocess
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from tests.endurance.servers import until
from tests.tools import tool, tool_environment
from weighbridge.adapters.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.endurance.servers import Served

CONFIGURATION = """\
global
    log stdout format raw local0
    maxconn 1000

defaults
    log global
    mode http
    option httplog
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-request 15s
    timeout check 10s
    option http-keep-alive
    option redispatch

frontend people
    bind 127.0.0.1:{port}
    default_backend servers

backend servers
    balance roundrobin
    option httpchk GET /readyz
    default-server check inter 500ms fall 1 rise 1
{servers}
"""
_ANSWERED = re.compile(r' servers/\S+ \S+ (\d{3}) .*"([A-Z]+) (\S+)')


class Balanced:
    """One address before several servers."""

    def __init__(self, folder: Path, servers: Sequence[Served]) -> None:
        """Write its configuration."""
        self.port, self.log = free_port(), folder / "haproxy.log"
        self.configuration = folder / "haproxy.cfg"
        lines = "\n".join(f"    server s{one.port} 127.0.0.1:{one.port}" for one in servers)
        self.configuration.write_text(CONFIGURATION.format(port=self.port, servers=lines))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> list[tuple[int, str, str]]:
        """Return status, method and path of what was answered through it."""
        found = map(_ANSWERED.search, self.log.read_text().splitlines())
        return [(int(one[1]), one[2], one[3]) for one in found if one]

    def status(self) -> int:
        """Ask through it whether a server is ready."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


@contextlib.contextmanager
def balanced(folder: Path, servers: Sequence[Served]) -> Iterator[Balanced]:
    """Run haproxy before servers."""
    found = Balanced(folder, servers)
    with found.log.open("wb") as log:
        process = subprocess.Popen(
            [tool("haproxy"), "-db", "-f", str(found.configuration)],
            env=tool_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: found.status() == 200, f"haproxy: {found.log.read_text()}")
        yield found
    finally:
        process.kill()
        process.wait()
