from __future__ import annotations

import pytest

from weighbridge.model.recurrence import RecurrenceError, read_recurrence


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
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(RecurrenceError) as raised:
        read_recurrence(text)
    assert str(raised.value).startswith(why)
