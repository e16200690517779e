"""What a denial sets off, as the policy says: in the entry of the decision, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.stage import FIRST, SECOND

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


def test_what_nobody_would_do_is_refused_at_publish(stage: Stage) -> None:
    head = (
        'apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\nmetadata: {name: own, version: "1"'
    )
    text = head + ", owner: {team: p}}\nspec: {onDeny: {action: request-waiver}}\n"
    (stage.folder / "policy.yaml").write_text(text)
    ran = stage("policy", "publish", "policy.yaml", by="ann ben")
    assert ran.code == 2
    assert "spec.onDeny.action: request-waiver is not served yet" in ran.err


def test_observing_sets_off_nothing(stage: Stage) -> None:
    stage.rule(SPEC.format(action="halt"))
    assert stage.promote(FIRST, "staging", "--observe").code == 0
    assert "aftermath" not in stage.last()["body"]
    assert stage.promote(FIRST, "staging", "--dry-run").code == 1
    assert stage.ask(SECOND, "staging")["verdict"] == "allowed"
