from __future__ import annotations

from typing import TYPE_CHECKING

import weighbridge.adapters.scratch
from tests.usecases.stage import FIRST, SECOND, condition
from weighbridge.model.predicates import DRILL
from weighbridge.usecases.drilling.faults import FAULTS

if TYPE_CHECKING:
    import pytest

    from tests.usecases.stage import Stage

SCRATCH = weighbridge.adapters.scratch
"""Made of the registry as it is, before a stage has it tell another time."""

ASKS = "  evidence:\n    - {type: drill, maxAge: 7d, signedBy: {role: checker}}\n"


def test_the_verb_drills_what_is_promoted_and_exits_by_what_got_through(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    only = ("--only=self-approval", "--only=edited-policy")
    found = stage("drill", "production", "--output-format=json", *only)
    assert (found.code, found.err) == (0, "")
    assert [one["caught"] for one in found.json["planted"]] == [True, True]
    assert found.json["hangsOn"]["WB132"] == ["edited-policy"]
    without = stage("drill", "production", "--without=licence-stated", "--only=licence-missing")
    assert without.code == 1
    assert "got through\n  licence-missing" in without.out
    entries = len(stage.entries())
    assert stage("drill", "production", "--only=no-such").code == 2
    assert stage("drill", "production", "--sign", "--only=self-approval").code == 2
    assert stage("drill", "production", by="carl").code == 2
    assert len(stage.entries()) == entries


def test_a_checker_signs_what_came_of_it_and_the_same_gate_is_met_by_that(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [one for one in FAULTS if one.name in {"unsigned-release", "edited-policy"}]
    monkeypatch.setattr("weighbridge.usecases.drill.FAULTS", few)
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    stage.rule(ASKS)
    asked = condition(stage.ask(SECOND, "staging"), "evidence:drill")
    assert (asked.outcome, asked.remedy) == (
        "unmet",
        ["weighbridge drill staging --sign --key NAME"],
    )
    assert stage("drill", "staging", "--sign", by="max").code == 4
    refused = stage.last()
    assert (refused["kind"], refused["body"]["reason"]) == ("evidence.refused", "wrong-role")
    stage.done("drill", "production", "--sign", by="carl")
    assert condition(stage.ask(SECOND, "staging"), "evidence:drill").outcome == "unmet"
    signed = stage.done("drill", "staging", "--sign", by="carl")
    entry = stage.last()
    assert f"signed by carl as evidence, entry {entry['index']}" in signed.err
    said = stage.predicate(entry["body"]["bundle"])
    assert (entry["body"]["predicateType"], said["result"]) == (DRILL, "PASSED")
    assert (said["environment"]["name"], said["policy"]["name"]) == ("staging", "own@1")
    assert [one["name"] for one in said["planted"]] == ["unsigned-release", "edited-policy"]
    assert condition(stage.ask(SECOND, "staging"), "evidence:drill").outcome == "met"
