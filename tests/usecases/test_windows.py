"""Promotion windows, from the file to the decision and its pack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import PASSPHRASES
from tests.usecases.stage import BOTH, FIRST, STAGING, condition, unmet
from weighbridge.adapters.keys import KeyFolder
from weighbridge.model.environment.time_zones import TIME_ZONES
from weighbridge.model.errors import UnavailableError
from weighbridge.usecases.control import change_control
from weighbridge.usecases.environments import application, load_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.usecases.stage import Stage
    from weighbridge.usecases.environments import Application

WINDOW = 'rrule: "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", duration: 2h, timezone: Europe/Berlin'
OPEN = f"{STAGING}  windows: [{{{WINDOW}}}]\n"


class Zones:
    """Time zones in memory: Berlin, with one change of its clock."""

    def __init__(self, version: str = "1", *, changes: Mapping[str, int] | None = None) -> None:
        self.version = version
        self._changes = {"2030-03-31T01:00:00Z": 7200} if changes is None else changes

    def names(self) -> set[str]:
        return {"Europe/Berlin"}

    def offsets(self, name: str, since: str, until: str) -> dict[str, int]:
        assert name == "Europe/Berlin"
        return {since: 3600} | {at: one for at, one in self._changes.items() if at < until}


def applied(stage: Stage, zones: Zones, *, now: str = "", text: str = OPEN) -> Application:
    path = stage.folder / "env.yaml"
    path.write_text(text)
    registry = stage.registry
    try:
        return application(*load_environment(path), registry, zones=zones, now=now)
    finally:
        registry.close()


def sign(stage: Stage, wanted: Application, by: str) -> None:
    """Have one owner sign an application."""
    registry = stage.registry
    registry.blobs.put(wanted.record)
    signers = [KeyFolder(stage.keys).locked(by).unlock(PASSPHRASES[by])]
    change_control(wanted.change, signers=signers, registry=registry)
    registry.close()


def test_a_promotion_waits_for_its_window_and_is_proven_from_the_pack(stage: Stage) -> None:
    stage.apply(OPEN)
    # It is Sunday, 1 February 2026, in the first minutes.
    found = stage.ask(FIRST, "staging")
    assert (found["verdict"], unmet(found)) == ("needs", ["in-window"])
    waits = condition(found, "in-window")
    assert waits.wanted == (
        "not before 2026-02-02T08:00:00Z (Mon 2026-02-02 09:00 in Europe/Berlin)"
    )
    assert stage.last()["kind"] == "promotion.blocked"
    assert stage.promote(FIRST, "staging", "--dry-run").code == 1
    listed = stage.done("env", "list").out
    assert "  windows      closed; the next opens 2026-02-02T08:00:00Z (Mon 2026-02-02" in listed
    stage.clock.set("2026-02-02T08:10:00Z")
    assert stage.check().code == 0
    assert stage.promote(FIRST, "staging").code == 0
    assert "  windows      open since 2026-02-02T08:00:00Z" in stage.done("env", "list").out
    (hours,) = [
        one["hours"]
        for one in stage.done("env", "list", "--output-format=json").json["environments"]
        if one["hours"]
    ]
    assert hours["closes"] == "2026-02-02T10:00:00Z"
    assert (hours["known"], hours["until"]) == (True, "2047-01-01T00:00:00Z")
    stage.clock.set("2026-02-02T12:00:00Z")
    assert stage.pointer()["verdict"] == "allowed"  # what is there waits for no window
    stage.done("evidence", "export", FIRST, "--to=staging", "--output=p.tar")
    told = stage.done("evidence", "verify", "p.tar", "--key=.weighbridge/log.pub").out
    assert "met           in-window: open since 2026-02-02T08:00:00Z" in told
    stage.done("log", "verify", "--deep")


def test_the_record_holds_what_the_window_needs_of_its_zone(stage: Stage) -> None:
    stage.apply(OPEN)
    digest = stage.last()["body"]["subject"]
    facts = json.loads(stage.registry.blobs.read(digest))[TIME_ZONES]
    assert set(facts) == {"offsets", "tzdata", "until"}
    (offsets,) = facts["offsets"].values()
    assert min(offsets) == "2024-01-01T00:00:00Z"
    assert offsets["2026-03-29T01:00:00Z"] == 7200
    assert len(offsets) == 47
    again = stage.done("env", "apply", "env.yaml")
    assert again.out.endswith("environment.apply staging: applied already\n")


def record(found: Application) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(found.record)
    return tree


def test_what_another_machine_agrees_on_is_kept(stage: Stage) -> None:
    """A second owner signs the bytes of the first, and to apply it again is no news."""
    first = applied(stage, Zones("1"))
    sign(stage, first, "ann")
    other = Zones("2", changes={"2030-03-31T01:00:00Z": 7200, "2048-03-01T01:00:00Z": 7200})
    assert applied(stage, other, now="2027-06-01T00:00:00Z").record == first.record
    sign(stage, first, "ben")
    later = applied(stage, other, now="2027-06-01T00:00:00Z")
    assert (later.record, later.in_force) == (first.record, True)


def test_what_one_owner_proposed_and_is_no_record_is_passed_over(stage: Stage) -> None:
    first = applied(stage, Zones())
    digests = [stage.registry.blobs.put(data) for data in (b"[]", b"no JSON")]
    for digest in (*digests, "sha256:" + "0" * 64):
        change = replace(first.change, subject=("staging", digest))
        sign(stage, replace(first, change=change), "ann")
    assert applied(stage, Zones()).record == first.record


@pytest.mark.parametrize(
    ("zones", "now"),
    [
        (Zones(changes={"2030-03-31T02:00:00Z": 7200}), "2027-06-01T00:00:00Z"),
        (Zones(changes={}), "2027-06-01T00:00:00Z"),
        (Zones(), "2038-01-01T00:00:00Z"),  # nine years are left
    ],
)
def test_what_is_no_longer_so_or_ends_soon_is_pinned_anew(
    zones: Zones, now: str, stage: Stage
) -> None:
    first = applied(stage, Zones())
    sign(stage, first, "ann")
    sign(stage, first, "ben")
    found = applied(stage, zones, now=now)
    assert (found.in_force, found.record != first.record) == (False, True)
    assert record(found) | {TIME_ZONES: 0} == record(first) | {TIME_ZONES: 0}


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("Europe/Berlin", "Europe/Berln", "6:78", "did you mean `Europe/Berlin`?"),
        ("Europe/Berlin", "Nowhere", "6:78", "name one such as Europe/Berlin or UTC"),
        ("BYDAY=MO", "BYDAY=MO;UNTIL=20231231", "6:21", "this window never opens"),
        (
            "FREQ=WEEKLY;BYDAY=MO",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "6:21",
            "its rule has no day from 2024 to 2046",
        ),
        ("FREQ=WEEKLY", "FREQ=SECONDLY", "6:21", "FREQ that cannot be 'SECONDLY'"),
        ("BYDAY=MO;", "", "6:21", "does not say on which days"),
        ("2h", "400d", "6:64", "stays open too long"),
    ],
)
def test_a_window_that_cannot_be_kept_is_refused_before_anybody_signs(
    old: str, new: str, place: str, said: str, stage: Stage
) -> None:
    (stage.folder / "env.yaml").write_text(OPEN.replace(old, new))
    size = len(stage.entries())
    found = stage("env", "apply", "env.yaml", by=BOTH)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert f"--> env.yaml:{place}" in found.err
    assert len(stage.entries()) == size


def test_more_windows_than_anybody_needs_are_refused(stage: Stage) -> None:
    windows = ", ".join([f"{{{WINDOW}}}"] * 17)
    (stage.folder / "env.yaml").write_text(f"{STAGING}  windows: [{windows}]\n")
    assert stage("env", "apply", "env.yaml", by=BOTH).code == 2


def test_a_machine_without_time_zones_cannot_apply_them(stage: Stage) -> None:
    class Nowhere(Zones):
        def names(self) -> set[str]:
            raise UnavailableError("this machine knows no time zones")

    with pytest.raises(UnavailableError):
        applied(stage, Nowhere())
    assert applied(stage, Nowhere(), text=STAGING).in_force
