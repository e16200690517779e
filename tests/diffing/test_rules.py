from __future__ import annotations

from weighbridge.diffing.rules import compare_rules
from weighbridge.model.retirement import Retired
from weighbridge.model.rule_catalogue import CataloguedRule, Judge, RuleCatalogue, RuleChange

GONE = Retired(name="old", on="2026-01-01T00:00:00Z", successor="ORG002", reason="told")


def rule(code: str, *, judged_by: Judge = "check", **changes: str) -> CataloguedRule:
    asks: dict[str, str] = {key: changes.pop(key) for key in ("expr", "when") if key in changes}
    plain = {"name": "a", "severity": "error", "text": "x"} | changes
    return CataloguedRule(code=code, asks=asks, judged_by=judged_by, **plain)


def catalogue(*rules: CataloguedRule, **retired: Retired) -> RuleCatalogue:
    return RuleCatalogue(
        title="t", digest="d", rules={one.code: one for one in rules}, retired=retired
    )


def test_equal_catalogues_differ_in_nothing() -> None:
    known = catalogue(rule("ORG001", expr="a"), ORG003=GONE)
    assert compare_rules(known, known) == ()


def test_what_came_and_went_is_told_by_code() -> None:
    before = catalogue(rule("ORG001"), rule("ORG003"))
    after = catalogue(rule("ORG002", severity="note"), ORG003=GONE, ORG004=GONE)
    found = compare_rules(before, after)
    assert [(one.code, one.kind, one.before, one.after) for one in found] == [
        ("ORG001", "removed", "error", ""),
        ("ORG002", "added", "", "note"),
        ("ORG003", "retired", "error", GONE.told),
        ("ORG004", "retired", "", GONE.told),
    ]  # fmt: skip


def test_a_rule_may_have_changed_in_every_way_at_once() -> None:
    before = catalogue(rule("ORG001", expr="a", when="w"))
    after = catalogue(
        rule("ORG001", name="b", severity="note", text="y", expr="c", judged_by="gate")
    )
    assert compare_rules(before, after) == (
        RuleChange(code="ORG001", name="b", kind="name", before="a", after="b"),
        RuleChange(code="ORG001", name="b", kind="severity", before="error", after="note"),
        RuleChange(code="ORG001", name="b", kind="judge", before="check", after="gate"),
        RuleChange(code="ORG001", name="b", kind="asks", before="expr: a", after="expr: c"),
        RuleChange(code="ORG001", name="b", kind="asks", before="when: w", after="when: "),
        RuleChange(code="ORG001", name="b", kind="text"),
    )


def test_a_rule_that_is_let_go_without_successor_says_so() -> None:
    alone = Retired(name="a", on="2026-01-01T00:00:00Z", reason="no use")
    assert alone.told == "retired on 2026-01-01: nothing replaces it (no use)"
    assert alone.is_at("2026-01-01T00:00:00Z")
    assert not alone.is_at("2025-12-31T23:59:59Z")
