from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, SECOND, THIRD, condition, unmet
from tests.usecases.workshop import LABELS, sha256

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

RULES = "  evidence: [{type: report, signedBy: {role: checker}}]\n"


@pytest.fixture
def moved(stage: Stage) -> Stage:
    """Run commands where three releases came to staging, one after the other."""
    stage.arrive(FIRST, SECOND, THIRD)
    return stage


def test_back_to_the_one_before_and_held(moved: Stage) -> None:
    found = moved.roll_back()
    assert found.code == 0
    assert "allowed: demo@1.1.0 to staging\n" in found.out
    assert found.out.endswith("  staging points to it, generation 4\n")
    last = moved.last()
    assert last["kind"] == "rollback.done"
    assert last["body"]["release"] == moved.release(SECOND)
    assert last["body"]["previous"] == moved.release(THIRD)
    assert (last["body"]["generation"], last["body"]["hold"]) == (4, True)
    assert moved.pointer()["version"] == "1.1.0"
    assert moved.pointer()["held"].startswith("rolled back by dora at 2026-02-01T")


def test_who_is_told_of_the_hold_is_told_how_to_lift_it(moved: Stage) -> None:
    assert "weighbridge lift demo --in staging" in moved.roll_back().err


def test_a_decision_to_go_back_is_a_signed_statement(moved: Stage) -> None:
    found = moved.roll_back("--output-format=json").json
    assert (found["verdict"], found["generation"], found["mode"]) == ("allowed", 4, "enforce")
    statement = json.loads(moved.payload(found["decision"]))
    assert statement["predicate"]["verificationResult"] == "PASSED"
    (subject,) = statement["subject"]
    assert f"sha256:{subject['digest']['sha256']}" == moved.release(SECOND)


def test_the_second_time_goes_further_back_until_nothing_is_left(moved: Stage) -> None:
    assert moved.roll_back().code == 0
    assert moved.roll_back().code == 0
    assert moved.pointer()["version"] == "1.0.0"
    before = len(moved.entries())
    found = moved.roll_back()
    assert (found.code, found.out) == (2, "")
    assert "there is no release of demo that staging could go back to" in found.err
    assert "weighbridge history demo --in staging" in found.err
    assert len(moved.entries()) == before


def test_where_nothing_was_there_is_nothing_to_go_back_to(stage: Stage) -> None:
    assert stage.roll_back().code == 2
    stage.arrive(FIRST)
    assert stage.roll_back().code == 2
    assert stage.roll_back(to="nowhere").code == 2
    assert stage("rollback", "other", "--in=staging", by="dora").code == 2


def test_while_held_nothing_moves_forward(moved: Stage) -> None:
    moved.roll_back()
    found = moved.ask(FIRST, "staging")
    assert (found["verdict"], unmet(found)) == ("denied", ["not-held"])
    held = condition(found, "not-held")
    assert held.seen.startswith("rolled back by dora")
    assert any(step.startswith("weighbridge lift ") for step in held.remedy)
    assert moved.pointer()["version"] == "1.1.0"


def test_a_release_that_was_left_comes_again_once_the_hold_is_lifted(moved: Stage) -> None:
    moved.roll_back()
    left = moved.roll_back("--to", THIRD, "--output-format=json")
    assert left.code == 1
    assert unmet(left.json) == ["not-left"]
    assert moved.last()["kind"] == "rollback.blocked"
    moved.done("lift", "demo", "--in=staging", "--reason=the cause was another", by="dora")
    assert moved.promote(THIRD, "staging").code == 0
    assert moved.roll_back().code == 0
    assert moved.pointer()["version"] == "1.1.0"


def test_to_one_that_is_named(moved: Stage) -> None:
    assert moved.roll_back("--to", FIRST).code == 0
    assert moved.pointer()["version"] == "1.0.0"
    assert moved.roll_back("--to", moved.release(SECOND)).code == 0
    assert moved.pointer()["version"] == "1.1.0"


def test_never_to_where_it_is(moved: Stage) -> None:
    before = len(moved.entries())
    found = moved.roll_back("--to", THIRD)
    assert (found.code, found.out) == (2, "")
    assert "staging points to this release already" in found.err
    assert len(moved.entries()) == before
    assert moved.pointer()["held"] is None


def test_never_to_one_that_was_not_here(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    found = stage.roll_back("--to", THIRD, "--output-format=json")
    assert (found.code, found.json["verdict"]) == (1, "denied")
    allowed = condition(found.json, "rollback-allowed")
    assert (allowed.seen, allowed.wanted) == ("never promoted here", "previously-promoted")
    assert stage.pointer()["version"] == "1.1.0"


def test_unless_the_policy_says_any(stage: Stage) -> None:
    stage.rule(RULES + "  rollbackPolicy: {allow: any, hold: false}\n")
    stage.arrive(FIRST, SECOND)
    assert stage.roll_back("--to", THIRD).code == 0
    assert stage.pointer()["held"] is None
    assert stage.promote(FIRST, "staging").code == 0


def test_a_policy_may_allow_none(stage: Stage) -> None:
    stage.rule(RULES + "  rollbackPolicy: {allow: none}\n")
    stage.arrive(FIRST, SECOND)
    found = stage.roll_back("--output-format=json")
    assert (found.code, unmet(found.json)) == (1, ["rollback-allowed"])
    assert stage.pointer()["version"] == "1.1.0"


def test_a_rejected_release_is_skipped(moved: Stage) -> None:
    assert moved.trust("max", "ml-lead", "--role=sre").code == 0
    moved.apply(
        "apiVersion: weighbridge.dev/v1\nkind: Environment\nmetadata: {name: staging}\n"
        "spec: {policy: staging@1, roles: {approvers: [ml-lead]}}\n"
    )
    moved.done("reject", SECOND, "--to=staging", "--reason=it drifts", by="mia")
    named = moved.roll_back("--to", SECOND, "--output-format=json")
    assert (named.code, unmet(named.json)) == (1, ["not-rejected"])
    assert moved.roll_back().code == 0
    assert moved.pointer()["version"] == "1.0.0"


def test_if_all_are_out_of_question_the_newest_says_why(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    assert stage.revoke("bea", "--at=2026-01-01T00:00:00Z").code == 0
    found = stage.roll_back("--output-format=json")
    assert (found.code, unmet(found.json)) == (1, ["signed-by-builder"])
    assert stage.last()["kind"] == "rollback.blocked"
    assert stage.predicate(found.json["decision"])["verificationResult"] == "FAILED"
    assert stage.pointer()["version"] == "1.1.0"


def test_a_release_whose_author_is_trusted_no_longer_is_skipped(stage: Stage) -> None:
    stage.arrive(FIRST)
    assert stage.trust("cat", "builder").code == 0
    stage.done("sign", FIRST, by="cat")
    stage.arrive(SECOND, THIRD)
    assert stage.revoke("bea", "--at=2026-01-01T00:00:00Z").code == 0
    assert stage.roll_back().code == 0
    assert stage.pointer()["version"] == "1.0.0"


def test_damaged_bytes_are_no_way_back(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    stage.overwrite(sha256(LABELS), b"other bytes")
    found = stage.roll_back()
    assert (found.code, found.out) == (2, "")
    assert "the release to go back to is damaged" in found.err
    assert stage.pointer()["version"] == "1.1.0"
    stage.overwrite(sha256(LABELS), LABELS)
    assert stage.roll_back().code == 1
    assert stage("verify", FIRST, "--log").code == 0
    assert stage.roll_back().code == 0


def test_evidence_that_went_stale_does_not_bar_the_way_back(moved: Stage) -> None:
    moved.clock.set("2026-03-01T00:00:00Z")
    assert moved.promote(THIRD, "staging").code == 1
    assert moved.roll_back().code == 0


@pytest.mark.parametrize("name", ["bea", "mia", "ann", "cat"])
def test_who_may_not_deploy_does_not_roll_back(name: str, moved: Stage) -> None:
    found = moved.roll_back(by=name)
    assert (found.code, found.out) == (4, "")
    assert moved.last()["kind"] == "act.refused"
    assert moved.last()["body"]["act"] == "rollback"
    assert moved.pointer()["generation"] == 3


@pytest.mark.parametrize("output_format", ["text", "json", "markdown"])
def test_a_dry_run_decides_and_writes_nothing(output_format: str, moved: Stage) -> None:
    shutil.rmtree(moved.keys)
    before = moved.everything()
    words = ("--dry-run", f"--output-format={output_format}")
    found = moved.roll_back(*words, by="")
    assert found.code == 0
    assert "1.1.0" in found.out
    assert "allowed" in found.out
    assert "nothing was signed, logged or moved" in found.err
    assert moved.everything() == before


def test_a_dry_run_of_what_is_denied_exits_like_the_run(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    words = ("rollback", "demo", "--in=staging", "--to", THIRD, "--output-format=json")
    found = stage(*words, "--dry-run")
    assert (found.code, unmet(found.json)) == (1, ["rollback-allowed"])
    assert found.json["generation"] == 2


def test_a_release_of_another_name_is_no_way_back(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    for words in ((), ("--dry-run",)):
        found = stage("rollback", "other", "--in=staging", "--to", FIRST, *words, by="dora")
        assert (found.code, found.out) == (2, "")
        assert "is no release of other" in found.err
