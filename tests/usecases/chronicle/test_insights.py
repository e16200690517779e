from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usecases.chronicle.entries import Teller
from weighbridge.usecases.chronicle.insights import Span, insights, span

DAY = 86_400


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([], Span()),
        ([7], Span(count=1, median=7, p90=7)),
        ([4, 1, 3, 2], Span(count=4, median=2, p90=4)),
        ([*range(1, 11)], Span(count=10, median=5, p90=9)),
        ([*range(1, 102)], Span(count=101, median=51, p90=91)),
    ],
)
def test_a_median_is_one_of_the_values(values: list[int], wanted: Span) -> None:
    assert span(values) == wanted


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_half_of_them_are_no_longer_than_the_median(values: list[int]) -> None:
    found = span(values)
    for percent, value in ((50, found.median), (90, found.p90)):
        assert value in values
        assert sum(one <= value for one in values) * 100 >= percent * len(values)
        assert sum(one < value for one in values) * 100 < percent * len(values)


def test_weeks_in_which_nothing_happened_are_told() -> None:
    teller = Teller()
    teller.seal("1")
    teller.later(days=1).blocked("1")
    teller.later(days=2).done("1")
    teller.later(days=21).back("1")
    found = insights(
        teller.told, days=30, final=["production"], decisions=9, now=f"{teller.at:%FT%TZ}"
    )
    assert [one.begins[:10] for one in found.weeks] == [
        "2026-01-26",
        "2026-02-02",
        "2026-02-09",
        "2026-02-16",
        "2026-02-23",
    ]
    assert [one.done for one in found.weeks] == [0, 1, 0, 0, 0]
    assert [one.rolled_back for one in found.weeks] == [0, 0, 0, 0, 1]
    remedied, led = 2 * DAY + 3_600, 3 * DAY + 2 * 3_600
    assert found.remedied == Span(count=1, median=remedied, p90=remedied)
    assert found.led == Span(count=1, median=led, p90=led)
    assert (found.decisions, found.blocked) == ((1,), 1)
    elsewhere = insights(teller.told, days=30, final=["eu"], decisions=9, now=f"{teller.at:%FT%TZ}")
    assert elsewhere.led == Span()


def test_of_many_decisions_the_newest_are_named() -> None:
    teller = Teller()
    for at in range(8):
        teller.later(days=2).blocked(str(at))
    found = insights(teller.told, days=90, final=[], decisions=3, now=f"{teller.at:%FT%TZ}")
    assert (found.decisions, found.blocked) == ((7, 6, 5), 8)


def test_waivers_that_were_given_again_recur() -> None:
    teller = Teller()
    for rule, version in (("A1", "1"), ("B2", "1"), ("A1", "2"), ("A1", "3")):
        teller.said("waive", version, rule=rule, expires="2027-01-01T00:00:00Z")
        teller.said("request-waiver", version, rule="C3", expires="2027-01-01T00:00:00Z")
    now = f"{teller.at:%FT%TZ}"
    found = insights(teller.told, days=30, final=[], decisions=0, now=now)
    (one,) = found.recurring
    assert (one.rule, one.name, one.times, one.ever) == ("A1", "demo", 3, 3)
    assert one.last == "2026-02-02T06:00:00Z"
    teller.later(days=100).said("waive", "4", rule="A1", expires="2027-01-01T00:00:00Z")
    (one,) = insights(
        teller.told, days=30, final=[], decisions=0, now=f"{teller.at:%FT%TZ}"
    ).recurring
    assert (one.times, one.ever) == (1, 4)
