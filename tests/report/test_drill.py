from __future__ import annotations

import json
from dataclasses import replace

from weighbridge.model.drill import Drill, Fate, Planted
from weighbridge.report.drill import drill_json, render_drill

A = "sha256:" + "a" * 64
CAUGHT = Planted(
    name="flipped-byte",
    family="bytes",
    says="a bit of the weights is flipped",
    fate=Fate.CAUGHT,
    verdict="refused",
    lines=(("INT001", "evidence:report"), ("INT009", "evidence:report")),
)
THROUGH = Planted(
    name="self-approval",
    family="people",
    says="who asked approves",
    fate=Fate.THROUGH,
    verdict="allowed",
    why="nobody must \x1b[31mapprove",
    close=("demand an approval", "weighbridge policy publish PATH"),
)
UNCLEAR = Planted(
    name="stale-report",
    family="evidence",
    says="the report is old",
    fate=Fate.UNCLEAR,
    verdict="denied",
)
ABSENT = Planted(
    name="soak",
    family="time",
    says="it did not soak",
    fate=Fate.ABSENT,
    verdict="not-applicable",
    why="there is no environment before",
)


def drill(*planted: Planted, without: tuple[str, ...] = (), mode: str = "enforce") -> Drill:
    return Drill(
        environment="production",
        environment_digest=A,
        release=A,
        title="demo@1.0.0",
        policy="house@1",
        policy_digest=A,
        switches=("evidence:report",),
        mode=mode,
        at="2026-11-28T12:00:00Z",
        without=without,
        controls=(("approve", "the key is locked"),) if without else (),
        planted=planted,
    )


def test_what_got_through_is_told_with_what_closes_it() -> None:
    text = render_drill(drill(CAUGHT, THROUGH, UNCLEAR, ABSENT, without=("SEC001",)))
    assert text.startswith(
        "bytes     1 of 1 caught  by INT001, INT009\n"
        "people    0 of 1 caught  by nothing\n"
        "evidence  0 of 1 caught  by nothing\n"
        "\n"
        "got through\n"
        "  self-approval: who asked approves (allowed)\n"
    )
    assert "    = help:  weighbridge policy publish PATH\n" in text
    assert "\x1b" not in text
    assert "stopped, and not for what was planted\n  stale-report: the report is old" in text
    assert "refused without any fault\n  approve: the key is locked\n" in text
    assert "not applicable\n  there is no environment before: soak\n" in text
    assert "1 caught, 1 got through, 1 unclear; 1 not applicable\n" in text
    assert text.endswith("under house@1, without SEC001, at 2026-11-28T12:00:00Z\n")


def test_each_help_is_said_once_below_all_that_it_closes() -> None:
    publish = "weighbridge policy publish PATH"
    other = replace(THROUGH, name="own-waiver", why="", close=("say who waives", publish))
    again = replace(THROUGH, name="hired-friend", why="")
    text = render_drill(drill(THROUGH, other, again))
    _, told, _ = text.split("\n\n")
    assert told == (
        "got through\n"
        "  self-approval: who asked approves (allowed)\n"
        "    = seen:  nobody must \\x1b[31mapprove\n"
        "  hired-friend: who asked approves (allowed)\n"
        "    = help:  demand an approval\n"
        "  own-waiver: who asked approves (allowed)\n"
        "    = help:  say who waives\n"
        f"    = help:  {publish}"
    )


def test_what_hangs_on_one_thing_is_told_with_how_to_try_it() -> None:
    text = render_drill(drill(CAUGHT, mode="observe"), styled=True)
    assert "evidence:report: 1 fault: flipped-byte" in text
    assert "weighbridge drill production --without evidence:report" in text
    assert "\x1b[" in text
    assert text.endswith("what is caught there is told, and not stopped\n")


def test_programs_read_the_same() -> None:
    found = json.loads(drill_json(drill(CAUGHT, THROUGH, ABSENT, without=("SEC001",))))
    assert [(one["name"], one["caught"], one["by"]) for one in found["planted"]] == [
        ("flipped-byte", True, "INT001, INT009"),
        ("self-approval", False, ""),
    ]
    assert found["notApplicable"] == [
        {"name": "soak", "family": "time", "because": "there is no environment before"}
    ]
    assert found["hangsOn"] == {"evidence:report": ["flipped-byte"]}
    assert found["controls"] == [{"name": "approve", "why": "the key is locked"}]
    assert found["without"] == ["SEC001"]
