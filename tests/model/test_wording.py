from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.wording import human_size, plural, sized, some_of

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15, "EB": 10**18}


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (1_049, "1.0 kB"),
        (1_050, "1.1 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (3_173_232, "3.2 MB"),
        (4_100_000_000, "4.1 GB"),
        (2 * 10**21, "2000.0 EB"),
    ],
)
def test_sizes_have_decimal_units_and_one_place(size: int, written: str) -> None:
    assert human_size(size) == written


@given(st.integers(0, 10**21))
def test_what_is_written_is_within_half_a_tenth_of_its_unit(size: int) -> None:
    number, unit = human_size(size).split()
    assert abs(float(number) * UNITS[unit] - size) <= UNITS[unit] * 0.05 * (1 + 1e-9)


def test_a_count_agrees_with_its_noun() -> None:
    assert [plural(n, "error") for n in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]
    assert plural(12_000, "file") == "12,000 files"


def test_lists_end_in_a_count() -> None:
    assert some_of(["a", "b"]) == "a, b"
    assert some_of(["a", "b", "c", "d"], 3) == "a, b, c and 1 more"


def test_a_digest_is_written_with_its_size_where_that_is_known() -> None:
    assert sized("sha256:00", None) == "sha256:00"
    assert sized("sha256:00", 1_500) == "sha256:00 (1.5 kB)"
