from __future__ import annotations

import re
from dataclasses import replace

from weighbridge.model.decision import Exceptional, WaiverState
from weighbridge.report.waivers import render_waivers, waivers_json

STYLE = re.compile("\x1b\\[[0-9;]*m")
FILE = "sha256:" + "a" * 64
ONE = WaiverState(
    state=Exceptional.IN_FORCE,
    why="",
    entry=7,
    environment="production",
    name="demo",
    rule="SEC001",
    findings=({"subject": "model.pkl", "file": FILE, "global": "lab.Net"},),
    person="cat",
    owner="cat",
    requested_by="",
    reason="our own class",
    expires="2026-03-01T00:00:00Z",
    used_by=("1.0.0", "1.1.0"),
)


def test_a_waiver_says_when_it_ends_whose_it_is_what_for_and_why() -> None:
    assert render_waivers([ONE]) == (
        "2026-03-01T00:00:00Z  in force   SEC001 in demo to production: cat\n"
        "    model.pkl  lab.Net\n"
        "    found in 1.0.0, 1.1.0\n"
        "    our own class\n"
    )


def test_whatever_else_there_is_to_say() -> None:
    paper = {"digest": FILE, "pointer": "", "seen": "six==1.16.0", "subject": "six"}
    void = replace(
        ONE,
        state=Exceptional.VOID,
        why="cat asked for it",
        findings=(paper, {"subject": "odd.bin", "file": FILE, "global": ""}),
        owner="platform",
        requested_by="bea",
        used_by=(),
    )
    asked = replace(ONE, state=Exceptional.REQUESTED, owner="")
    shown = render_waivers([void, asked])
    assert "cat, asked for by bea, platform answers for it\n" in shown
    assert "    six  six==1.16.0\n    odd.bin  the file\n" in shown
    assert "    does not count: cat asked for it\n" in shown
    assert "requested  SEC001 in demo to production: asked for by cat\n" in shown


def test_colour_and_hostile_names_change_nothing() -> None:
    assert STYLE.sub("", render_waivers([ONE], styled=True)) == render_waivers([ONE])
    evil = "a\x1b[2J\nb"
    shown = render_waivers([replace(ONE, reason=evil, person=evil, owner=evil, requested_by=evil)])
    assert [line for line in shown.splitlines() if not line.isprintable()] == []


def test_as_programs_read_it() -> None:
    (read,) = waivers_json([ONE])
    assert read == {
        "state": "in force",
        "why": None,
        "rule": "SEC001",
        "environment": "production",
        "name": "demo",
        "findings": [{"subject": "model.pkl", "file": FILE, "global": "lab.Net"}],
        "person": "cat",
        "owner": "cat",
        "requestedBy": None,
        "reason": "our own class",
        "expires": "2026-03-01T00:00:00Z",
        "usedBy": ["1.0.0", "1.1.0"],
        "entry": 7,
    }
