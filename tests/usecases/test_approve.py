from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.stage import BOTH, FIRST, PRODUCTION, RULES, SECOND, THIRD, condition, unmet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.stage import Stage


def missing(stage: Stage, release: str = FIRST) -> dict[str, Any]:
    """Say what approvals a release lacks for production, without asking for it."""
    found: dict[str, Any] = stage(
        "promote", release, "--to=production", "--dry-run", "--output-format=json"
    ).json
    return found


def lead(stage: Stage) -> tuple[str, str]:
    """Say what became of the approval an ml-lead must give, and who is told why."""
    found = condition(missing(stage), "approvals:0")
    return found.outcome, found.seen


@pytest.fixture
def arrived(stage: Stage) -> Stage:
    """Run commands where a release is in staging."""
    stage.arrive(FIRST)
    return stage


def test_two_people_approve_and_it_may_go(arrived: Stage) -> None:
    found = arrived.say("approve", by="mia")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("mia: approve demo@1.0.0 to production\n")
    assert lead(arrived) == ("met", "")
    assert unmet(missing(arrived)) == ["approvals:1"]
    assert arrived.say("approve", by="max").code == 0
    assert arrived.promote(FIRST, "production").code == 0


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_a_manifest_elsewhere_is_approved_in_the_registry_beside_it(
    words: tuple[str, ...], stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = stage("approve", str(stage.folder), "--to=production", *words, by="mia")
    assert found.code == 0, found.err
    assert f"{THIRD} to production" in found.out
    monkeypatch.chdir(stage.folder)
    assert (stage.last()["kind"] == "act.said") is not bool(words)


def test_an_approval_is_bound_to_what_it_is_given_for(arrived: Stage) -> None:
    seen = missing(arrived)
    found = arrived.say("approve", "--output-format=json", by="mia").json
    assert found["outcome"] == seen["outcome"]
    assert found["policy"] == seen["policy"]["digest"]
    assert found["release"] == arrived.release(FIRST)
    assert (found["act"], found["person"], found["environment"]) == ("approve", "mia", "production")
    said = arrived.predicate(arrived.last()["body"]["bundle"])
    assert said["outcome"] == seen["outcome"]
    assert arrived.last()["index"] == found["entry"]


def test_one_approves_once_however_often_he_says_so(arrived: Stage) -> None:
    arrived.publish(
        RULES.replace('"1"', '"2"').replace("{min: 1, roles: [sre]}", "{min: 2, roles: [ml-lead]}")
    )
    arrived.apply(PRODUCTION.replace("production@1", "production@2"))
    for _ in range(2):
        assert arrived.say("approve", by="mia").code == 0
    assert condition(missing(arrived), "approvals:1").why == "1 more must approve"
    # Another key of the same person is the same person.
    arrived.done("key", "trust", "cat", "--person=mia", "--role=ml-lead", by=BOTH)
    assert arrived.say("approve", by="cat").code == 0
    assert condition(missing(arrived), "approvals:1").why == "1 more must approve"
    assert arrived.trust("max", "ml-lead").code == 0
    assert arrived.say("approve", by="max").code == 0
    assert unmet(missing(arrived)) == []


def test_the_same_key_is_never_another_person(arrived: Stage) -> None:
    pem = arrived.folder / "second.pem"
    pem.write_bytes((arrived.keys / "mia.pub").read_bytes())
    found = arrived("key", "trust", str(pem), "--person=mary", "--role=sre", by=BOTH)
    assert (found.code, found.out) == (4, "")
    assert arrived.last()["kind"] == "control.refused"


def test_who_asked_does_not_approve(arrived: Stage) -> None:
    assert arrived.trust("dora", "releaser", "--role=ml-lead").code == 0
    assert arrived.promote(FIRST, "production").code == 1
    found = arrived.say("approve", by="dora")
    assert (found.code, found.out) == (4, "")
    assert "dora cannot approve this promotion: he asked for it" in found.err
    assert "have somebody else approve it" in found.err
    last = arrived.last()
    assert (last["kind"], last["body"]["reason"]) == ("act.refused", "own-approval")
    assert last["body"]["person"] == "dora"


def test_who_approved_and_then_asks_has_not_approved(arrived: Stage) -> None:
    assert arrived.trust("dora", "releaser", "--role=ml-lead").code == 0
    assert arrived.say("approve", by="dora").code == 0
    assert arrived.say("approve", by="max").code == 0
    found = arrived.ask(FIRST, "production")
    assert found["verdict"] == "needs"
    assert condition(found, "approvals:0").seen == "nobody; dora: he asked for it himself"


@pytest.mark.parametrize(("name", "role"), [("bea", "builder"), ("carl", "checker")])
def test_who_signed_release_or_evidence_does_not_approve(
    name: str, role: str, arrived: Stage
) -> None:
    assert arrived.trust(name, role, "--role=ml-lead").code == 0
    found = arrived.say("approve", by=name)
    assert (found.code, found.out) == (4, "")
    assert f"{name} cannot approve this promotion: he signed evidence about it" in found.err
    assert arrived.last()["body"]["reason"] == "own-approval"
    assert lead(arrived) == ("unmet", "nobody")


def test_an_approval_before_the_approver_signed_evidence_is_void(arrived: Stage) -> None:
    assert arrived.trust("mia", "ml-lead", "--role=checker").code == 0
    assert arrived.say("approve", by="mia").code == 0
    assert lead(arrived)[0] == "met"
    assert arrived.check(by="mia").code == 0
    assert lead(arrived) == ("unmet", "nobody; mia: he signed evidence about it himself")


def test_owners_are_people_like_others(arrived: Stage) -> None:
    assert arrived.say("approve", by="ann").code == 4  # an owner is no ml-lead
    assert arrived.last()["body"]["reason"] == "wrong-role"
    for name, role in (("cat", "owner"), ("ann", "ml-lead")):
        assert arrived.trust(name, role, "--role=ml-lead", "--role=releaser").code == 0
    assert arrived.promote(FIRST, "production", by="cat").code == 1
    found = arrived.say("approve", by="cat")
    assert found.code == 4
    assert "he asked for it" in found.err


@pytest.mark.parametrize(
    ("name", "reason"), [("ben", "wrong-role"), ("dora", "wrong-role"), ("cat", "unknown-key")]
)
def test_without_a_role_for_it_nobody_approves(name: str, reason: str, arrived: Stage) -> None:
    found = arrived.say("approve", by=name)
    assert (found.code, found.out) == (4, "")
    assert f"the signature does not count: {reason.replace('-', ' ')}" in found.err
    last = arrived.last()
    assert (last["kind"], last["body"]["act"]) == ("act.refused", "approve")
    assert last["body"]["reason"] == reason


def test_the_environment_narrows_who_may_approve(arrived: Stage) -> None:
    arrived.apply(PRODUCTION.replace("[ml-lead, sre]", "[sre]"))
    assert arrived.say("approve", by="mia").code == 4
    found = condition(missing(arrived), "approvals:0")
    assert found.wanted == "1 of nobody: no role may approve here"


def test_an_approval_for_another_release_does_not_count(arrived: Stage) -> None:
    arrived.arrive(SECOND)
    assert arrived.say("approve", by="mia", release=SECOND).code == 0
    assert lead(arrived) == ("unmet", "nobody")


def test_an_approval_for_another_environment_does_not_count(arrived: Stage) -> None:
    arrived.apply(PRODUCTION.replace("name: production", "name: canary"))
    assert arrived("approve", FIRST, "--to=canary", by="mia").code == 0
    assert lead(arrived) == ("unmet", "nobody")


def test_a_policy_swapped_after_the_approval_voids_it(arrived: Stage) -> None:
    assert arrived.say("approve", by="mia").code == 0
    arrived.publish(RULES.replace('"1"', '"2"').replace("24h", "48h"))
    assert lead(arrived)[0] == "met"  # published is not applied
    arrived.apply(PRODUCTION.replace("production@1", "production@2"))
    assert lead(arrived) == ("unmet", "nobody; mia: given under another policy")
    assert arrived.say("approve", by="mia").code == 0
    assert lead(arrived)[0] == "met"


def test_an_environment_applied_anew_voids_approvals(arrived: Stage) -> None:
    assert arrived.say("approve", by="mia").code == 0
    arrived.apply(PRODUCTION.replace("[releaser]", "[releaser, sre]"))
    assert lead(arrived) == ("unmet", "nobody; mia: given before the outcome changed")
    arrived.apply(PRODUCTION)
    assert lead(arrived)[0] == "met"  # it is again what it was approved for


def test_a_failing_report_voids_approvals(arrived: Stage) -> None:
    arrived.approved()
    arrived.worsen()
    found = missing(arrived)
    assert found["verdict"] == "denied"
    assert condition(found, "evidence:report").seen == "INT001 labels.json"
    void = "given before the outcome changed"
    assert lead(arrived) == ("unmet", f"nobody; max: {void}; mia: {void}")
    assert arrived.promote(FIRST, "production").code == 1
    assert arrived.check().code == 0
    assert arrived.promote(FIRST, "production").code == 0


def test_a_refreshed_report_that_says_the_same_keeps_approvals(arrived: Stage) -> None:
    arrived.approved()
    arrived.clock.set("2026-02-03T00:00:00Z")
    found = missing(arrived)
    assert unmet(found) == ["fresh:report"]
    assert arrived.check().code == 0
    assert missing(arrived)["outcome"] == found["outcome"]
    assert arrived.promote(FIRST, "production").code == 0


def test_an_approval_of_a_key_that_was_lost_before_does_not_count(arrived: Stage) -> None:
    assert arrived.say("approve", by="mia").code == 0
    assert arrived.revoke("mia").code == 0
    assert lead(arrived)[0] == "met"  # it was hers when she said it
    assert arrived.say("approve", by="mia").code == 4
    assert arrived.say("approve", by="max").code == 0
    assert arrived.revoke("max", "--at=2026-01-31T20:00:00Z").code == 0
    assert condition(missing(arrived), "approvals:1").outcome == "unmet"


def test_a_role_that_was_taken_away_takes_approvals_along(arrived: Stage) -> None:
    assert arrived.say("approve", by="mia").code == 0
    assert arrived.trust("mia", "witness").code == 0
    assert lead(arrived) == ("unmet", "nobody")


def test_a_withdrawn_approval_is_none(arrived: Stage) -> None:
    assert arrived.say("approve", by="mia").code == 0
    assert arrived.say("withdraw", by="mia").code == 0
    assert lead(arrived) == ("unmet", "nobody")
    assert arrived.say("approve", by="mia").code == 0
    assert lead(arrived)[0] == "met"


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_a_dry_run_shows_what_would_be_approved(output_format: str, arrived: Stage) -> None:
    before = arrived.everything()
    words = ("--dry-run", f"--output-format={output_format}")
    found = arrived.say("approve", *words, by="")
    assert found.code == 0
    assert "nothing was said" in found.err
    shown = found.json["verdict"] if output_format == "json" else found.out
    assert "needs" in shown
    assert arrived.everything() == before


def test_what_is_approved_must_be_there(arrived: Stage) -> None:
    assert arrived("approve", FIRST, "--to=nowhere", by="mia").code == 2
    assert arrived("approve", "demo@9.0.0", "--to=production", by="mia").code == 2
