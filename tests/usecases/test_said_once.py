"""What somebody signed and another enters in the ledger once more is not said again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.usecases.drilled import Drilled, drilled, drilled_folder
from tests.usecases.promoted import FIRST
from weighbridge.gate.kinds import is_of
from weighbridge.model.event import Event, Kind, read_event
from weighbridge.usecases.audit import audit
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack
from weighbridge.usecases.gathering import Gathering

if TYPE_CHECKING:
    from weighbridge.gate.case import Evidence, Said

__all__ = ["drilled", "drilled_folder"]


def events(story: Drilled, kind: Kind) -> list[Event]:
    with story.registry.reading() as view:
        return [one for one in map(read_event, view.entries()) if one.kind is kind]


def enter_again(story: Drilled, event: Event) -> None:
    """Append an entry as somebody does who holds the log's key."""
    story.registry.change(lambda transaction: transaction.append(event.kind, event.body))


def heard(story: Drilled) -> tuple[list[Evidence], list[Said]]:
    with story.registry.reading() as view:
        gathering = Gathering.of(view, story.registry)
        evidence = list(gathering.evidence(story.digest(FIRST)))
        return evidence, gathering.acts("production", "demo")


def test_reports_and_approvals_count_where_they_stand_first(drilled: Drilled) -> None:
    before = heard(drilled)
    reports = [one for one in before[0] if is_of("report", one)]
    assert len(reports) == 1
    assert [said.person for said in before[1]] == ["cat", "dora"]
    for event in events(drilled, Kind.ACT_SAID):
        enter_again(drilled, event)
    (again,) = (one for one in events(drilled, Kind.EVIDENCE_ADDED) if "carl" in str(one.body))
    enter_again(drilled, again)
    assert heard(drilled) == before


def test_what_does_not_say_when_it_was_said_counts_each_time(drilled: Drilled) -> None:
    (signed,) = (one for one in events(drilled, Kind.EVIDENCE_ADDED) if "bea" in str(one.body))
    enter_again(drilled, signed)
    evidence, _ = heard(drilled)
    assert [one.person for one in evidence].count("bea") == 2


def test_what_was_entered_twice_is_no_obstacle_to_who_decides_again(drilled: Drilled) -> None:
    for event in events(drilled, Kind.ACT_SAID):
        enter_again(drilled, event)
    drilled.check(FIRST)
    assert drilled.promote(FIRST, "production")
    pack = export_pack(drilled.digest(FIRST), "production", registry=drilled.registry)
    assert verify_pack(pack, log_key=drilled.registry.log_key).ok
    assert audit(drilled.registry, log_key=drilled.registry.log_key, deep=True).problems == ()
