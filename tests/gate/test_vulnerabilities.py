"""Scans for vulnerabilities before the gate: how bad, what is left open, how old."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripts.shown_commands import blocks
from tests.gate.cases import decided, evidence, judged, make, with_evidence
from tests.gate.test_foreign import demanding, of_parts, said
from tests.predicates import VULNERABILITIES
from tests.scans import grype, grype_match, pip_audit, trivy, trivy_flaw, trivy_ignoring, written
from weighbridge.codec.predicates.recognising import recognise
from weighbridge.gate.vulnerabilities import judge_vulnerabilities
from weighbridge.model.policy import Evidence as Demand
from weighbridge.model.predicates import OURS, VULNERABILITIES_02

if TYPE_CHECKING:
    from weighbridge.gate.case import Evidence

IMAGE, LOCK = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def predicate(report: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(recognise(written(report)).predicate)
    return found


def graded(*scores: str) -> dict[str, Any]:
    """Write a scan by somebody else, of one flaw with these scores."""
    severity = [{"method": "cvss_v3", "score": score} for score in scores]
    scanner = {**VULNERABILITIES["scanner"], "result": [{"id": "CVE-1", "severity": severity}]}
    return {**VULNERABILITIES, "scanner": scanner}


def judge(tree: dict[str, Any], **demand: str) -> tuple[str, str, str]:
    asked = Demand.model_validate({"type": "advisories", **demand})
    outcome, why, seen, _ = judge_vulnerabilities(asked, tree)
    return outcome.value, why, seen


@pytest.mark.parametrize(
    ("scores", "weighs"),
    [
        ((), "error"),
        (("",), "error"),
        (("terrible",), "error"),
        (("CRITICAL",), "error"),
        (("High",), "error"),
        (("important",), "error"),
        (("7.0",), "error"),
        (("10",), "error"),
        (("11",), "error"),
        (("-1",), "error"),
        (("6.95",), "error"),
        (("6.9",), "warning"),
        (("medium",), "warning"),
        (("moderate", "low"), "warning"),
        (("low", "9.8"), "error"),
        (("low", "?"), "error"),
        (("Negligible",), "note"),
        (("none",), "note"),
        (("0.0",), "note"),
        (("3.9",), "note"),
    ],
)
def test_the_worst_grade_counts_and_an_unknown_one_is_the_worst(
    scores: tuple[str, ...], weighs: str
) -> None:
    order = ["note", "warning", "error"]
    for floor in order:
        met = order.index(weighs) <= order.index(floor)
        assert judge(graded(*scores), noneAbove=floor)[0] == ("met" if met else "unmet")


def test_the_level_is_warning_if_nothing_is_said() -> None:
    assert judge(graded("medium"))[0] == "met"
    assert judge(graded("high"))[0] == "unmet"


def test_what_blocks_is_named_with_its_package() -> None:
    found = judge(predicate(grype(grype_match())))
    assert found == (
        "unmet",
        "it has flaws that block",
        "CVE-1999-0002 in package-2 2.2.2 (critical)",
    )


def test_a_flaw_that_was_ignored_counts_and_is_told() -> None:
    assert judge(predicate(trivy_ignoring(trivy_flaw("CVE-9", "HIGH"))))[0] == "unmet"
    outcome, why, _ = judge(predicate(trivy_ignoring(trivy_flaw("CVE-9", "LOW"))))
    assert outcome == "met"
    assert why == "nothing in it blocks, 1 flaw the scanner was told to ignore among it"


def test_a_flaw_pip_audit_finds_blocks_since_it_grades_none() -> None:
    tree = predicate(pip_audit("six==1.16.0", flaws={"six": ["PYSEC-1"]}))
    assert judge(tree)[0] == "unmet"
    assert judge(tree, noneAbove="error")[0] == "met"


def test_what_a_scan_leaves_open_is_inconclusive_unless_the_policy_lets_it() -> None:
    tree = predicate(pip_audit("six==1.16.0", "own"))
    why = "it passed over own: Dependency not found on PyPI"
    assert judge(tree) == ("inconclusive", "it leaves something open", why)
    assert judge(tree, inconclusive="allow")[0] == "met"
    worse = predicate(pip_audit("six==1.16.0", "own", flaws={"six": ["PYSEC-1"]}))
    assert judge(worse, inconclusive="allow")[0] == "unmet"


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {}},
        {"scanner": {"uri": "pkg:a/b"}},
        {"scanner": {"uri": "pkg:a/b", "result": [{"id": "CVE-1"}]}},
        {OURS: {"scan": {"open": []}}},
        {OURS: {"scan": None}},
    ],
    ids=["times", "result", "severity", "ours", "nothing"],
)
def test_a_scan_that_is_not_whole_decides_nothing(change: dict[str, Any]) -> None:
    """A time may be missing where we read a report without one, and nowhere else."""
    tree = {**VULNERABILITIES, **change}
    assert judge(tree)[0] == "inconclusive"
    assert judge(tree, inconclusive="allow")[0] == "inconclusive"


def of(part: str, report: object, *, entry: int) -> Evidence:
    one = evidence(VULNERABILITIES_02, "carl", predicate(report), entry=entry)
    return of_parts(one, part)


def test_a_clean_scan_of_an_image_hides_no_flaw_of_the_lock() -> None:
    bad = of(LOCK, pip_audit("six==1.16.0", flaws={"six": ["PYSEC-1"]}), entry=14)
    good = of(IMAGE, trivy(), entry=15)
    found = said("{type: advisories, noneAbove: warning}", bad, good)
    assert sorted(one.outcome.value for one in found) == ["met", "unmet"]
    mended = of(LOCK, pip_audit("six==1.16.1"), entry=16)
    found = said("{type: advisories, noneAbove: warning}", bad, good, mended)
    assert {one.outcome.value for one in found} == {"met"}


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (trivy(CreatedAt="2026-11-01T11:30:00Z"), "met"),
        (trivy(CreatedAt="2026-10-30T11:30:00Z"), "unmet"),
        # It does not say when: it is as old as its entry in the ledger.
        (pip_audit("six==1.16.0"), "met"),
    ],
    ids=["fresh", "old", "untold"],
)
def test_a_scan_is_as_old_as_it_says_itself(report: object, outcome: str) -> None:
    demand = "{type: advisories, maxAge: 24h}"
    case = with_evidence(make(demanding(demand)), of(IMAGE, report, entry=14))
    assert judged(decided(case), "fresh:advisories").outcome == outcome


def test_the_condition_of_the_how_to_compiles_and_holds_its_own_tests() -> None:
    """Policies are refused whose conditions fail their tests, so that this one decides."""
    page = Path(__file__).parents[2] / "docs/how-to/use-the-scanners-you-have.md"
    (block,) = (
        one for one in blocks(page.read_text(encoding="utf-8")) if one.title == "conditions.yaml"
    )
    condition = block.body.removeprefix("conditions:\n").replace("\n", "\n  ").rstrip()
    policy = demanding("{type: advisories}").replace(
        "  rollbackPolicy", f"  {condition}\n  rollbackPolicy"
    )
    case = with_evidence(make(policy), of(IMAGE, trivy(), entry=14))
    ids = {one.id for one in decided(case).conditions}
    assert any("every-image-scanned" in one for one in ids)
