from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import decided, evidence, make, with_evidence
from tests.gate.test_foreign import demanding, outcome, said
from weighbridge.model.predicates import PARITY

if TYPE_CHECKING:
    from weighbridge.gate.case import Evidence
    from weighbridge.model.decision import Judged

DEMAND = "{type: parity, signedBy: {role: builder}}"
SIDE = {"name": "demo@staging", "digest": f"sha256:{'a' * 64}"}


def statement(*outcomes: str, result: str = "PASSED", at: str = "2026-01-01T00:00:00Z") -> Evidence:
    entries = [
        {"name": f"flags/f{number}", "outcome": one, "left": 1, "right": 2}
        for number, one in enumerate(outcomes)
    ]
    predicate: dict[str, Any] = {
        "at": at,
        "entries": entries,
        "left": SIDE,
        "right": SIDE,
        "result": result,
    }
    return evidence(PARITY, "bea", predicate, entry=14)


def judged(*outcomes: str, result: str = "PASSED", demand: str = DEMAND) -> Judged:
    (found,) = said(demand, statement(*outcomes, result=result))
    return found


@pytest.mark.parametrize(
    ("outcomes", "result", "expected"),
    [
        (("match", "match"), "PASSED", "met"),
        (("match", "allowed"), "WARNED", "met"),
        (("match", "drift"), "FAILED", "unmet"),
        (("unknown", "drift"), "FAILED", "unmet"),
        (("match", "unknown"), "FAILED", "inconclusive"),
        (("match", "of another version"), "FAILED", "inconclusive"),
        (("match", "drift"), "PASSED", "unmet"),
        (("match", "unknown"), "PASSED", "inconclusive"),
        (("match",), "FAILED", "unmet"),
        ((), "PASSED", "inconclusive"),
        ((), "FAILED", "unmet"),
    ],
)
def test_entries_count_and_not_what_is_made_of_them(
    outcomes: tuple[str, ...], result: str, expected: str
) -> None:
    assert outcome(DEMAND, statement(*outcomes, result=result)) == expected


def test_what_is_unknown_may_be_let_pass_and_what_differs_may_not() -> None:
    lenient = DEMAND.replace("}}", "}, inconclusive: allow}")
    assert judged("match", "unknown", result="FAILED", demand=lenient).outcome == "met"
    assert judged("match", "drift", result="FAILED", demand=lenient).outcome == "unmet"


def test_findings_name_the_rule_and_the_entry() -> None:
    found = judged("match", "drift", "unknown", result="FAILED")
    assert [dict(one) for one in found.findings] == [
        {
            "code": "REP008",
            "severity": "error",
            "subject": subject,
            "verdict": verdict,
            "seen": seen,
        }
        for subject, verdict, seen in (
            ("flags/f1", "fail", "drift"),
            ("flags/f2", "inconclusive", "unknown"),
        )
    ]
    assert found.seen == "flags/f1 drift, flags/f2 unknown"
    assert "parity.allowed" in found.remedy[0]


def test_the_type_may_be_named_by_its_uri() -> None:
    demand = DEMAND.replace("parity", f'"{PARITY}"')
    predicate = statement("drift", result="FAILED")
    decision = decided(with_evidence(make(demanding(demand)), predicate))
    (found,) = [one for one in decision.conditions if one.id == f"evidence:{PARITY}"]
    assert found.outcome == "unmet"
    assert found.findings
