from __future__ import annotations

from dataclasses import replace

import pytest

from weighbridge.model.advisory import AdvisoryData
from weighbridge.model.decision import GateVerdict, Outcome, Shift
from weighbridge.model.foresight import (
    Change,
    Effect,
    Foreseen,
    Foresight,
    Observed,
    Watched,
    watched_verdict,
)
from weighbridge.report.foresight import (
    foresight_json,
    render_foresight,
    render_watched,
    watched_json,
)

A = "sha256:" + "a" * 64
AT = "2026-02-01T00:00:00Z"
ALLOWED, NEEDS, UNSURE, DENIED = (
    GateVerdict(word) for word in ("allowed", "needs", "inconclusive", "denied")
)
SHIFT = Shift(
    id="evidence:report",
    pointer="",
    before=None,
    after=Outcome.UNMET,
    why="there is none",
    seen="0",
    wanted="1 report",
)
GONE = replace(SHIFT, before=Outcome.UNMET, after=None, why="not asked", seen="", wanted="")
ONE = Foreseen(
    environment="prod", name="demo", version="1", release=A, before=ALLOWED, after=DENIED
)
BLOCKED = replace(ONE, shifts=(SHIFT,))
PASSES = replace(ONE, name="mended", before=DENIED, after=ALLOWED, shifts=(GONE,))
UNTOLD = replace(ONE, name="lost", before=None, after=None, problem="it cannot be read")
STAYS = replace(ONE, name="same", after=ALLOWED, problem="nobody could", approvals_again=True)
LET = Observed(
    environment="prod",
    name="demo",
    version="1",
    at=AT,
    by="dora",
    entry=9,
    verdict=NEEDS,
    open=("approvals:0", "targets"),
)
DATA = AdvisoryData(digest=A, records=1, newest=AT)
CHANGE = Change(
    policy="house@2", policy_digest=A, without=("SEC001",), waived=("DEP005",), advisories=DATA
)
ALL = Foresight(change=CHANGE, at=AT, releases=(BLOCKED, PASSES, UNTOLD, STAYS), observed=(LET,))
HERE = Watched(
    environment="prod", name="demo", version="2", release=A, before=ALLOWED, after=ALLOWED
)
WORSE = replace(HERE, after=DENIED, why="it is bad", entry=7, reweighed=True, action="hold")


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (ALLOWED, ALLOWED, Effect.STAYS),
        (ALLOWED, NEEDS, Effect.BLOCKED),
        (NEEDS, DENIED, Effect.BLOCKED),
        (DENIED, NEEDS, Effect.STAYS),
        (DENIED, ALLOWED, Effect.PASSES),
        (ALLOWED, UNSURE, Effect.UNTOLD),
        (DENIED, UNSURE, Effect.UNTOLD),
        (UNSURE, DENIED, Effect.BLOCKED),
        (UNSURE, UNSURE, Effect.STAYS),
        (ALLOWED, None, Effect.UNTOLD),
    ],
)
def test_what_a_change_does(before: GateVerdict, after: GateVerdict | None, effect: Effect) -> None:
    assert replace(ONE, before=before, after=after).effect is effect


def test_what_is_blocked_comes_before_what_cannot_be_told() -> None:
    assert ALL.verdict == "fail"
    assert replace(ALL, releases=(UNTOLD, STAYS)).verdict == "inconclusive"
    assert replace(ALL, releases=(PASSES, STAYS)).verdict == "pass"
    assert (Change().is_none, CHANGE.is_none) == (True, False)


def test_all_of_it_is_told_to_people() -> None:
    assert render_foresight(ALL) == (
        "what if the policy were house@2 and no SEC001 were waived and DEP005 were waived"
        f" and advisories of {AT} counted, at {AT}\n"
        "would be blocked (1)\n"
        "  demo@1 in prod: allowed -> denied\n"
        "    evidence:report: not asked -> unmet, there is none\n"
        "      seen    0\n"
        "      wanted  1 report\n"
        "could not be told (1)\n"
        "  lost@1 in prod: unknown -> unknown\n"
        "    it cannot be read\n"
        "would pass (1)\n"
        "  mended@1 in prod: denied -> allowed\n"
        "    evidence:report: unmet -> not asked, not asked\n"
        "unchanged: 1 release\n"
        "  same@1 in prod: nobody could\n"
        "approvals would have to be given again: 1 release\n"
        "enforcement would have blocked (1)\n"
        f"  demo@1 to prod at {AT} by dora: needs, approvals:0, targets\n"
    )
    nothing = Foresight(change=Change(), at=AT, releases=())
    assert render_foresight(nothing) == (
        f"what if nothing changed, at {AT}\nunchanged: 0 releases\n"
    )


def test_and_to_programs() -> None:
    told = foresight_json(ALL)
    assert told["summary"] == {"blocked": 1, "untold": 1, "passes": 1, "stays": 1}
    assert told["change"] == {
        "policy": "house@2",
        "policyDigest": A,
        "withoutWaivers": ["SEC001"],
        "waived": ["DEP005"],
        "advisories": A,
    }
    assert foresight_json(replace(ALL, change=Change()))["change"] == {
        "policy": None,
        "policyDigest": None,
        "withoutWaivers": [],
        "waived": [],
        "advisories": None,
    }


def test_what_is_watched_is_told_in_a_line_or_more() -> None:
    back = replace(WORSE, action="rollback", back_to="1", entry=None, reweighed=False)
    failed = replace(HERE, after=None, why="it cannot be read", problem="there is none before")
    assert render_watched([HERE, WORSE, back, failed]) == (
        "demo@2 in prod: allowed\n"
        "demo@2 in prod: allowed -> denied, entry 7; asked again with newer advisories\n"
        "  it is bad\n"
        "  held: nothing moves there until it is lifted\n"
        "demo@2 in prod: allowed -> denied\n"
        "  it is bad\n"
        "  rolled back to demo@1\n"
        "demo@2 in prod: unknown\n"
        "  it cannot be read\n"
        "  not rolled back: there is none before\n"
    )


def test_what_is_watched_sums_up() -> None:
    assert watched_verdict([]) == "pass"
    assert watched_verdict([HERE, replace(HERE, after=None)]) == "inconclusive"
    assert watched_verdict([replace(HERE, after=UNSURE), replace(HERE, after=NEEDS)]) == "fail"
    told = watched_json([WORSE])
    assert told["verdict"] == "fail"
    assert watched_json([HERE])["releases"] == [
        {
            "environment": "prod",
            "name": "demo",
            "version": "2",
            "release": A,
            "before": "allowed",
            "after": "allowed",
            "why": None,
            "entry": None,
            "reweighed": False,
            "action": "none",
            "backTo": None,
            "problem": None,
        }
    ]


def test_what_others_wrote_does_not_steer_the_terminal() -> None:
    evil = "a\x1b[2J\nb"
    bad = replace(BLOCKED, environment=evil, name=evil, version=evil, problem=evil)
    lines = render_foresight(replace(ALL, releases=(bad,))).splitlines()
    lines += render_watched([replace(WORSE, name=evil, why=evil)]).splitlines()
    assert [line for line in lines if not line.isprintable()] == []
