from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import Chopped, deflated, finished
from weighbridge.formats.blocks import Blocks
from weighbridge.formats.cursor import Cursor, fetch
from weighbridge.formats.drive import Memory, Source, read_bytes, serve
from weighbridge.formats.interface import (
    Ask,
    BudgetExceededError,
    Need,
    Reader,
    Request,
    Skip,
    Stream,
)
from weighbridge.formats.member import Budget, Packed, Stored, read_member
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

DATA = bytes(range(256)) * 40


def done(*answers: bytes) -> Structure:
    return Structure(
        format="test", status="complete", metadata=tuple(("answer", a.hex()) for a in answers)
    )


def asking(*requests: Request) -> Reader:
    answers = []
    for request in requests:
        answers.append((yield request))  # noqa: PERF401 - a comprehension cannot yield
    return done(*answers)


def answers(source: Source, *requests: Request) -> list[bytes]:
    found = finished(serve(asking(*requests), source))
    return [bytes.fromhex(text) for _, text in found.metadata]


def test_memory_answers_every_request() -> None:
    stream = Stream(10, 6)
    small = replace(DEFAULT_LIMITS, window=4)
    found = answers(
        Memory(DATA, limits=small),
        Need(2, 3),
        Skip(10),
        stream,
        stream,
        stream,
        Need(len(DATA) - 1, 4),
        Stream(len(DATA), 4),
    )
    assert found == [
        DATA[2:5],
        b"",
        DATA[10:14],
        DATA[14:16],
        b"",
        DATA[-1:],
        b"",
    ]


def test_a_need_larger_than_the_window_ends_incomplete() -> None:
    limits = replace(DEFAULT_LIMITS, window=4)
    found = read_bytes(DATA, asking(Need(0, 5)), limits=limits)
    assert (found.format, found.status) == ("unknown", "incomplete")
    assert "5 bytes at once" in found.reason


def test_reading_again_spends_a_budget() -> None:
    limits = replace(DEFAULT_LIMITS, reread=10)
    again = [Need(0, 20), Need(0, 10)]
    assert read_bytes(DATA, asking(*again), limits=limits).status == "complete"
    found = read_bytes(DATA, asking(*again, Need(5, 1)), limits=limits)
    assert (found.status, "read again" in found.reason) == ("incomplete", True)


def test_a_reader_may_conclude_when_its_budget_ends() -> None:
    def reader() -> Reader:
        with pytest.raises(BudgetExceededError):
            yield Need(0, 99)
        return done((yield Need(0, 2)))

    limits = replace(DEFAULT_LIMITS, window=4)
    assert read_bytes(DATA, reader(), limits=limits).metadata == (("answer", "0001"),)


def test_a_reader_that_asks_for_nothing_is_served() -> None:
    def reader() -> Reader:
        yield from ()
        return done()

    assert read_bytes(b"", reader(), limits=DEFAULT_LIMITS) == done()


def test_memory_asks_nobody() -> None:
    class Asking(Memory):
        def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
            return (yield request)

    with pytest.raises(AssertionError):
        finished(serve(asking(Need(0, 1)), Asking(b"", limits=DEFAULT_LIMITS)))


# The cursor -------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=20),
    st.lists(st.integers(1, 50), min_size=1, max_size=4),
)
def test_a_cursor_reads_what_a_slice_reads(
    steps: Sequence[tuple[bool, int]], sizes: list[int]
) -> None:
    data = DATA[:1_000]

    def reader() -> Reader:
        cursor = Cursor(100, 800)
        position, found = 100, []
        for take, length in steps:
            assert cursor.position == position
            assert cursor.left == 900 - position
            if take:
                found.append((yield from cursor.take(length)))
                assert found[-1] == data[position : min(position + length, 900)]
            else:
                fits = yield from cursor.skip(length)
                assert fits == (position + length <= 900)
            position = min(position + length, 900)
        return done()

    source = Chopped(data, sizes, limits=DEFAULT_LIMITS)
    assert finished(serve(reader(), source)) == done()


def test_a_cursor_learns_that_the_bytes_end_early() -> None:
    def reader() -> Reader:
        cursor = Cursor(0, 10)
        assert (yield from cursor.fill(11)) is False
        assert cursor.left == 4
        return done()

    assert read_bytes(b"abcd", reader(), limits=DEFAULT_LIMITS) == done()


def test_fetching_stops_at_the_end_and_at_the_limit() -> None:
    def reader() -> Reader:
        return done((yield from fetch(1, 9, replace(DEFAULT_LIMITS, window=2, header=9))))

    def greedy() -> Reader:
        return done((yield from fetch(1, 10, replace(DEFAULT_LIMITS, header=9))))

    assert read_bytes(b"abcd", reader(), limits=DEFAULT_LIMITS) == done(b"bcd")
    assert read_bytes(b"abcd", greedy(), limits=DEFAULT_LIMITS).status == "incomplete"


# Members ----------------------------------------------------------------------------------------

REQUESTS = st.lists(
    st.one_of(
        st.builds(Need, st.integers(0, 11_000), st.integers(0, 500)),
        st.builds(Stream, st.integers(0, 11_000), st.integers(0, 5_000)),
        st.builds(Skip, st.integers(0, 11_000)),
    ),
    max_size=8,
)


def member(method: str, *, window: int = 600) -> tuple[bytes, Stored | Packed]:
    limits = replace(DEFAULT_LIMITS, window=window)
    if method == "stored":
        return b"before" + DATA + b"after", Stored(6, len(DATA), limits=limits)
    packed = deflated(DATA)
    budget = Budget(1 << 30)
    source = Packed(6, len(packed), len(DATA), limits=limits, budget=budget)
    return b"before" + packed + b"after", source


@pytest.mark.parametrize("method", ["stored", "deflated"])
@given(requests=REQUESTS, sizes=st.lists(st.integers(1, 90), min_size=1, max_size=3))
def test_a_member_reads_like_a_file(method: str, requests: list[Request], sizes: list[int]) -> None:
    def inner() -> Reader:
        for request in requests:
            whole = b""
            if isinstance(request, Stream):
                while chunk := (yield request):
                    whole += chunk
            else:
                whole = yield request
            if isinstance(request, Skip | Ask):
                assert whole == b""
            else:
                assert whole == DATA[request.offset : request.offset + request.length]
        return done()

    def outer() -> Reader:
        structure, ending = yield from read_member(source, inner())
        assert structure == done()
        assert (ending.crc, ending.size, ending.fault) == (zlib.crc32(DATA), len(DATA), "")
        return done()

    data, source = member(method)
    assert finished(serve(outer(), Chopped(data, sizes, limits=DEFAULT_LIMITS))) == done()


def test_a_need_larger_than_the_window_of_a_member_ends_incomplete() -> None:
    def outer() -> Reader:
        structure, _ = yield from read_member(source, asking(Need(0, 601)))
        assert structure is not None
        return structure

    data, source = member("deflated")
    assert read_bytes(data, outer(), limits=DEFAULT_LIMITS).status == "incomplete"


def test_inflating_spends_a_budget() -> None:
    def outer() -> Reader:
        packed = deflated(DATA)
        source = Packed(0, len(packed), len(DATA), limits=DEFAULT_LIMITS, budget=Budget(99))
        yield from read_member(source, None)
        return done()

    found = read_bytes(deflated(DATA), outer(), limits=DEFAULT_LIMITS)
    assert (found.status, "inflate" in found.reason) == ("incomplete", True)


def test_a_member_cut_off_by_the_end_of_the_file_is_short() -> None:
    def outer() -> Reader:
        stored = Stored(0, 10, limits=DEFAULT_LIMITS)
        _, ending = yield from read_member(stored, None)
        assert (ending.size, ending.crc) == (4, zlib.crc32(b"abcd"))
        packed = Packed(0, 99, 10, limits=DEFAULT_LIMITS, budget=Budget(99))
        _, ending = yield from read_member(packed, None)
        assert ending.fault
        return done()

    assert read_bytes(b"abcd", outer(), limits=DEFAULT_LIMITS) == done()


class Counting(Memory):
    """Bytes in memory, and how many were asked for."""

    asked = 0

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        answer = yield from super().answer(request)
        self.asked += len(answer)
        return answer


def test_who_goes_to_and_fro_in_a_packed_member_inflates_from_the_nearest_mark() -> None:
    data = b"".join(
        zlib.crc32(n.to_bytes(2, "big")).to_bytes(4, "big") * 0x4000 for n in range(400)
    )
    packer = zlib.compressobj(0, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    places = [len(data) - 9, 9, len(data) - 99, 5 << 20, len(data) - 9, 9]
    source = Packed(0, len(packed), len(data), limits=DEFAULT_LIMITS, budget=Budget(len(data)))
    memory = Counting(packed, limits=DEFAULT_LIMITS)
    asked = asking(*(Need(place, 9) for place in places))
    found = finished(serve(serve(asked, source), memory))
    assert found == done(*(data[place : place + 9] for place in places))
    assert memory.asked < 2 * len(packed)

    ending = finished(serve(finishing(source), memory))
    assert ending.metadata == (("crc", str(zlib.crc32(data))),)


def finishing(source: Packed) -> Reader:
    ending = yield from source.finish()
    return Structure(format="test", status="complete", metadata=(("crc", str(ending.crc)),))


def test_what_is_inflated_again_has_a_limit() -> None:
    packed = deflated(DATA)
    limits = replace(DEFAULT_LIMITS, window=600, reread=2 * len(DATA))
    source = Packed(0, len(packed), len(DATA), limits=limits, budget=Budget(len(DATA)))
    request = [Need(len(DATA) - 1, 1), Need(0, 1)]
    found = finished(serve(serve(asking(*request * 9), source), Memory(packed, limits=limits)))
    assert found.reason == f"more than {2 * len(DATA)} bytes unfolded again"


def test_blocks_asked_for_last_stay_at_hand() -> None:
    data = bytes(range(256)) * (40 * 256)
    blocks = Blocks(DEFAULT_LIMITS)
    memory = Counting(data, limits=DEFAULT_LIMITS)

    def reading() -> Reader:
        pieces = []
        for number in range(40):
            at = (number << 16) - 2 * bool(number)
            pieces.append((yield from blocks.get(at, 5)))
            pieces.append((yield from blocks.get(0, 4)))
        return done(*pieces)

    found = finished(serve(reading(), memory))
    firsts = [data[max(0, (number << 16) - 2) :][:5] for number in range(40)]
    wanted = [piece for first in firsts for piece in (first, data[:4])]
    assert found == done(*wanted)
    assert memory.asked == len(data)
