"""What ends by itself soon, and what stands on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import BOTH, FIRST, SECOND, STAGING, Stage
from tests.usecases.test_waive import reported
from tests.usecases.test_waivers import unhashed
from weighbridge.model.advisory import AdvisoryData
from weighbridge.model.expiring import Ending, Expiring
from weighbridge.usecases.jobs.expiring import expiring

if TYPE_CHECKING:
    from collections.abc import Sequence

SPEC = """\
  evidence:
    - {type: report, maxAge: 10d, signedBy: {role: checker}, noneAbove: warning}
  approvals:
    - {min: 1, roles: [ml-lead], validFor: 20d}
  waivers:
    - {rules: [DEP002], roles: [security], longest: 90d}
"""
NOW = "2026-02-05T00:00:00Z"
HERE = ("demo@1.0.0 in staging",)


def soon(
    stage: Stage,
    *,
    now: str = NOW,
    days: int = 30,
    data: AdvisoryData | None = None,
    oldest: int = 0,
) -> Sequence[Expiring]:
    registry = stage.registry
    try:
        with registry.reading() as view:
            return expiring(
                view,
                registry=registry,
                now=now,
                within=f"{days * 86400}s",
                advisories=data,
                oldest=oldest,
            )
    finally:
        registry.close()


def old(
    stage: Stage, data: AdvisoryData | None, *, oldest: int = 0, now: str = NOW
) -> list[Expiring]:
    found = soon(stage, now=now, days=0, data=data, oldest=oldest)
    return [one for one in found if one.kind is Ending.ADVISORIES]


@pytest.fixture
def ending(stage: Stage) -> Stage:
    """Have a release in staging on evidence, an approval and a waiver that all end."""
    stage.rule(SPEC)
    assert stage.trust("cat", "security").code == 0
    reported(stage, unhashed())
    waive = ("waive", "DEP002", FIRST, "--to=staging", "--reason=built here")
    stage.done(*waive, "--expires=2026-03-01T00:00:00Z", by="cat")
    stage.done("approve", FIRST, "--to=staging", by="mia")
    stage.arrive(FIRST)
    return stage


def test_what_ends_is_told_with_what_stands_on_it(ending: Stage) -> None:
    found = soon(ending)
    assert [(one.kind, one.what, one.person, one.stands) for one in found] == [
        (Ending.EVIDENCE, "freshness of report by carl", "carl", HERE),
        (Ending.APPROVAL, "approval of mia", "mia", HERE),
        (Ending.WAIVER, "waiver of DEP002 by cat", "cat", HERE),
    ]
    assert [one.ends[:10] for one in found] == ["2026-02-11", "2026-02-21", "2026-03-01"]
    assert {one.release for one in found} == {ending.release(FIRST)}
    assert not any(one.is_over for one in found)
    assert found[2].words == (
        "waiver of DEP002 by cat ends at 2026-03-01T00:00:00Z; on it: demo@1.0.0 in staging"
    )
    assert len({one.key for one in found}) == 3
    assert [one.key for one in found] == [one.key for one in soon(ending, days=40)]


@pytest.mark.parametrize(("days", "count"), [(0, 0), (5, 0), (7, 1), (17, 2), (24, 3)])
def test_only_what_ends_within_the_days_is_told(ending: Stage, days: int, count: int) -> None:
    assert len(soon(ending, days=days)) == count


def test_what_has_ended_is_told_while_something_stands_on_it(ending: Stage) -> None:
    found = {one.kind: one for one in soon(ending, now="2026-03-02T00:00:00Z", days=1)}
    assert found[Ending.EVIDENCE].is_over
    assert found[Ending.WAIVER].is_over
    assert found[Ending.WAIVER].words.startswith("waiver of DEP002 by cat ended at 2026-03-01")
    ending("withdraw", FIRST, "--to=staging", "--waiver=DEP002", "--reason=mended", by="cat")
    assert Ending.WAIVER not in {one.kind for one in soon(ending, days=60)}


def test_an_approval_of_what_waits_is_told_as_waiting(stage: Stage) -> None:
    stage.rule(SPEC.replace("min: 1, roles: [ml-lead]", "min: 2, roles: [ml-lead, sre]"))
    stage.done("approve", SECOND, "--to=staging", by="mia")
    (found,) = soon(stage)
    assert (found.kind, found.version) == (Ending.APPROVAL, "1.1.0")
    assert found.stands == ("demo@1.1.0 in staging (waits for more)",)
    stage.done("withdraw", SECOND, "--to=staging", "--reason=no", by="mia")
    assert soon(stage) == ()


def test_keys_are_told_with_the_roles_nobody_holds_then(stage: Stage) -> None:
    until = "--until=2026-02-10T00:00:00Z"
    assert stage.trust("cat", "ml-lead", until).code == 0
    assert stage.trust("carl", "checker", until).code == 0
    lonely, other = sorted(soon(stage), key=lambda one: one.person)
    assert (lonely.kind, lonely.person, other.person) == (Ending.KEY, "carl", "cat")
    assert lonely.stands == ("nobody else is checker then",)
    assert other.stands == ()
    assert soon(stage, now="2026-02-10T00:00:00Z") == ()
    assert stage.revoke("carl").code == 0
    assert [one.person for one in soon(stage)] == ["cat"]


def test_a_freeze_is_told_before_it_ends(stage: Stage) -> None:
    stage.arrive(FIRST)
    until = "--until=2026-02-10T00:00:00Z"
    stage.done("freeze", "staging", "--reason=holiday", until, by=BOTH)
    (found,) = [one for one in soon(stage, days=10) if one.kind is Ending.FREEZE]
    assert (found.what, found.stands) == ("freeze of staging", HERE)
    after = soon(stage, now="2026-02-11T00:00:00Z", days=10)
    assert Ending.FREEZE not in {one.kind for one in after}


def test_old_advisories_are_told_where_something_stands(stage: Stage) -> None:
    data = AdvisoryData(digest="sha256:0", records=1, newest="2026-01-20T00:00:00Z")
    assert old(stage, data, oldest=7) == []
    stage.arrive(FIRST)
    (found,) = old(stage, data, oldest=7)
    assert (found.is_over, found.stands) == (True, HERE)
    assert found.words == (
        "advisories@2026-01-20T00:00:00Z: too old since 2026-01-27T00:00:00Z; "
        "on it: demo@1.0.0 in staging"
    )
    assert old(stage, data, oldest=17) == []
    assert old(stage, data) == []
    copied = AdvisoryData(digest="sha256:0", records=1, newest=NOW, fetched=data.newest)
    assert len(old(stage, copied, oldest=7)) == 1
    (none,) = old(stage, None, oldest=7)
    assert "none were ever loaded here" in none.what
    assert none.key == old(stage, None, oldest=7, now="2026-02-05T09:00:00Z")[0].key


def test_a_policy_says_how_old_advisories_may_be(stage: Stage) -> None:
    data = AdvisoryData(digest="sha256:0", records=1, newest="2026-02-03T00:00:00Z")
    stage.arrive(FIRST)
    assert old(stage, data, oldest=7) == []
    stage.rule("  evidence:\n    - {type: advisories, maxAge: 1d}\n", environment=STAGING)
    (found,) = old(stage, data)
    assert found.ends == "2026-02-04T00:00:00Z"


def test_status_shows_it(ending: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighbridge.adapters.clock.utc_now", lambda: NOW)
    shown = ending.done("status", "--expiring=20d").out.splitlines()
    assert [line.split()[0] for line in shown] == ["advisories", "evidence", "approval"]
    assert shown[2].endswith("; on it: demo@1.0.0 in staging")
    told = ending.done("status", "demo", "--in=staging", "--expiring=20d", "--output-format=json")
    assert [one["kind"] for one in told.json["expiring"]] == [line.split()[0] for line in shown]
    assert told.json["expiring"][2]["stands"] == list(HERE)
    other = ending.done("status", "--in=production", "--expiring=20d")
    assert (other.out, other.err) == ("", "nothing ends within that time\n")
    assert ending("status", "--expiring=20d", "--waivers").code == 2
    assert ending("status", "--expiring=soon").code == 2
