"""`promote --replay`: what was decided is decided again, to the byte, or said to differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, SECOND
from weighbridge.gate import decide
from weighbridge.gate.intact import judge_integrity
from weighbridge.model.event import Kind
from weighbridge.usecases import deciding_again

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

DECIDED = {
    "promotion.done",
    "promotion.blocked",
    "promotion.observed",
    "rollback.done",
    "rollback.blocked",
}


def replay(stage: Stage, decision: object) -> tuple[int, dict[str, object]]:
    ran = stage("promote", f"--replay={decision}", "--output-format=json")
    return ran.code, ran.json


@pytest.fixture
def decided(stage: Stage) -> Stage:
    """Have decisions of every kind made."""
    stage.approved()
    stage.promote(FIRST, "production", "--observe")
    stage.arrive(SECOND)
    assert stage.promote(FIRST, "production").code == 0
    assert stage.promote(SECOND, "production").code == 1
    assert stage.roll_back().code == 0
    assert stage.roll_back("--to", SECOND).code == 1
    return stage


def test_every_decision_of_a_ledger_is_made_again_to_the_byte(decided: Stage) -> None:
    entries = [one for one in decided.entries() if one["kind"] in DECIDED]
    assert {one["kind"] for one in entries} == DECIDED
    for one in entries:
        code, found = replay(decided, one["index"])
        assert (code, found["problems"], found["undone"]) == (0, [], []), one
        assert (found["equal"], found["verdict"]) == (True, one["body"]["verdict"])
    assert replay(decided, entries[0]["body"]["decision"])[1]["entry"] == entries[0]["index"]
    newest = [one["index"] for one in entries if one["body"]["environment"] == "staging"][-1]
    assert replay(decided, "demo@staging")[1]["entry"] == newest


def test_it_is_told_to_people(decided: Stage) -> None:
    ran = decided("promote", "--replay", "demo@production")
    lines = ran.out.splitlines()
    assert lines[0] == f"the same to the byte: needs, {SECOND} to production"
    assert lines[2] == "  under production@1, revision 2 of the gate"
    assert ran.code == 0


def test_a_gate_that_decides_otherwise_is_found_with_the_place(
    decided: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide, "judge_rejections", judge_integrity)
    code, found = replay(decided, "demo@production")
    problems = found["problems"]
    assert isinstance(problems, list)
    places = {one["subject"] for one in problems if one["code"] == "WB191"}
    at = "/predicate/https:~1~1weighbridge.dev~1v1/conditions/"
    assert code == 1
    assert {place.rpartition("/")[2] for place in places if place.startswith(at)} == {"id", "why"}
    assert found["equal"] is False


def test_an_entry_that_says_otherwise_is_found(decided: Stage) -> None:
    body = [one["body"] for one in decided.entries() if one["kind"] == "promotion.blocked"][-1]
    at = decided.append(Kind.PROMOTION_BLOCKED, body | {"verdict": "needs", "person": "max"})
    code, found = replay(decided, at)
    problems = found["problems"]
    assert isinstance(problems, list)
    assert code == 1
    said = {one["message"].split()[1] for one in problems if one["subject"] == f"entry {at}"}
    assert {"verdict", "person"} <= said


def test_another_revision_decided_and_that_is_told(
    decided: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding_again, "REVISION", 3)
    code, found = replay(decided, "demo@production")
    undone = found["undone"]
    assert isinstance(undone, list)
    assert (code, found["problems"], undone[0]["code"]) == (3, [], "WB190")
    assert decided("promote", "--replay", "demo@production").out.startswith("error[WB190]: ")


@pytest.mark.parametrize("words", [["0"], ["999"], ["demo@nowhere"], ["0" * 64]])
def test_what_is_no_decision_is_not_found(stage: Stage, words: list[str]) -> None:
    ran = stage("promote", "--replay", *words)
    assert ran.code == 2
    assert f"there is no decision {words[0]} in the ledger" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["--replay=1", FIRST],
        ["--replay=1", "--to=staging"],
        ["--replay=1", "--output-format=junit"],
        ["--to=staging"],
        [FIRST],
    ],
)
def test_a_replay_asks_for_nothing_and_a_promotion_for_both(stage: Stage, words: list[str]) -> None:
    assert stage("promote", *words).code == 2
