"""How far apart numbers are, held against NumPy."""

from __future__ import annotations

import math
import struct

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from weighbridge.formats.comparing.number_types import number_type
from weighbridge.formats.comparing.numbers import Measuring
from weighbridge.model.replay import NumberDifference

TYPES = {
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "BF16": np.dtype(ml_dtypes.bfloat16),
    ">f4": np.dtype(">f4"),
    "<i2": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "I32": np.dtype("<i4"),
    "|b1": np.dtype("u1"),
}


def measured(word: str, before: bytes, after: bytes) -> NumberDifference:
    measuring = Measuring(number_type(word))
    measuring.add(before, after)
    return measuring.result()


@pytest.mark.parametrize("word", sorted(TYPES))
@given(st.integers(1, 40), st.data())
def test_figures_are_those_of_numpy(word: str, count: int, data: st.DataObject) -> None:
    kind = TYPES[word]
    raw = st.binary(min_size=count * kind.itemsize, max_size=count * kind.itemsize)
    old, new = data.draw(raw), data.draw(raw)
    if data.draw(st.booleans()):
        new = old[: len(old) // 2 // kind.itemsize * kind.itemsize] + new
        new = new[: len(old)]
    found = measured(word, old, new)
    with np.errstate(all="ignore"):
        left, right = (np.frombuffer(side, kind).astype(np.float64) for side in (old, new))
        apart = np.where(left == right, 0.0, np.abs(left - right))
        share = np.where(
            left == right,
            0.0,
            np.where(np.isinf(apart) | (left == 0), math.inf, apart / np.abs(left)),
        )
    known = ~(np.isnan(left) | np.isnan(right))
    bits = np.frombuffer(old, f"V{kind.itemsize}") != np.frombuffer(new, f"V{kind.itemsize}")
    assert found == NumberDifference(
        elements=count,
        differing=int(bits.sum()),
        largest_absolute=float(apart[known].max(initial=0.0)),
        largest_relative=float(share[known].max(initial=0.0)),
        lost=int((np.isnan(left) != np.isnan(right)).sum()),
    )


@given(arrays.arrays(np.float32, st.integers(1, 300)), st.integers(1, 7))
def test_it_never_matters_where_a_stretch_is_cut(values: np.ndarray, step: int) -> None:
    old, new = values.tobytes(), np.roll(values, 1).tobytes()
    measuring = Measuring(number_type("F32"))
    for start in range(0, len(old), 4 * step):
        measuring.add(old[start : start + 4 * step], new[start : start + 4 * step])
    assert measuring.result() == measured("F32", old, new)


def test_large_integers_are_not_rounded_before_they_are_compared() -> None:
    found = measured("I64", struct.pack("<q", 2**62), struct.pack("<q", 2**62 + 1))
    assert (found.differing, found.largest_absolute) == (1, 1.0)
    found = measured("U64", struct.pack("<Q", 0), struct.pack("<Q", 2**64 - 1))
    assert (found.largest_absolute, found.largest_relative) == (2.0**64, math.inf)


def test_the_parts_of_complex_numbers_are_compared_and_the_elements_counted() -> None:
    found = measured("C64", struct.pack("<4f", 1, 2, 3, 4), struct.pack("<4f", 1, 2, 3.5, 5))
    assert found == NumberDifference(
        elements=2, differing=1, largest_absolute=1.0, largest_relative=0.25
    )


def test_of_what_is_no_number_bytes_are_counted() -> None:
    found = measured("Q4_0", b"abcd", b"abxy")
    assert found == NumberDifference(elements=4, differing=2)


def test_the_two_zeros_differ_in_bytes_alone() -> None:
    found = measured("F32", struct.pack("<f", 0.0), struct.pack("<f", -0.0))
    assert found == NumberDifference(
        elements=1, differing=1, largest_absolute=0.0, largest_relative=0.0
    )


@pytest.mark.parametrize("word", ["<f1", "|S3", "<M8[s]", "F8_E4M3", "Q8_0", "", "i", "<i3", "V8"])
def test_words_that_are_no_numbers_have_no_type(word: str) -> None:
    known = number_type(word)
    assert known is None or (word == "i" and known.width == 1)
