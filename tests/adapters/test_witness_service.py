"""Hostile callers of a witness, and hostile witnesses."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.ledger import signing
from tests.ledger.test_witnessing import OTHER
from tests.witnesses import listening, name_of, request, witness
from weighbridge.adapters.posting import LARGEST
from weighbridge.adapters.witness_client import ask_witness, check_url
from weighbridge.adapters.witness_service import ServiceLimits, WitnessService
from weighbridge.ledger.witnessing import write_request
from weighbridge.model.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = ServiceLimits(body=4096, silence=0.3, stay=0.6, callers=3)
BODY = write_request(request(0, 7))
LINE = f"— {name_of(9)} ".encode()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessService]:
    made = witness(tmp_path_factory.mktemp("witness") / "state")
    made.cosign(lambda _: request(0, 5))
    with listening(made, limits=LIMITS) as found:
        yield found


def talk(service: WitnessService, *words: bytes, end: bool = True) -> bytes:
    """Say something, and return all that is answered before the other hangs up."""
    with socket.create_connection(service.server_address[:2], timeout=10) as caller:  # type: ignore[arg-type] # a host and a port
        try:
            for word in words:
                caller.sendall(word)
            if end:
                caller.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: caller.recv(4096), b""))
        except (ConnectionResetError, BrokenPipeError):
            return b""


def post(*headers: str, body: bytes = b"", path: str = "/add-checkpoint") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: w", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def length(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


def answers(service: WitnessService) -> bool:
    """Tell whether the witness still does its work, once those before are gone."""
    for _ in range(200):
        try:
            reply = ask_witness(service.url, write_request(request(5, 5)))
        except UnavailableError:
            threading.Event().wait(0.02)
        else:
            return reply.status == 200 and reply.body.startswith(LINE)
    return False


def test_a_witness_is_asked_and_answers(service: WitnessService) -> None:
    assert service.url.startswith("http://127.0.0.1:")
    reply = ask_witness(service.url, BODY)
    assert (reply.status, reply.media_type, reply.body) == (409, "text/x.tlog.size", b"5\n")
    assert ask_witness(service.url, write_request(request(5, 7, OTHER))).status == 422
    assert ask_witness(f"{service.url}deeper/", BODY).status == 404
    assert answers(service)


def test_a_connection_is_kept_for_more(service: WitnessService) -> None:
    one = post(length(BODY), body=BODY)
    found = talk(service, one, one)
    assert found.count(b"HTTP/1.1 409 ") == 2
    assert b"Server: weighbridge\r\n" in found


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (post(body=BODY), b"411"),
        (post(length(BODY), length(BODY), body=BODY), b"411"),
        (post(length(BODY), "Transfer-Encoding: chunked", body=BODY), b"411"),
        (post("Transfer-Encoding: chunked", body=b"0\r\n\r\n"), b"411"),
        (post("Content-Length: 4097"), b"413"),
        (post("Content-Length: 99999999999999999999"), b"413"),
        (post("Content-Length: -1"), b"413"),
        (post("Content-Length: +1", body=b"x"), b"413"),
        (post("Content-Length: 0x1", body=b"x"), b"413"),
        (post("Content-Length: 0"), b"400"),
        (post(length(b"\xff\n\n"), body=b"\xff\n\n"), b"400"),
        (post(length(BODY), body=BODY, path="/"), b"404"),
        (post(length(BODY), body=BODY, path="/../add-checkpoint"), b"404"),
        (post(length(BODY), body=BODY, path="/add-checkpoint?x"), b"404"),
        (b"GET /add-checkpoint HTTP/1.1\r\n\r\n", b"501"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),
        (b"POST /add-checkpoint HTTP/9.9\r\n\r\n", b"505"),
        (post(*(f"X-{n}: y" for n in range(200))), b"431"),
        (b"POST /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
    ],
)
def test_what_is_not_asked_properly_is_refused(
    words: bytes, status: bytes, service: WitnessService
) -> None:
    found = talk(service, words)
    assert status in found.partition(b"\r\n")[0]
    assert LINE not in found
    assert answers(service)


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"POST",
        b"POST /add-checkpoint HTTP/1.1\r\nContent-",
        post("Content-Length: 4000", body=b"old 5\n"),
    ],
)
def test_a_caller_who_stops_is_not_waited_for(words: bytes, service: WitnessService) -> None:
    assert LINE not in talk(service, words, end=False)
    assert LINE not in talk(service, words, end=True)
    assert answers(service)


def dawdle(caller: socket.socket) -> None:
    pause = threading.Event()
    for _ in range(4000):
        caller.sendall(b"x")
        pause.wait(0.05)


def test_a_caller_who_dawdles_is_sent_away(service: WitnessService) -> None:
    with socket.create_connection(service.server_address[:2], timeout=10) as caller:  # type: ignore[arg-type] # a host and a port
        caller.sendall(post("Content-Length: 4000"))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            dawdle(caller)
    assert answers(service)


def test_too_many_callers_are_turned_away_and_room_is_made_again(service: WitnessService) -> None:
    address = service.server_address[:2]
    callers = [
        socket.create_connection(address, timeout=10)  # type: ignore[arg-type] # a host and a port
        for _ in range(3 * LIMITS.callers)
    ]
    assert all(caller.recv(1) == b"" for caller in callers)  # each until his time is over
    for caller in callers:
        caller.close()
    assert answers(service)


def test_whoever_hangs_up_before_the_answer_harms_nobody(service: WitnessService) -> None:
    for _ in range(5):
        with socket.create_connection(service.server_address[:2]) as caller:  # type: ignore[arg-type] # a host and a port
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            caller.sendall(post(length(BODY), body=BODY))
    assert answers(service)


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", "x y:1"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError):
        WitnessService(address, lambda _: pytest.fail("nobody asks"))


def test_an_address_of_six_is_listened_on() -> None:
    with WitnessService("[::1]:0", lambda _: pytest.fail("nobody asks")) as found:
        assert found.url.startswith("http://[::1]:")


# Witnesses that are not what they should be.


@contextmanager
def pretending(*answer: bytes, pause: float = 0) -> Iterator[str]:
    """Answer one caller with anything, with pauses between."""
    done = threading.Event()

    def run() -> None:
        caller, _ = server.accept()
        with caller:
            caller.recv(65536)
            for word in answer:
                try:
                    caller.sendall(word)
                except OSError:
                    return
                if pause and done.wait(pause):
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            done.set()
            thread.join()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "does not answer"),
        (b"nonsense\r\n\r\n", "does not answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", "does not answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", ""),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", "does not answer"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST + 1), "longer than"),
    ],
)
def test_a_witness_that_talks_nonsense_is_not_listened_to(answer: bytes, reason: str) -> None:
    with pretending(answer) as url:
        if not reason:
            assert ask_witness(url, BODY).body == b""
            return
        with pytest.raises(UnavailableError, match=reason):
            ask_witness(url, BODY)


def test_a_witness_that_dawdles_is_not_waited_for() -> None:
    words = [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 400]
    with pretending(*words, pause=0.05) as url:
        reply = ask_witness(url, BODY, longest=0.3)
    assert 0 < len(reply.body) < 100


def test_redirects_are_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with pretending(answer) as url:
        assert ask_witness(url, BODY).status == 302


def test_a_witness_that_is_away_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UnavailableError, match="does not answer"):
        ask_witness(f"http://127.0.0.1:{port}/", BODY)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "w.example",
        "ftp://w.example/",
        "file:///etc/passwd",
        "http://",
        "http://w.example:x/",
        "http://w.example:99999/",
        "http://a:b@w.example/",
        "http://w.example/?a",
        "http://w.example/#a",
        "http://w.example/ a",
        "http://w.example/\r\nX: y",
        "http://[::1/",
        "http://wé.example/",
    ],
)
def test_what_is_no_address_of_a_witness_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        check_url(url)


def test_addresses_of_witnesses_may_have_a_path(tmp_path: Path) -> None:
    assert check_url("https://w.example:8443/log/") == "https://w.example:8443/log/"
    with listening(witness(tmp_path / "state"), limits=LIMITS) as found:
        assert ask_witness(found.url.removesuffix("/"), BODY).body.startswith(LINE)
    assert witness(tmp_path / "state").remembered() == signing.CHECKPOINT
