from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.errors import RuleError
from weighbridge.model.fact import Facts, SourceState, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.report import Skip
from weighbridge.rules import sample
from weighbridge.rules.engine import judge
from weighbridge.rules.interface import Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LETTERS = ("b", "a")


def make(
    judge_item: Callable[[str, Facts], Iterator[Judgement]],
    *,
    code: str = "TST001",
    loose: bool = True,
) -> Rule[str]:
    return Rule(
        code=code,
        name="test",
        severity=Severity.WARNING,
        each=lambda _facts: [Item(subject=x, location=Location(x), value=x) for x in LETTERS],
        judge=judge_item,
        examples=list,
        text="",
        loose=loose,
    )


def silent(_value: str, _facts: Facts) -> Iterator[Judgement]:
    yield from ()


def plain(value: str, _facts: Facts) -> Iterator[Judgement]:
    yield Judgement(message=f"{value} is wrong")


def blind(value: str, facts: Facts) -> Iterator[Judgement]:
    yield Judgement(message=f"{value} is wrong", severity=Severity.NOTE)
    observed(facts.source)


def broken(value: str, _facts: Facts) -> Iterator[Judgement]:
    if value == "a":
        raise KeyError(value)
    yield from ()


def test_a_rule_without_its_data_is_skipped_and_has_not_passed() -> None:
    rule = replace(make(plain), needs=lambda facts: "" if facts.now else "nobody told the time")
    judged = judge([rule], Facts())
    assert (judged.findings, judged.passed) == ((), ())
    assert judged.skipped == (Skip(code="TST001", reason="nobody told the time", by="no data"),)
    assert len(judge([rule], Facts(now="2026-11-28T00:00:00Z")).findings) == 2
    assert (rule.needs_data, make(plain).needs_data) == (True, False)


def test_a_rule_that_finds_nothing_has_passed() -> None:
    judged = judge([make(silent)], Facts())

    assert judged.findings == ()
    assert judged.passed == ("TST001",)


def test_findings_take_from_rule_and_item_what_the_judgement_leaves_open() -> None:
    judged = judge([make(plain)], Facts())

    assert judged.passed == ()
    first = judged.findings[0]
    assert (first.code, first.name, first.severity) == ("TST001", "test", Severity.WARNING)
    assert (first.subject, first.location) == ("a", Location("a"))
    assert first.verdict is Verdict.FAIL


def test_findings_stand_in_the_order_of_the_papers() -> None:
    judged = judge([make(plain, code="TST002"), make(plain)], Facts())

    assert [f"{found.subject}{found.code[-1]}" for found in judged.findings] == [
        "a1",
        "a2",
        "b1",
        "b2",
    ]


def test_a_missing_fact_is_inconclusive_and_keeps_what_was_found_before() -> None:
    facts = Facts(source=Unavailable("git is not installed", "install git"))

    judged = judge([make(blind)], facts)

    assert judged.passed == ()
    of_a = [found for found in judged.findings if found.subject == "a"]
    assert {found.verdict for found in of_a} == {Verdict.FAIL, Verdict.INCONCLUSIVE}
    unknown = next(found for found in of_a if found.verdict is Verdict.INCONCLUSIVE)
    assert "git is not installed" in unknown.message
    assert unknown.message.endswith("git is not installed")
    assert unknown.remediation == ("install git",)


def test_a_missing_fact_without_a_hint_has_no_remedy() -> None:
    judged = judge([make(blind)], Facts(source=Unavailable("git is not installed")))

    unknown = [found for found in judged.findings if found.verdict is Verdict.INCONCLUSIVE]
    assert [found.remediation for found in unknown] == [(), ()]


def test_a_judgement_may_weigh_less_than_its_rule() -> None:
    judged = judge([make(blind)], Facts(source=SourceState(commit="0" * 40)))

    assert {found.severity for found in judged.findings} == {Severity.NOTE}


def test_a_rule_that_breaks_down_is_named_with_its_item() -> None:
    with pytest.raises(RuleError, match="TST001 test broke down over a") as caught:
        judge([make(broken)], Facts())

    assert caught.value.code == "WB900"
    assert caught.value.faults[0].cause == "KeyError: 'a'"
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_rule_that_cannot_list_its_items_is_named() -> None:
    def each(_facts: Facts) -> list[Item[str]]:
        raise ValueError("no items")

    rule = replace(make(silent), each=each)

    with pytest.raises(RuleError, match="TST001 test broke down over its items"):
        judge([rule], Facts())


def test_without_a_manifest_only_loose_rules_are_asked() -> None:
    rules = [make(plain, code="TST001", loose=False), make(silent, code="TST002")]

    loose = judge(rules, Facts())
    assert (loose.findings, loose.passed) == ((), ("TST002",))
    assert len(judge(rules, sample.release()).findings) == len(LETTERS)
