"""Servers in processes of their own, and what they cost themselves: Linux tells it in `/proc`."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.measure import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS = 60
SETTINGS = """\
anonymous = "nothing"
[limits]
requests-per-minute = 100000000
"""
_HOME = "WEIGHBRIDGE_HOME"
_TOKEN = ("token", "new", "--label=bench", "--person=bench")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens.

    Attributes:
        process: The number of its process.
        port: Its port on 127.0.0.1.
    """

    process: int
    port: int

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection to it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)

    def cpu(self) -> float:
        """Return the CPU seconds it has taken, user and system."""
        text = Path(f"/proc/{self.process}/stat").read_text(encoding="utf-8")
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """Return the most memory it has had resident, in MiB."""
        for line in Path(f"/proc/{self.process}/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("the system does not tell its peak of memory")


def weighbridge(
    registry: str | Path, folder: Path, *, store: str = ""
) -> contextlib.AbstractContextManager[Server]:
    """Run `weighbridge serve` over a registry, with settings that let everybody hurry.

    Args:
        registry: Its folder, or the address of its database.
        folder: Where the settings are written.
        store: Where its blobs lie; empty for beside it.
    """
    settings = folder / "server.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    words = ("-m", "weighbridge", "serve", "--port=0", "--grace=0", f"--config={settings}")
    environ = {_HOME: str(registry)} | ({"WEIGHBRIDGE_STORE": store} if store else {})
    return running(words, environ, log=folder / "server.log")


@contextlib.contextmanager
def running(words: tuple[str, ...], environ: Mapping[str, str], *, log: Path) -> Iterator[Server]:
    """Run a Python program that says last on its first line where it listens."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            (sys.executable, *words),
            env=child_environment(os.environ) | dict(environ),
            stdout=subprocess.PIPE,
            stderr=told,
        )
    try:
        assert process.stdout is not None  # noqa: S101 - it was asked for, just above
        address = process.stdout.readline().decode().split()
        port = urlsplit(address[-1]).port if address else None
        if port is None:
            raise SystemExit(f"no server: {log.read_text(encoding='utf-8')[-2_000:]}")
        yield Server(process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS)
        process.kill()
        process.communicate()


def token(registry: str | Path, *scopes: str, store: str = "") -> str:
    """Make a token for a registry, and return its secret."""
    words = tuple(f"--scope={scope}" for scope in scopes)
    done = subprocess.run(
        (sys.executable, "-m", "weighbridge", *_TOKEN, *words),
        env=child_environment(os.environ) | {_HOME: str(registry), "WEIGHBRIDGE_STORE": store},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
