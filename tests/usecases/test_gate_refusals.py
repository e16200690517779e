"""What the gate refuses at the command line, and by which name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import (
    FIRST,
    PRODUCTION,
    REPORT,
    SECOND,
    STAGING,
    condition,
    unmet,
)
from tests.usecases.workshop import commit

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

EVIDENCE = "  evidence: [{type: report, maxAge: 24h, signedBy: {role: checker}}]\n"
CONDITION = """\
  conditions:
    - id: own
      title: It is as we want it
      expr: '%s'
      message: '"it is not"'
      remediation: [make it so]
      tests:
        pass: [%s]
        fail: [%s]
"""
ANY = "{release: {spec: {model: {task: b}}}}"


def test_a_stale_report_is_refused(stage: Stage) -> None:
    stage.clock.set("2026-02-01T20:30:00Z")
    found = stage.ask(FIRST, "staging")
    assert found["verdict"] == "denied"
    assert unmet(found) == ["fresh:report"]
    fresh = condition(found, "fresh:report")
    assert fresh.why == "it is too old"
    assert fresh.seen.startswith("of 2026-01-31T20:")
    assert fresh.wanted == "not older than 86400s at 2026-02-01T20:30:00Z"
    assert fresh.remedy == ["weighbridge check demo@1.0.0 --sign --key NAME"]
    assert stage.check().code == 0
    assert stage.promote(FIRST, "staging").code == 0


def test_a_clock_moved_back_makes_nothing_fresh(stage: Stage) -> None:
    stage.clock.set("2026-02-02T00:00:00Z")
    assert stage.promote(FIRST, "staging").code == 1
    before = stage.everything()
    stage.clock.set("2026-02-01T00:00:00Z")
    found = stage.promote(FIRST, "staging")
    assert (found.code, found.out) == (3, "")
    assert "error[WB136]" in found.err
    after = stage.everything()
    assert {name: after[name] for name in before} == before  # what is new are unnamed bundles
    assert stage("rollback", "demo", "--in=staging", by="dora").code == 2
    assert stage.say("approve", by="mia").code == 3
    assert stage("promote", FIRST, "--to=staging", "--dry-run").code == 1


def test_a_report_by_the_wrong_role_is_none(stage: Stage) -> None:
    stage.attest(stage.report(), by="bea", release=SECOND)
    assert stage.promote(SECOND, "staging").code == 0  # it stands beside the checker's
    stage.edit('"1.2.0"', '"1.3.0"')
    stage.edit("demo, task: classification", "demo, task: ranking")
    stage.done("seal")
    stage.done("sign", "demo@1.3.0", by="bea")
    stage.attest(stage.report(), by="bea", release="demo@1.3.0")
    found = stage.ask("demo@1.3.0", "staging")
    assert (found["verdict"], unmet(found)) == ("denied", ["evidence:report"])
    report = condition(found, "evidence:report")
    assert report.why == "there is no such evidence by checker"
    assert report.seen == "0; others: bea (builder)"
    assert report.wanted == "1 report by checker"


def test_a_newer_failing_report_supersedes_an_older_pass(stage: Stage) -> None:
    stage.worsen()
    found = stage.ask(FIRST, "staging")
    assert (found["verdict"], unmet(found)) == ("denied", ["evidence:report"])
    report = condition(found, "evidence:report")
    assert report.seen == "INT001 labels.json"
    assert report.remedy != []


def test_a_report_in_which_a_demanded_rule_did_not_run_decides_nothing(stage: Stage) -> None:
    older = stage.report()
    older["passedTests"].remove("SEC001")
    stage.attest(older, by="carl")
    found = stage.promote(FIRST, "staging", "--output-format=json")
    assert (found.code, found.json["verdict"]) == (3, "inconclusive")
    report = condition(found.json, "evidence:report")
    assert (report.outcome, report.why) == ("inconclusive", "rules did not run")
    assert (report.seen, report.skipped) == ("SEC001", ["SEC001"])


def test_what_is_no_report_decides_nothing(stage: Stage) -> None:
    stage.attest({"configuration": [], "result": "PASSED"}, by="carl")
    found = stage.promote(FIRST, "staging", "--output-format=json")
    assert (found.code, condition(found.json, "evidence:report").outcome) == (3, "inconclusive")


def test_rules_a_project_hides_are_judged_all_the_same(stage: Stage) -> None:
    (stage.folder / "weighbridge.toml").write_text('ignore = ["INT", "SEC"]\n')
    stage.worsen()
    assert unmet(stage.ask(FIRST, "staging")) == ["evidence:report"]
    assert stage.check().code == 0
    found = stage.ask(FIRST, "staging")
    assert (found["verdict"], condition(found, "evidence:report").skipped) == ("allowed", [])


def test_without_the_authors_signature_nothing_goes(stage: Stage) -> None:
    stage.edit('"1.2.0"', '"1.3.0"')
    stage.done("seal")
    stage.done("sign", "demo@1.3.0", by="carl")
    found = stage.ask("demo@1.3.0", "staging")
    assert unmet(found) == ["signed-by-builder"]
    signed = condition(found, "signed-by-builder")
    assert signed.seen == "carl (checker)"
    assert signed.remedy == ["weighbridge sign demo@1.3.0 --key NAME"]


def test_a_builders_key_that_was_lost_before_signs_nothing(stage: Stage) -> None:
    assert stage.revoke("bea", "--at=2026-01-01T00:00:00Z").code == 0
    assert unmet(stage.ask(FIRST, "staging")) == ["signed-by-builder"]


def test_a_deployers_key_that_is_revoked_deploys_nothing(stage: Stage) -> None:
    assert stage.revoke("dora").code == 0
    found = stage.promote(FIRST, "staging")
    assert (found.code, found.out) == (4, "")
    assert stage.last()["body"]["reason"] == "revoked"


def test_nothing_of_a_cache_is_read(stage: Stage) -> None:
    allowed = stage.promote(FIRST, "staging").out
    for place in (stage.store / "cache", stage.folder / "cache", stage.folder.parent / "cache"):
        place.mkdir()
        for name in ("policy", "programs", "digests.db", stage.release(SECOND)[7:]):
            (place / name).write_bytes(os.urandom(64))
    found = stage.promote(SECOND, "staging")
    assert found.code == 0
    assert found.out.splitlines()[0] == allowed.splitlines()[0]
    assert stage.promote(SECOND, "production").code == 1


@pytest.mark.parametrize("what", ["policy", "environment", "manifest"])
def test_what_was_changed_since_it_was_signed_is_not_believed(what: str, stage: Stage) -> None:
    decision = stage.ask(FIRST, "staging")
    digest = {
        "policy": decision["policy"]["digest"],
        "environment": stage.last()["body"]["environmentDigest"],
        "manifest": stage.release(FIRST),
    }[what]
    entries = len(stage.entries())
    data = stage.blob(digest).read_bytes()
    stage.overwrite(digest, data.replace(b"demo", b"dome").replace(b"staging", b"stagong"))
    found = stage.promote(FIRST, "staging")
    assert (found.code, found.out) == (2, "")
    assert "error[WB132]" in found.err
    assert len(stage.entries()) == entries


def test_evidence_that_was_changed_is_not_believed(stage: Stage) -> None:
    digests = [
        entry["body"]["bundle"]
        for entry in stage.entries()
        if entry["kind"] == "evidence.added" and entry["body"]["predicateType"] == REPORT
    ]
    stage.overwrite(digests[0], stage.blob(digests[1]).read_bytes())
    found = stage.promote(FIRST, "staging")
    assert (found.code, found.out) == (2, "")


def test_a_ledger_that_was_changed_moves_nothing(stage: Stage) -> None:
    stage.arrive(FIRST)
    ((index, body),) = stage.execute("SELECT idx, body FROM entry ORDER BY idx DESC LIMIT 1")
    changed = body.replace(b"dora", b"cora")
    stage.execute("UPDATE entry SET body = ? WHERE idx = ?", changed, index)
    found = stage.promote(SECOND, "staging")
    assert (found.code, found.out) == (1, "")
    assert "error[WB135]" in found.err


def test_a_risk_the_policy_raises_holds_whatever_the_manifest_says(stage: Stage) -> None:
    stage.rule(
        EVIDENCE + "  riskWhen: [{risk: high, "
        "when: 'release.spec.model.task == \"classification\"'}]\n"
        "  approvals: [{when: 'release.effectiveRisk == \"high\"', min: 1, roles: [ml-lead]}]\n"
    )
    found = stage.ask(FIRST, "staging")
    assert (found["verdict"], found["effectiveRisk"]) == ("needs", "high")
    assert unmet(found) == ["approvals:0"]
    assert stage("approve", FIRST, "--to=staging", by="mia").code == 0
    assert stage.promote(FIRST, "staging").code == 0


def test_a_risk_that_cannot_be_told_holds(stage: Stage) -> None:
    stage.rule(
        EVIDENCE + "  riskWhen: [{risk: high, when: 'release.spec.rollout.strategy == \"x\"'}]\n"
    )
    assert stage.ask(FIRST, "staging")["effectiveRisk"] == "high"


def test_an_unset_field_decides_nothing(stage: Stage) -> None:
    asked = 'release.spec.rollout.strategy == "canary"'
    yes = "{release: {spec: {rollout: {strategy: canary}}}}"
    no = "{release: {spec: {rollout: {strategy: direct}}}}"
    stage.rule(EVIDENCE + CONDITION % (asked, yes, no))
    found = stage.promote(FIRST, "staging", "--output-format=json")
    assert (found.code, found.json["verdict"]) == (3, "inconclusive")
    own = condition(found.json, "own")
    assert own.why == "it could not be decided: `rollout` is not there"
    assert own.remedy[0] == "make it so"


def test_an_approval_whose_need_cannot_be_told_decides_nothing(stage: Stage) -> None:
    stage.rule(
        EVIDENCE + "  approvals: [{when: 'release.spec.rollout.strategy == \"x\"', min: 1, "
        "roles: [ml-lead]}]\n"
    )
    found = stage.promote(FIRST, "staging", "--output-format=json")
    assert (found.code, unmet(found.json)) == (3, ["approvals:0"])


def test_a_condition_that_does_not_hold_says_so_in_its_words(stage: Stage) -> None:
    asked = 'release.spec.model.task == "b"'
    no = "{release: {spec: {model: {task: c}}}}"
    stage.rule(EVIDENCE + CONDITION % (asked, ANY, no))
    found = stage.promote(FIRST, "staging")
    assert found.code == 1
    assert "unmet         own: it is not\n" in found.out
    assert "= help:  make it so\n" in found.out
    assert "denied: demo@1.0.0 to staging" in found.out


def test_a_policy_that_spends_its_budget_decides_nothing(stage: Stage) -> None:
    numbers = ", ".join(map(str, range(60)))
    loop = f"[{numbers}]"
    asked = f'{loop}.all(a, {loop}.all(b, {loop}.all(c, release.name != "x")))'
    stage.rule(
        EVIDENCE
        + CONDITION
        % (
            f'has(release.spec.rollout) || release.spec.model.task == "b" || ({asked})',
            ANY,
            "{release: {name: x, spec: {model: {task: c}}}}",
        )
    )
    found = stage.promote(FIRST, "staging", "--output-format=json")
    assert found.code == 3
    assert "budget" in condition(found.json, "own").why


def test_a_release_that_declares_no_targets_needs_none_validated(stage: Stage) -> None:
    stage.rule(EVIDENCE + "  targets: {required: all-validated}\n")
    assert stage.promote(FIRST, "staging").code == 0


def test_an_environment_applied_anew_holds_at_once(stage: Stage) -> None:
    stage.apply(STAGING + "  roles: {deployers: [sre]}\n")
    assert stage.promote(FIRST, "staging").code == 4
    assert stage.promote(FIRST, "staging", by="max").code == 0
    stage.apply(PRODUCTION.replace("  promotesFrom: staging\n", ""))
    assert unmet(stage.ask(SECOND, "production")) == ["approvals:0", "approvals:1"]


def test_a_report_validates_the_targets_it_was_made_for(stage: Stage) -> None:
    stage.rule(EVIDENCE + "  targets: {required: all-validated}\n")
    targets = "[{name: cloud, os: linux, arch: x86_64}, {name: edge, os: linux, arch: x86_64}]"
    stage.edit("  dependencies:\n", f"  compatibility: {{targets: {targets}}}\n  dependencies:\n")
    stage.edit('"1.2.0"', '"1.3.0"')
    commit(stage.folder)
    stage.done("seal")
    release = "demo@1.3.0"
    stage.done("sign", release, by="bea")

    stage.done("check", release, "--sign", "--for-target=cloud", by="carl")
    blocked = stage.promote(release, "staging", "--output-format=json")
    assert blocked.code == 3
    assert condition(blocked.json, "targets").seen == "cloud"
    stage.done("check", release, "--sign", by="carl")
    assert stage.promote(release, "staging").code == 0
