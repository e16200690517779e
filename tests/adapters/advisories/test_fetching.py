from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.advisories.fetching import fetched, is_loopback, plain_address
from weighbridge.model.errors import UnavailableError, UsageError
from weighbridge.model.limits import AdvisoryLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = b"PK" + b"x" * 98


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        where = {
            "/moved": "/all.zip",
            "/away": "http://example.com/all.zip",
            "/round": "/round",
        }.get(self.path)
        if where is not None:
            self.send_response(302)
            self.send_header("Location", where)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        found = self.path == "/all.zip"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(CONTENT) if found else 0))
        self.end_headers()
        self.wfile.write(CONTENT if found else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/all.zip", "/moved"])
def test_what_is_fetched_is_gone_afterwards(address: str, path: str) -> None:
    with fetched(address + path) as file:
        assert file.read_bytes() == CONTENT
    assert not file.exists()


@pytest.mark.parametrize(
    ("path", "why"), [("/gone", "cannot be fetched"), ("/round", "leads on and on")]
)
def test_what_cannot_be_had(address: str, path: str, why: str) -> None:
    with pytest.raises(UnavailableError, match=why), fetched(address + path):
        pass


def test_a_redirection_may_not_lead_where_one_may_not_go(address: str) -> None:
    with pytest.raises(UsageError, match=r"http://example.com/all.zip"), fetched(address + "/away"):
        pass


def test_what_is_too_large_is_not_kept(address: str) -> None:
    limits = AdvisoryLimits(archive=10)
    with (
        pytest.raises(UnavailableError, match="too large"),
        fetched(address + "/all.zip", limits=limits),
    ):
        pass


@pytest.mark.parametrize("bad", ["http://example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd"])
def test_other_addresses_are_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="not fetched"), fetched(bad):
        pass


def test_nobody_there_is_told() -> None:
    with (
        pytest.raises(UnavailableError, match="cannot be fetched"),
        fetched("http://127.0.0.1:9/all.zip"),
    ):
        pass


def test_what_is_this_machine() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.1.2.3", "::1", "10.0.0.1", "x.y")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert plain_address("https://me:secret@x.org/a?token=1") == "https://x.org/a"
