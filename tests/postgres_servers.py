"""A PostgreSQL server of the tests' own, in a folder, on a UNIX socket and 127.0.0.1."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg

from tests.tools import DEBIAN, tool_environment
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.postgres.registry import PostgresRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOBODY = 65534
_CONF = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
port = {port}
fsync = on
max_connections = 200
shared_buffers = 32MB
log_min_messages = fatal
"""


@dataclass
class Cluster:
    """A server that runs; each registry has a database of its own."""

    folder: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def address(self, database: str) -> str:
        """Return the address of a database, over the UNIX socket."""
        host = quote(str(self.folder), safe="")
        return f"postgresql://tests@/{database}?host={host}&port={self.port}"

    def tcp_address(self, database: str, port: int | None = None) -> str:
        """Return the address of a database over TCP, or through what listens on another port."""
        return f"postgresql://tests@127.0.0.1:{port or self.port}/{database}"

    def make_database(self) -> str:
        """Make a database and return its name."""
        name = f"registry_{next(self._numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return name

    def control(self, *arguments: str) -> None:
        """Run `pg_ctl` on it."""
        _run("pg_ctl", "--pgdata", str(self.folder / "data"), *arguments)


def programs() -> Path:
    """Find PostgreSQL's programs: Debian's, or those of the machine."""
    for root in (DEBIAN, Path("/")):
        for found in sorted(root.glob("usr/lib/postgresql/*/bin"), reverse=True):
            if (found / "initdb").exists():
                return found
    on_path = shutil.which("initdb")
    assert on_path is not None, "there is no PostgreSQL: run `make tools`"
    return Path(on_path).parent


def _run(name: str, *arguments: str) -> None:
    """Run one of its programs; it refuses to be root, and is nobody then."""
    who = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    done = subprocess.run(
        [programs() / name, *arguments],
        env=tool_environment() | {"LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd="/",
        **who,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr


def free_port() -> int:
    """Find a port nobody listens on just now."""

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a server, and end it with all it holds."""
    # The path of a socket has 107 characters at most, and those of tests are long.
    folder = Path(tempfile.mkdtemp(prefix="wb-pg-"))
    try:
        folder.chmod(0o755)
        if os.getuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        made = Cluster(folder, free_port())
        _run(
            "initdb",
            *("--pgdata", str(folder / "data"), "--username", "tests", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )
        with (folder / "data" / "postgresql.conf").open("a") as conf:
            conf.write(_CONF.format(folder=folder, port=made.port))
        made.control("--wait", "--log", str(folder / "log"), "start")
        try:
            yield made
        finally:
            made.control("--mode", "immediate", "--wait", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def postgres_registry(
    running: Cluster, folder: Path, clock: Callable[[], str], *, address: str = ""
) -> PostgresRegistry:
    """Open a registry in a database of its own, whose blobs, keys and all else lie in a folder."""
    return PostgresRegistry(
        address or running.address(running.make_database()),
        home=folder / "home",
        keys=folder / "keys",
        clock=clock,
        wanted=Wanted(address=str(folder / "blobs")),
    )
