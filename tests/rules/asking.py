"""Ask one rule, and say what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict
from weighbridge.rules.catalogue import rule as find
from weighbridge.rules.engine import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.fact import Facts
    from weighbridge.model.finding import Finding


def ask(code: str, facts: Facts) -> tuple[Finding, ...]:
    rule = find(code)
    assert rule is not None
    judged = judge([rule], facts)
    assert judged.passed == (() if judged.findings else (code,))
    return judged.findings


def verdict(findings: Sequence[Finding]) -> Verdict:
    if any(finding.verdict is Verdict.FAIL for finding in findings):
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if findings else Verdict.PASS


def messages(findings: Sequence[Finding]) -> list[str]:
    return [finding.message for finding in findings]
