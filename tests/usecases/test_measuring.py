"""What cannot be measured any more keeps what its digests say."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import pytest

from weighbridge.model.change import TensorChange, TensorChanges, TensorState
from weighbridge.usecases import measuring
from weighbridge.usecases.measuring import measured

if TYPE_CHECKING:
    from types import TracebackType


class Source:
    """A file in memory that may change, or break, while it is read."""

    def __init__(self, data: bytes, *, moved: bool = False, broken: bool = False) -> None:
        self.size = len(data)
        self._data = data
        self._moved = moved
        self._broken = broken

    def read(self, length: int) -> bytes:
        raise NotImplementedError(length)

    def read_at(self, offset: int, length: int) -> bytes:
        if self._broken:
            raise OSError
        return self._data[offset : offset + length]

    def changed(self) -> bool:
        return self._moved

    def identity(self) -> str:
        return ""

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


STATE = TensorState(dtype="F32", shape=(2,), size=8, digest="a", offset=4)
CHANGE = TensorChange(name="w", kind="changed", before=STATE, after=replace(STATE, digest="b"))
FOUND = TensorChanges(artifact="model", changes=(CHANGE,), unchanged=0)
OLD, NEW = (b"head" + struct.pack("<2f", 1.0, value) for value in (2.0, 3.0))


def test_a_tensor_that_kept_its_form_is_measured() -> None:
    (change,) = measured(FOUND, Source(OLD), Source(NEW)).changes
    assert change.difference is not None
    assert (change.difference.differing, change.difference.largest_absolute) == (1, 1.0)


@pytest.mark.parametrize(
    "after",
    [None, Source(NEW, moved=True), Source(NEW, broken=True), Source(NEW[:-1])],
    ids=["gone", "changed", "broken", "cut"],
)
def test_a_file_that_cannot_be_read_again_is_not_measured(after: Source | None) -> None:
    assert measured(FOUND, Source(OLD), after) == FOUND


@pytest.mark.parametrize(
    "after",
    [
        None,
        replace(STATE, offset=-1),
        replace(STATE, dtype="I32"),
        replace(STATE, shape=(2, 1)),
    ],
)
def test_tensors_of_two_forms_are_not_measured(after: TensorState | None) -> None:
    found = replace(FOUND, changes=(replace(CHANGE, after=after),))
    assert measured(found, Source(OLD), Source(NEW)) == found


def test_no_more_is_measured_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MOST", 15)
    found = replace(FOUND, changes=(CHANGE, CHANGE))
    first, second = measured(found, Source(OLD), Source(NEW)).changes
    assert (first.difference is None, second.difference is None) == (False, True)
