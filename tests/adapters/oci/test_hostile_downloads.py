"""Registries that send something else than was asked for: nothing of it is ever visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryBlobs
from tests.adapters.oci.hosted import Handler, Hosted, hosting
from tests.adapters.oci.meeting import IMPATIENT, blob, client, random_bytes
from weighbridge.adapters.servers.patience import Patience
from weighbridge.model.errors import LoginError, NotFoundError, TransferError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.errors import WeighbridgeError

SIZE = 3 << 20
DATA = random_bytes(SIZE)
BLOB = blob(DATA)
HALF = SIZE // 2


@pytest.fixture(scope="module")
def _server() -> Iterator[Hosted]:
    with hosting() as hosted:
        hosted.add(DATA)
        yield hosted


@pytest.fixture
def hosted(_server: Hosted) -> Iterator[Hosted]:
    _server.asked.clear()
    _server.sent = 0
    yield _server
    _server.twist = lambda _: False


def is_get(handler: Handler) -> bool:
    return handler.command == "GET" and handler.route.startswith("blobs/sha")


def whole(data: bytes, **headers: str) -> Callable[[Handler], bool]:
    """Answer a request for a blob with certain bytes, whatever range was asked for."""

    def twist(handler: Handler) -> bool:
        if is_get(handler):
            handler.answer(200, data, **headers)
        return is_get(handler)

    return twist


def endless(handler: Handler) -> bool:
    if not is_get(handler):
        return False
    handler.head(200)
    while True:
        handler.wfile.write(DATA)


def drop_at(share: float, *, status: int = 200, always: bool = False) -> Callable[[Handler], bool]:
    """Break the connection when a share of what was asked for is sent."""
    dropped: list[str] = []

    def twist(handler: Handler) -> bool:
        if not is_get(handler) or (dropped and not always):
            return False
        dropped.append(handler.path)
        handler.head(status, Content_Length=str(SIZE), ETag='"a"')
        handler.wfile.write(DATA[: int(SIZE * share)])
        handler.hang_up()
        return True

    return twist


def stall(handler: Handler) -> bool:
    if is_get(handler):
        handler.head(200, Content_Length=str(SIZE))
        handler.wfile.write(DATA[:1000])
        handler.stall()
    return is_get(handler)


def drip(handler: Handler) -> bool:
    if is_get(handler):
        handler.head(200, Content_Length=str(SIZE))
        for at in range(SIZE):
            handler.wfile.write(DATA[at : at + 1])
            handler.wfile.flush()
            if handler.server.ended.wait(0.01):
                break
    return is_get(handler)


def always(status: int, **headers: str) -> Callable[[Handler], bool]:
    def twist(handler: Handler) -> bool:
        handler.answer(status, b'{"errors":[{"code":"X"}]}', **headers)
        return True

    return twist


FLIPPED = DATA[:HALF] + bytes([DATA[HALF] ^ 1]) + DATA[HALF + 1 :]

LIES: dict[str, tuple[Callable[[Handler], bool], type[WeighbridgeError]]] = {
    "a flipped byte": (whole(FLIPPED), TransferError),
    "a flipped byte under the right header": (
        whole(FLIPPED, Docker_Content_Digest=BLOB.digest),
        TransferError,
    ),
    "a byte less": (whole(DATA[:-1]), TransferError),
    "a byte more": (whole(DATA + b"x"), TransferError),
    "nothing": (whole(b""), TransferError),
    "a page instead of a blob": (whole(b"<html>", Content_Type="text/html"), TransferError),
    "no end": (endless, TransferError),
    "silence": (stall, UnavailableError),
    "a byte now and then": (drip, UnavailableError),
    "a drop at 99 % each time": (drop_at(0.99, always=True), UnavailableError),
    "429": (always(429), UnavailableError),
    "429 for an hour": (always(429, Retry_After="3600"), UnavailableError),
    "500": (always(500), UnavailableError),
    "404": (always(404), NotFoundError),
    "416": (always(416), TransferError),
    "403": (always(403), LoginError),
    "401 without a challenge": (always(401), LoginError),
    "204": (always(204), TransferError),
    "206 unasked": (always(206, Content_Range="bytes 0-1/2"), TransferError),
    "a redirect to itself": (always(307, Location="?again"), TransferError),
    "a redirect to nowhere": (always(307), TransferError),
    "a redirect to no address": (always(307, Location="http://[::x"), UnavailableError),
    "a redirect to a file": (always(307, Location="file:///etc/passwd"), TransferError),
    "a redirect to plain http": (always(307, Location="http://example.org/"), TransferError),
    "a redirect with a password": (always(307, Location="https://a:b@127.0.0.1/"), TransferError),
}


@pytest.mark.parametrize("lie", LIES)
def test_nothing_wrong_is_ever_visible(hosted: Hosted, lie: str) -> None:
    hosted.twist, wanted = LIES[lie]
    store = MemoryBlobs()
    # Whoever is silent or drips does not have to be waited for; a busy machine does.
    silence, window = (0.2 if lie == "silence" else 10), (0.1 if "now and then" in lie else 60)
    patience = Patience(silence=silence, tries=2, window=window, pace=1 << 20, wait=lambda _: None)
    repository = client(hosted, patience=patience)
    with pytest.raises(wanted):
        repository.fetch(BLOB, store.incoming())
    assert (store.held, store.waiting) == ({}, [])
    repository.close()


@pytest.mark.parametrize("lie", ["a page instead of a blob", "a byte more", "404", "500"])
def test_reading_forwards_is_as_strict(hosted: Hosted, lie: str) -> None:
    hosted.twist, wanted = LIES[lie]
    with pytest.raises(wanted), client(hosted).open(BLOB) as source:
        assert all(iter(lambda: source.read(1 << 16), b""))


def wrong_range(handler: Handler) -> bool:
    if is_get(handler) and "Range" in handler.headers:
        handler.answer(206, DATA[:HALF], Content_Range=f"bytes 0-{HALF - 1}/{SIZE}")
        return True
    return False


def longer(handler: Handler) -> bool:
    stretch = handler.headers["Range"].removeprefix("bytes=")
    handler.answer(206, b"", Content_Range=f"bytes {stretch}/{SIZE + 1}")
    return True


def after_a_drop(then: Callable[[Handler], bool] = lambda _: False) -> Callable[[Handler], bool]:
    """Break the first connection in its middle, and go on otherwise."""
    dropping = drop_at(0.5)
    return lambda handler: dropping(handler) or then(handler)


@pytest.mark.parametrize(
    ("then", "sent"),
    [(lambda _: False, SIZE - HALF), (whole(DATA), 0), (wrong_range, SIZE)],
    ids=["drop", "ignored range", "wrong range"],
)
def test_a_drop_is_taken_up_where_it_was(
    hosted: Hosted, then: Callable[[Handler], bool], sent: int
) -> None:
    hosted.twist = after_a_drop(then)
    store = MemoryBlobs()
    client(hosted).fetch(BLOB, store.incoming())
    assert store.held == {BLOB.digest: DATA}
    assert abs(hosted.sent - sent) <= 1 << 18  # what was on its way when it broke


def test_what_follows_a_drop_must_be_of_the_same_blob(hosted: Hosted) -> None:
    hosted.twist = after_a_drop()
    client(hosted).fetch(BLOB, MemoryBlobs().incoming())
    again = hosted.asked[-1].headers
    assert again["If-Range"] == '"a"'
    assert again["Range"].startswith("bytes=")


def test_a_blob_of_another_length_is_refused_in_its_middle(hosted: Hosted) -> None:
    hosted.twist = after_a_drop(longer)
    with pytest.raises(TransferError):
        client(hosted).fetch(BLOB, MemoryBlobs().incoming())


def test_waits_double_and_heed_the_registry(hosted: Hosted) -> None:
    waited: list[float] = []
    answers = iter(["", "7", "", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", "1"])

    def twist(handler: Handler) -> bool:
        handler.answer(503, Retry_After=next(answers))
        return True

    hosted.twist = twist
    with pytest.raises(UnavailableError, match="503"):
        client(hosted, patience=Patience(wait=waited.append)).has(BLOB)
    assert waited == [0.5, 7, 2, 4, 8]


def test_a_wait_that_is_too_long_is_not_waited(hosted: Hosted) -> None:
    waited: list[float] = []
    hosted.twist = always(429, Retry_After="61")
    with pytest.raises(UnavailableError) as caught:
        client(hosted, patience=Patience(wait=waited.append)).has(BLOB)
    assert waited == []
    assert "61 s" in caught.value.faults[0].cause


def test_a_blob_is_read_anywhere_and_forwards(hosted: Hosted) -> None:
    hosted.twist = after_a_drop()
    with client(hosted).open(BLOB) as source:
        assert source.size == SIZE
        assert b"".join(iter(lambda: source.read(100_000), b"")) == DATA
        assert source.read_at(1000, 50) == DATA[1000:1050]
        assert source.read_at(SIZE - 5, 50) == DATA[-5:]
        assert source.read_at(SIZE, 50) == b""
        assert (source.changed(), source.identity()) == (False, "")


def test_ranges_that_are_ignored_cost_time_and_nothing_else(hosted: Hosted) -> None:
    hosted.twist = whole(DATA)
    with client(hosted).open(BLOB) as source:
        assert source.read_at(1000, 50) == DATA[1000:1050]


def test_a_blob_that_is_not_there_is_not_opened(hosted: Hosted) -> None:
    with pytest.raises(NotFoundError, match="there is no sha256:"):
        client(hosted).open(blob(b"other"))


def test_blobs_are_there_only_in_their_size(hosted: Hosted) -> None:
    repository = client(hosted)
    assert repository.has(BLOB)
    assert not repository.has(blob(b"other"))
    hosted.twist = always(200)
    assert not repository.has(BLOB)


def test_who_does_not_answer_is_unavailable() -> None:
    with hosting() as gone:
        pass
    with pytest.raises(UnavailableError, match="is not available") as caught:
        client(gone, patience=IMPATIENT).has(BLOB)
    assert caught.value.__cause__ is None
