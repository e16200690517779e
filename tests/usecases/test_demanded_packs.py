"""A policy demands a rule pack: what `check --for-env`, `promote` and evidence packs make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.usecases.rule_packs import ACME, policy_with, published
from tests.usecases.stage import FIRST, condition
from weighbridge.packing.evidence_pack import read_pack, rules_name
from weighbridge.packing.evidence_pack import write_pack as pack_of

if TYPE_CHECKING:
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Ran

NAME = "rule-pack:acme@1"
MAX_ONE = "{ORG001: {max: 1}}"


def for_env(stage: Stage, *words: str) -> Ran:
    return stage("check", FIRST, "--sign", *words, by="carl")


def test_a_release_is_promoted_on_a_report_by_the_packs_of_the_policy(stage: Stage) -> None:
    named = published(stage)
    stage.rule(policy_with(named))
    before = stage.ask(FIRST, "staging")
    found = condition(before, NAME)
    assert (found.outcome, found.why) == ("inconclusive", "rule pack acme@1 did not run")
    command = found.remedy[0].removeprefix("weighbridge ").replace("NAME", "carl")
    assert command == f"check {FIRST} --sign --for-env staging --key carl"
    assert for_env(stage, "--for-env=staging").code == 0
    said = stage.report()["https://weighbridge.dev/v1"]["report"]["rulePacks"]
    digest = named.partition("#")[2]
    assert said == [
        {
            "name": "acme",
            "version": "1",
            "digest": digest,
            "parameters": {},
            "rules": ["ORG001", "ORG002", "ORG003"],
        }
    ]
    named_by = {one["name"]: one["digest"]["sha256"] for one in stage.report()["configuration"]}
    assert f"sha256:{named_by['acme@1']}" == digest
    assert condition(stage.ask(FIRST, "staging"), NAME).outcome == "met"
    assert stage.pointer()["generation"] == 1

    exported = stage.done("evidence", "export", FIRST, "--to=staging", "--output=pack.tar")
    assert exported.code == 0
    key = stage.store / "log.pub"
    stage.done("evidence", "verify", "pack.tar", f"--key={key}")
    papers, about = read_pack((stage.folder / "pack.tar").read_bytes())
    assert papers[rules_name(digest)] == stage.blob(digest).read_bytes()
    assert "published the rule pack" in papers["report.html"].decode()
    del papers[rules_name(digest)]
    (stage.folder / "pack.tar").write_bytes(pack_of(papers, about=about))
    without = stage("evidence", "verify", "pack.tar", f"--key={key}")
    assert without.code == 1
    assert digest in without.out
    stage.done("log", "verify", "--deep")


def test_thresholds_are_those_of_the_policy(stage: Stage) -> None:
    stage.rule(policy_with(published(stage), MAX_ONE))
    found = for_env(stage, "--for-env=staging")
    assert found.code == 1
    assert "error[ORG001]: 2 artifacts, and 1 can be reviewed" in found.out
    assert "rule pack acme@1: 3 rules, with ORG001.max = 1" in found.out
    denied = condition(stage.ask(FIRST, "staging"), NAME)
    assert (denied.outcome, denied.seen) == ("unmet", "ORG001 demo")
    assert "error[ORG001]" in stage("check", FIRST, "--for-env=staging").out
    assert "there is no environment stagin" in stage("check", FIRST, "--for-env=stagin").err


def test_two_environments_that_demand_one_pack_in_two_ways_need_two_reports(stage: Stage) -> None:
    named = published(stage)
    stage.rule(policy_with(named))
    stage.publish(
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        'metadata: {name: other, version: "1", owner: {team: platform}}\n'
        f"spec:\n{policy_with(named, MAX_ONE)}"
    )
    stage.apply(
        "apiVersion: weighbridge.dev/v1\nkind: Environment\n"
        "metadata: {name: lab}\nspec: {policy: other@1}\n"
    )
    both = for_env(stage, "--for-env=staging", "--for-env=lab")
    assert both.code == 2
    assert "staging and lab demand acme in different ways" in both.err
    assert for_env(stage, "--for-env=staging").code == 0
    assert for_env(stage, "--for-env=lab").code == 1
    # The newer one is no answer to what staging asks, and supersedes none.
    assert condition(stage.ask(FIRST, "staging"), NAME).outcome == "met"


def test_a_policy_is_refused_that_demands_what_is_not_there(stage: Stage) -> None:
    named = published(stage)
    head = (
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        'metadata: {name: own, version: "1", owner: {team: platform}}\nspec:\n'
    )
    path = stage.folder / "policy.yaml"
    for text, place, said in (
        (policy_with(named, "{ORG001: {maks: 1}}"), "9:", "did you mean `max`?"),
        (policy_with(named, "{ORG001: {max: x}}"), "9:", "of another type than its default"),
        (policy_with(named, "{ORG004: {max: 1}}"), "9:", "acme@1 has no rule ORG004"),
        (policy_with(named[:-4] + "0000"), "9:", "is published with another digest"),
        (policy_with(named.replace("acme@1", "acme@9")), "9:", "neither published here nor"),
    ):
        path.write_text(head + text)
        found = stage("policy", "publish", "policy.yaml", by="ann ben")
        assert found.code == 2, text
        assert f"policy.yaml:{place}" in found.err
        assert said in found.err
    path.write_text(head + policy_with(named).replace("type: report", "type: sbom").replace(
        ", noneAbove: warning", ""))  # fmt: skip
    found = stage("policy", "test", "policy.yaml")
    assert "no report is demanded" in found.err


def test_a_policy_that_names_a_retired_rule_is_told_what_took_its_place(stage: Stage) -> None:
    retired = ACME.replace(
        "severity: warning",
        "severity: warning\n"
        '      retired: {on: "2099-01-01T00:00:00Z", successor: ORG002, reason: it is subsumed}',
    )
    named = published(stage, retired)
    more = """\
  waivers:
    - {rules: [SEC001, ORG003], roles: [security], longest: 90d}
  conditions:
    - id: none
      title: There is none
      forEach: findings
      expr: 'item.code != "ORG003"'
      message: '"there is"'
      tests: {pass: [{item: {code: ORG001}}], fail: [{item: {code: ORG003}}]}
"""
    path = stage.folder / "policy.yaml"
    path.write_text(
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        'metadata: {name: own, version: "1", owner: {team: platform}}\nspec:\n'
        + policy_with(named, more=more)
    )
    found = stage.done("policy", "test", "policy.yaml")
    warnings = [line for line in found.err.splitlines() if line.startswith("warning")]
    told = "ORG003 retired on 2099-01-01: ORG002 takes its place (it is subsumed)"
    assert warnings == [
        f"warning: policy.yaml:11:24: {told}",
        f"warning: policy.yaml:16:13: {told}",
    ]
    assert warnings[0] in stage.done("policy", "publish", "policy.yaml", by="ann ben").err


def test_packs_are_looked_for_only_where_owners_are(stage: Stage) -> None:
    named = published(stage)
    text = (
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        f'metadata: {{name: own, version: "1", owner: {{team: a}}}}\nspec:\n{policy_with(named)}'
    )
    (stage.folder / "policy.yaml").write_text(text)
    found = stage.done("policy", "test", "policy.yaml", "--registry=nowhere")
    assert "its rule packs were not looked at" in found.err
    assert not (stage.folder / "nowhere").exists()
