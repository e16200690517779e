from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import safetensors, two_tensors
from weighbridge.formats import registry
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.image.forward import Forward
from weighbridge.formats.interface import BudgetExceededError, Need, Skip, Stream
from weighbridge.model.limits import DEFAULT_LIMITS, Limits
from weighbridge.model.structure import Structure

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader, Request

WEIGHTS = safetensors(two_tensors(), bytes(28))
DONE = Structure(format="done", status="complete")


def passed(data: bytes, reader: Reader, *, step: int, limits: Limits = DEFAULT_LIMITS) -> Structure:
    forward = Forward(reader, len(data), limits=limits)
    for at in range(0, len(data), step):
        forward.push(data[at : at + step])
    return forward.finish()


@given(step=st.integers(1, 200), cut=st.integers(0, 20), more=st.binary(max_size=3))
def test_a_reader_finds_what_it_finds_in_the_whole_file(step: int, cut: int, more: bytes) -> None:
    data = WEIGHTS[: len(WEIGHTS) - cut] + more
    first, second = (
        registry.reader("safetensors", len(data), limits=DEFAULT_LIMITS) for _ in range(2)
    )
    assert passed(data, first, step=step) == read_bytes(data, second, limits=DEFAULT_LIMITS)


def asking(*requests: Request, answers: list[bytes]) -> Reader:
    for request in requests:
        answer = yield request
        answers.append(answer)
    return DONE


@pytest.mark.parametrize("step", [1, 3, 10])
def test_requests_are_answered_as_from_a_file(step: int) -> None:
    stream, answers = Stream(4, 3), list[bytes]()
    wishes = (
        Need(0, 2),
        Skip(3),
        Need(1, 3),
        stream,
        stream,
        stream,
        stream,
        Need(8, 9),
        Need(20, 1),
    )
    found = passed(b"0123456789", asking(*wishes, answers=answers), step=step)

    assert found == DONE
    assert answers[:3] == [b"01", b"", b"123"]
    assert b"".join(answers[3:7]) == b"456"
    assert answers[7:] == [b"89", b""]


def test_bytes_that_never_come_are_those_of_a_file_cut_short() -> None:
    answers: list[bytes] = []
    forward = Forward(asking(Need(0, 4), answers=answers), 10, limits=DEFAULT_LIMITS)
    forward.push(b"01")

    assert (forward.finish(), answers) == (DONE, [b""])


@pytest.mark.parametrize("wish", [Need(0, 1), Need(90, 9), Stream(0, 1)])
def test_what_is_gone_or_too_much_is_over_a_limit(wish: Request) -> None:
    reader = asking(Need(99, 1), wish, answers=[])
    found = passed(bytes(100), reader, step=1, limits=Limits(window=8))

    assert found.status == "incomplete"


def test_a_reader_may_conclude_or_go_on_after_a_refusal() -> None:
    def minding(*, then: Request | None) -> Reader:
        try:
            yield Need(0, 99)
        except BudgetExceededError:
            if then is not None:
                yield then
        return DONE

    limits = Limits(window=8)
    assert passed(bytes(9), minding(then=None), step=4, limits=limits) == DONE
    assert passed(bytes(9), minding(then=Need(0, 1)), step=4, limits=limits) == DONE
