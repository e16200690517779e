"""Windows on the clocks of real zones, held against dateutil and zoneinfo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.cases import BEFORE, ENVIRONMENT, approved, decided, judged, make
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.windows import hours, windows_of
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.environment.time_zones import TIME_ZONES, TimeZoneError
from weighbridge.model.recurrence import RecurrenceError
from weighbridge.probes.time_zones import SystemTimeZones

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.gate.windows import Window

SINCE, UNTIL = "2020-01-01T00:00:00Z", "2042-01-01T00:00:00Z"
ZONES = (
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "UTC",
)
RULES = (
    "FREQ=DAILY;BYHOUR=2;BYMINUTE=30",
    "FREQ=DAILY;BYHOUR=0,12,23;BYMINUTE=59;BYMONTH=1,10",
    "FREQ=HOURLY;BYMINUTE=15;BYMONTH=3,4,10,11;BYDAY=SU",
    "FREQ=WEEKLY;BYDAY=MO,TU,SU;BYHOUR=1,2,3",
    "FREQ=MONTHLY;BYDAY=-1SU;BYHOUR=2",
    "FREQ=MONTHLY;BYMONTHDAY=31;BYHOUR=23",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31;BYHOUR=22",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO",
)
LASTING = ("60s", "3600s", "28800s", "93600s", "31622400s")


@cache
def offsets(zone: str) -> dict[str, int]:
    return dict(SystemTimeZones().offsets(zone, SINCE, UNTIL))


def zones(*names: str) -> dict[str, Any]:
    return {"offsets": {name: offsets(name) for name in names}, "tzdata": "x", "until": UNTIL}


def window(rule: str, lasts: str, zone: str) -> Window:
    spec = {"windows": [{"rrule": rule, "duration": lasts, "timezone": zone}]}
    (found,) = windows_of({"spec": spec, TIME_ZONES: zones(zone)})
    return found


@cache
def told(rule: str, zone: str) -> list[datetime]:
    """List the openings from dateutil and zoneinfo; a time the clock skips is none."""
    found = rrulestr(rule, dtstart=datetime(2020, 1, 1))  # noqa: DTZ001 - the clock on the wall
    local = found.between(datetime(2020, 1, 3), datetime(2041, 12, 30))  # noqa: DTZ001 - as above
    both = [(at, at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)) for at in local]
    return [at for wall, at in both if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall]


@given(
    st.sampled_from(RULES),
    st.sampled_from(ZONES),
    st.sampled_from(LASTING),
    st.integers(2022, 2036),
    st.data(),
)
def test_windows_open_when_dateutil_and_zoneinfo_say_so(
    rule: str, zone: str, lasts: str, year: int, data: st.DataObject
) -> None:
    known = told(rule, zone)
    near = data.draw(st.sampled_from([at for at in known if at.year == year] or known))
    now = near + timedelta(seconds=data.draw(st.integers(-100_000, 100_000)))
    found = window(rule, lasts, zone)
    last = max((at for at in known if at <= now), default=now - timedelta(days=400))
    open_ = now < last + timedelta(seconds=int(lasts.removesuffix("s")))
    assert found.opened(now) == (last if open_ else None)
    assert found.opens(now) == min((at for at in known if at > now), default=None)


@pytest.mark.parametrize("zone", ZONES)
def test_clocks_go_as_those_of_zoneinfo(zone: str) -> None:
    clock = window(RULES[0], "60s", zone).clock
    for change in clock.changes[1:30]:
        for seconds in (-1, 0, 1):
            at = change + timedelta(seconds=seconds)
            assert clock.shown(at) == at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


NIGHTLY = "FREQ=DAILY;BYHOUR=2;BYMINUTE=30"


def test_a_time_the_clock_skips_does_not_come_that_day() -> None:
    """On 29 March 2026 clocks in Berlin go from 02:00 to 03:00."""
    found = window(NIGHTLY, "3600s", "Europe/Berlin")
    assert found.opens(at("2026-03-28T12:00:00Z")) == at("2026-03-30T00:30:00Z")
    assert found.opened(at("2026-03-29T01:45:00Z")) is None


def test_a_time_the_clock_shows_twice_is_meant_the_first_time() -> None:
    """On 25 October 2026 clocks in Berlin go from 03:00 back to 02:00."""
    found = window(NIGHTLY, "1800s", "Europe/Berlin")
    assert found.opened(at("2026-10-25T00:45:00Z")) == at("2026-10-25T00:30:00Z")
    assert found.opened(at("2026-10-25T01:45:00Z")) is None  # 02:45 again
    assert found.opens(at("2026-10-25T00:45:00Z")) == at("2026-10-26T01:30:00Z")


def test_a_window_lasts_as_long_as_it_says_whatever_the_clock_does() -> None:
    found = window("FREQ=WEEKLY;BYDAY=SU", "86400s", "Europe/Berlin")
    short = at("2026-03-28T23:00:00Z")
    assert found.opened(at("2026-03-29T22:59:59Z")) == short  # 00:59 on Monday
    assert found.opened(at("2026-03-29T23:00:00Z")) is None


def test_it_is_open_from_its_first_second_to_the_one_before_it_closes() -> None:
    found = window("FREQ=DAILY;BYHOUR=9", "60s", "UTC")
    assert found.opened(at("2026-01-05T08:59:59Z")) is None
    assert found.opened(at("2026-01-05T09:00:00Z")) == at("2026-01-05T09:00:00Z")
    assert found.opened(at("2026-01-05T09:00:59Z")) == at("2026-01-05T09:00:00Z")
    assert found.opened(at("2026-01-05T09:01:00Z")) is None


def test_it_stays_open_past_midnight_and_the_end_of_the_year() -> None:
    found = window("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31;BYHOUR=22", "14400s", "Asia/Kathmandu")
    assert found.opened(at("2026-12-31T19:00:00Z")) == at("2026-12-31T16:15:00Z")  # 00:45


def test_it_opens_next_on_the_day_it_still_is_there() -> None:
    found = window("FREQ=DAILY;BYHOUR=22", "600s", "America/St_Johns")
    assert found.opens(at("2026-01-05T01:00:00Z")) == at("2026-01-05T01:30:00Z")


def test_it_opens_for_the_last_time_on_the_next_day_of_its_clock() -> None:
    rule = "FREQ=DAILY;BYHOUR=5;BYMINUTE=15;UNTIL=20260105T233000Z"
    found, last = window(rule, "60s", "Asia/Kathmandu"), at("2026-01-05T23:30:00Z")
    assert found.opens(at("2026-01-05T12:00:00Z")) == last
    assert found.opened(last) == last


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260105", "2026-01-05T08:00:00Z"),
        ("20260105T090000", "2026-01-05T08:00:00Z"),
        ("20260105T085959", "2026-01-04T08:00:00Z"),
        ("20260105T080000Z", "2026-01-05T08:00:00Z"),
        ("20260105T075959Z", "2026-01-04T08:00:00Z"),
        ("99991231", "2041-12-31T08:00:00Z"),
    ],
)
def test_it_opens_for_the_last_time_by_its_until(until: str, last: str) -> None:
    found = window(f"FREQ=DAILY;BYHOUR=9;UNTIL={until}", "60s", "Europe/Berlin")
    assert found.opened(at(last)) == at(last)
    assert found.opens(at(last)) is None


MINUTES = ",".join(map(str, range(60)))


@pytest.mark.parametrize("until", ["00010101", "20210101", "20210101T000000Z"])
def test_after_the_end_of_a_rule_nothing_is_looked_for(until: str) -> None:
    """Twenty years of minutes would take half a minute."""
    found = window(f"FREQ=HOURLY;BYMINUTE={MINUTES};UNTIL={until}", "31622400s", "UTC")
    assert found.opened(at("2026-01-05T08:59:59Z")) is None
    assert found.opens(at("2026-01-05T08:59:59Z")) is None


def test_the_busiest_of_rules_is_open_in_every_minute() -> None:
    found = window(f"FREQ=HOURLY;BYMINUTE={MINUTES}", "30s", "UTC")
    assert found.opened(at("2026-01-05T08:59:29Z")) == at("2026-01-05T08:59:00Z")
    assert found.opened(at("2026-01-05T08:59:30Z")) is None


def test_of_several_windows_the_widest_is_told_and_the_next_one() -> None:
    spec = {
        "windows": [
            {"rrule": "FREQ=DAILY;BYHOUR=9", "duration": "7200s", "timezone": "UTC"},
            {"rrule": "FREQ=DAILY;BYHOUR=11", "duration": "7200s", "timezone": "Asia/Kathmandu"},
            {"rrule": "FREQ=DAILY;BYHOUR=10", "duration": "600s", "timezone": "UTC"},
        ]
    }
    both = windows_of({"spec": spec, TIME_ZONES: zones("UTC", "Asia/Kathmandu")})
    found = hours(both, "2026-01-05T10:05:00Z")
    assert found.opened is not None
    assert found.closes is not None
    assert found.opens is not None
    assert found.opened.words == "2026-01-05T09:00:00Z (Mon 2026-01-05 09:00 in UTC)"
    assert found.closes.at == "2026-01-05T11:00:00Z"
    assert found.opens.words == "2026-01-06T05:15:00Z (Tue 2026-01-06 11:00 in Asia/Kathmandu)"
    assert [one.local for one in found.now] == [
        "Mon 2026-01-05 10:05 in UTC",
        "Mon 2026-01-05 15:50 in Asia/Kathmandu",
    ]


WINDOWS = """\
  windows:
    - {rrule: "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", duration: 2h, timezone: Europe/Berlin}
"""


def case(now: str, facts: dict[str, Any] | None = None, **changes: str) -> Case:
    """Make a case that lacks nothing but perhaps an open window."""
    plain = make(environment=ENVIRONMENT + WINDOWS)
    spec = plain.environment["spec"]
    record = {**plain.environment, "spec": {**spec, "windows": [spec["windows"][0] | changes]}}
    record[TIME_ZONES] = zones("Europe/Berlin") if facts is None else facts
    if not facts and facts is not None:
        del record[TIME_ZONES]
    pinned = digest(canonical_bytes(record))
    return replace(plain, environment=record, environment_digest=pinned, now=now)


def test_an_environment_without_windows_is_always_open() -> None:
    assert "in-window" not in {one.id for one in decided(make()).conditions}


def test_a_promotion_waits_for_a_window() -> None:
    """It is noon on Sunday, 1 November 2026."""
    decision = decided(approved(case("2026-11-01T12:00:00Z")))
    assert decision.verdict is GateVerdict.NEEDS
    found = judged(decision, "in-window")
    assert (found.outcome, found.why) == (Outcome.UNMET, "no promotion window is open")
    assert found.seen == "now 2026-11-01T12:00:00Z (Sun 2026-11-01 13:00 in Europe/Berlin)"
    assert found.wanted == (
        "not before 2026-11-02T08:00:00Z (Mon 2026-11-02 09:00 in Europe/Berlin)"
    )
    assert (found.waits, found.binds) == (True, False)


def test_inside_a_window_it_is_allowed_by_the_same_approvals() -> None:
    waiting = approved(case("2026-11-01T12:00:00Z"))
    opened = replace(waiting, now="2026-11-02T08:00:00Z")
    decision = decided(opened)
    assert judged(decision, "in-window").why == (
        "open since 2026-11-02T08:00:00Z (Mon 2026-11-02 09:00 in Europe/Berlin)"
    )
    assert judged(decision, "in-window").wanted.startswith("before 2026-11-02T10:00:00Z")
    assert decision.outcome_digest == decided(waiting).outcome_digest


def test_what_is_there_already_waits_for_no_window() -> None:
    found = decided(replace(case("2026-11-01T12:00:00Z"), since=BEFORE))
    assert "in-window" not in {one.id for one in found.conditions}


@pytest.mark.parametrize("now", ["2042-01-01T00:00:00Z", "2042-06-01T12:00:00Z"])
def test_beyond_what_is_known_of_the_clock_nothing_is_decided(now: str) -> None:
    found = judged(decided(case(now)), "in-window")
    assert (found.outcome, found.why) == (
        Outcome.INCONCLUSIVE,
        "what it knows of time zones ends at 2042-01-01T00:00:00Z",
    )
    assert found.remedy == ("apply the environment again: weighbridge env apply FILE",)


def test_before_what_is_known_nothing_is_decided_either() -> None:
    late = zones("Europe/Berlin")
    late["offsets"] = {"Europe/Berlin": {"2026-11-02T00:00:00Z": 3600}}
    found = judged(decided(case("2026-11-01T12:00:00Z", late)), "in-window")
    assert found.outcome is Outcome.INCONCLUSIVE


def test_of_what_is_not_known_no_window_is_told() -> None:
    found = hours([window("FREQ=DAILY;BYHOUR=9", "93600s", "UTC")], UNTIL)
    assert (found.known, found.opened, found.closes, found.opens) == (False, None, None, None)


def test_a_window_that_does_not_open_any_more_is_said_to() -> None:
    ended = case("2026-11-01T12:00:00Z", rrule="FREQ=DAILY;UNTIL=20251231")
    found = judged(decided(ended), "in-window")
    assert (found.outcome, found.wanted) == (Outcome.UNMET, "none before 2042-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"tzdata": "x", "until": UNTIL},
        {"tzdata": "x", "until": UNTIL, "offsets": {}},
        {"tzdata": "x", "until": UNTIL, "offsets": []},
        {"tzdata": "x", "until": UNTIL, "offsets": {"Europe/Berlin": {}}},
        {"tzdata": "x", "until": UNTIL, "offsets": {"Europe/Berlin": {SINCE: "3600"}}},
        {"tzdata": "x", "until": UNTIL, "offsets": {"Europe/Berlin": {SINCE: 86_400}}},
        {"tzdata": "x", "until": UNTIL, "offsets": {"Europe/Berlin": {"2020": 0}}},
        {"tzdata": "x", "until": "for ever", "offsets": {"Europe/Berlin": {SINCE: 0}}},
    ],
)
def test_windows_whose_clock_is_not_told_decide_nothing(facts: dict[str, Any]) -> None:
    found = judged(decided(case("2026-11-02T09:00:00Z", facts)), "in-window")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.why.startswith("its windows cannot be read: ")


def test_a_rule_nobody_can_read_decides_nothing() -> None:
    found = judged(decided(case("2026-11-02T09:00:00Z", rrule="FREQ=SECONDLY")), "in-window")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "SECONDLY" in found.why


def test_windows_that_cannot_be_read_are_told_to_whoever_lists_them() -> None:
    record = dict(case("2026-11-02T09:00:00Z", rrule="FREQ=SECONDLY").environment)
    with pytest.raises(RecurrenceError):
        windows_of(record)
    with pytest.raises(TimeZoneError, match="nothing is said of time zones"):
        windows_of({**record, TIME_ZONES: None})
    assert windows_of({"spec": {}}) == []
