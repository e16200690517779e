"""Releases of a server for tests, and targets that run them."""

from __future__ import annotations

import http.client
import json
import os
import platform
import socket
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.render.orders import release_of, rendered
from tests.tools import DEBIAN
from weighbridge.adapters.local.target import LocalTarget
from weighbridge.adapters.local.waiting import until
from weighbridge.codec.resolved import release_digest
from weighbridge.model.delivery import Desired
from weighbridge.model.ports import NoProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.model.delivery_ports import Driven
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.rendering import RenderedFile

STUB = Path(__file__).with_name("stub_server.py")
COMMAND = "{python} -I serve.py {port}"
LOCK = b"# nothing but Python\n"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A release that is delivered, its bytes in memory."""

    digest: str
    release: ModelRelease
    files: tuple[RenderedFile, ...]
    held: Mapping[str, bytes]

    def lay_out(self, write: Callable[[str, Iterator[bytes]], None]) -> None:
        """Write them."""
        for path, data in self.held.items():
            write(path, iter([data[:100], data[100:]]))


def parcel(
    version: str = "1.0.0",
    *,
    options: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    held: Mapping[str, bytes] | None = None,
    **spec: object,
) -> Parcel:
    """Make a release.

    Args:
        version: Its version.
        options: What is said of the target.
        environ: Variables of the release.
        held: Files of the release besides.
        spec: Changes of the manifest.
    """
    files = {"serve.py": STUB.read_bytes(), "requirements.lock": LOCK, **(held or {})}
    code = {"name": "server", "role": "code", "path": "serve.py"}
    artifacts = [{**code, "digest": digest_of(files["serve.py"])}]
    lock = {"lock": "requirements.lock", "format": "requirements"}
    change: dict[str, Any] = {
        "metadata": {"version": version},
        "spec": {
            "environment": {
                "image": None,
                "resources": None,
                "runtime": {"implementation": "cpython", "version": platform.python_version()},
                "system": {"args": None, "sysctls": None, "env": dict(environ or {})},
            },
            "dependencies": {"runtime": {**lock, "digest": digest_of(files["requirements.lock"])}},
            "parameters": None,
            "artifacts": artifacts,
            "externalServices": None,
            **spec,
        },
    }
    release = release_of(change)
    said = {"command": COMMAND, "graceSeconds": "5", **(options or {})}
    said = {name: one for name, one in said.items() if one}
    done = rendered("local", options=said, change=change)
    assert done.refusals == ()
    return Parcel(release_digest(release), release, done.files, files)


def digest_of(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def options_of(port: int, **more: str) -> dict[str, str]:
    """Return options of a target that takes requests at a port, in the Python of the tests."""
    return {"bind": f"127.0.0.1:{port}", "environment": sys.prefix, **more}


def target(folder: Path, port: int, **more: Any) -> LocalTarget:  # noqa: ANN401
    """Make a target with the programs of the tests."""
    options = {**options_of(port), **more.pop("options", {})}
    environ = {"PATH": os.environ["PATH"], **more.pop("environ", {})}
    return LocalTarget(folder=folder, options=options, environ=environ, tools=DEBIAN, **more)


def asked(port: int, path: str = "/", method: str = "GET") -> tuple[int, str, str]:
    """Ask once; return the status, the text, and of which release it is said to be."""
    one = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        one.request(method, path)
        answer = one.getresponse()
        text = answer.read().decode()
        return answer.status, text, answer.headers["X-Weighbridge-Release"] or ""
    finally:
        one.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def record_of(folder: Path, name: str) -> dict[str, Any]:
    """Read the record of a process."""
    found: dict[str, Any] = json.loads((folder / "run" / f"{name}.json").read_bytes())
    return found


def servers_of(folder: Path) -> list[int]:
    """List all processes whatever that run a server out of a folder."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - names
        if name.isdigit():
            try:
                words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
                where = str(Path(f"/proc/{name}/cwd").readlink())
            except OSError:
                continue
            if b"serve.py" in words and where.startswith(str(folder)):
                found.append(int(name))
    return found


def delivered(local: Driven, port: int, *releases: Parcel) -> None:
    """Run releases, the last of which gets all requests."""
    before = None
    for one in releases:
        local.prepare(one, NoProgress())
        local.converge(one, before, _shared(100, alone=True) if before is None else _shared(0))
        assert until(lambda one=one: local.health(one.digest).ready, 10)  # type: ignore[misc]
        if before is not None:
            local.converge(one, before, _shared(100))
        assert until(lambda one=one: asked(port)[2] == one.digest, 10)  # type: ignore[misc]
        before = one


def _shared(weight: int, *, alone: bool = False) -> Desired:
    return Desired(release=True, previous=not alone, weight=weight)
