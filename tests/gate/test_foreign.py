"""What others' tools said: each judged by its kind, about parts of a release or the whole of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    MANIFEST,
    MORNING,
    POLICY,
    THIS,
    decided,
    evidence,
    judged,
    make,
    signature,
    with_evidence,
)
from tests.predicates import (
    CYCLONEDX,
    OPENVEX,
    PROVENANCE,
    SARIF,
    SPDX,
    SUMMARY,
    TEST_RESULT,
    VULNERABILITIES,
)
from weighbridge.codec.canonical import digest
from weighbridge.gate.kinds import is_of, newest, signed_by
from weighbridge.gate.reuse import about
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from weighbridge.gate.case import Evidence
    from weighbridge.model.decision import Judged

MODEL, LABELS = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
STRANGER = f"sha256:{'c' * 64}"
FLAWS: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "vulnerabilities": [{"id": "CVE-1", "analysis": {"state": "not_affected"}}],
}
JUNIT: dict[str, Any] = {
    "configuration": [],
    "result": "PASSED",
    OURS: {"junit": {"digest": MODEL, "tests": 1, "failures": 0, "errors": 0, "skipped": 0}},
}


def demanding(demand: str) -> str:
    return POLICY.replace("    - type: replay", f"    - {demand}\n    - type: replay")


def of_parts(one: Evidence, *subjects: str) -> Evidence:
    return replace(one, subjects=subjects)


def said(demand: str, *more: Evidence) -> list[Judged]:
    """Judge a case with more evidence; return what was made of the demand."""
    case = with_evidence(make(demanding(demand)), *more)
    kind = demand.removeprefix("{type: ").rstrip("}").split(",")[0]
    found = decided(case).conditions
    assert found[0].outcome is Outcome.MET, found[0].why
    return [one for one in found if one.id == f"evidence:{kind}"]


def outcome(demand: str, *more: Evidence) -> str:
    """Sum up what was made of a demand: the worst of it."""
    order = [Outcome.MET, Outcome.INCONCLUSIVE, Outcome.UNMET]
    return max((one.outcome for one in said(demand, *more)), key=order.index).value


@pytest.mark.parametrize(
    ("kind", "predicate_type", "predicate", "expected"),
    [
        ("provenance", "provenance", PROVENANCE, "met"),
        ("provenance", "provenance", {"builder": "x"}, "inconclusive"),
        ("sbom", "sbom", CYCLONEDX, "met"),
        ("sbom", "https://cyclonedx.org/bom/v1.4", CYCLONEDX, "met"),
        ("sbom", "sbom", {**CYCLONEDX, "specVersion": "9"}, "inconclusive"),
        ("sbom", "sbom", FLAWS, "unmet"),
        ("vex", "sbom", FLAWS, "met"),
        ("vex", "vex", OPENVEX, "met"),
        ("vex", "https://openvex.dev/ns/v0.2.0", OPENVEX, "met"),
        ("vex", "vex", {**OPENVEX, "statements": []}, "inconclusive"),
        ("vex", "sbom", CYCLONEDX, "unmet"),
        ("spdx", "https://spdx.dev/Document/v2.3", SPDX, "met"),
        ("spdx", "spdx", {"spdxVersion": "SPDX-2.3"}, "inconclusive"),
        ("advisories", "https://in-toto.io/attestation/vulns/v0.2", VULNERABILITIES, "met"),
        ("summary", "summary", SUMMARY, "met"),
        ("summary", "summary", {**SUMMARY, "verificationResult": "FAILED"}, "unmet"),
        ("summary", "summary", {"verificationResult": "PASSED"}, "inconclusive"),
        ("tests", "tests", TEST_RESULT, "met"),
        ("tests", "tests", {**TEST_RESULT, "result": "FAILED"}, "unmet"),
        ("tests", "tests", {"result": "PASSED"}, "inconclusive"),
        ("tests", "tests", JUNIT, "met"),
        ("tests", "tests", {**JUNIT, "result": "FAILED"}, "unmet"),
        ("publish", "publish", {}, "met"),
        ("publish", "publish", {"a": 1}, "inconclusive"),
        ("parity", "parity", {"result": "FAILED"}, "unmet"),
        ("parity", "parity", {"result": "PASSED"}, "inconclusive"),
        ("delivery", "delivery", {"result": "WARNED"}, "inconclusive"),
        ("sarif", "sarif", SARIF, "met"),
        ("sarif", "sarif", {"version": "2.1.0"}, "inconclusive"),
    ],
)
def test_each_kind_is_judged_by_what_it_is(
    kind: str, predicate_type: str, predicate: dict[str, Any], expected: str
) -> None:
    by = evidence(predicate_type, "bea", predicate, entry=14)
    assert outcome(f"{{type: {kind}, signedBy: {{role: builder}}}}", by) == expected


def log(*results: dict[str, Any], **run: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a run
    plain = {**SARIF["runs"][0], "results": [{"message": {}, **one} for one in results], **run}
    return {"version": "2.1.0", "runs": [plain]}


@pytest.mark.parametrize(
    ("predicate", "floor", "expected"),
    [
        (log({"level": "warning"}), "", "met"),
        (log({"level": "error"}), "", "unmet"),
        (log({"level": "error"}), "error", "met"),
        (log({"level": "warning"}), "note", "unmet"),
        (log({"level": "none"}), "note", "met"),
        (log({}), "note", "unmet"),
        (log({"ruleId": "CA2101"}), "", "unmet"),
        (log({"ruleId": "CA5350"}), "", "met"),
        (log({"ruleIndex": 0}), "", "unmet"),
        (log({"ruleIndex": 7}), "", "unmet"),
        (log({"rule": {"index": 0}}), "", "unmet"),
        (log({"kind": "pass", "ruleId": "CA2101"}), "note", "met"),
        (log({"kind": "review"}), "note", "met"),
        (log({"kind": "fail", "level": "error"}), "", "unmet"),
        (log({"level": "error", "suppressions": [{"kind": "inSource"}]}), "", "unmet"),
        (log({"level": "error", "baselineState": "absent"}), "", "met"),
        (log({"level": "error", "baselineState": "unchanged"}), "", "unmet"),
        (log(results=None), "", "inconclusive"),
        (log(externalPropertyFileReferences={"results": [{}]}), "", "inconclusive"),
        (log(externalPropertyFileReferences={"graphs": [{}]}), "", "met"),
        (log(invocations=[{"executionSuccessful": False}]), "", "inconclusive"),
        (log({"level": "error"}, invocations=[{"executionSuccessful": False}]), "", "unmet"),
        (log(invocations=None), "", "met"),
        ({"version": "2.1.0", "runs": []}, "", "inconclusive"),
    ],
)
def test_findings_of_sarif_block_above_a_level(
    predicate: dict[str, Any], floor: str, expected: str
) -> None:
    graded = f", noneAbove: {floor}" if floor else ""
    (found,) = said(f"{{type: sarif{graded}}}", evidence("sarif", "carl", predicate, entry=14))
    assert found.outcome == expected
    assert found.wanted == f"nothing above {floor or 'warning'}"


def test_what_blocks_in_sarif_is_named() -> None:
    predicate = log({"ruleId": "CA2101"}, {"level": "error"}, {"ruleId": "CA2101"})
    (found,) = said("{type: sarif}", evidence("sarif", "carl", predicate, entry=14))
    assert found.seen == "CA2101 (error), a finding (error)"


def sarif(person: str, entry: int, level: str = "note", *subjects: str) -> Evidence:
    one = evidence("sarif", person, log({"level": level}), entry=entry)
    return of_parts(one, *subjects) if subjects else one


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([sarif("carl", 14, "error"), sarif("carl", 15)], "met"),
        ([sarif("carl", 14), sarif("carl", 15, "error")], "unmet"),
        ([sarif("carl", 14), sarif("cat", 15, "error")], "unmet"),
        ([sarif("carl", 14, "error"), sarif("cat", 15)], "met"),
        ([sarif("carl", 14, "note", MODEL)], "met"),
        ([sarif("carl", 14, "note", MODEL), sarif("carl", 15, "error", LABELS)], "unmet"),
        # What was found in one file is not answered by having looked at another.
        ([sarif("carl", 14, "error", MODEL), sarif("carl", 15, "note", LABELS)], "unmet"),
        ([sarif("carl", 14, "error"), sarif("carl", 15, "note", MODEL)], "unmet"),
        ([sarif("carl", 14, "error", MODEL), sarif("carl", 15, "note", MODEL)], "met"),
        ([sarif("carl", 14, "error", MODEL), sarif("carl", 15, "note", MODEL, LABELS)], "met"),
        ([sarif("carl", 14, "error", MODEL, LABELS), sarif("carl", 15, "note", MODEL)], "unmet"),
        ([sarif("carl", 14, "error", MODEL), sarif("cat", 15)], "met"),
    ],
)
def test_the_newest_word_counts_about_what_it_is_about(
    statements: list[Evidence], expected: str
) -> None:
    assert outcome("{type: sarif, signedBy: {role: checker}}", *statements) == expected


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([sarif("carl", 14)], "unmet"),
        ([sarif("carl", 14), sarif("carl", 15)], "unmet"),
        ([sarif("carl", 14), sarif("cat", 15)], "met"),
        ([sarif("carl", 14), sarif("cat", 15), sarif("dora", 16, "error")], "unmet"),
        ([sarif("carl", 14, "error"), sarif("cat", 15), sarif("dora", 16)], "met"),
        ([sarif("carl", 14, "note", MODEL), sarif("cat", 15, "note", LABELS)], "unmet"),
        ([sarif("carl", 14, "note", MODEL), sarif("cat", 15, "note", MODEL)], "met"),
        ([sarif("carl", 14), sarif("carl", 15, "note", MODEL)], "unmet"),
        ([sarif("carl", 14), sarif("cat", 15, "note", MODEL)], "met"),
    ],
)
def test_several_signers_are_several_people(statements: list[Evidence], expected: str) -> None:
    demand = "{type: sarif, signedBy: {role: checker}, min: 2}"
    assert outcome(demand, *statements) == expected


def test_one_key_is_one_signer_under_whatever_names() -> None:
    """A case with it is not believed; whoever counts does not rely on that."""
    one = sarif("carl", 14)
    same = replace(sarif("cat", 15), key=one.key)
    assert signed_by(newest([one, same], 2)) == 1
    assert signed_by(newest([one, sarif("carl", 15)], 2)) == 1
    assert signed_by(newest([one, sarif("cat", 15)], 2)) == 2
    assert signed_by([]) == 0
    case = with_evidence(make(demanding("{type: sarif, min: 2}")), one, same)
    assert (
        decided(case).conditions[0].why
        == "entry 15: its key is another person's, or has other roles"
    )


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (sarif("carl", 14, "note", STRANGER), "it is not about its release"),
        (sarif("carl", 14, "note", MODEL, STRANGER), "it is not about its release"),
        (of_parts(evidence("report", "carl", {OURS: {}}, entry=14), MODEL), "not about its"),
        (of_parts(evidence("replay", "carl", {}, entry=14), MODEL), "not about its release"),
        (replace(signature(entry=14), subjects=(MODEL,)), "not about its release"),
    ],
)
def test_what_is_about_anything_else_is_not_believed(one: Evidence, why: str) -> None:
    found = decided(with_evidence(make(), one))
    assert found.verdict is GateVerdict.DENIED
    assert why in found.conditions[0].why


def test_parts_of_another_release_are_none_of_this_one() -> None:
    one = replace(sarif("carl", 14, "note", MODEL), release=f"sha256:{'9' * 64}")
    found = decided(with_evidence(make(), one))
    assert found.conditions[0].why == "entry 14: it is not about its release"


def test_a_package_stands_in_a_lock_that_is_there() -> None:
    lock = f"click==8.1 --hash={STRANGER}\n".encode()
    manifest = MANIFEST.replace(
        "format: requirements", f'format: requirements, digest: "{digest(lock)}"'
    )
    plain = make(manifest=manifest)
    word = evidence("publish", "carl", {}, entry=14, release=plain.release)
    case = with_evidence(plain, of_parts(word, STRANGER))
    assert decided(case).conditions[0].why == "entry 14: it is not about its release"
    there = replace(case, documents={digest(lock): lock})
    assert decided(there).conditions[0].outcome is Outcome.MET


def test_a_document_that_was_changed_is_noticed() -> None:
    case = replace(make(), documents={MODEL: b"other bytes"})
    found = decided(case).conditions[0]
    assert (found.outcome, found.why) == (
        Outcome.UNMET,
        f"document {MODEL} changed since it was signed",
    )


def test_a_test_result_of_nobody_is_no_report_and_ends_the_one_before() -> None:
    """It is both: as a report it decides nothing."""
    case = with_evidence(make(), evidence("tests", "carl", TEST_RESULT, entry=14))
    assert judged(decided(case), "evidence:report").outcome is Outcome.INCONCLUSIVE
    counted = with_evidence(make(), evidence("tests", "carl", JUNIT, entry=14))
    assert judged(decided(counted), "evidence:report").outcome is Outcome.MET
    parts = of_parts(evidence("tests", "carl", TEST_RESULT, entry=14), MODEL)
    assert judged(decided(with_evidence(make(), parts)), "evidence:report").outcome is Outcome.MET


@pytest.mark.parametrize(
    ("kind", "predicate", "expected"),
    [
        ("sarif", log(invocations=[{"executionSuccessful": True}]), "met"),
        (
            "sarif",
            log(invocations=[{"executionSuccessful": True, "endTimeUtc": "2026-11-01T11:00:00Z"}]),
            "met",
        ),
        (
            "sarif",
            log(invocations=[{"executionSuccessful": True, "endTimeUtc": "2026-10-01T11:00:00Z"}]),
            "unmet",
        ),
        ("summary", SUMMARY, "unmet"),
        ("vex", {**OPENVEX, "timestamp": "2026-11-01T11:30:00.647787998+05:00"}, "met"),
        ("advisories", VULNERABILITIES, "unmet"),
        # A build is as old as it is.
        ("provenance", PROVENANCE, "met"),
        ("summary", {**SUMMARY, "timeVerified": "2026-02-31T00:00:00Z"}, "met"),
        ("summary", {**SUMMARY, "timeVerified": "2026-01-01"}, "met"),
    ],
)
def test_an_old_scan_is_not_made_fresh_by_being_handed_in(
    kind: str, predicate: dict[str, Any], expected: str
) -> None:
    """What is no time is told by the shape, which makes the statement inconclusive."""
    demand = f"{{type: {kind}, maxAge: 24h}}"
    case = with_evidence(make(demanding(demand)), evidence(kind, "carl", predicate, entry=14))
    assert judged(decided(case), f"fresh:{kind}").outcome == expected


def test_a_uri_means_every_statement_of_that_type() -> None:
    one = evidence("tests", "carl", TEST_RESULT, entry=14)
    assert is_of("https://in-toto.io/attestation/test-result/v0.1", one)
    assert is_of("report", one)
    assert is_of("tests", one)
    assert not is_of("sarif", one)


def test_conditions_see_what_a_statement_is_about() -> None:
    policy = demanding("{type: sarif}").replace(
        "  rollbackPolicy",
        """\
    - id: every-artifact-scanned
      title: Each artifact was scanned
      forEach: release.artifacts
      expr: evidence.exists(e, e.type.contains("sarif") && item.digest in e.subjects)
      message: item.name + " was not scanned"
      tests:
        pass:
          - {item: {digest: d, name: n}, evidence: [{type: sarif, subjects: [d]}]}
        fail:
          - {item: {digest: d, name: n}, evidence: [{type: sarif, subjects: [x]}]}
  rollbackPolicy""",
    )
    half = with_evidence(make(policy), sarif("carl", 14, "note", MODEL))
    whole = with_evidence(half, sarif("carl", 15, "note", LABELS))
    names = {one.id for one in decided(half).conditions}
    name = next(one for one in names if "every-artifact-scanned" in one)
    found = [one for one in decided(half).conditions if one.id == name]
    assert Outcome.UNMET in {one.outcome for one in found}
    found = [one for one in decided(whole).conditions if one.id == name]
    assert {one.outcome for one in found} == {Outcome.MET}


def test_a_part_is_about_the_release_it_was_given_for() -> None:
    case = with_evidence(make(), sarif("carl", 14, "note", MODEL))
    assert [one.entry for one in about(case)][-1] == 14
    assert (case.evidence[-1].release, case.evidence[-1].at) == (THIS, MORNING)


def said_by(tool: str, result: str = "PASSED") -> dict[str, Any]:
    counted = {"digest": MODEL, "exceptions": 0, "failures": 0, "names": ["main"], "passed": 3}
    return {
        "configuration": [],
        "result": result,
        OURS: {"rego": {**counted, "tool": tool, "warnings": 0}},
    }


@pytest.mark.parametrize("tool", ["opa", "conftest"])
def test_what_opa_or_conftest_said_is_evidence_of_its_own_kind(tool: str) -> None:
    one = evidence("tests", "carl", said_by(tool), entry=15)
    kinds = {kind for kind in ("report", "tests", "opa", "conftest") if is_of(kind, one)}
    assert kinds == {tool}
    policy = demanding(f"{{type: {tool}, maxAge: 24h, signedBy: {{role: checker}}}}")
    name = f"evidence:{tool}"
    assert judged(decided(make(policy)), name).outcome is Outcome.UNMET
    met = judged(decided(with_evidence(make(policy), one)), name)
    assert (met.outcome, met.why) == (Outcome.MET, "it says that it passed")
    failed = replace(one, predicate=said_by(tool, "FAILED"))
    assert judged(decided(with_evidence(make(policy), failed)), name).outcome is Outcome.UNMET


def test_a_run_of_conftest_supersedes_no_report_and_no_tests() -> None:
    one = evidence("tests", "carl", said_by("conftest"), entry=15)
    case = make(demanding("{type: tests}"))
    assert judged(decided(with_evidence(case, one)), "evidence:report").outcome is Outcome.MET
    assert judged(decided(with_evidence(case, one)), "evidence:tests").outcome is Outcome.UNMET
