from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    POLICY,
    decided,
    evidence,
    finding,
    judged,
    make,
    report,
    with_evidence,
)
from tests.usecases.standing import vex
from weighbridge.model.decision import Judged, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Evidence

FLAW = "PYSEC-2026-1"
TAKING = POLICY + "  vex: {roles: [security]}\n"
KIND = "https://openvex.dev/ns/v0.2.0"


def flaw(name: str = FLAW, **threat: Any) -> dict[str, Any]:  # noqa: ANN401 - its members
    plain = {
        "level": "needs-review",
        "container": "",
        "offset": -1,
        "global": f"torch==1.13.0 {name}",
        "digest": "sha256:" + "c" * 64,
        "aliases": [f"CVE-{name}"],
    }
    return finding("DEP005", subject=f"torch {name}", threat=plain | threat)


def said(status: str, person: str = "sue", entry: int = 30, **more: str) -> Evidence:
    return evidence(KIND, person, vex(status, **more), entry=entry)


def ruled(
    *documents: Evidence, found: Mapping[str, Any] | None = None, policy: str = TAKING
) -> Judged:
    """Judge a report that found a flaw, beside some documents."""
    weighed = evidence("report", "carl", report(flaw() if found is None else found), entry=20)
    case = with_evidence(make(policy, codes=("INT001",)), weighed, *documents)
    return judged(decided(case), "evidence:report")


def test_a_flaw_somebody_says_does_not_count_does_not() -> None:
    assert ruled().outcome is Outcome.UNMET
    found = ruled(said("not_affected"))
    assert (found.outcome, found.findings[0]["verdict"]) == (Outcome.WAIVED, "cleared")
    assert found.why == (
        f"what it found does not count: torch==1.13.0 {FLAW} is not_affected by sue"
        " (vulnerable_code_not_in_execute_path)"
    )
    fixed = ruled(said("fixed", flaw=FLAW))
    assert fixed.outcome is Outcome.WAIVED
    assert fixed.why.endswith(f"torch==1.13.0 {FLAW} is fixed by sue")


def test_a_role_may_be_written_as_one() -> None:
    policy = TAKING.replace("[security]", "['role:security']")
    assert ruled(said("fixed"), policy=policy).outcome is Outcome.WAIVED


def test_newer_evidence_that_is_no_such_word_hides_none() -> None:
    foreign = {"bomFormat": "CycloneDX", "vulnerabilities": [{"id": FLAW}]}
    for newer in (
        said("affected", person="mia", entry=40),
        evidence("https://cyclonedx.org/bom", "sue", foreign, entry=40),
    ):
        assert ruled(said("fixed"), newer).outcome is Outcome.WAIVED


def test_what_cleared_something_is_among_the_evidence_of_the_decision() -> None:
    weighed = evidence("report", "carl", report(flaw()), entry=20)
    document, other = said("fixed"), said("fixed", entry=31, flaw="CVE-9")
    decision = decided(with_evidence(make(TAKING), weighed, document, other))
    assert document.statement in decision.evidence
    assert other.statement not in decision.evidence


@pytest.mark.parametrize(
    "document",
    [
        said("affected"),
        said("under_investigation"),
        said("fixed", flaw="CVE-another"),
        said("fixed", version="1.12.0"),
        said("fixed", person="mia"),
        replace(said("fixed"), predicate_type="https://cyclonedx.org/bom"),
    ],
    ids=["affected", "open", "another flaw", "another version", "another role", "another type"],
)
def test_what_says_something_else_clears_nothing(document: Evidence) -> None:
    assert ruled(document).outcome is Outcome.UNMET


def test_nobody_clears_anything_where_the_policy_takes_no_word() -> None:
    assert ruled(said("fixed"), policy=POLICY).outcome is Outcome.UNMET


def test_the_newest_document_that_speaks_of_a_flaw_decides() -> None:
    silent = said("fixed", entry=40, flaw="CVE-another")
    assert ruled(said("fixed"), said("affected", entry=31)).outcome is Outcome.UNMET
    assert ruled(said("affected"), said("fixed", entry=31), silent).outcome is Outcome.WAIVED


def test_a_document_nobody_can_read_might_have_been_the_newest_word() -> None:
    broken = evidence(KIND, "sue", {**vex("fixed"), "statements": [{}]}, entry=31)
    assert ruled(said("fixed"), broken).outcome is Outcome.UNMET
    assert ruled(broken, said("fixed", entry=32)).outcome is Outcome.WAIVED


def test_nobody_clears_what_he_built_or_asked_for() -> None:
    policy = TAKING.replace("[security]}\n", "[security, builder, ml-lead]}\n")
    for person in ("bea", "rob"):
        assert ruled(said("fixed", person=person), policy=policy).outcome is Outcome.UNMET
    assert ruled(said("fixed", person="max"), policy=policy).outcome is Outcome.WAIVED


@pytest.mark.parametrize(
    "found",
    [
        flaw(level="malicious"),
        {**flaw(), "code": "INT001"},
        {**flaw(), "verdict": "inconclusive"},
        {**flaw(), "threat": None},
        flaw(**{"global": "torch"}),
        flaw(**{"global": "torch==1.13.0 "}),
        flaw("CVE-other", aliases="CVE-PYSEC-2026-1"),
    ],
    ids=["attack", "other rule", "undecided", "no threat", "no flaw", "no name", "no list"],
)
def test_only_what_one_rule_knows_for_sure_is_cleared(found: dict[str, Any]) -> None:
    assert ruled(said("fixed"), found=found).outcome is not Outcome.WAIVED


def test_what_is_waived_and_what_is_cleared_is_both_told() -> None:
    two = report(flaw(), flaw("PYSEC-2026-2"))
    weighed = evidence("report", "carl", two, entry=20)
    case = with_evidence(make(TAKING), weighed, said("fixed"))
    assert judged(decided(case), "evidence:report").seen == "DEP005 torch PYSEC-2026-2"
