from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, SECOND
from weighbridge.model.custody import KINDS
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from tests.usecases.stage import Stage


@pytest.fixture
def lived(stage: Stage) -> Stage:
    """Run commands where about everything happened that can."""
    assert stage.promote(FIRST, "staging", by="bea").code == 4
    assert stage.promote(FIRST, "staging", "--observe").code == 0
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    assert stage.say("approve", by="bea", release=SECOND).code == 4
    stage.arrive(SECOND)
    assert stage.promote(SECOND, "production").code == 1
    assert stage.say("reject", "--reason=no", by="mia", release=SECOND).code == 0
    assert stage.say("withdraw", by="mia", release=SECOND).code == 4
    assert stage.roll_back().code == 0
    assert stage.roll_back("--to", SECOND).code == 1
    assert stage("lift", "demo", "--in=staging", "--reason=well", by="dora").code == 0
    assert stage.check(by="bea").code == 4
    assert stage.trust("cat", "witness", by="ann").code == 1
    assert stage.trust("cat", "witness", by="bea").code == 4
    return stage


def test_everything_about_a_name_oldest_first(lived: Stage) -> None:
    found = lived.done("history", "demo")
    lines = found.out.splitlines()
    indices = [int(line.split()[0]) for line in lines]
    assert indices == sorted(indices)
    assert [line.split()[2] for line in lines[:3]] == ["release.sealed"] * 3
    words = [line.split(maxsplit=3)[3] for line in lines[3:]]
    assert words[0] == "bea: promote demo@1.0.0 to staging: wrong-role"
    assert words[1] == "demo@1.0.0 to staging by dora: allowed"
    assert words[2] == "demo@1.0.0 to staging by dora: allowed, generation 1"
    assert words[3:5] == [f"{name}: approve demo@1.0.0 to production" for name in ("mia", "max")]
    assert "demo@1.1.0 to production by dora: needs" in words
    assert words[-1] == "dora: lift demo@1.0.0 to staging"
    kinds = {line.split()[2] for line in lines}
    assert kinds == {
        kind.value
        for kind in Kind
        if kind.startswith(("promotion.", "rollback.", "act.", "release."))
    } - {"release.adopted", "release.refused", "release.unverified", "release.verified", *KINDS}


def test_history_tells_what_the_log_tells_of_one_environment_or_all(lived: Stage) -> None:
    log = {entry["index"]: entry for entry in lived.entries()}
    here = lived.done("history", "demo", "--in=production", "--output-format=json").json
    assert here["schemaVersion"] == 1
    assert {entry["body"]["environment"] for entry in here["entries"]} == {"production"}
    everywhere = lived.done("history", "demo", "--output-format=json").json["entries"]
    gated = [entry for entry in everywhere if not entry["kind"].startswith("release.")]
    assert len(here["entries"]) < len(gated)
    for entry in everywhere:
        assert log[entry["index"]] == entry
    lines = lived.done("log", "show").out.splitlines()
    assert len(lines) == len(log)
    assert {line.split()[2] for line in lines} >= {"control.refused", "evidence.refused"}
    for words in (("log", "verify", "--deep"), ("registry", "fsck"), ("verify", FIRST)):
        assert lived(*words).code == 0


def test_nothing_is_known_of_another_name(stage: Stage) -> None:
    found = stage.done("history", "other")
    assert found.out == ""
    assert "nothing is known of other" in found.err
