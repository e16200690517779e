from __future__ import annotations

import pytest

from weighbridge.rules import wording


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (1_049, "1.0 kB"),
        (1_050, "1.1 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (4_100_000_000, "4.1 GB"),
        (10**21, "1000.0 EB"),
    ],
)
def test_sizes_are_decimal(count: int, text: str) -> None:
    assert wording.size(count) == text


def test_lists_end_in_a_count() -> None:
    assert wording.some_of(["a", "b"]) == "a, b"
    assert wording.some_of(["a", "b", "c", "d"], 3) == "a, b, c and 1 more"
    assert wording.number(1, "file") == "1 file"
    assert wording.number(1_200, "file") == "1,200 files"
    assert wording.sized("sha256:00", None) == "sha256:00"
