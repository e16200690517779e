"""A waiver's life: asked for, granted, warned of, ended, taken back; told and proven throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import PASSPHRASES
from tests.usecases.stage import BOTH, FIRST, OURS, SECOND, condition
from tests.usecases.test_waive import FILE, reported, unsafe
from weighbridge.adapters.keys import KeyFolder
from weighbridge.model.event import Kind
from weighbridge.model.predicates import WAIVER, WAIVER_REQUEST
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack
from weighbridge.usecases.signing import keep_signed

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

SPEC = """\
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: warning}
  waivers:
    - {rules: [DEP002, SEC001], roles: [security], longest: 90d, warnBefore: 10d}
"""
PLACE = (FIRST, "--to=staging")
WHY = "--reason=built here, mended in March"
ENDS = "2026-03-01T00:00:00Z"
UNTIL = f"--expires={ENDS}"
ASK = ("waive", "DEP002", *PLACE, "--request", WHY, UNTIL)
GRANT = ("waive", "DEP002", *PLACE, "--grant")
WAIVE = ("waive", "DEP002", *PLACE, WHY, UNTIL)
WITHDRAW = ("withdraw", *PLACE, "--waiver=DEP002", "--reason=mended")


def unhashed(package: str = "six") -> dict[str, Any]:
    """Find, as a report says it, that a package of the lock has no hash."""
    return {
        "code": "DEP002",
        "name": "missing-hash",
        "severity": "error",
        "verdict": "fail",
        "subject": package,
        "message": f"{package} has no hash",
        "seen": f"{package}==1.16.0",
        "location": {"file": "requirements.lock", "line": 3, "column": 1, "pointer": ""},
        "threat": None,
    }


@pytest.fixture
def found(stage: Stage) -> Stage:
    """Run commands where the lock of a release has a package without a hash; cat may waive it."""
    stage.rule(SPEC)
    for name in ("cat", "max"):
        assert stage.trust(name, "security").code == 0
    reported(stage, unhashed())
    return stage


def report(stage: Stage, release: str = FIRST) -> str:
    return condition(stage.ask(release, "staging", "--dry-run"), "evidence:report").outcome


def blocking(stage: Stage) -> str:
    return condition(stage.ask(FIRST, "staging", "--dry-run"), "evidence:report").seen


def listed(stage: Stage, *words: str) -> list[dict[str, Any]]:
    ran = stage.done("status", "--waivers", *words, "--output-format=json")
    waivers: list[dict[str, Any]] = ran.json["waivers"]
    return waivers


def told(stage: Stage) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in stage.pointer()["told"]}


def refused(stage: Stage, act: str, *, by: str, words: tuple[str, ...]) -> str:
    """Have somebody be refused, see that this is logged, and return why."""
    ran = stage(*words, by=by)
    assert (ran.code, ran.out) == (4, "")
    last = stage.last()
    assert (last["kind"], last["body"]["act"]) == ("act.refused", act)
    return ran.err


def test_a_finding_without_a_threat_is_waived_in_its_lock(found: Stage) -> None:
    lock = next(
        one["digest"]
        for one in found.report()[OURS]["report"]["inputs"]
        if one["name"] == "requirements.lock"
    )
    ran = found(*WAIVE, "--owner=platform", by="cat")
    assert ran.out == (
        "cat: waive DEP002 in demo@1.0.0 to staging\n"
        f"  six  six==1.16.0\n    {lock}\n"
        f"  until {ENDS}: built here, mended in March\n"
        "  platform answers for it\n"
    )
    assert report(found) == "waived"
    assert found.promote(FIRST, "staging").code == 0
    # The same lock in another release, and another finding in the same lock.
    predicate = found.report(SECOND)
    predicate[OURS]["report"]["findings"].append(unhashed())
    predicate[OURS]["report"]["summary"]["errors"] += 1
    predicate["passedTests"].remove("DEP002")
    found.attest(predicate, by="carl", release=SECOND)
    assert report(found, SECOND) == "waived"
    reported(found, unhashed("seven"))
    assert report(found) == "unmet"


def test_it_is_asked_for_by_one_and_granted_by_another(found: Stage) -> None:
    asked = found.done(*ASK, "--owner=platform", by="bea")
    assert asked.out.startswith("bea: request-waiver DEP002 in demo@1.0.0 to staging\n")
    assert found.last()["body"]["predicateType"] == WAIVER_REQUEST
    assert report(found) == "unmet"
    (request,) = listed(found)
    assert (request["state"], request["person"], request["usedBy"]) == (
        "requested",
        "bea",
        ["1.0.0"],
    )
    granted = found.done(*GRANT, "--output-format=json", by="cat").json
    assert (granted["person"], granted["requestedBy"]) == ("cat", "bea")
    assert (granted["owner"], granted["expires"]) == ("platform", ENDS)
    assert report(found) == "waived"
    (waiver,) = listed(found, "demo", "--in=staging")
    assert (waiver["state"], waiver["requestedBy"]) == ("in force", "bea")
    assert listed(found, "--in=production") == []
    assert "cat, asked for by bea, platform answers for it" in found("status", "--waivers").out
    history = found("history", "demo").out
    assert f"bea: request-waiver DEP002 in demo@1.0.0 to staging until {ENDS}" in history


def test_nobody_grants_his_own_request(found: Stage) -> None:
    found.done(*ASK, by="cat")
    assert "cat asked for this waiver" in refused(found, "waive", by="cat", words=GRANT)
    found.done(*WITHDRAW, by="cat")
    assert "cat asked for this waiver" in refused(found, "waive", by="cat", words=WAIVE)
    assert found.done(*WAIVE, by="max").code == 0


def test_who_may_not_grants_nothing(found: Stage) -> None:
    found.done(*ASK, by="bea")
    assert "wrong role" in refused(found, "waive", by="mia", words=GRANT)
    assert found(*GRANT, "--request", by="mia").code == 2
    long = (*ASK[:-1], "--expires=2027-03-01")
    assert "lasts longer" in refused(found, "request-waiver", by="mia", words=long)


def test_a_request_is_granted_once_and_for_what_is_still_there(found: Stage) -> None:
    assert found(*GRANT, by="cat").code == 2
    found.done(*ASK, by="bea")
    reported(found, unhashed(), unhashed("seven"))
    granted = found.done(*GRANT, "--output-format=json", by="cat").json
    assert [one["subject"] for one in granted["findings"]] == ["six"]
    again = found(*GRANT, by="max")
    assert again.code == 2
    assert "nobody asks for a waiver of DEP002" in again.err


def test_all_is_warned_of_and_then_the_release_is_not_compliant(found: Stage) -> None:
    found.done(*WAIVE, by="cat")
    found.arrive(FIRST)
    assert told(found) == {}
    found.clock.set("2026-02-20T00:00:00Z")
    (warned,) = told(found).values()
    assert warned["why"] == f"the waiver of DEP002 by cat ends at {ENDS}"
    assert [one["severity"] for one in warned["findings"]] == ["warning"]
    assert f"warning[GOV003]: the waiver of DEP002 by cat ends at {ENDS}" in found("status").out
    asked = found.promote(FIRST, "staging", "--dry-run")
    assert (asked.code, "waivers:expiring" in asked.out) == (0, True)
    assert "waive DEP002 demo@1.0.0 --to staging" in asked.out
    assert [one["state"] for one in listed(found)] == ["ends soon"]
    found.clock.set(ENDS)
    assert found.pointer()["verdict"] == "denied"
    (ended,) = told(found).values()
    assert (ended["id"], ended["seen"]) == ("waivers:expired", "DEP002 six")
    assert "error[GOV003]: the waiver of DEP002 by cat ended" in found("status").out
    assert [one["state"] for one in listed(found)] == ["ended"]


def test_one_that_matches_nothing_is_a_finding(found: Stage) -> None:
    clean = found.report(SECOND)
    found.done(*WAIVE, by="cat")
    found.attest({**clean, OURS: {**clean[OURS]}}, by="carl", release=SECOND)
    unused = condition(found.ask(SECOND, "staging", "--dry-run"), "waivers:unused")
    assert unused.outcome == "met"
    assert unused.why == "1 waiver for nothing that was found"
    assert unused.remedy[0].startswith("weighbridge withdraw demo@1.1.0 --to staging --waiver")
    asked = found.promote(SECOND, "staging", "--dry-run", "--output-format=sarif")
    assert "waivers:unused" in asked.out


def test_it_is_taken_back_by_who_gave_it_or_may(found: Stage) -> None:
    found.done(*WAIVE, by="cat")
    assert "is another's" in refused(found, "withdraw-waiver", by="mia", words=WITHDRAW)
    assert report(found) == "waived"
    trial = found.done(*WITHDRAW, "--dry-run")
    assert "six" in trial.out
    ran = found.done(*WITHDRAW, by="max")
    assert ran.out.startswith("max: withdraw waiver of DEP002 in demo to staging\n  six")
    assert report(found) == "unmet"
    assert listed(found) == []
    assert found(*WITHDRAW, by="max").code == 2
    assert "max: withdraw-waiver DEP002 in demo@1.0.0 to staging" in found("history", "demo").out


def test_nothing_comes_back_or_goes_elsewhere_by_being_logged_again(found: Stage) -> None:
    found.done(*WAIVE, by="cat")
    body = found.last()["body"]
    found.done(*WITHDRAW, by="cat")
    found.append(Kind.ACT_SAID, body)
    assert report(found) == "unmet"
    found.append(Kind.ACT_SAID, {**body, "environment": "production"})
    found.append(Kind.ACT_SAID, {**body, "release": found.release(SECOND), "version": "1.1.0"})
    assert report(found) == "unmet"
    assert listed(found) == []
    found.done(*WAIVE, by="cat")
    assert report(found) == "waived"


def test_a_waiver_of_the_older_form_still_counts(found: Stage) -> None:
    """Signed before waivers had an owner, and before anything but threats could be waived."""
    reported(found, unsafe("mylab.models.Net"))
    found.done("waive", "SEC001", *PLACE, WHY, UNTIL, by="cat")
    body = found.last()["body"]
    predicate = found.predicate(body["bundle"])
    older = {key: predicate[key] for key in predicate.keys() - {"owner", "after"}}
    assert older["findings"] == [{"file": FILE, "global": "mylab.models.Net"}]
    found.done("withdraw", *PLACE, "--waiver=SEC001", "--reason=anew", by="cat")
    assert "SEC001" in blocking(found)
    subject = (("demo@1.0.0", found.release(FIRST)),)
    payload = write_statement(Statement(WAIVER, subjects=subject, predicate=older))
    key = KeyFolder(found.keys).locked("cat").unlock(PASSPHRASES["cat"])
    bundle = keep_signed(payload, signer=key, registry=found.registry)
    found.append(Kind.ACT_SAID, {**body, "bundle": bundle})
    assert blocking(found) == "DEP002 six"
    assert [one["owner"] for one in listed(found)] == [None]
    found.done("log", "verify", "--deep")


def test_where_the_policy_lets_nobody_that_is_said(stage: Stage) -> None:
    reported(stage, unhashed())
    why = refused(stage, "waive", by="carl", words=WAIVE)
    assert "carl signed evidence about it" in why
    why = refused(stage, "waive", by="mia", words=WAIVE)
    assert "the policy lets nobody waive DEP002" in why
    assert "at most nothing" not in why


def test_who_lost_his_role_takes_back_his_own_alone(found: Stage) -> None:
    found.done(*WAIVE, by="cat")
    found.done(*WAIVE, by="max")
    found.done("key", "trust", "cat", "--person=cat", "--role=sre", by=BOTH)
    ran = found.done(*WITHDRAW, "--output-format=json", by="cat").json
    assert ran["people"] == ["cat"]
    assert report(found) == "waived"
    assert [one["person"] for one in listed(found)] == ["max"]
    assert found("withdraw", *PLACE, "--file=six", by="cat").code == 2
    assert found("withdraw", *PLACE, "--waiver=DEP002", by="max").code == 2


def test_the_pack_proves_all_that_was_said(found: Stage) -> None:
    reported(found, unhashed(), unsafe("mylab.models.Net"))
    waive = ("waive", "SEC001", *PLACE, WHY, UNTIL)
    for words, by in (
        (ASK, "bea"),
        (GRANT, "cat"),
        (WAIVE, "max"),
        (waive, "max"),
        (WITHDRAW, "max"),
        (GRANT[:2] + PLACE + (WHY, UNTIL), "cat"),
    ):
        found.done(*words, by=by)
    assert found.promote(FIRST, "staging").code == 0
    assert found.done("log", "verify", "--deep").code == 0
    registry = found.registry
    pack = export_pack(found.release(FIRST), "staging", registry=registry)
    verified = verify_pack(pack, log_key=registry.log_key)
    assert verified.ok, verified.problems
    assert verified.told is not None
    acts = [(word.person, word.what) for word in verified.told.acts]
    assert acts == [
        ("bea", "request-waiver"),
        ("cat", "waive"),
        ("max", "waive"),
        ("max", "waive"),
        ("max", "withdraw-waiver"),
        ("cat", "waive"),
    ]
    entries = [one for one in found.entries() if one["body"].get("act") == "withdraw-waiver"]
    found.rewrite(entries[0]["index"], body={**entries[0]["body"], "rule": "SEC001"})
    assert "its rule is not that of the bundle" in found("log", "verify", "--deep").out
