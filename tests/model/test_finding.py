from __future__ import annotations

from weighbridge.model.finding import Finding, Severity, Verdict
from weighbridge.model.location import Location


def finding(code: str = "INT001", subject: str = "a", line: int = 1) -> Finding:
    return Finding(
        code=code,
        name="digest-mismatch",
        severity=Severity.ERROR,
        verdict=Verdict.FAIL,
        subject=subject,
        message="differs",
        location=Location("release.yaml", line, 3),
    )


def test_severities_have_an_order() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == [
        Severity.NOTE,
        Severity.WARNING,
        Severity.ERROR,
    ]


def test_severities_and_verdicts_are_their_words() -> None:
    assert [f"{severity}" for severity in Severity] == ["error", "warning", "note"]
    assert [f"{verdict}" for verdict in Verdict] == ["pass", "fail", "inconclusive"]


def test_findings_are_ordered_by_place_then_code_then_subject() -> None:
    ordered = [
        finding(line=2),
        finding(line=10),
        finding(line=10, subject="b"),
        finding("SEC001", line=10),
    ]
    assert sorted([*ordered[2:], *ordered[:2]], key=lambda found: found.order) == ordered
