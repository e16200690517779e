from __future__ import annotations

from datetime import datetime

import pytest

from weighbridge.model.recurrence import Recurrence, RecurrenceError, read_recurrence, until_of


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=9,10,23;BYMINUTE=0,59;BYSECOND=00",
        "BYDAY=-1FR;FREQ=MONTHLY;BYMONTH=1,12;WKST=SU",
        "FREQ=YEARLY;BYYEARDAY=-1,366;BYWEEKNO=53;BYMONTHDAY=-31,+1;BYSETPOS=-1",
        "FREQ=DAILY;UNTIL=20271224T000000Z",
        "FREQ=HOURLY;UNTIL=20271224",
    ],
)
def test_a_rule_is_accepted(text: str) -> None:
    read_recurrence(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("BYHOUR=9", "has no FREQ"),
        ("FREQ=DAILY;FREQ=DAILY", "has FREQ twice"),
        ("FREQ=SECONDLY", "has a FREQ that cannot be 'SECONDLY'"),
        ("FREQ=daily", "has a FREQ that cannot be 'daily'"),
        ("FREQ=DAILY;BYHOUR=24", "has a BYHOUR that cannot be '24'"),
        ("FREQ=DAILY;BYHOUR=-1", "has a BYHOUR that cannot be '-1'"),
        ("FREQ=DAILY;BYHOUR=", "has a BYHOUR that cannot be ''"),
        ("FREQ=DAILY;BYHOUR=9,", "has a BYHOUR that cannot be '9,'"),
        ("FREQ=DAILY;BYMONTH=-1", "has a BYMONTH that cannot be '-1'"),
        ("FREQ=DAILY;BYMONTHDAY=0", "has a BYMONTHDAY that cannot be '0'"),
        ("FREQ=DAILY;BYMONTHDAY=32", "has a BYMONTHDAY that cannot be '32'"),
        ("FREQ=WEEKLY;BYDAY=MON", "has a BYDAY that cannot be 'MON'"),
        ("FREQ=DAILY;UNTIL=tomorrow", "has a UNTIL that cannot be 'tomorrow'"),
        ("FREQ=DAILY;COUNT=3", "has COUNT, and a window has no start to count from"),
        ("FREQ=DAILY;INTERVAL=2", "has INTERVAL, and a window has no start to count from"),
        ("FREQ=DAILY;", "has the part '', which is none of FREQ"),
        ("RRULE:FREQ=DAILY", "has the part 'RRULE:FREQ=DAILY', which is none of FREQ"),
        ("FREQ=DAILY;BYEASTER=1", "has the part 'BYEASTER=1', which is none of FREQ"),
        ("FREQ=DAILY\n", "has a FREQ that cannot be"),
        ("", "has the part ''"),
        ("FREQ=DAILY;UNTIL=20271399", "has an UNTIL that cannot be '20271399'"),
        ("FREQ=DAILY;UNTIL=20271231T250000", "has an UNTIL that cannot be"),
        ("FREQ=DAILY;BYWEEKNO=1", "has BYWEEKNO, which RFC 5545 forbids with FREQ=DAILY"),
        ("FREQ=MONTHLY;BYYEARDAY=1;BYDAY=MO", "has BYYEARDAY, which RFC 5545 forbids"),
        ("FREQ=WEEKLY;BYMONTHDAY=1;BYDAY=MO", "has BYMONTHDAY, which RFC 5545 forbids"),
        ("FREQ=WEEKLY;BYDAY=1MO", "has a BYDAY with a number, and there is no month"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "has a BYDAY with a number, and there is no month"),
        ("FREQ=DAILY;BYSETPOS=1", "has BYSETPOS and nothing it could choose from"),
        ("FREQ=WEEKLY", "does not say on which days, and a window has no start; add BYDAY"),
        ("FREQ=MONTHLY;BYHOUR=9", "does not say on which days"),
        ("FREQ=YEARLY;BYMONTH=3", "does not say on which days"),
        ("FREQ=YEARLY;BYWEEKNO=20", "does not say on which days"),
        (
            "FREQ=HOURLY;BYMINUTE=0,1,2,3,4,5,6;BYSECOND=0,1,2,3,4,5,6,7,8,9",
            "opens 1680 times a day, and 1440 is the most",
        ),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(RecurrenceError) as raised:
        read_recurrence(text)
    assert str(raised.value).startswith(why)


def test_a_rule_is_read() -> None:
    assert read_recurrence(
        "FREQ=MONTHLY;BYDAY=-1FR,MO;BYHOUR=14,9;BYMONTHDAY=+1,-1;BYSETPOS=2;WKST=SU"
    ) == Recurrence(
        frequency="MONTHLY",
        weekdays=((-1, 4), (0, 0)),
        months=(),
        month_days=(-1, 1),
        year_days=(),
        weeks=(),
        hours=(9, 14),
        minutes=(0,),
        seconds=(0,),
        positions=(2,),
        week_start=6,
        until="",
    )


def test_hours_that_are_not_named_are_midnight_or_in_an_hourly_rule_every_one() -> None:
    assert read_recurrence("FREQ=DAILY").hours == (0,)
    assert read_recurrence("FREQ=HOURLY").hours == tuple(range(24))
    assert read_recurrence("FREQ=HOURLY;BYHOUR=7").hours == (7,)


@pytest.mark.parametrize(
    ("until", "wanted"),
    [
        ("", None),
        (";UNTIL=20271224", (datetime(2027, 12, 24, 23, 59, 59), False)),  # noqa: DTZ001 - local
        (";UNTIL=20271224T120000", (datetime(2027, 12, 24, 12), False)),  # noqa: DTZ001 - local
        (";UNTIL=20271224T120000Z", (datetime(2027, 12, 24, 12), True)),  # noqa: DTZ001 - in words
    ],
)
def test_the_last_moment_is_read(until: str, wanted: tuple[datetime, bool] | None) -> None:
    assert until_of(read_recurrence("FREQ=DAILY" + until)) == wanted
