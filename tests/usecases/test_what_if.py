from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, PRODUCTION, REPORT, SECOND, STAGING
from tests.usecases.standing import FLAW, PINNED, advise, promoted, watched, what_if

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

STRICTER = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: stricter, version: "1", owner: {team: platform}}
spec:
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning}
  approvals:
    - {min: 1, roles: [ml-lead], when: 'environment.metadata.name == "production"'}
  conditions:
    - id: not-the-first
      title: The version is not the first
      expr: release.version != "1.0.0"
      message: release.version + " is too old"
      tests:
        pass: [{release: {version: "2"}}]
        fail: [{release: {version: "1.0.0"}}]
"""
JSON = "--output-format=json"


def stricter(stage: Stage, text: str = STRICTER) -> str:
    (stage.folder / "stricter.yaml").write_text(text)
    return "stricter.yaml"


def test_a_policy_says_exactly_whom_it_would_block(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    stage.arrive(SECOND)
    stage.clock.set("2026-02-10T00:00:00Z")  # the report is older than it may be on its way
    before = stage.everything()
    found = stage("policy", "what-if", stricter(stage), JSON)
    assert found.code == 1, found.err
    assert "nothing was signed, logged or moved" in found.err
    blocked, stays = found.json["releases"]
    assert (blocked["environment"], blocked["version"], blocked["effect"]) == (
        "production",
        "1.0.0",
        "blocked",
    )
    assert (blocked["before"], blocked["after"], blocked["approvalsAgain"]) == (
        "allowed",
        "denied",
        True,
    )
    assert {one["id"]: (one["before"], one["after"], one["why"]) for one in blocked["changes"]} == {
        "not-the-first": (None, "unmet", "1.0.0 is too old")
    }
    assert (stays["environment"], stays["version"], stays["effect"]) == (
        "staging",
        "1.1.0",
        "stays",
    )
    assert found.json["summary"] == {"blocked": 1, "untold": 0, "passes": 0, "stays": 1}
    assert found.json["hypothetical"] is True
    text = stage("policy", "what-if", "stricter.yaml", "--in=production").out
    assert "would be blocked (1)\n  demo@1.0.0 in production: allowed -> denied\n" in text
    assert "    not-the-first: not asked -> unmet, 1.0.0 is too old\n" in text
    assert "approvals would have to be given again: 1 release" in text
    for words in (("--in=staging",), ("--name=other",)):
        assert stage("policy", "what-if", "stricter.yaml", *words).code == 0
    after = stage.everything()
    assert {name for name in after if after[name] != before.get(name)} == {"project/stricter.yaml"}


def test_approvals_that_are_too_few_block_under_another_policy(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    more = (
        STRICTER.replace("min: 1", "min: 2")
        .replace('!= "1.0.0"', '== "1.0.0"')
        .replace('pass: [{release: {version: "2"}}]', "pass: [{release: {version: '1.0.0'}}]")
    )
    found = stage("policy", "what-if", stricter(stage, more), "--in=production", JSON)
    (one,) = found.json["releases"]
    assert (found.code, one["effect"], one["after"]) == (1, "blocked", "needs")
    (approvals,) = [change for change in one["changes"] if change["id"] == "approvals:0"]
    assert approvals["why"] == "1 more must approve"


KEEPING = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: keeping, version: "1", owner: {team: platform}}
spec:
  riskWhen: [{risk: high, when: 'release.version == "1.0.0"'}]
  risk: {lowered: block}
"""


def test_what_only_the_other_policy_compares_is_compared(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    (one,) = stage("policy", "what-if", stricter(stage, KEEPING), JSON).json["releases"]
    assert (one["version"], one["before"], one["after"]) == ("1.1.0", "allowed", "denied")
    (kept,) = [change for change in one["changes"] if change["id"] == "risk:kept"]
    assert (kept["before"], kept["after"]) == (None, "unmet")


def test_a_published_policy_goes_by_its_name(stage: Stage) -> None:
    stage.arrive(FIRST)
    found = stage("policy", "what-if", "production@1", JSON)
    (one,) = found.json["releases"]
    assert (found.code, one["after"]) == (1, "needs")
    assert found.json["change"]["policy"] == "production@1"
    unknown = stage("policy", "what-if", "nothing@1")
    assert unknown.code == 2
    assert "there is no published policy nothing@1" in unknown.err


def test_waivers_are_supposed_and_taken_away(stage: Stage) -> None:
    promoted(stage)
    assert what_if(stage, "--waive=DEP005")["effect"] == "stays"  # there is nothing to waive
    advise(stage, FLAW)
    assert watched(stage)["after"] == "denied"
    found = what_if(stage, "--waive=DEP005")
    assert (found["effect"], found["after"]) == ("passes", "allowed")
    (change,) = found["changes"]
    assert (change["id"], change["before"], change["after"]) == (
        "evidence:report",
        "unmet",
        "waived",
    )
    stage.done(
        *("waive", "DEP005", PINNED, "--to=staging", "--reason=unreachable"),
        "--expires=2026-02-10",
        by="cat",
    )
    found = what_if(stage, "--without-waiver=DEP005")
    assert (found["effect"], found["before"], found["after"]) == ("blocked", "allowed", "denied")
    assert what_if(stage, "--without-waiver=SEC001")["effect"] == "stays"


def test_a_waiver_nobody_could_give_is_said(stage: Stage) -> None:
    promoted(stage)
    advise(stage, FLAW)
    assert watched(stage)["after"] == "denied"
    stage.revoke("cat")
    found = what_if(stage, "--waive=DEP005")
    assert found["effect"] == "stays"
    assert found["problem"].startswith("nobody could waive DEP005 here")
    assert (
        "demo@2.0.0 in staging: nobody could waive"
        in stage("policy", "what-if", "--waive=DEP005").out
    )


def test_newer_advisories_are_supposed_before_anybody_asks(stage: Stage) -> None:
    promoted(stage)
    missing = stage("policy", "what-if", "--advisories=here")
    assert missing.code == 3
    assert "no advisories were loaded here" in missing.err
    advise(stage, FLAW)
    for source in ("here", str(stage.folder.parent / "osv-1")):
        found = what_if(stage, f"--advisories={source}")
        assert (found["effect"], found["before"], found["after"]) == (
            "blocked",
            "allowed",
            "denied",
        )
        (change,) = found["changes"]
        assert change["seen"] == f"DEP005 torch {FLAW}"
    assert stage.pointer()["verdict"] == "allowed"


def test_what_cannot_be_told_is_neither_good_nor_bad(stage: Stage) -> None:
    promoted(stage)
    rules = STRICTER.replace("noneAbove: warning}", "noneAbove: warning}\n  ruleSet: complete")
    found = stage("policy", "what-if", stricter(stage, rules), JSON)
    (one,) = found.json["releases"]
    assert (found.code, one["effect"], one["after"]) == (3, "untold", "inconclusive")
    (report,) = [
        entry["body"]["bundle"]
        for entry in stage.entries()
        if entry["body"].get("predicateType") == REPORT
        and entry["body"]["release"] == stage.release(PINNED)
    ]
    stage.overwrite(report, b"{}")
    found = stage("policy", "what-if", "stricter.yaml", JSON)
    (one,) = found.json["releases"]
    assert (found.code, one["effect"], one["before"]) == (3, "untold", None)
    assert one["problem"]


def test_what_enforcement_would_have_blocked_is_shown(stage: Stage) -> None:
    stage.arrive(FIRST)
    stage.apply(PRODUCTION.replace("spec:\n", "spec:\n  enforcement: observe\n"))
    assert stage.promote(FIRST, "production").code == 0
    found = stage("policy", "what-if", JSON)
    assert found.code == 0
    (one,) = found.json["observed"]
    assert (one["environment"], one["verdict"], one["open"]) == (
        "production",
        "needs",
        ["approvals:0", "approvals:1"],
    )
    text = stage("policy", "what-if").out
    assert text.startswith("what if nothing changed, at ")
    assert "enforcement would have blocked (1)\n  demo@1.0.0 to production at " in text
    assert stage("policy", "what-if", "--in=staging", JSON).json["observed"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--in=nowhere",), "there is no environment nowhere"),
        (("missing.yaml",), "missing.yaml"),
        (("--advisories=nothing",), "nothing"),
    ],
)
def test_what_is_not_to_be_had_is_said(words: tuple[str, ...], said: str, stage: Stage) -> None:
    found = stage("policy", "what-if", *words)
    assert found.code == 2
    assert said in found.err
    assert STAGING not in found.out
