"""The engine: asks every rule about every item, and makes findings of the answers.

It decides nothing by itself. What could not be observed is inconclusive, a rule that breaks
down stops the run (WB900), and only a rule that spoke against nothing has passed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import RuleError
from weighbridge.model.fact import NotObservedError
from weighbridge.model.finding import Finding, Verdict
from weighbridge.model.report import Skip
from weighbridge.rules.interface import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.model.fact import Facts, Unavailable
    from weighbridge.rules.interface import Item, Rule

    Items = dict[Callable[[Facts], Iterable[Item[Any]]], list[Item[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of asking the rules.

    Attributes:
        findings: In the order of the papers.
        passed: Codes of rules that ran and found nothing, in the order they were asked.
        skipped: Rules that could not be asked, since this place lacks the data they need.
    """

    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    skipped: tuple[Skip, ...] = ()


def judge(rules: Iterable[Rule[Any]], facts: Facts) -> Judged:
    """Ask rules about the facts.

    Without a manifest only the rules for loose files are asked; the others neither pass nor fail.

    Raises:
        RuleError: A rule raised instead of judging.
    """
    findings: list[Finding] = []
    passed: list[str] = []
    skipped: list[Skip] = []
    asked_about: Items = {}
    for rule in rules:
        if facts.release is None and not rule.loose:
            continue
        lacking = rule.needs(facts)
        if lacking:
            skipped.append(Skip(code=rule.code, reason=lacking, by="no data"))
            continue
        against = list(_against(rule, facts, asked_about))
        findings.extend(against)
        if not against:
            passed.append(rule.code)
    ordered = sorted(findings, key=lambda finding: finding.order)
    return Judged(findings=tuple(ordered), passed=tuple(passed), skipped=tuple(skipped))


def _against(rule: Rule[Any], facts: Facts, asked_about: Items) -> Iterator[Finding]:
    """Ask one rule about each of its items, which several rules may have in common."""
    subject = "its items"
    try:
        if rule.each not in asked_about:
            asked_about[rule.each] = list(rule.each(facts))
        for item in asked_about[rule.each]:
            subject = item.subject
            yield from _findings(rule, item, facts)
    except Exception as error:  # whatever a rule raises is its own bug, and is named as such
        raise RuleError(
            f"rule {rule.code} {rule.name} broke down over {subject}",
            cause=f"{type(error).__name__}: {error}",
            help=(f"report this; until it is mended, `--ignore {rule.code}` runs the others",),
        ) from error


def _findings(rule: Rule[Any], item: Item[Any], facts: Facts) -> Iterator[Finding]:
    try:
        for judgement in rule.judge(item.value, facts):
            if not item.vouched or _is_harmful(judgement):
                yield _finding(rule, item, judgement)
    except NotObservedError as error:
        yield _finding(rule, item, _not_observed(item, error.unavailable))


def _is_harmful(judgement: Judgement) -> bool:
    return judgement.threat is not None and judgement.threat.level == "malicious"


def _not_observed(item: Item[Any], missing: Unavailable) -> Judgement:
    return Judgement(
        message=f"{item.subject} could not be judged: {missing.reason}",
        remediation=(missing.hint,) if missing.hint else (),
        verdict=Verdict.INCONCLUSIVE,
    )


def _finding(rule: Rule[Any], item: Item[Any], judgement: Judgement) -> Finding:
    """Fill in from the item and the rule what the judgement leaves open."""
    threat = judgement.threat
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=rule.severity if judgement.severity is None else judgement.severity,
        verdict=judgement.verdict,
        subject=item.subject if judgement.subject is None else judgement.subject,
        message=judgement.message,
        location=item.location if judgement.location is None else judgement.location,
        seen=judgement.seen,
        wanted=judgement.wanted,
        cause=judgement.cause,
        remediation=judgement.remediation,
        edits=judgement.edits,
        conversion=judgement.conversion,
        upgrade=judgement.upgrade,
        relock=judgement.relock,
        threat=None if threat is None else replace(threat, digest=item.digest),
    )
