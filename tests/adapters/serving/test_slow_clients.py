"""Clients that are slow or many keep no thread for ever: an impatient server in this process."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from tests.adapters.serving.models import logarithm
from weighbridge.adapters.serving.reference import arriving
from weighbridge.adapters.serving.reference import service as services
from weighbridge.adapters.serving.reference.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

HEAD = b"POST /v2/models/demo/infer HTTP/1.1\r\nContent-Length: 9\r\n"


@contextmanager
def listening(model: Model | None = None) -> Iterator[int]:
    service = services.Service(name="demo", version="", release="sha256:abc", max_body=100)
    if model is not None:
        service.use(model)
    server = services.Server("127.0.0.1", 0, service)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def connected(port: int) -> closing[socket.socket]:
    return closing(socket.create_connection(("127.0.0.1", port), timeout=60))


def rest(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_a_request_that_never_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "ARRIVAL", 0.2)
    model = Model(
        str(logarithm(tmp_path / "model.onnx")), name="demo", version="", threads=1, batch=0
    )
    with listening(model) as port, connected(port) as body, connected(port) as head:
        body.sendall(HEAD + b"\r\n{")
        head.sendall(HEAD)
        assert rest(body).startswith(b"HTTP/1.1 408 ")
        assert rest(head) == b""


def test_a_connection_without_requests_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "IDLE", 0.1)
    with listening() as port, connected(port) as connection:
        assert rest(connection) == b""


def test_one_connection_too_many_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CONNECTIONS", 1)
    with listening() as port, connected(port) as kept:
        kept.sendall(b"GET /v2/health/live HTTP/1.1\r\n\r\n")
        assert kept.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        with connected(port) as another:
            said = rest(another)
        kept.sendall(b"GET /v2/health/live HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert rest(kept).startswith(b"HTTP/1.1 200 ")
    assert said.startswith(b"HTTP/1.1 503 ")
    assert b"X-Weighbridge-Release: sha256:abc\r\n" in said
    assert said.endswith(b'{"error":"too many connections"}')
