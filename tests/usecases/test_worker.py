"""Workers: what follows from entries and from the clock, and `weighbridge worker`."""

from __future__ import annotations

import pytest

from weighbridge.model.errors import SettingsError
from weighbridge.model.event import Event, Kind
from weighbridge.model.team.job import JobKind
from weighbridge.model.team.job_settings import JobSettings
from weighbridge.usecases.jobs.following import coalesced, orders_after
from weighbridge.usecases.jobs.schedules import due

NOW = "2026-11-29T07:00:00Z"
RELEASE = f"sha256:{'a' * 64}"


def event(kind: Kind, **body: object) -> Event:
    return Event(kind=kind, time=NOW, control=0, body=body)


SEALED = event(Kind.RELEASE_SEALED, name="demo", version="1.0.0", digest=RELEASE)
EVIDENCE = event(Kind.EVIDENCE_ADDED, release=RELEASE, subjects=[RELEASE])


@pytest.mark.parametrize(
    ("happened", "kinds"),
    [
        (SEALED, ["check", "notify"]),
        (EVIDENCE, ["re-evaluate", "notify"]),
        (event(Kind.ACT_SAID, environment="production"), ["re-evaluate", "notify"]),
        (event(Kind.CONTROL_APPLIED), ["re-evaluate", "notify"]),
        (event(Kind.VERDICT_CHANGED, environment="production", name="demo"), ["notify"]),
    ],
)
def test_what_follows_from_an_entry(happened: Event, kinds: list[str]) -> None:
    orders = orders_after(7, happened)
    assert [order.kind.value for order in orders] == kinds
    assert [order.key for order in orders] == [f"{kind}:7" for kind in kinds]
    assert orders == orders_after(7, happened)


def test_nothing_is_checked_where_that_is_not_wanted() -> None:
    assert [order.kind for order in orders_after(7, SEALED, checks=False)] == [JobKind.NOTIFY]


def test_what_was_asked_again_is_done_once_after_all() -> None:
    orders = [order for index in (4, 5, 6) for order in orders_after(index, EVIDENCE)]
    assert [order.key for order in coalesced(orders)] == ["re-evaluate:6", "notify:6"]


@pytest.mark.parametrize(
    ("now", "at"),
    [
        ("2026-11-29T02:00:00Z", "2026-11-29T02:00:00Z"),
        ("2026-11-29T23:59:59Z", "2026-11-29T02:00:00Z"),
        ("2026-11-29T01:59:59Z", "2026-11-28T02:00:00Z"),
    ],
)
def test_what_was_due_last_has_one_key(now: str, at: str) -> None:
    (order,) = due(now, JobSettings(rescan="02:00", warn=""))
    assert (order.key, order.kind) == (f"rescan:{at}", JobKind.RESCAN)
    (order,) = due(now, JobSettings(rescan="", warn="02:00"))
    assert (order.key, order.kind) == (f"warn:{at}", JobKind.WARN)


def test_times_of_day_are_read_strictly() -> None:
    assert due(NOW, JobSettings(rescan="", warn="")) == ()
    assert len(due(NOW, JobSettings())) == 2
    with pytest.raises(SettingsError, match="25:00 is no time of day"):
        due(NOW, JobSettings(rescan="25:00"))
