from __future__ import annotations

import re
from dataclasses import replace

from tests.rollout.worlds import BEGAN, NEW, OLD, delivery
from weighbridge.model.decision import GateVerdict, Judged, Outcome
from weighbridge.model.delivery import Cause, Phase, Position, Why
from weighbridge.model.link import Link
from weighbridge.model.pointer_state import PointerState
from weighbridge.report.status import render_sandboxes, render_status, status_json

A = "sha256:" + "a" * 64
STYLE = re.compile("\x1b\\[[0-9;]*m")
HERE = PointerState(
    environment="production",
    name="demo",
    version="1.0.0",
    release=A,
    generation=3,
    since="2026-02-01T00:00:00Z",
    by="dora",
    held="",
    verdict=GateVerdict.ALLOWED,
    changed="2026-02-01T00:00:00Z",
)
OTHER = replace(HERE, name="other", held="rolled back by max", verdict=GateVerdict.NEEDS)
THERE = replace(HERE, environment="staging")
FROZEN = replace(OTHER, frozen="since then: holidays")


def test_a_line_a_pointer_under_its_environment() -> None:
    assert render_status([HERE, OTHER, THERE]) == (
        "production\n"
        "  demo@1.0.0  sha256:aaaaaaaaaaaa  generation 3 since 2026-02-01T00:00:00Z by dora;"
        " now allowed\n"
        "  other@1.0.0  sha256:aaaaaaaaaaaa  generation 3 since 2026-02-01T00:00:00Z by dora;"
        " now needs; held: rolled back by max\n"
        "staging\n"
        "  demo@1.0.0  sha256:aaaaaaaaaaaa  generation 3 since 2026-02-01T00:00:00Z by dora;"
        " now allowed\n"
    )


def test_a_freeze_is_told_beside_a_hold() -> None:
    line = render_status([FROZEN]).splitlines()[1]
    assert line.endswith("now needs; held: rolled back by max; frozen since then: holidays")
    assert status_json([FROZEN])[0]["frozen"] == "since then: holidays"


def test_a_verdict_that_changed_says_since_when_and_why() -> None:
    later = replace(HERE, verdict=GateVerdict.DENIED, why="evidence:report: it has findings")
    told = replace(later, changed="2026-02-03T00:00:00Z")
    line = render_status([HERE]).splitlines()[1].removesuffix("allowed")
    why = "    evidence:report: it has findings\n"
    assert render_status([told]).endswith(f"{line}denied since 2026-02-03T00:00:00Z\n{why}")
    untold = replace(later, changed="")
    assert render_status([untold]).endswith(f"{line}denied, which is not in the ledger yet\n{why}")


def test_nothing_is_written_of_nothing() -> None:
    assert (render_status([]), status_json([])) == ("", [])


def test_colour_changes_no_letter() -> None:
    plain = render_status([HERE, OTHER])
    styled = render_status([HERE, OTHER], styled=True)
    assert styled != plain
    assert STYLE.sub("", styled) == plain


def test_as_programs_read_it() -> None:
    first, second = status_json([HERE, OTHER])
    assert first == {
        "environment": "production",
        "name": "demo",
        "version": "1.0.0",
        "release": A,
        "generation": 3,
        "verdict": "allowed",
        "since": "2026-02-01T00:00:00Z",
        "why": None,
        "verdictSince": "2026-02-01T00:00:00Z",
        "by": "dora",
        "held": None,
        "frozen": None,
        "unreviewed": None,
        "drift": None,
        "delivery": None,
        "links": [],
        "told": [],
    }
    assert (second["held"], second["verdict"]) == ("rolled back by max", "needs")


ENDING = Judged(
    id="waivers:expiring",
    outcome=Outcome.MET,
    why="the waiver of SEC001 by cat ends soon",
    seen="SEC001 model.pkl",
    remedy=("weighbridge waive SEC001 demo@1.0.0 --to production",),
    findings=({"code": "GOV003", "severity": "warning", "subject": "x", "verdict": "fail"},),
    warns=True,
)


def test_what_is_to_be_told_stands_under_the_pointer() -> None:
    ended = replace(ENDING, id="waivers:expired", outcome=Outcome.UNMET, warns=False)
    plain = Judged(id="house", outcome=Outcome.MET, why="it is so", warns=True)
    shown = render_status([replace(HERE, told=(ENDING, ended, plain))]).splitlines()[2:]
    assert shown == [
        "    warning[GOV003]: the waiver of SEC001 by cat ends soon",
        "      SEC001 model.pkl",
        "      = help:  weighbridge waive SEC001 demo@1.0.0 --to production",
        "    error[GOV003]: the waiver of SEC001 by cat ends soon",
        "      SEC001 model.pkl",
        "      = help:  weighbridge waive SEC001 demo@1.0.0 --to production",
        "    warning[house]: it is so",
    ]
    (told,) = status_json([replace(HERE, told=(ENDING,))])
    assert told["told"] == [
        {
            "id": "waivers:expiring",
            "outcome": "met",
            "findings": [dict(ENDING.findings[0])],
            "why": ENDING.why,
            "seen": ENDING.seen,
            "remedy": list(ENDING.remedy),
        }
    ]


def test_what_others_wrote_does_not_steer_the_terminal() -> None:
    evil = "a\x1b[2J\x07\nb"
    shown = render_status(
        [replace(HERE, environment=evil, name=evil, version=evil, by=evil, held=evil)]
    )
    assert [line for line in shown.splitlines() if not line.isprintable()] == []
    assert shown.count("\n") == 2


def test_links_stand_below_what_they_are_of() -> None:
    linked = replace(HERE, links=(Link("loki", "https://l.example/?q=%7B"), Link("wiki\x1b", "u")))
    text = render_status([linked])
    assert text.endswith("    loki: https://l.example/?q=%7B\n    wiki\\x1b: u\n")
    assert status_json([linked])[0]["links"] == [
        {"name": "loki", "url": "https://l.example/?q=%7B"},
        {"name": "wiki\x1b", "url": "u"},
    ]


RUNS = replace(HERE, release=NEW)
ROLLED_BACK = Position(
    phase=Phase.ROLLED_BACK, since=BEGAN, cause=Cause(why=Why.CRASH, text="it ended with 1")
)


def test_where_a_delivery_stands_is_told_beneath() -> None:
    going = delivery(position=Position(phase=Phase.ROLLING_OUT, weight=10, since=BEGAN))

    line = render_status([replace(RUNS, delivery=going)]).splitlines()[2]
    (found,) = status_json([replace(RUNS, delivery=going)])

    assert line == "    delivery: gets 10 % of requests (step 1)"
    assert found["drift"] is None
    assert found["delivery"] == {
        "release": NEW,
        "version": "1.1.0",
        "phase": "rolling-out",
        "weight": 10,
        "paused": None,
        "cause": None,
        "entry": 7,
    }


def test_what_runs_and_is_not_what_the_pointer_holds_is_drift() -> None:
    back = replace(RUNS, delivery=delivery(position=ROLLED_BACK))
    ended = replace(RUNS, delivery=delivery(position=Position(phase=Phase.STOPPED, since=BEGAN)))

    assert render_status([back]).splitlines()[2] == (
        f"    drift: {OLD[:19]} gets requests (the last delivery: 1.1.0 rolled-back); "
        "weighbridge deliver demo --in production"
    )
    assert render_status([ended]).splitlines()[2] == (
        "    drift: nothing runs (the last delivery: 1.1.0 stopped); "
        "weighbridge deliver demo --in production"
    )
    assert [one["drift"] for one in status_json([back, ended])] == [OLD, "nothing"]


def test_sandboxes_stand_under_a_name_of_their_own() -> None:
    one = delivery(
        unpromoted=True, environment="local", position=Position(phase=Phase.DELIVERED, since=BEGAN)
    )

    assert render_sandboxes([one]) == (
        "local\n  demo@1.1.0 here (sandbox, not promoted) is delivered\n"
    )
    assert render_sandboxes([]) == ""
