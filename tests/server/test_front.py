"""What no honest client sends, one test each."""

from __future__ import annotations

import json
import socket
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.server.team import served, team_app, team_client
from weighbridge.model.errors import SettingsError
from weighbridge.server import running
from weighbridge.server.front import Front, networks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Scope

    from tests.server.doors import Guarded

PROXY = Front(trusted=(ip_network("10.0.0.0/8"),))


@pytest.fixture(scope="module")
def address(story: Guarded) -> Iterator[str]:
    with served(team_app(story.registry, story.clock)) as address:
        yield address


def scope(peer: str, **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"client": (peer, 5), "scheme": "http", "headers": pairs, "state": {}}


def raw(address: str, data: bytes) -> bytes:
    """Send bytes as they are, and return all that comes back until the server closes or is done."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as open_:
        open_.sendall(data)
        open_.shutdown(socket.SHUT_WR)
        found = b""
        while piece := open_.recv(65536):
            found += piece
        return found


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def asked(head: str, body: str = "") -> bytes:
    return (head.replace("\n", "\r\n") + "\r\nAuthorization: Bearer dora\r\n\r\n" + body).encode()


def test_a_declared_proxy_says_who_asks_and_how() -> None:
    told: Scope = scope(
        "10.1.1.1",
        x_forwarded_for="6.6.6.6, 192.0.2.7, 10.2.2.2",
        x_forwarded_proto="https",
        x_forwarded_host="bridge.example.com",
        host="inside",
    )
    assert PROXY.meet(told) is None
    assert (told["client"][0], told["scheme"]) == ("192.0.2.7", "https")
    assert told["headers"] == [(b"host", b"bridge.example.com")]


@pytest.mark.parametrize("peer", ["192.0.2.1", "127.0.0.1", "::1"])
def test_forged_forwarding_is_not_believed(peer: str) -> None:
    told: Scope = scope(
        peer, x_forwarded_for="10.0.0.1", x_forwarded_proto="https", x_forwarded_host="evil"
    )
    assert PROXY.meet(told) is None
    assert (told["client"][0], told["scheme"], told["headers"]) == (peer, "http", [])


def test_a_proxy_is_not_believed_a_host_that_is_none() -> None:
    wrong = PROXY.meet(scope("10.1.1.1", x_forwarded_host="evil/\r\nx: y"))
    assert wrong is not None
    assert wrong[0] == 400


def test_in_the_clear_only_proxies_are_answered() -> None:
    front = Front(trusted=PROXY.trusted, only_trusted=True)
    wrong = front.meet(scope("192.0.2.1"))
    assert wrong is not None
    assert (wrong[0], wrong[1].code) == (403, "WB170")
    assert front.meet(scope("::ffff:10.0.0.1")) is None


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"proxy\.trusted has no network there"):
        networks(["10.0.0.1/8"], name="proxy.trusted")


def test_another_host_is_another_server(story: Guarded) -> None:
    app = team_app(story.registry, story.clock, hosts=frozenset({"bridge.example.com"}))
    with served(app) as address:
        client = team_client(address)
        assert client.get("/healthz", headers={"host": "evil.example.com"}).status_code == 421
        assert client.get("/healthz", headers={"host": "bridge.example.com"}).status_code == 200


def test_two_hosts_are_none(address: str) -> None:
    answer = raw(address, asked("GET /healthz HTTP/1.1\nHost: a\nHost: b"))
    assert status(answer) == 400


def test_two_lengths_are_refused(address: str) -> None:
    head = "POST /v1/missing-blobs HTTP/1.1\nHost: a\nContent-Length: 2\nContent-Length: 30"
    answer = raw(address, asked(head, "{}GET /v1/registry HTTP/1.1\r\n\r\n"))
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


def test_nothing_is_smuggled_behind_a_second_length(address: str) -> None:
    head = "POST /v1/missing-blobs HTTP/1.1\nHost: a\nContent-Length: 4\nTransfer-Encoding: chunked"
    answer = raw(address, asked(head, "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"))
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("coding", ["gzip, chunked", "xchunked", "chunked, chunked", "\x0bchunked"])
def test_a_coding_that_is_unknown_is_refused(address: str, coding: str) -> None:
    head = f"POST /v1/missing-blobs HTTP/1.1\nHost: a\nTransfer-Encoding: {coding}"
    answer = raw(address, asked(head, "0\r\n\r\n"))
    assert status(answer) in {400, 501}
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("forged", ["abc\tdefgh", "a" * 65, "<script>alert", "${jndi:ldap}"])
def test_a_request_id_that_is_none_is_not_handed_back(address: str, forged: str) -> None:
    said = team_client(address).get("/healthz", headers={"x-request-id": forged})
    assert said.headers["x-request-id"] != forged
    assert len(said.headers["x-request-id"]) == 16


def test_no_header_comes_in_by_the_path(address: str) -> None:
    answer = raw(address, asked("GET /v1/releases?after=%0d%0aX-Evil:%201 HTTP/1.1\nHost: a"))
    assert status(answer) == 400
    assert b"\r\nx-evil" not in answer.lower()


def test_a_head_that_is_too_large_is_refused(address: str) -> None:
    answer = raw(address, asked("GET /healthz HTTP/1.1\nHost: a\nX-Large: " + "a" * 70_000))
    assert status(answer) in {400, 431}


def test_whoever_sends_a_head_too_slowly_is_left(
    story: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_HURRY", 0.2)
    with served(team_app(story.registry, story.clock)) as address:
        place = urlsplit(address)
        where = (place.hostname or "", place.port or 0)
        with socket.create_connection(where, timeout=20) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            with pytest.raises(ConnectionResetError):
                raise_at_end(slow)


def raise_at_end(open_: socket.socket) -> None:
    if not open_.recv(100):
        raise ConnectionResetError


@pytest.mark.parametrize(
    "path",
    [
        "/v1/ledger/tile/%2e%2e/%2e%2e/registry.db",
        "/v1/ledger/tile/../../../../etc/passwd",
        "/v1/ledger/tile/..%5c..%5cregistry.db",
        "/v1/ledger/tile/entries/000.p/1%00",
        "/v1/blobs/..%2f..%2fregistry.db",
        "//v1/registry",
        "/v1//registry",
        "/v1/registry/",
        "/v1/blobs/sha256:%2e%2e",
    ],
)
def test_no_path_leads_elsewhere(address: str, path: str) -> None:
    answer = raw(address, asked(f"GET {path} HTTP/1.1\nHost: a\nConnection: close"))
    assert status(answer) in {400, 404}
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["faults"]
    assert b"SQLite" not in answer


@pytest.mark.parametrize("header", ["x-http-method-override", "x-method-override", "x-http-method"])
def test_a_method_is_what_it_is(address: str, header: str) -> None:
    said = team_client(address).get("/v1/releases", headers={header: "DELETE"})
    assert (said.status_code, "releases" in said.json()) == (200, True)
