from __future__ import annotations

import dataclasses
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.test_finding import finding
from weighbridge.model.finding import Finding, Severity, Verdict
from weighbridge.model.report import Input, ReleaseName, Report, RuleSet, Skip


def judged(
    severity: Severity, verdict: Verdict = Verdict.FAIL, waived: str | None = None
) -> Finding:
    return dataclasses.replace(finding(), severity=severity, verdict=verdict, waived_by=waived)


def report(*findings: Finding, fail_on: Severity = Severity.ERROR) -> Report:
    return Report(
        release=ReleaseName(name="a", version="1"),
        rule_set=RuleSet(version="0", digest="sha256:00"),
        findings=findings,
        fail_on=fail_on,
    )


@pytest.mark.parametrize(("severity", "fail_on"), list(product(Severity, Severity)))
def test_a_finding_fails_from_its_severity_on(severity: Severity, fail_on: Severity) -> None:
    seen = report(judged(severity), fail_on=fail_on)
    fails = severity.rank >= fail_on.rank
    assert seen.failures == (seen.findings if fails else ())
    assert seen.verdict is (Verdict.FAIL if fails else Verdict.PASS)


def test_an_inconclusive_finding_never_passes() -> None:
    unknown = judged(Severity.NOTE, Verdict.INCONCLUSIVE)
    assert report(unknown).verdict is Verdict.INCONCLUSIVE
    assert report(unknown).failures == ()
    assert report(unknown, judged(Severity.ERROR)).verdict is Verdict.FAIL
    assert report(unknown, judged(Severity.NOTE)).verdict is Verdict.INCONCLUSIVE


def test_what_is_waived_neither_fails_nor_holds_up() -> None:
    waived = judged(Severity.ERROR, waived="ada")
    unknown = judged(Severity.ERROR, Verdict.INCONCLUSIVE, "ada")
    assert report(waived, unknown).verdict is Verdict.PASS
    assert report(waived, judged(Severity.ERROR)).verdict is Verdict.FAIL


def test_nothing_found_passes() -> None:
    assert report().verdict is Verdict.PASS
    assert report().summary() == dict.fromkeys(
        ["errors", "warnings", "notes", "inconclusive", "waived"], 0
    )


FINDINGS = st.lists(
    st.builds(
        judged,
        st.sampled_from(Severity),
        st.sampled_from([Verdict.FAIL, Verdict.INCONCLUSIVE]),
        st.sampled_from([None, "ada"]),
    )
)


@given(FINDINGS, st.sampled_from(Severity))
def test_the_summary_counts_every_finding_once(findings: list[Finding], fail_on: Severity) -> None:
    seen = report(*findings, fail_on=fail_on)
    summary = seen.summary()
    assert sum(summary.values()) == len(findings)
    assert list(summary) == ["errors", "warnings", "notes", "inconclusive", "waived"]
    assert summary["waived"] == sum(found.waived_by is not None for found in findings)
    if fail_on is Severity.NOTE:
        assert len(seen.failures) == summary["errors"] + summary["warnings"] + summary["notes"]


@given(FINDINGS)
def test_the_order_of_findings_does_not_change_the_verdict(findings: list[Finding]) -> None:
    assert report(*findings).verdict is report(*reversed(findings)).verdict


def test_a_report_says_what_it_did_not_judge() -> None:
    skip = Skip(code="SEC001", reason="ignored", by="weighbridge.toml:4")
    seen = dataclasses.replace(report(), skipped=(skip,), inputs=(Input(name="a", digest="x"),))
    assert seen.skipped == (skip,)
    assert not seen.inputs[0].cached
