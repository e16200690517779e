"""Servers of releases nobody promoted, in bubblewrap."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.local.cargoes import (
    STUB,
    asked,
    delivered,
    free_port,
    parcel,
    record_of,
    servers_of,
    target,
)
from weighbridge.model.delivery import Desired


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "delivery"


def test_a_sandbox_sees_what_lies_beside_the_reference_server(
    folder: Path, port: int, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "beside.py").write_text("FOUND = True\n")
    # With -I, the folder of a program is not looked through.
    start = f"import sys; sys.path.insert(0, {str(own)!r}); import beside\n"
    stub = STUB.read_text().replace("from __future__ import annotations\n", "")
    (own / "server.py").write_text(start + stub)

    def reference(python: str, model: str, name: str, version: str, port: int) -> tuple[str, ...]:
        assert Path(model).name == "model.onnx"
        assert (name, version) == ("file-type-detector", "1.0.0")
        return (python, "-I", str(own / "server.py"), str(port))

    weights = {"name": "model", "role": "weights", "path": "model.onnx", "format": "onnx"}
    artifacts = [{**weights, "digest": f"sha256:{'a' * 64}"}]
    one = parcel(options={"command": ""}, held={"model.onnx": b""}, artifacts=artifacts)
    local = target(folder, port, contained=True, reference=reference)
    try:
        delivered(local, port, one)
    finally:
        local.stop_all(grace=2)
        local.close()


def test_a_sandbox_sees_no_home_and_writes_nowhere(folder: Path, port: int, tmp_path: Path) -> None:
    local = target(folder, port, contained=True)
    probe = (
        b"import os, pathlib\n"
        b"said = [os.path.exists('SECRET'), os.environ['HOME']]\n"
        b"try:\n    pathlib.Path('x').write_text('')\n"
        b"except OSError as error:\n    said.append(error.strerror)\n"
        b"print(said, flush=True)\n"
    )
    (tmp_path / "secret").write_text("")
    probe = probe.replace(b"SECRET", str(tmp_path / "secret").encode())
    one = parcel(
        held={
            "serve.py": probe
            + STUB.read_bytes().replace(b"from __future__ import annotations", b"")
        }
    )
    try:
        delivered(local, port, one)
        name = f"release-{one.digest[7:19]}"
        said = (folder / "logs" / f"{name}.log").read_text()
        assert "[False, '/tmp/home', 'Read-only file system']" in said
        assert asked(port)[1].split()[1] != str(record_of(folder, name)["pid"])
        local.converge(one, None, Desired(release=False, previous=False, weight=0))
        assert servers_of(folder) == []
    finally:
        local.stop_all(grace=2)
        local.close()
    assert servers_of(folder) == []
