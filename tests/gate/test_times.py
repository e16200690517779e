from __future__ import annotations

from datetime import timedelta

import pytest

from weighbridge.gate.times import after, is_older, span

NOON = "2026-11-01T12:00:00Z"


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0.0), ("86400s", 86_400.0), ("0.5s", 0.5), ("0.000001s", 1e-6)]
)
def test_a_span_is_exact(text: str, seconds: float) -> None:
    assert span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("at", "older"),
    [
        ("2026-11-01T11:00:00Z", False),
        ("2026-11-01T10:59:59Z", True),
        (NOON, False),
        ("2026-11-01T12:00:01Z", True),
    ],
)
def test_what_is_of_later_times_is_as_good_as_old(at: str, *, older: bool) -> None:
    assert is_older(at, NOON, "3600s") is older


def test_a_time_later_is_told_in_the_one_form() -> None:
    assert after(NOON, "86400s") == "2026-11-02T12:00:00Z"
    assert after("2026-12-31T23:59:59Z", "1s") == "2027-01-01T00:00:00Z"
