"""A long upload: `python bench/uploading.py make|memory|latency FOLDER`, or `ask PORT`.

`make` writes an empty registry (SQLite, blobs in its folder). `memory` brings 512 MiB to a server
that has answered nobody yet, and prints by how many MiB its peak of memory grew. `latency` has
`ask`, a process of its own, ask for /healthz on another connection all the while, and prints the
p99 of that in seconds.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench import servers
from bench.measure import MIB
from weighbridge.adapters.registry import EmbeddedRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 512
"""MiB."""


def make(folder: Path) -> None:
    """Make the registry, and a token."""
    registry = EmbeddedRegistry(folder / "registry")
    registry.blobs.put(b"so that it is there")
    registry.close()
    secret = servers.token(folder / "registry", "read", "write")
    (folder / "token").write_text(secret, encoding="utf-8")


class Bytes:
    """So many MiB that nobody has brought before."""

    def __init__(self, size: int) -> None:
        """Make them up."""
        self.size, self._one = size, bytearray(os.urandom(MIB))
        hashed = hashlib.sha256()
        for piece in self:
            hashed.update(piece)
        self.digest = f"sha256:{hashed.hexdigest()}"

    def __iter__(self) -> Iterator[bytes]:
        """Give them piece by piece."""
        for at in range(self.size):
            self._one[:8] = at.to_bytes(8, "big")
            yield bytes(self._one)


def bring(server: servers.Server, secret: str, data: Bytes) -> None:
    """Bring bytes."""
    connection = server.connect()
    headers = {"authorization": f"Bearer {secret}", "content-length": str(data.size * MIB)}
    connection.request("PUT", f"/v1/blobs/{data.digest}", iter(data), headers)
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    if answer.status != HTTPStatus.CREATED:
        raise SystemExit(f"{answer.status}: {told[:400]!r}")


def ask(port: int) -> None:
    """Ask until told to end by the end of stdin; then tell median and p99."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    taken = []
    os.set_blocking(0, False)
    print("begun", flush=True)
    while sys.stdin.buffer.read(1) != b"":
        begun = time.perf_counter()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        taken.append(time.perf_counter() - begun)
    taken.sort()
    middle, late = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    print(f"{len(taken)} questions, p50 {middle * 1_000:.1f} ms, p99 {late * 1_000:.1f} ms")
    print(late)


def measure(what: str, folder: Path) -> float:
    """Bring bytes, and return what that did to the server."""
    secret = (folder / "token").read_text(encoding="utf-8")
    data = Bytes(SIZE)
    with servers.weighbridge(folder / "registry", folder) as server:
        peak = server.peak()
        if what == "memory":
            bring(server, secret, data)
            grown = server.peak() - peak
        else:
            grown = _asked_meanwhile(server, secret, data)
        _forget(folder, data.digest)
        return grown


def _asked_meanwhile(server: servers.Server, secret: str, data: Bytes) -> float:
    words = (sys.executable, __file__, "ask", str(server.port))
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None  # noqa: S101 - it was asked for, just above
        other.stdout.readline()
        bring(server, secret, data)
        told, _ = other.communicate()
    print(told, end="")
    return float(told.split()[-1])


def _forget(folder: Path, digest: str) -> None:
    digits = digest.removeprefix("sha256:")
    (folder / "registry" / "blobs" / "sha256" / digits[:2] / digits[2:]).unlink()


if __name__ == "__main__":
    if sys.argv[1] == "ask":
        ask(int(sys.argv[2]))
    elif sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    else:
        print(measure(sys.argv[1], Path(sys.argv[2])))
