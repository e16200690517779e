from __future__ import annotations

import pytest

from tests.usecases.chronicle.entries import START, Teller
from weighbridge.model.errors import LedgerError
from weighbridge.model.event import Kind
from weighbridge.usecases.chronicle.holds import Held
from weighbridge.usecases.chronicle.timing import seconds, week_begins, week_of, written

PLACE = ("production", "demo")
LATER = "2027-01-01T00:00:00Z"


@pytest.fixture
def teller() -> Teller:
    return Teller()


def test_a_name_has_the_release_that_was_sealed_last(teller: Teller) -> None:
    teller.seal("2")
    teller.seal("1")
    found = teller.told.names.newest("demo")
    assert found is not None
    assert (found.version, found.digest, found.time) == ("1", "digest of 1", "2026-02-02T01:00:00Z")
    assert {*found.versions} == {"1", "2"}
    assert teller.told.names.newest("other") is None


def test_an_order_of_names_stays_as_it_was(teller: Teller) -> None:
    teller.seal("1", "b")
    before = teller.told.names.order()
    teller.seal("1", "a")
    assert (before.names, teller.told.names.order().names) == (["b"], ["a", "b"])


def test_where_a_name_points_and_what_was_said_of_it_last(teller: Teller) -> None:
    teller.done("1")
    teller.changed("1", "denied")
    present = teller.told.pointers.present[PLACE]
    assert (present.version, present.by, present.generation) == ("1", "max", 1)
    assert (present.since, present.verdict) == ("2026-02-02T00:00:00Z", "denied")
    assert present.judged == "2026-02-02T01:00:00Z"
    assert teller.reasons() == {"denied"}
    teller.done("2")
    assert teller.told.pointers.present[PLACE].verdict == "allowed"
    assert teller.reasons() == set()


def test_what_is_asked_for_waits_until_something_is_let_in(teller: Teller) -> None:
    teller.blocked("1", "denied")
    teller.blocked("1")
    request = teller.told.requests.open_at(PLACE)
    assert request is not None
    assert (request.version, request.verdict, request.entry) == ("1", "needs", 1)
    assert (request.first, request.time) == ("2026-02-02T00:00:00Z", "2026-02-02T01:00:00Z")
    assert teller.reasons() == {"waiting"}
    teller.blocked("2")
    assert [one.version for _, one in teller.told.requests.all()] == ["2"]
    teller.done("1")
    assert [*teller.told.requests.all()] == []
    assert teller.reasons() == set()


def test_a_lost_race_asks_for_nothing(teller: Teller) -> None:
    teller.blocked("1", "allowed", lost=3)
    assert teller.told.requests.open_at(PLACE) is None


def test_what_somebody_rejected_waits_no_longer(teller: Teller) -> None:
    teller.blocked("1")
    teller.said("reject", "1")
    assert teller.told.requests.open_at(PLACE) is None
    teller.blocked("1")
    assert teller.told.requests.open_at(PLACE) is None
    teller.said("lift-rejection", "1")
    assert teller.told.requests.open_at(PLACE) is not None


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (lambda one: one.said("hold", "1"), "by cat"),
        (lambda one: one.back("1"), "rolled back by max"),
        (
            lambda one: one.changed("1", "denied", action="hold"),
            "denied: too old",
        ),
        (
            lambda one: one.blocked("1", "denied", aftermath={"action": "halt"}),
            "demo@1 was denied",
        ),
    ],
    ids=["by a person", "by a rollback", "by a verdict", "by a denial"],
)
def test_what_holds_a_place_does_until_it_is_lifted(teller: Teller, how: object, why: str) -> None:
    teller.done("1")
    assert callable(how)
    how(teller)
    assert teller.told.holds.held[PLACE] == Held(1, "2026-02-02T01:00:00Z", why)
    assert "held" in teller.reasons()
    teller.said("lift", "1")
    assert teller.told.holds.held == {}
    assert "held" not in teller.reasons()


def test_a_rollback_holds_nothing_where_the_policy_says_so(teller: Teller) -> None:
    teller.done("1")
    teller.back("1", hold=False)
    assert teller.told.holds.held == {}


def test_glass_is_reviewed_by_another(teller: Teller) -> None:
    teller.said("break-glass", "1", by="ann")
    teller.done("1", mode="break-glass", person="max")
    teller.said("break-glass", "2", by="ben")
    assert teller.reasons() == {"glass"}
    for by in ("ann", "max"):
        teller.said("review", "1", by=by)
        assert len(teller.told.glass.broken[PLACE]) == 2
    teller.said("review", "1", by="cat")
    assert [one.version for one in teller.told.glass.broken[PLACE]] == ["2"]
    teller.said("review", "2", by="cat")
    assert teller.told.glass.broken == {}


def test_a_delivery_that_failed_is_drift(teller: Teller) -> None:
    teller.done("1")
    first = teller.started("1")
    teller.moved(first, "delivered", "1")
    assert teller.reasons() == set()
    teller.done("2")
    assert teller.reasons() == {"drift"}
    second = teller.started("2", "digest of 1")
    assert teller.reasons() == set()
    teller.moved(first, "failed", "1")
    assert teller.reasons() == set()
    teller.moved(second, "rolled-back")
    assert teller.told.deliveries.newest[PLACE].serving == "digest of 1"
    assert teller.reasons() == {"drift"}


def test_a_sandbox_is_no_drift(teller: Teller) -> None:
    teller.done("1")
    teller.started("2", unpromoted=True)
    assert teller.told.deliveries.newest == {}


def test_a_waiver_that_ended_since_is_told_when_its_time_has_come(teller: Teller) -> None:
    more = {"rule": "REP008", "expires": "2026-02-10T00:00:00Z"}
    teller.said("waive", "1", **more)
    teller.done("1")
    assert teller.reasons() == set()
    teller.later(days=9)
    assert teller.reasons() == {"expired"}
    teller.said("waive", "1", **(more | {"expires": "2026-03-01T00:00:00Z"}))
    assert teller.reasons() == set()


@pytest.mark.parametrize("act", ["request-waiver", "withdraw-waiver"])
def test_what_is_asked_for_or_taken_back_does_not_end(teller: Teller, act: str) -> None:
    more = {"rule": "REP008", "expires": "2026-02-10T00:00:00Z"}
    if act == "withdraw-waiver":
        teller.said("waive", "1", **more)
    teller.said(act, "1", **more)
    teller.done("1")
    assert teller.later(days=9).reasons() == set()
    assert [*teller.told.waivers.said] == [PLACE]


def test_what_was_said_of_an_environment_is_of_no_name(teller: Teller) -> None:
    teller.tell(Kind.ACT_SAID, act="delegate", environment="production", person="cat")
    assert teller.told.size == 1
    assert teller.told.alarming == {}


def test_what_owners_are_asked_and_what_they_applied(teller: Teller) -> None:
    about = {"about": "production", "subject": "digest", "statement": "s", "signers": ["ann"]}
    teller.tell(Kind.CONTROL_PROPOSED, action="environment.apply", **about)
    (waiting,) = teller.told.control.proposals.values()
    assert (waiting.action, waiting.about, waiting.signers) == (
        "environment.apply",
        "production",
        ("ann",),
    )
    teller.tell(Kind.CONTROL_APPLIED, action="environment.apply", **about)
    assert teller.told.control.proposals == {}
    assert teller.told.control.environments == {"production": "digest"}
    said = {"reason": "year's end", "until": "2026-03-01T00:00:00Z"}
    teller.tell(Kind.CONTROL_APPLIED, action="environment.freeze", said=said, **about)
    assert teller.told.control.freezes["production"].words == (
        "since 2026-02-02T02:00:00Z until 2026-03-01T00:00:00Z: year's end"
    )
    teller.tell(Kind.CONTROL_APPLIED, action="environment.unfreeze", said={"reason": "x"}, **about)
    assert teller.told.control.freezes == {}


def test_a_week_counts_what_happened_in_it(teller: Teller) -> None:
    teller.seal("1")
    blocked = teller.blocked("1", "denied")
    teller.later(hours=3)
    teller.done("1")
    teller.later(days=7)
    teller.back("1")
    teller.done("1")
    teller.said("waive", "1", rule="REP008", expires=LATER)
    teller.tell(Kind.PROMOTION_OBSERVED, **teller.about("2", verdict="denied", mode="observe"))
    first, second = (teller.told.weeks.weeks[one] for one in sorted(teller.told.weeks.weeks))
    assert (first.asked, first.done, first.blocked, [*first.decisions]) == (2, 1, 1, [blocked])
    assert [*first.remedied] == [4 * 3_600]
    assert [*first.led["production"]] == [5 * 3_600]
    assert (second.rolled_back, second.done, second.waived, second.observed) == (1, 1, 1, 1)
    # It had been there before: it did not come for the first time.
    assert second.led == {}


def test_weeks_begin_on_monday() -> None:
    at = int(START.timestamp())
    assert written(week_begins(week_of(at))) == "2026-02-02T00:00:00Z"
    assert week_of(at - 1) == week_of(at) - 1
    assert week_of(at + 7 * 86_400 - 1) == week_of(at)
    assert seconds(written(at)) == at


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("promotion.done", "{}"),
        ("of.tomorrow", "{}"),
        ("release.sealed", "[]"),
        ("verdict.changed", '{"environment":"e","name":"n","verdict":"denied"}'),
        ("delivery.started", '{"environment":["e"],"name":"n"}'),
        ("act.said", '{"environment":"e","name":"n"}'),
    ],
)
def test_what_does_not_say_what_it_must_is_refused(teller: Teller, kind: str, body: str) -> None:
    data = f'{{"body":{body},"control":0,"kind":"{kind}","time":"2026-02-02T00:00:00Z"}}'
    with pytest.raises(LedgerError, match="entry 0 does not say what it must"):
        teller.told.take([data.encode()])


@pytest.mark.parametrize("data", [b"", b"[]", b'{"kind":"release.sealed"}', b"\xff"])
def test_what_is_no_entry_is_refused(teller: Teller, data: bytes) -> None:
    with pytest.raises(LedgerError, match="entry 0 does not say what it must"):
        teller.told.take([data])
