"""Rules, rule packs and what changed between them, as they are shown; packs in every report."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.report.samples import PASSED, RULES
from weighbridge.model.finding import Severity
from weighbridge.model.report import PackUse, Skip
from weighbridge.model.retirement import Retired
from weighbridge.model.rule_catalogue import RuleCatalogue, RuleChange
from weighbridge.report.interface import Presentation, RuleText
from weighbridge.report.json import JsonRenderer, json_text
from weighbridge.report.rules import (
    ListedPack,
    changes_json,
    render_changes,
    render_rules,
    rules_json,
)
from weighbridge.report.sarif import SarifRenderer
from weighbridge.report.text import TextRenderer

GONE = Retired(name="old", on="2026-01-01T00:00:00Z", successor="ORG001", reason="told")


def text(code: str, pack: str = "") -> RuleText:
    return RuleText(
        code=code, name="a-rule", severity=Severity.NOTE, summary="It is so.", help_markdown="# a",
        pack=pack,
    )  # fmt: skip


PACKS = [
    ListedPack(
        name="acme", version="1", digest="sha256:1", rules=[text("ORG001"), text("ORG002")],
        retired={"ORG002": GONE},
    ),
    ListedPack(name="py", version="2", digest="sha256:2", installed=True),
    ListedPack(name="bad", version="3", digest="", installed=True, problem="altered \u202e"),
]  # fmt: skip
OLD = RuleCatalogue(title="acme@1", digest="d1", rules={}, retired={})
NEW = RuleCatalogue(title="acme@2", digest="d2", rules={}, retired={})
CHANGES = [
    RuleChange(code="ORG001", name="a", kind="added", after="note"),
    RuleChange(code="ORG002", name="b", kind="removed", before="note"),
    RuleChange(code="ORG003", name="c", kind="retired", after=GONE.told),
    RuleChange(code="ORG004", name="d", kind="severity", before="note", after="error"),
    RuleChange(code="ORG005", name="e", kind="asks", before="expr: a", after="expr: b"),
    RuleChange(code="ORG006", name="f", kind="text"),
    RuleChange(code="ORG007", name="g", kind="judge", before="gate", after="check"),
]


def test_rules_are_listed_ours_first_and_each_pack_as_it_is_named() -> None:
    assert render_rules([text("INT001")], PACKS).splitlines() == [
        "INT001  note     check  a-rule  It is so.",
        "",
        "acme@1#sha256:1  published",
        "ORG001  note     check  a-rule  It is so.",
        "ORG002  note     check  a-rule  retired on 2026-01-01: ORG001 takes its place (told)",
        "",
        "py@2#sha256:2  installed, not loaded",
        "",
        "bad@3  altered \\u202e",
    ]


def test_who_judges_a_rule_is_told_beside_it() -> None:
    gate = replace(text("GOV002"), judged_by="gate")
    assert render_rules([text("INT001"), gate], []).splitlines() == [
        "INT001  note     check  a-rule  It is so.",
        "GOV002  note     gate   a-rule  It is so.",
    ]


def test_programs_are_told_the_same() -> None:
    tree = json.loads(json_text(rules_json([text("INT001")], PACKS)))
    assert list(tree["rules"][0]) == ["code", "name", "severity", "judgedBy", "summary"]
    first, second, third = tree["rulePacks"]
    assert (first["from"], second["from"], third["problem"]) == (
        "published", "installed", "altered \u202e"
    )  # fmt: skip
    assert first["rules"][1]["retired"]["successor"] == "ORG001"


def test_changes_are_told_a_line_each() -> None:
    assert render_changes(OLD, NEW, CHANGES).splitlines() == [
        "+ ORG001 a: note, new",
        "- ORG002 b: removed",
        "- ORG003 c: retired on 2026-01-01: ORG001 takes its place (told)",
        "~ ORG004 d: severity note -> error",
        "~ ORG005 e: expr: a -> expr: b",
        "~ ORG006 f: another text",
        "~ ORG007 g: judged by gate -> check",
        "acme@1 to acme@2: 7 changes",
    ]
    found = json.loads(json_text(changes_json(OLD, NEW, CHANGES)))
    assert found["before"] == {"title": "acme@1", "digest": "d1"}
    assert len(found["changes"]) == len(CHANGES)


def test_a_report_names_its_packs_and_their_thresholds() -> None:
    used = PackUse(
        name="acme", version="1", digest="sha256:1", parameters={"ORG001": {"max": 3}},
        codes=("ORG001",),
    )  # fmt: skip
    skip = Skip(code="ORG001", reason="ignored", by="--ignore")
    report = replace(PASSED, packs=(used,), skipped=(*PASSED.skipped, skip))
    assert "rule pack acme@1: 1 rule, with ORG001.max = 3" in TextRenderer().render(report)
    (pack,) = json.loads(JsonRenderer().render(report))["rulePacks"]
    assert pack["parameters"] == {"ORG001": {"max": 3}}
    texts = {**RULES, "ORG001": text("ORG001", "acme@1"), "ORG9": text("ORG9", "other@1")}
    (run,) = json.loads(SarifRenderer(Presentation(rules=texts)).render(report))["runs"]
    (extension,) = run["tool"]["extensions"]
    assert [rule["id"] for rule in extension["rules"]] == ["ORG001"]
    assert "ORG9" in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    noted = run["invocations"][0]["toolConfigurationNotifications"]
    rules = [one["associatedRule"] for one in noted]
    assert {"id": "ORG001", "index": 0, "toolComponent": {"index": 0}} in rules
