"""Debian's OCI registry on this machine alone, for as long as a test wants it."""

from __future__ import annotations

import contextlib
import re
import subprocess
from typing import TYPE_CHECKING

from tests.tools import tool, tool_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """\
version: 0.1
log: {{level: info, formatter: json, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {root}}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:0
"""


@contextlib.contextmanager
def loopback_registry(folder: Path) -> Iterator[str]:
    """Run a registry that keeps what it gets in a folder; its address is `127.0.0.1:PORT`."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.yml"
    config.write_text(CONFIG.format(root=folder / "storage"))
    log = folder / "log"
    with (
        log.open("wb") as written,
        log.open(encoding="utf-8") as said,
        subprocess.Popen(
            [tool("docker-registry"), "serve", config],
            env=tool_environment() | {"OTEL_TRACES_EXPORTER": "none"},
            stdout=written,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            yield _address(server, said)
        finally:
            server.terminate()


def _address(server: subprocess.Popen[bytes], said: Iterator[str]) -> str:
    told = ""
    while server.poll() is None:
        told += "".join(said)
        if match := re.search(r"listening on (127\.0\.0\.1:[0-9]+)", told):
            return match[1]
    raise AssertionError(told)
