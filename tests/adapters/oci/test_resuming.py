"""Interrupted transfers go on where they were: what is sent again is counted at the server."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryBlobs
from tests.adapters.oci.hosted import NAME, Handler, Hosted, hosting
from tests.adapters.oci.meeting import CHUNK, IMPATIENT, Counting, blob, client, push, random_bytes
from weighbridge.model.errors import TransferError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 40 * CHUNK + 12_345
DATA = random_bytes(SIZE)
BLOB = blob(DATA)
DROPS = 5
SLACK = 1 << 18
"""Bytes on their way that the server took for sent, and the client never saw."""


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    with hosting() as running:
        yield running


def breaks(points: list[int], counter: Callable[[Hosted], int]) -> Callable[[Handler], bool]:
    """Break uploads when the server has received so many bytes in all."""

    def twist(handler: Handler) -> bool:
        length = int(handler.headers.get("Content-Length", "0"))
        now = counter(handler.hosted)
        if handler.command != "PATCH" or not points or now + length <= points[0]:
            return False
        name = handler.route.rpartition("/")[2]
        handler.upload(name, points.pop(0) - now)
        handler.hang_up()
        return True

    return twist


@pytest.mark.parametrize("seed", range(3))
def test_an_upload_broken_at_random_points_sends_little_again(hosted: Hosted, seed: int) -> None:
    points = sorted(random.Random(seed).sample(range(SIZE), DROPS))  # noqa: S311 - the same each time
    hosted.twist = breaks(points, lambda held: held.received)
    progress = Counting()
    assert push(client(hosted, progress=progress), DATA)
    assert hosted.blobs[BLOB.digest] == DATA
    assert (points, progress.done) == ([], SIZE)
    # To the letter of distribution 1.1, what has arrived of a chunk is kept.
    assert hosted.received - SIZE <= DROPS * CHUNK


def test_a_server_that_forgets_broken_chunks_gets_them_again(hosted: Hosted) -> None:
    broken = iter([3, 9, 17])
    state = {"next": next(broken)}

    def twist(handler: Handler) -> bool:
        if handler.command != "PATCH" or hosted.count("PATCH") != state["next"]:
            return False
        state["next"] = next(broken, 0)
        for _ in handler.body(CHUNK // 2):
            pass
        handler.hang_up()
        return True

    hosted.twist = twist
    assert push(client(hosted), DATA)
    assert hosted.blobs[BLOB.digest] == DATA
    assert hosted.received - SIZE <= 3 * CHUNK


def test_an_upload_the_server_lost_begins_anew(hosted: Hosted) -> None:
    def twist(handler: Handler) -> bool:
        if handler.command == "PATCH" and hosted.count("PATCH") == 5:
            hosted.uploads.clear()
            handler.hang_up()
            return True
        return False

    hosted.twist = twist
    assert push(client(hosted), DATA)
    assert hosted.blobs[BLOB.digest] == DATA
    assert hosted.count("POST") == 2


def test_a_lost_last_answer_sends_nothing_again(hosted: Hosted) -> None:
    def twist(handler: Handler) -> bool:
        if handler.command == "PUT" and hosted.count("PUT") == 1:
            handler.answer = lambda *_, **__: None  # type: ignore[method-assign]
            handler.end(handler.route.rpartition("/")[2])
            handler.hang_up()
            return True
        return False

    hosted.twist = twist
    assert push(client(hosted), DATA)
    assert hosted.received == SIZE


def test_a_proxy_that_takes_no_large_chunks_gets_small_ones(hosted: Hosted) -> None:
    def twist(handler: Handler) -> bool:
        if handler.command == "PATCH" and int(handler.headers["Content-Length"]) > 1 << 20:
            handler.answer(413)
            handler.close_connection = True
        return handler.close_connection

    hosted.twist = twist
    data = random_bytes(5 << 20)
    assert push(client(hosted, chunk=4 << 20), data)
    assert hosted.blobs[blob(data).digest] == data


def test_a_server_that_wants_larger_chunks_gets_them(hosted: Hosted) -> None:
    def twist(handler: Handler) -> bool:
        if handler.command == "POST":
            hosted.uploads["0"] = bytearray()
            location = f"/v2/{NAME}/blobs/uploads/0"
            handler.answer(202, Location=location, OCI_Chunk_Min_Length=str(16 * CHUNK))
        return handler.command == "POST"

    hosted.twist = twist
    assert push(client(hosted), DATA)
    assert hosted.count("PATCH") == 3


def test_an_upload_that_never_gets_on_ends(hosted: Hosted) -> None:
    def twist(handler: Handler) -> bool:
        if handler.command == "PATCH":
            handler.hang_up()
        return handler.command == "PATCH"

    hosted.twist = twist
    with pytest.raises(UnavailableError, match="is not available"):
        push(client(hosted), DATA)
    assert hosted.count("PATCH") <= IMPATIENT.tries + SIZE // CHUNK


@pytest.mark.parametrize("kept", ["0-99999999", "bytes=0-99999999"])
def test_a_server_that_has_more_than_was_sent_is_refused(hosted: Hosted, kept: str) -> None:
    def twist(handler: Handler) -> bool:
        if handler.command == "PATCH":
            for _ in handler.body():
                pass
            handler.answer(202, Location=handler.path, Range=kept)
        return handler.command == "PATCH"

    hosted.twist = twist
    with pytest.raises(TransferError, match="more bytes than were sent"):
        push(client(hosted), DATA)


@pytest.mark.parametrize("seed", range(3))
def test_a_download_broken_at_random_points_asks_for_little_again(
    hosted: Hosted, seed: int
) -> None:
    hosted.add(DATA)
    points = sorted(random.Random(seed).sample(range(SIZE), DROPS))  # noqa: S311 - the same each time

    def twist(handler: Handler) -> bool:
        start = int(handler.headers.get("Range", "bytes=0-")[6:].partition("-")[0])
        if not points or not handler.route.startswith("blobs/sha"):
            return False
        stop = max(points.pop(0), start)
        stretch = f"bytes {start}-{SIZE - 1}/{SIZE}"
        length = str(SIZE - start)
        handler.head(206 if start else 200, Content_Length=length, Content_Range=stretch)
        handler.wfile.write(DATA[start:stop])
        handler.hosted.sent += stop - start
        handler.hang_up()
        return True

    hosted.twist = twist
    store, progress = MemoryBlobs(), Counting()
    # A try that brought less than a block counts as one of those in a row.
    patience = dataclasses.replace(IMPATIENT, tries=DROPS + 1)
    client(hosted, progress=progress, patience=patience).fetch(BLOB, store.incoming())
    assert store.held == {BLOB.digest: DATA}
    assert progress.done == SIZE
    assert hosted.sent - SIZE <= DROPS * SLACK
