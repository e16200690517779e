from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import (
    FIRST,
    PRODUCTION,
    SECOND,
    STAGING,
    STAGING_RULES,
    condition,
    unmet,
)
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.gate.decide import decide, decide_rollback
from weighbridge.usecases.deciding import decision_payload
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.stage import Stage

FORMATS = ("text", "json", "markdown")


def test_what_staging_demands_is_there(stage: Stage) -> None:
    found = stage.promote(FIRST, "staging")
    assert (found.code, found.err) == (0, "")
    assert "allowed: demo@1.0.0 to staging\n" in found.out
    assert found.out.endswith("  staging points to it, generation 1\n")
    body = stage.last()["body"]
    assert stage.last()["kind"] == "promotion.done"
    assert (body["person"], body["verdict"], body["mode"]) == ("dora", "allowed", "enforce")
    assert (body["generation"], body["previous"]) == (1, None)


def test_a_decision_has_the_shape_programs_rely_on(stage: Stage) -> None:
    found = stage.ask(FIRST, "staging")
    assert found["schemaVersion"] == 1
    assert {key: found[key] for key in ("verdict", "environment", "name", "mode")} == {
        "verdict": "allowed",
        "environment": "staging",
        "name": "demo",
        "mode": "enforce",
    }
    assert (found["release"], found["generation"]) == (stage.release(FIRST), 1)
    assert found["decision"] == stage.last()["body"]["decision"]
    assert (found["passesIf"], found["reused"]) == ([], [])
    for one in found["conditions"]:
        assert set(one) >= {"id", "outcome", "why", "seen", "wanted", "pointer", "remedy"}
    assert unmet(found) == []


def test_the_second_release_takes_the_place_of_the_first(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    body = stage.last()["body"]
    assert (body["generation"], body["previous"]) == (2, stage.release(FIRST))
    assert stage.pointer()["version"] == "1.1.0"


def test_production_says_who_is_missing_and_how(stage: Stage) -> None:
    stage.arrive(FIRST)
    found = stage.promote(FIRST, "production")
    assert found.code == 1
    assert "needs: demo@1.0.0 to production" in found.out
    assert "points to it" not in found.out
    decision = stage.ask(FIRST, "production")
    assert decision["verdict"] == "needs"
    assert unmet(decision) == ["approvals:0", "approvals:1"]
    lead = condition(decision, "approvals:0")
    assert (lead.why, lead.seen, lead.wanted) == ("1 more must approve", "nobody", "1 of ml-lead")
    assert condition(decision, "approvals:1").wanted == "1 of sre"
    assert any("weighbridge approve" in step and "production" in step for step in lead.remedy)
    assert decision["passesIf"] != []
    assert stage.last()["kind"] == "promotion.blocked"


def test_the_whole_road(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    stage.approved(SECOND)
    assert stage.promote(SECOND, "production").code == 0
    assert stage.roll_back(to="production").code == 0
    assert stage.promote(SECOND, "production").code == 1
    for words in (
        ("verify", FIRST),
        ("verify", SECOND),
        ("log", "verify", "--deep"),
        ("registry", "fsck"),
    ):
        assert stage(*words).code == 0, words
    shown = stage.done("history", "demo", "--in=production").out.splitlines()
    assert len(shown) == 8
    assert "rollback.done" in shown[-2]
    assert "promotion.blocked" in shown[-1]
    assert stage.done("log", "show").out.count("\n") == len(stage.entries())


def test_production_waits_for_staging(stage: Stage) -> None:
    found = stage.ask(FIRST, "production")
    assert found["verdict"] == "denied"
    before = condition(found, "promoted-before")
    assert before.why == "the release is not in staging"
    assert before.remedy == ["weighbridge promote demo@1.0.0 --to staging"]


def test_soaking_is_waited_for(stage: Stage) -> None:
    stage.apply(PRODUCTION + "  soak: 2h\n")
    stage.approved()
    early = stage.ask(FIRST, "production")
    assert early["verdict"] == "needs"
    assert unmet(early) == ["soaked"]
    assert condition(early, "soaked").wanted.startswith("not before 2026-02-01T02:")
    stage.clock.set("2026-02-01T02:30:00Z")
    assert stage.promote(FIRST, "production").code == 0


def test_soaking_starts_anew_after_a_rollback(stage: Stage) -> None:
    stage.apply(PRODUCTION + "  soak: 2h\n")
    stage.arrive(FIRST, SECOND)
    assert stage.roll_back().code == 0
    stage.clock.set("2026-02-01T03:00:00Z")
    found = stage.ask(SECOND, "production")
    assert condition(found, "promoted-before").outcome == "unmet"


@pytest.mark.parametrize("output_format", FORMATS)
def test_exit_codes_are_the_same_whatever_the_format(output_format: str, stage: Stage) -> None:
    word = f"--output-format={output_format}"
    assert stage.promote(FIRST, "production", word).code == 1  # denied
    assert stage.promote(FIRST, "staging", word).code == 0
    assert stage.promote(FIRST, "production", word).code == 1  # needs
    assert stage.promote(FIRST, "nowhere", word).code == 2
    assert stage.promote("demo@9.9.9", "staging", word).code == 2
    assert stage.promote(FIRST, "staging", word, by="bea").code == 4
    without = stage.report()
    without["passedTests"].remove("INT001")
    stage.attest(without, by="carl")
    assert stage.promote(FIRST, "staging", word).code == 3
    assert stage.promote(FIRST, "staging", word, "--dry-run", by="").code == 3
    assert stage.promote(FIRST, "staging", word, "--observe").code == 0


def test_what_is_not_there_is_told_with_what_there_is(stage: Stage) -> None:
    nowhere = stage.promote(FIRST, "nowhere")
    assert (nowhere.code, nowhere.out) == (2, "")
    assert "there is no environment nowhere" in nowhere.err
    assert "environments there are: production, staging" in nowhere.err
    before = len(stage.entries())
    missing = stage.promote("demo@1.0.1", "staging")
    assert (missing.code, missing.out) == (2, "")
    assert "the registry holds no release demo@1.0.1" in missing.err
    assert len(stage.entries()) == before


def test_who_may_not_deploy_is_refused_and_logged(stage: Stage) -> None:
    for name in ("bea", "mia", "ann", "cat"):
        found = stage.promote(FIRST, "staging", by=name)
        assert (found.code, found.out) == (4, "")
        assert "the signature does not count" in found.err
        assert stage.last()["kind"] == "act.refused"
    assert stage.last()["body"]["person"] == ""
    assert stage.last()["body"]["reason"] == "unknown-key"
    assert [entry["body"]["act"] for entry in stage.entries()[-4:]] == ["promote"] * 4
    assert stage.done("status").out == ""


def test_one_person_promotes_with_one_key(stage: Stage) -> None:
    found = stage.promote(FIRST, "staging", by="dora bea")
    assert (found.code, found.out) == (2, "")
    assert "with one key" in found.err


def test_several_keys_and_none_named_is_asked_back(stage: Stage) -> None:
    found = stage("promote", FIRST, "--to=staging")
    assert (found.code, found.out) == (2, "")
    assert "there are several keys to act with" in found.err


def test_a_dry_run_decides_writes_nothing_and_needs_no_key(stage: Stage) -> None:
    shutil.rmtree(stage.keys)
    before = stage.everything()
    found = stage("promote", FIRST, "--to=staging", "--dry-run", "--output-format=json")
    assert (found.code, found.json["verdict"], found.json["decision"]) == (0, "allowed", None)
    assert found.json["generation"] == 0
    assert "nothing was signed, logged or moved" in found.err
    assert stage("promote", FIRST, "--to=production", "--dry-run").code == 1
    assert stage.everything() == before


def test_the_policy_of_the_environment_is_pinned(stage: Stage) -> None:
    stage.publish(STAGING_RULES.replace('"1"', '"2"').replace("24h", "1s"))
    assert stage.promote(FIRST, "staging").code == 0
    stage.apply(STAGING.replace("staging@1", "staging@2"))
    assert stage.promote(FIRST, "staging").code == 1


def test_a_decision_is_a_statement_signed_by_who_deployed(stage: Stage) -> None:
    allowed = stage.ask(FIRST, "staging")
    needs = stage.ask(FIRST, "production")
    statement = json.loads(stage.payload(allowed["decision"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/verification_summary/v1"
    (subject,) = statement["subject"]
    assert subject["name"] == FIRST
    assert f"sha256:{subject['digest']['sha256']}" == stage.release(FIRST)
    predicate = statement["predicate"]
    assert predicate["verificationResult"] == "PASSED"
    assert predicate["timeVerified"] == stage.entries()[-2]["time"]
    assert f"sha256:{predicate['policy']['digest']['sha256']}" == allowed["policy"]["digest"]
    assert len(predicate["inputAttestations"]) == 2
    assert stage.predicate(needs["decision"])["verificationResult"] == "FAILED"
    bundle = json.loads(stage.blob(allowed["decision"]).read_bytes())
    hint = bundle["verificationMaterial"]["publicKey"]["hint"]
    assert f"sha256:{base64.b64decode(hint).hex()}" == stage.spki("dora")


def test_evidence_about_what_did_not_change_is_reused_and_listed(stage: Stage) -> None:
    stage.edit('"1.2.0"', '"1.2.1"')
    stage.done("seal")
    unsigned = stage.ask("demo@1.2.1", "staging")
    assert unmet(unsigned) == ["signed-by-builder"]
    stage.done("sign", "demo@1.2.1", by="bea")
    found = stage.promote("demo@1.2.1", "staging", "--output-format=json").json
    assert found["verdict"] == "allowed"
    (reused,) = found["reused"]
    assert reused["release"] == stage.release("demo@1.2.0")
    assert reused["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    again = stage.promote("demo@1.2.1", "staging").out
    assert f"reused {reused['predicateType']} of {reused['release']}" in again


def decided_again(store: Path, entry: dict[str, object]) -> bytes:
    """Decide from a registry as it was just before an entry; return what was to be signed."""
    body = entry["body"]
    assert isinstance(body, dict)
    registry = EmbeddedRegistry(store)
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        back = str(entry["kind"]).startswith("rollback.")
        case = gathering.case(
            body["environment"],
            body["release"],
            now=str(entry["time"]),
            asks="" if back else body["person"],
        )
        pointer = gathering.pointer(body["environment"], body["name"])
        program = program_of(case.bundle)
        decision = decide_rollback(case, pointer) if back else decide(case, program)
        origin = gathering.log.checkpoint.origin
    registry.close()
    return decision_payload(decision, log=origin, mode=body["mode"])


def test_every_decision_can_be_made_again_to_the_same_bytes(stage: Stage, tmp_path: Path) -> None:
    acts = (
        ("promote", FIRST, "--to=staging"),
        ("promote", FIRST, "--to=production"),
        ("promote", SECOND, "--to=staging", "--observe"),
        ("promote", SECOND, "--to=staging"),
        ("rollback", "demo", "--in=staging"),
        ("rollback", "demo", "--in=staging", "--to", SECOND),
    )
    for turn, words in enumerate(acts):
        before = tmp_path / f"before{turn}"
        shutil.copytree(stage.store, before)
        stage(*words, by="dora")
        entry = stage.last()
        assert entry["kind"].startswith(("promotion.", "rollback."))
        assert decided_again(before, entry) == stage.payload(entry["body"]["decision"])
