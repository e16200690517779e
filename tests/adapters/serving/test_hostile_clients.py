"""Whatever clients send, the server refuses it, and serves the next one."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reference_servers import PATIENCE

if TYPE_CHECKING:
    from tests.reference_servers import Running

X = {"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1.0, 2.0, 4.0]}
INFER = b"POST /v2/models/demo/infer HTTP/1.1\r\n"


def sent(server: Running, data: bytes) -> bytes:
    """Send bytes, and return all that comes until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def posted(server: Running, body: bytes) -> tuple[int, Any]:
    status, value, _ = server.ask("POST", "/v2/models/demo/infer", body)
    return status, value


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: 99999999999999999999999999\r\n", 413),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", 413),
        (b"Content-Length: 65537\r\n", 413),
        (b"Content-Length: -1\r\n", 400),
        (b"Content-Length: +1\r\n", 400),
        (b"Content-Length: 1_0\r\n", 400),
        (b"Content-Length: \xd9\xa1\r\n", 400),
        (b"Content-Length: \r\n", 400),
        (b"Content-Length: 2\r\nContent-Length: 3\r\n", 400),
        (b"Transfer-Encoding: chunked\r\n", 411),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", 411),
        (b"X: " + b"x" * 70000 + b"\r\n", 431),
        (b"X: x\r\n" * 101, 431),
    ],
)
def test_a_body_of_no_good_length_is_refused(logarithms: Running, head: bytes, status: int) -> None:
    said = sent(logarithms, INFER + head + b"\r\n{}" + b"GET /v2 HTTP/1.1\r\n\r\n")
    assert said.startswith(f"HTTP/1.1 {status} ".encode())
    assert said.count(b"HTTP/1.1") == 1  # what may be a body is not taken for a request
    assert b"Connection: close" in said
    assert json.loads(said.partition(b"\r\n\r\n")[2]).keys() == {"error"}


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET\r\n\r\n", 400),
        (b"GET /v2 HTTP/x\r\n\r\n", 400),
        (b"GET /v2 HTTP/3.0\r\n\r\n", 505),
        (b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"\x16\x03\x01\x02\x00 \x01 \x00\r\n\r\n", 400),
        (b"BREW /v2 HTTP/1.1\r\n\r\n", 405),
        (b"GET /%ff%00 HTTP/1.1\r\nConnection: close\r\n\r\n", 404),
        (b"GET /v2 HTTP/1.1\r\nContent-Length: 7\r\n\r\nGET /v2", 200),
        (b"GET /v2\r\n\r\n", 200),
    ],
)
def test_what_is_no_request_is_refused(logarithms: Running, line: bytes, status: int) -> None:
    said = sent(logarithms, line)
    assert said.startswith(f"HTTP/1.1 {status} ".encode())
    assert said.count(b"HTTP/1.1") == 1


def test_a_client_that_waits_for_a_word_gets_it(logarithms: Running) -> None:
    body = json.dumps({"inputs": [X]}).encode()
    head = INFER + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: "
    said = sent(logarithms, head + b"%d\r\n\r\n" % len(body) + body)
    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    said = sent(logarithms, head + b"70000\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_leaves_is_forgotten(logarithms: Running) -> None:
    before = logarithms.metrics()["requests_total"]
    assert sent(logarithms, INFER + b"Content-Length: 10\r\n\r\n{") == b""
    after = logarithms.metrics()
    assert (after["requests_total"], after["requests_in_flight"]) == (before, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"[" * 60000,
        b'{"inputs":' * 6000,
        b'{"inputs": [NaN]}',
        *(
            json.dumps({"inputs": [X]}).encode().replace(b"4.0", number)
            for number in (b"1e999", b"-Infinity", b"1" + b"0" * 5000)
        ),
        json.dumps({"inputs": [{**X, "name": "x" * 60000}]}).encode(),
    ],
)
def test_what_is_no_request_of_the_protocol_is_refused(logarithms: Running, body: bytes) -> None:
    status, value = posted(logarithms, body)
    assert status == 400
    assert 0 < len(value["error"]) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
TENSOR = st.fixed_dictionaries(
    {
        "name": st.just("x") | JSON,
        "shape": st.just([1, 3]) | st.lists(st.integers(-1, 4), max_size=3) | JSON,
        "datatype": st.just("FP32") | JSON,
        "data": st.lists(st.floats() | st.integers() | JSON, min_size=3, max_size=3) | JSON,
    }
)
REQUEST = JSON | st.fixed_dictionaries(
    {"inputs": st.lists(TENSOR | JSON, max_size=2) | JSON},
    optional={"outputs": JSON, "id": JSON, "parameters": JSON},
)


@given(request_=REQUEST)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_json_is_answered_or_refused(logarithms: Running, request_: object) -> None:
    status, value = posted(logarithms, json.dumps(request_).encode())
    assert status in {200, 400}
    assert ("error" in value) == (status == 400)


@given(body=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused(logarithms: Running, body: bytes) -> None:
    assert posted(logarithms, body)[0] == 400
