"""Recurrence rules year by year, held against dateutil's own reading of the whole rule."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.gate.recurring import openings
from weighbridge.model.recurrence import DAYS, read_recurrence


def by(
    name: str, values: st.SearchStrategy[int] | st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    """Write a part with up to three values."""
    lists = st.lists(values, min_size=1, max_size=3, unique=True)
    return lists.map(lambda found: f"{name}={','.join(map(str, found))}")


def signed(most: int) -> st.SearchStrategy[int]:
    return st.integers(1, most) | st.integers(-most, -1)


PLAIN = by("BYDAY", st.sampled_from(DAYS))
NUMBERED = by(
    "BYDAY",
    st.tuples(st.sampled_from((1, 2, -1)), st.sampled_from(DAYS)).map(
        lambda pair: f"{pair[0]}{pair[1]}"
    ),
)
MONTHS = by("BYMONTH", st.integers(1, 12))
DAYS_OF = {
    # Each has some day in every year: dateutil goes on looking until it finds one.
    "YEARLY": PLAIN
    | NUMBERED
    | by("BYMONTHDAY", signed(28))
    | by("BYYEARDAY", signed(365))
    | st.tuples(by("BYWEEKNO", signed(52)), PLAIN).map(";".join),
    "MONTHLY": PLAIN | NUMBERED | by("BYMONTHDAY", signed(28)),
    "WEEKLY": PLAIN,
    "DAILY": st.just("WKST=MO") | PLAIN | by("BYMONTHDAY", signed(28)),
    "HOURLY": st.just("WKST=MO") | PLAIN,
}
TIMES = {"BYHOUR": 23, "BYMINUTE": 59, "BYSECOND": 59}


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Write rules that come about in every year."""
    frequency = draw(st.sampled_from(sorted(DAYS_OF)))
    parts = [f"FREQ={frequency}", draw(DAYS_OF[frequency])]
    parts += [draw(MONTHS)] if draw(st.booleans()) and "WEEKNO" not in parts[1] else []
    parts += [
        draw(by(name, st.integers(0, most))) for name, most in TIMES.items() if draw(st.booleans())
    ]
    if "WKST" not in parts[1] and draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(DAYS))}")
    if draw(st.booleans()) and any(part.startswith("BY") for part in parts):
        parts.append(f"BYSETPOS={draw(st.sampled_from((1, -1)))}")
    return ";".join(parts)


def told_by_dateutil(text: str, year: int) -> list[datetime]:
    """List the openings of a year, counted from a start at which a period of the rule begins."""
    start = datetime(year, 1, 1)  # noqa: DTZ001 - the clock on the wall
    rule = read_recurrence(text)
    if rule.frequency == "WEEKLY":
        start -= timedelta(days=7 + (start.weekday() - rule.week_start) % 7)
    found = rrulestr(text, dtstart=start)
    return [at for at in takewhile(lambda at: at.year <= year, found) if at.year == year]


def told(text: str, year: int) -> list[datetime]:
    found = openings(read_recurrence(text), year)
    return [datetime.combine(day, at) for day, times in found for at in times]


@given(rules(), st.integers(2001, 2060))
def test_a_rule_opens_when_dateutil_says_so(text: str, year: int) -> None:
    assert told(text, year) == told_by_dateutil(text, year)


def days(text: str, year: int) -> list[date]:
    return [day for day, _ in openings(read_recurrence(text), year)]


def test_plain_and_numbered_days_of_one_rule_are_both_meant() -> None:
    """Where dateutil would look for a Monday that is the last Friday."""
    found = days("FREQ=MONTHLY;BYDAY=MO,-1FR;BYMONTH=2", 2026)
    assert found == [date(2026, 2, day) for day in (2, 9, 16, 23, 27)]


def test_positions_choose_out_of_a_week_that_began_in_the_year_before() -> None:
    assert days("FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=1", 2026)[0] == date(2026, 1, 5)
    assert days("FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=2", 2026)[0] == date(2026, 1, 4)


def test_positions_choose_out_of_a_year_or_a_month() -> None:
    assert days("FREQ=YEARLY;BYDAY=MO;BYSETPOS=1", 2026) == [date(2026, 1, 5)]
    last = days("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1", 2026)
    assert (len(last), last[0]) == (12, date(2026, 1, 26))


@pytest.mark.parametrize(
    ("frequency", "chosen"), [("DAILY", [(9, 10)]), ("HOURLY", [(9, 10), (15, 10)])]
)
def test_positions_choose_out_of_the_times_of_a_day_or_an_hour(
    frequency: str, chosen: list[tuple[int, int]]
) -> None:
    text = f"FREQ={frequency};BYHOUR=9,15;BYMINUTE=10,40;BYSETPOS=1"
    _, times = openings(read_recurrence(text), 2026)[0]
    assert [(one.hour, one.minute) for one in times] == chosen


def test_positions_choose_out_of_days_and_times_together() -> None:
    rule = read_recurrence("FREQ=MONTHLY;BYDAY=MO;BYHOUR=9,15;BYSETPOS=2,-1;BYMONTH=2")
    assert openings(rule, 2026) == [
        (date(2026, 2, 2), (time(15),)),
        (date(2026, 2, 23), (time(15),)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;BYMINUTE=0,1,2,3,4,5",
        "FREQ=DAILY;BYHOUR=9;BYSETPOS=2",
        "FREQ=HOURLY;BYMINUTE=0;BYSETPOS=366",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=99",
    ],
)
def test_what_never_comes_is_looked_for_in_one_year_only(text: str) -> None:
    """dateutil alone would look for it until the year 9999."""
    assert told(text, 2026) == []


def test_the_last_year_but_one_there_is_has_days_too() -> None:
    assert days("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31", 9998) == [date(9998, 12, 31)]
