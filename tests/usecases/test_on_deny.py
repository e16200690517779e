"""What a denial sets off, as the policy says: in the entry of the decision, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.stage import FIRST, SECOND
from tests.usecases.test_waive import reported
from tests.usecases.test_waivers import unhashed
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

SPEC = """\
  onDeny: {{action: {action}}}
  conditions:
    - id: never
      title: No release of this name goes there
      expr: release.version == "1.1.0"
      message: '"it is " + release.version'
      remediation: [weighbridge set metadata.version 1.1.0]
      tests:
        pass: [{{release: {{version: "1.1.0"}}}}]
        fail: [{{release: {{version: "1.0.0"}}}}]
"""


def denied(stage: Stage, action: str) -> dict[str, Any]:
    """Have a policy deny the first release, and return the decision's entry."""
    stage.rule(SPEC.format(action=action))
    ran = stage.promote(FIRST, "staging")
    assert ran.code == 1, ran.err
    entry = stage.last()
    assert entry["kind"] == "promotion.blocked"
    assert stage("promote", f"--replay={entry['index']}").code == 0
    return dict(entry["body"])


def test_a_halt_holds_the_environment_until_somebody_lifts_it(stage: Stage) -> None:
    assert denied(stage, "halt")["aftermath"] == {"action": "halt"}
    again = stage.promote(FIRST, "staging")
    assert "aftermath" not in stage.last()["body"]  # it is held already
    assert "not-held: the environment is held" in again.out
    held = stage.ask(SECOND, "staging")
    assert [one["id"] for one in held["conditions"] if one["outcome"] != "met"] == ["not-held"]
    (seen,) = [one["seen"] for one in held["conditions"] if one["id"] == "not-held"]
    assert seen.startswith(f"halted when {FIRST} was denied at 20")
    assert held["passesIf"] == [
        "weighbridge lift demo --in staging --reason TEXT --key NAME (releaser: dora)"
    ]
    lift = ("lift", "demo", "--in=staging", "--reason=it was a mistake")
    stage.done(*lift, by="dora")  # though nothing is there yet
    assert stage.ask(SECOND, "staging", "--dry-run", by="")["verdict"] == "allowed"


def test_a_change_is_asked_for_with_the_commands(stage: Stage) -> None:
    said = denied(stage, "request-change")["aftermath"]
    assert said["action"] == "request-change"
    assert said["commands"][:2] == ["weighbridge set metadata.version 1.1.0", "weighbridge seal"]
    shown = stage.promote(FIRST, "staging")
    assert "recorded in the ledger: request-change" in shown.err
    assert stage.ask(FIRST, "staging")["aftermath"] == said


@pytest.mark.parametrize("action", ["none", "rollback"])
def test_nothing_is_set_off_where_nothing_is_to_be_or_can_be(stage: Stage, action: str) -> None:
    assert "aftermath" not in denied(stage, action)


@pytest.fixture
def unhashed_lock(stage: Stage) -> Stage:
    """Run commands where a denial asks for waivers, and cat may waive what a lock lacks."""
    stage.rule(
        "  evidence:\n"
        "    - {type: report, signedBy: {role: checker}, noneAbove: warning}\n"
        "  waivers:\n"
        "    - {rules: [DEP002], roles: [security], longest: 30d}\n"
        "  onDeny: {action: request-waiver}\n"
    )
    stage.trust("cat", "security")
    reported(stage, unhashed())
    return stage


def test_who_asked_for_the_promotion_asks_for_the_waivers(unhashed_lock: Stage) -> None:
    stage = unhashed_lock
    ran = stage.promote(FIRST, "staging")
    assert ran.code == 1
    assert "a waiver was asked for of DEP002: weighbridge status --waivers" in ran.err
    blocked, asked = stage.entries()[-2:]
    assert blocked["body"]["aftermath"] == {
        "action": "request-waiver",
        "commands": [f"weighbridge waive DEP002 {FIRST} --to staging --grant --key NAME"],
    }
    assert asked["kind"] == "act.said"
    said = asked["body"]
    assert (said["act"], said["person"], said["rule"]) == ("request-waiver", "dora", "DEP002")
    signed = stage.predicate(said["bundle"])
    assert [one["subject"] for one in signed["findings"]] == ["six"]
    assert signed["reason"] == f"its promotion was denied at {blocked['time']}"
    assert stage("promote", f"--replay={blocked['index']}").code == 0
    assert stage("log", "verify", "--deep").code == 0


def test_what_is_asked_for_is_asked_for_once_and_granted_by_another(unhashed_lock: Stage) -> None:
    stage = unhashed_lock
    stage.promote(FIRST, "staging")
    again = stage.promote(FIRST, "staging")
    assert stage.last()["kind"] == "promotion.blocked"
    assert "recorded in the ledger: request-waiver" in again.err
    grant = ("waive", "DEP002", FIRST, "--to=staging", "--grant")
    assert stage(*grant, by="dora").code == 4
    stage.done(*grant, by="cat")
    assert stage.promote(FIRST, "staging").code == 0
    pack = export_pack(stage.release(FIRST), "staging", registry=stage.registry)
    assert verify_pack(pack, log_key=stage.registry.log_key).problems == ()


def test_where_nothing_can_be_waived_nothing_is_asked_for(stage: Stage) -> None:
    assert denied(stage, "request-waiver")["aftermath"] == {"action": "request-waiver"}
    assert stage.last()["kind"] == "promotion.blocked"


def test_observing_sets_off_nothing(stage: Stage) -> None:
    stage.rule(SPEC.format(action="halt"))
    assert stage.promote(FIRST, "staging", "--observe").code == 0
    assert "aftermath" not in stage.last()["body"]
    assert stage.promote(FIRST, "staging", "--dry-run").code == 1
    assert stage.ask(SECOND, "staging")["verdict"] == "allowed"
