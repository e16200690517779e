from __future__ import annotations

import tracemalloc
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.memory import MemorySource
from weighbridge.formats.interface import (
    Ask,
    BudgetExceededError,
    Need,
    Reader,
    Request,
    Skip,
    Stream,
)
from weighbridge.model.limits import Limits
from weighbridge.model.structure import Structure
from weighbridge.probes.reading import one_pass
from weighbridge.probes.reading.one_pass import OnePass

if TYPE_CHECKING:
    from collections.abc import Callable

DONE = Structure(format="test", status="complete")
OVER = b"over the limit"
PLENTY = 1 << 30


class Crumbs(MemorySource):
    """A source that gives as few bytes at a time as it likes, and counts what is read again."""

    def __init__(self, data: bytes, most: int = PLENTY) -> None:
        super().__init__(data)
        self.most = most
        self.again = 0

    def read(self, length: int) -> bytes:
        return super().read(min(length, self.most))

    def read_at(self, offset: int, length: int) -> bytes:
        self.again += length
        return super().read_at(offset, length)


@dataclass
class Asking:
    """A reader that asks for given things and remembers the answers; a refusal is one too."""

    requests: list[Request]
    answers: list[bytes] = field(default_factory=list)

    def read(self) -> Reader:
        for request in self.requests:
            try:
                self.answers.append((yield request))
            except BudgetExceededError:
                self.answers.append(OVER)
        return DONE


def run(one_pass: OnePass, reader: Reader, passed: Callable[[bytes], object] = len) -> Structure:
    """Drive a reader, and hand on what passes meanwhile."""
    passing = one_pass.understand(reader)
    try:
        while True:
            passed(next(passing))
    except StopIteration as done:
        structure: Structure = done.value
        return structure


def drain(one_pass: OnePass) -> bytes:
    return b"".join(one_pass.rest())


def answers(data: bytes, requests: list[Request], **limits: int) -> list[bytes]:
    """Ask for bytes in one pass over crumbs of seven bytes."""
    asking = Asking(requests)
    some = replace(Limits(), **limits)  # type: ignore[arg-type] # numbers, all of them
    assert run(OnePass(Crumbs(data, 7), limits=some), asking.read()) is DONE
    return asking.answers


class Expected:
    """What the answers must be, told from the whole of the bytes."""

    def __init__(self, data: bytes, window: int) -> None:
        self.data = data
        self.window = window
        self.stream: Stream | None = None
        self.done = 0

    def check(self, request: Request, answer: bytes) -> None:
        if isinstance(request, Skip | Ask):
            assert answer == b""
        elif isinstance(request, Need):
            whole = self.data[request.offset : request.offset + request.length]
            assert answer == (OVER if request.length > self.window else whole)
        else:
            self.check_piece(request, answer)

    def check_piece(self, request: Stream, answer: bytes) -> None:
        if request is not self.stream:
            self.stream, self.done = request, 0
        left = self.data[request.offset : request.offset + request.length][self.done :]
        assert left.startswith(answer)
        assert bool(answer) == bool(left)
        assert len(answer) <= self.window
        self.done += len(answer)


# Every byte tells its own place, and every length is as likely as any other.
DATA = st.integers(0, 100).map(lambda size: bytes(range(size)))
CRUMBS = st.sampled_from([1, 3, 7, 16, 110])
NUMBERS = st.integers(0, 120)
REQUESTS = st.one_of(
    st.builds(Need, NUMBERS, NUMBERS), st.builds(Stream, NUMBERS, NUMBERS), st.builds(Skip, NUMBERS)
)
SEQUENCES = st.lists(REQUESTS, min_size=1, max_size=6).flatmap(
    # Each of a few requests comes again and again: streams go on, are left, and begin anew.
    lambda few: st.lists(st.sampled_from(few), min_size=3, max_size=40)
)


@given(
    data=DATA,
    most=CRUMBS,
    window=st.integers(1, 130),
    requests=SEQUENCES,
)
def test_answers_are_slices_and_every_byte_passes_once(
    data: bytes, most: int, window: int, requests: list[Request]
) -> None:
    tapped: list[bytes] = []
    asking = Asking(requests)
    engine = OnePass(Crumbs(data, most), limits=Limits(window=window), taps=(tapped.append,))
    passed: list[bytes] = []
    assert run(engine, asking.read(), passed.append) is DONE
    assert b"".join(passed) + drain(engine) == data
    assert b"".join(tapped) == data
    assert all(tapped)
    assert engine.position == len(data)
    expected = Expected(data, window)
    for request, answer in zip(requests, asking.answers, strict=True):
        expected.check(request, answer)


@given(
    data=DATA,
    most=CRUMBS,
    reread=st.integers(0, 100),
    requests=SEQUENCES,
)
def test_no_more_is_read_again_than_allowed(
    data: bytes, most: int, reread: int, requests: list[Request]
) -> None:
    source = Crumbs(data, most)
    asking = Asking(requests)
    engine = OnePass(source, limits=Limits(reread=reread))
    passed: list[bytes] = []
    run(engine, asking.read(), passed.append)
    assert source.again <= reread
    assert b"".join(passed) + drain(engine) == data
    generous = Asking(requests)
    again = Crumbs(data, most)
    run(OnePass(again, limits=Limits()), generous.read())
    assert (OVER in asking.answers) == (again.again > reread)


def test_exactly_what_is_allowed_may_be_read_again() -> None:
    data = bytes(range(100))
    requests: list[Request] = [Need(50, 10), Need(0, 20), Need(60, 10), Need(0, 1)]
    found = answers(data, requests, reread=20)
    assert found == [data[50:60], data[:20], data[60:70], OVER]


def test_what_lies_ahead_costs_no_second_reading() -> None:
    requests: list[Request] = [Need(0, 10), Need(15, 1), Stream(50, 20), Need(70, 30)]
    source = Crumbs(bytes(100))
    asking = Asking(requests)
    run(OnePass(source, limits=Limits(reread=0)), asking.read())
    assert [len(answer) for answer in asking.answers] == [10, 1, 20, 30]
    assert source.again == 0


def test_a_stream_comes_in_pieces_and_ends() -> None:
    data = bytes(range(50))
    stream = Stream(10, 25)
    pieces = answers(data, [stream] * 9, window=10)
    assert b"".join(pieces) == data[10:35]
    assert all(pieces[: pieces.index(b"")])
    assert not any(pieces[pieces.index(b"") :])


def test_a_stream_may_be_left_for_another_and_begun_anew() -> None:
    data = bytes(range(50))
    first, second, again = Stream(0, 20), Stream(30, 20), Stream(0, 20)
    requests: list[Request] = [first, second, first, again, first, first]
    found = answers(data, requests, window=10)
    head = data[:10]
    assert found == [head, data[30:40], head, head, head, data[10:20]]


def test_needs_between_the_pieces_do_not_disturb_a_stream() -> None:
    data = bytes(range(50))
    stream = Stream(0, 30)
    requests: list[Request] = [stream, Need(40, 5), stream, Need(2, 3), Skip(50), stream, stream]
    found = answers(data, requests, window=10)
    assert found == [data[:10], data[40:45], data[10:20], data[2:5], b"", data[20:30], b""]


def test_more_than_the_window_at_once_is_refused() -> None:
    data = bytes(range(50))
    assert answers(data, [Need(0, 11), Need(0, 10)], window=10) == [OVER, data[:10]]


def test_a_reader_that_does_not_mind_its_limits_ends() -> None:
    def careless() -> Reader:
        yield Need(0, 11)
        return DONE

    engine = OnePass(Crumbs(bytes(50)), limits=Limits(window=10))
    with pytest.raises(BudgetExceededError, match="asked for 11 bytes at once"):
        run(engine, careless())
    assert drain(engine) == bytes(50)


def test_a_reader_that_asks_for_nothing() -> None:
    engine = OnePass(Crumbs(b"abc"), limits=Limits())
    assert run(engine, Asking([]).read()) is DONE
    assert engine.position == 0


class Shifting(MemorySource):
    """A file that is another than when it was opened."""

    def __init__(self, data: bytes, opened_with: int) -> None:
        super().__init__(data)
        self.size = opened_with


def test_a_file_that_became_shorter() -> None:
    asking = Asking([Need(0, 10), Need(5, 30), Need(60, 3), stream := Stream(8, 90), stream])
    engine = OnePass(Shifting(b"0123456789", 100), limits=Limits())
    run(engine, asking.read())
    assert asking.answers == [b"0123456789", b"56789", b"", b"89", b""]
    drain(engine)
    assert engine.position == 10


def test_a_file_that_grows_without_end_is_not_followed() -> None:
    source = Shifting(bytes(one_pass.CHUNK * 10), one_pass.CHUNK * 2)
    engine = OnePass(source, limits=Limits())
    drain(engine)
    assert source.size < engine.position <= one_pass.CHUNK * 3


class Zeros(MemorySource):
    """A file of zeros that is not in memory."""

    def __init__(self, size: int) -> None:
        super().__init__(b"")
        self.size = size

    def read(self, length: int) -> bytes:
        count = min(length, self.size - self.position)
        self.position += count
        return bytes(count)

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(max(0, min(length, self.size - offset)))


def peak(work: Callable[[], object]) -> int:
    """Return how many bytes some work held at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file() -> None:
    size = 32 << 20

    def streaming() -> Reader:
        stream = Stream(0, size)
        while (yield stream):
            yield Need(size // 2, 1 << 16)
        return DONE

    engine = OnePass(Zeros(size), limits=Limits())
    assert (
        peak(lambda: (run(engine, streaming()), [len(chunk) for chunk in engine.rest()])) < 4 << 20
    )
    assert engine.position == size


def test_a_look_at_the_end_leaves_the_middle_to_the_pass() -> None:
    size = one_pass.CHUNK * 8
    source = Crumbs(bytes(size))
    asking = Asking([Need(size - 10, 10), *([Stream(0, size)] * 1), Skip(0)])
    engine = OnePass(source, limits=Limits(reread=10))
    run(engine, asking.read())
    assert source.again == 10
    assert len(asking.answers[0]) == 10
    assert engine.position < one_pass.CHUNK * 2


def test_what_was_skipped_to_comes_from_the_pass() -> None:
    size = one_pass.CHUNK * 8
    source = Crumbs(bytes(size))
    asking = Asking([Skip(size - 10), Need(size - 10, 10)])
    engine = OnePass(source, limits=Limits(reread=0))
    run(engine, asking.read())
    assert (source.again, len(asking.answers[1])) == (0, 10)
