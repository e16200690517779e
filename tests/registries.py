"""Debian's docker-registry (distribution 2.8), running for as long as somebody needs it."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.tools import tool, tool_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIGURATION = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {store}}}}}
http: {{addr: "{address}"}}
"""
_TRIES = 200


def free_port() -> int:
    """Find a port of this machine nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def running_registry(folder: Path) -> Iterator[str]:
    """Run a registry that keeps its bytes in a folder; hands out `HOST:PORT`."""
    address = f"127.0.0.1:{free_port()}"
    file = folder / "registry.yml"
    file.write_text(_CONFIGURATION.format(store=folder / "store", address=address))
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            [tool("docker-registry"), "serve", file],
            env=tool_environment(),
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(address, process)
            yield address
        finally:
            process.terminate()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    host, _, port = address.partition(":")
    for _ in range(_TRIES):
        assert process.poll() is None, "docker-registry has ended"
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except ConnectionRefusedError:
            threading.Event().wait(0.05)
        else:
            return
    raise AssertionError("docker-registry does not listen")
