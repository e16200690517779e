from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.adapters.metrics.prometheus import (
    PrometheusMeter,
    _NoAnswerError,
    _result,
    _series,
    _value,
)
from weighbridge.model.delivery import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIGEST = f"sha256:{'a' * 64}"


class Store:
    """A Prometheus that answers what it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, list[str]], str | None]] = []
        self.address = ""
        self.slow = threading.Event()
        self.slow.set()

    def says(self, kind: str, result: object, **more: object) -> None:
        data = {"resultType": kind, "result": result}
        self.body = json.dumps({"status": "success", "data": data, **more}).encode()


@contextlib.contextmanager
def serving() -> Iterator[Store]:
    store = Store()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            words = self.rfile.read(int(self.headers["Content-Length"])).decode()
            store.asked.append((self.path, parse_qs(words), self.headers["Authorization"]))
            store.slow.wait(5)
            self.send_response(store.status)
            for name, value in store.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(store.body)))
            self.end_headers()
            self.wfile.write(store.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    store.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield store
    finally:
        store.slow.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def store() -> Iterator[Store]:
    with serving() as made:
        yield made


def sample(value: object, **labels: str) -> dict[str, Any]:
    return {"metric": labels, "value": [1735689600.5, value]}


@pytest.mark.parametrize(
    ("kind", "result", "values"),
    [
        ("vector", [sample("0.5"), sample("NaN"), sample("+Inf")], ("0.5", "NaN", "+Inf")),
        ("vector", [], ()),
        ("scalar", [1735689600, "3"], ("3",)),
    ],
)
def test_values_are_passed_on_as_they_are_written(
    store: Store, kind: str, result: object, values: tuple[str, ...]
) -> None:
    store.says(kind, result, infos=["metric might not be a counter"])
    assert PrometheusMeter(address=store.address).ask("up") == Answer(values=values)
    assert store.asked == [("/api/v1/query", {"query": ["up"], "timeout": ["10s"]}, None)]


def test_it_may_be_reached_under_a_path_and_by_a_token(store: Store, tmp_path: Path) -> None:
    store.says("vector", [])
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    meter = PrometheusMeter(address=f"{store.address}/prometheus/", token=token)
    assert meter.ask("a & b=c") == Answer()
    assert store.asked[0][0] == "/prometheus/api/v1/query"
    assert store.asked[0][1]["query"] == ["a & b=c"]
    assert store.asked[0][2] == "Bearer s3cret"
    for bad in (b"two\nlines", "é".encode(), None):
        token.unlink(missing_ok=True)
        if bad is not None:
            token.write_bytes(bad)
        assert meter.ask("up").error


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>", "no JSON"),
        (200, b"[" * 100_000, "no JSON"),
        (200, b"[]", "no JSON"),
        (200, b"{}", "no reason"),
        (400, b'{"status": "error", "error": "parse error: x"}', "parse error: x"),
        (503, b'{"status": "success"}', "503"),
        (200, b'{"status": "success"}', "without a result"),
        (200, b'{"status": "success", "data": {"resultType": 1}}', "without a result"),
    ],
)
def test_what_is_no_answer_is_an_error(store: Store, status: int, body: bytes, words: str) -> None:
    store.status, store.body = status, body
    answer = PrometheusMeter(address=store.address).ask("up")
    assert answer.values == ()
    assert words in answer.error
    assert PrometheusMeter(address=store.address).firing(DIGEST) is None


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("matrix", [{"metric": {}, "values": [[1, "2"]]}]),
        ("string", [1, "x"]),
        ("vector", [sample(0.5)]),
        ("vector", [sample("1"), None]),
        ("vector", [{"metric": {}}]),
        ("vector", {}),
        ("scalar", "1"),
    ],
)
def test_what_is_no_value_of_now_is_an_error(store: Store, kind: str, result: object) -> None:
    store.says(kind, result)
    answer = PrometheusMeter(address=store.address).ask("up")
    assert answer.error
    assert not answer.values


def test_a_part_of_all_stores_is_no_answer(store: Store) -> None:
    store.says("vector", [sample("0")], warnings=["store a is down"])
    assert "store a is down" in PrometheusMeter(address=store.address).ask("up").error


def test_a_redirect_is_not_followed(store: Store) -> None:
    with serving() as other:
        other.says("vector", [sample("0")])
        store.status, store.headers = 307, {"Location": f"{other.address}/api/v1/query"}
        assert PrometheusMeter(address=store.address).ask("up").error
        assert other.asked == []


def test_a_long_answer_and_a_slow_one_are_errors(store: Store) -> None:
    store.body = b" " * ((4 << 20) + 1)
    assert "longer" in PrometheusMeter(address=store.address).ask("up").error
    store.says("vector", [])
    store.slow.clear()
    assert PrometheusMeter(address=store.address, seconds=0.2).ask("up").error


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1",
        "ftp://a",
        "",
        "http://",
        "http://a b",
        "http://[",
        "http://a:x",
        "https://127.0.0.1:1",
    ],
)
def test_nobody_there_is_an_error(address: str) -> None:
    meter = PrometheusMeter(address=address, seconds=1)
    assert meter.ask("up").error
    assert meter.firing(DIGEST) is None


def test_failure_modes_fire_by_their_alerts(store: Store) -> None:
    meter = PrometheusMeter(address=store.address)
    store.says(
        "vector",
        [
            sample("1", alertname="Slow", failure_mode="FM-1,FM-2"),
            sample("1", alertname="Slow", failure_mode="FM-1"),
            sample("1", alertname="Wrong", failure_mode="FM-2"),
        ],
    )
    assert meter.firing(DIGEST) == {"FM-1": "Slow", "FM-2": "Slow, Wrong"}
    query = store.asked[0][1]["query"][0]
    assert query == f'ALERTS{{alertstate="firing",release="{DIGEST}",failure_mode!=""}}'
    store.says("vector", [])
    assert meter.firing(DIGEST) == {}
    wrong: list[dict[str, Any]] = [sample("1"), {"metric": []}, sample("1", alertname="A")]
    for bad in wrong:
        store.says("vector", [bad])
        assert meter.firing(DIGEST) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["status", "data", "resultType", "result", "value", "error", "warnings"]
            ),
            inner | st.sampled_from(["success", "vector", "scalar"]),
            max_size=4,
        )
    ),
)


@given(JSON)
def test_no_answer_raises_anything_else(body: object) -> None:
    text = json.dumps(body).encode()
    for work in (lambda: _series(*_result("u", 200, text)), lambda: _value(body)):
        with contextlib.suppress(_NoAnswerError):
            work()
