"""Rule packs a policy demands: each must have run whole, with the thresholds of the policy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import POLICY, decided, evidence, finding, make, report, signature
from tests.usecases.rule_packs import ACME
from weighbridge.codec.rule_pack import read_rule_pack, rule_pack_bytes, rule_pack_digest
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.model.decision import Judged

PACK, _ = read_rule_pack(ACME.encode(), "rules.yaml")
BYTES, DIGEST = rule_pack_bytes(PACK), rule_pack_digest(PACK)
CODES = ("ORG001", "ORG002", "ORG003")
DEMANDS = f"""\
  rulePacks:
    - {{name: acme, version: "1", digest: "{DIGEST}", parameters: {{ORG001: {{max: 3}}}}}}
  approvals:
"""
WITH = POLICY.replace("  approvals:\n", DEMANDS)
GIVEN = {"ORG001": {"max": 3}}
NAME = "rule-pack:acme@1"


def made_with(
    *findings: Mapping[str, Any],
    ran: tuple[str, ...] = CODES,
    parameters: Mapping[str, Any] | None = None,
    **changes: Any,  # noqa: ANN401 - members of what is said of the pack
) -> dict[str, Any]:
    """Write a report made with the pack."""
    predicate = report(*findings)
    found = {one["code"] for one in findings}
    predicate["passedTests"] += [code for code in ran if code not in found]
    plain = {
        "name": "acme",
        "version": "1",
        "digest": DIGEST,
        "parameters": GIVEN if parameters is None else parameters,
        "rules": [*CODES],
    }
    predicate[OURS]["report"]["rulePacks"] = [plain | changes]
    return predicate


def case(*reports: Evidence | dict[str, Any], **others: Any) -> Case:  # noqa: ANN401 - a case's
    signed = [
        one if not isinstance(one, dict) else evidence("report", "carl", one, entry=12 + index)
        for index, one in enumerate(reports)
    ]
    known: dict[str, Any] = {"packs": {DIGEST: BYTES}, "evidence": (signature(), *signed)}
    return make(WITH, **(known | others))


def judged(found: Case) -> dict[str, Judged]:
    return {one.id: one for one in decided(found).conditions}


def test_a_report_made_with_the_pack_counts() -> None:
    found = judged(case(made_with()))
    assert found[NAME].outcome is Outcome.MET
    assert found["evidence:report"].outcome is Outcome.MET
    assert decided(case(made_with())).verdict is GateVerdict.NEEDS


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (report(), "no report was made with it"),
        (made_with(parameters={}), "acme@1 with other parameters: {}"),
        (made_with(parameters={"ORG001": {"max": 4}}), "with other parameters"),
        (made_with(digest="sha256:" + "0" * 64), "acme@1 of another digest"),
        (made_with(version="2"), "acme@2"),
        (made_with(name="other"), "no report was made with it"),
    ],
)
def test_another_pack_or_other_thresholds_are_inconclusive(said: dict[str, Any], seen: str) -> None:
    found = judged(case(said))[NAME]
    assert (found.outcome, found.why) == (Outcome.INCONCLUSIVE, "rule pack acme@1 did not run")
    assert seen in found.seen
    command = "weighbridge check detector@1.4.0 --sign --for-env production --key NAME"
    assert found.remedy == (command,)
    assert decided(case(said)).verdict is GateVerdict.INCONCLUSIVE


def test_findings_of_a_pack_are_told_with_the_pack_and_not_with_our_rules() -> None:
    found = judged(case(made_with(finding("ORG002"))))
    assert found[NAME].outcome is Outcome.UNMET
    assert found[NAME].seen == "ORG002 model.onnx"
    assert found["evidence:report"].outcome is Outcome.MET


def test_our_findings_are_told_with_our_rules() -> None:
    found = judged(case(made_with(finding())))
    assert found[NAME].outcome is Outcome.MET
    assert found["evidence:report"].outcome is Outcome.UNMET


def test_no_pack_takes_a_code_of_ours_out_of_our_findings() -> None:
    found = judged(case(made_with(finding(), rules=[*CODES, "INT001"])))
    assert found["evidence:report"].outcome is Outcome.UNMET


def test_a_pack_in_python_has_no_code_of_ours_and_none_that_is_no_text() -> None:
    claims = made_with(finding(), rules=[*CODES, "INT001", 7, None])
    found = judged(case(claims, packs={}))
    assert found[NAME].outcome is Outcome.MET
    assert found["evidence:report"].outcome is Outcome.UNMET


def test_a_finding_of_nobody_knows_which_rule_blocks_as_ours_do() -> None:
    found = judged(case(made_with(finding("XYZ001"))))
    assert found["evidence:report"].outcome is Outcome.UNMET


def test_findings_of_a_pack_nobody_demands_block_nothing() -> None:
    others = make(
        evidence=(signature(), evidence("report", "carl", made_with(finding("ORG002")), entry=12))
    )
    found = judged(others)
    assert NAME not in found
    assert found["evidence:report"].outcome is Outcome.MET


def test_a_rule_of_the_pack_that_did_not_run_is_inconclusive() -> None:
    found = judged(case(made_with(ran=("ORG001", "ORG003"))))[NAME]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.skipped == ("ORG002",)


def test_a_rule_that_did_not_run_is_told_of_the_report_it_is_missed_in() -> None:
    asked = case(made_with(ran=("ORG001", "ORG003")), report())
    _, older, _ = asked.evidence
    skipped = [(one.rule, one.statement) for one in decided(asked).skipped]
    assert skipped == [("ORG002", older.statement)]


def test_what_must_have_run_is_told_by_the_pack_and_not_by_the_report() -> None:
    found = judged(case(made_with(ran=("ORG001",), rules=["ORG001"])))[NAME]
    assert found.skipped == ("ORG002", "ORG003")
    python = judged(case(made_with(ran=("ORG001",), rules=["ORG001"]), packs={}))[NAME]
    assert python.outcome is Outcome.MET  # of one that is no document there is only its word


def test_a_rule_out_of_force_need_not_have_run() -> None:
    text = ACME.replace(
        "severity: warning", 'severity: note\n      expiresOn: "2026-11-01T11:00:00Z"'
    )
    pack, _ = read_rule_pack(text.encode(), "rules.yaml")
    data, digest = rule_pack_bytes(pack), rule_pack_digest(pack)
    said = made_with(ran=("ORG001", "ORG002"), digest=digest)
    policy = WITH.replace(DIGEST, digest)
    signed = (signature(), evidence("report", "carl", said, entry=12))
    found = make(policy, evidence=signed, packs={digest: data})
    assert judged(found)[NAME].outcome is Outcome.MET
    early = replace(found, now="2026-11-01T10:59:59Z")
    assert judged(early)[NAME].skipped == ("ORG003",)


def test_a_newer_report_by_other_packs_supersedes_no_answer_of_this_one() -> None:
    found = judged(case(made_with(finding("ORG002")), made_with(parameters={})))
    assert found[NAME].outcome is Outcome.UNMET
    kept = judged(case(made_with(), report()))
    assert kept[NAME].outcome is Outcome.MET
    newer = judged(case(made_with(), made_with(finding("ORG002"))))
    assert newer[NAME].outcome is Outcome.UNMET
    ours = judged(case(made_with(), report(finding())))
    assert ours["evidence:report"].outcome is Outcome.UNMET


def test_an_older_report_of_the_pack_must_be_fresh_as_well() -> None:
    old = evidence("report", "carl", made_with(), entry=12, at="2026-10-30T09:00:00Z")
    early = replace(signature(), at="2026-10-29T09:00:00Z")
    found = judged(case(evidence=(early, old, evidence("report", "carl", report(), entry=13))))
    assert found["fresh:report"].outcome is Outcome.MET
    assert found[f"fresh:{NAME}"].outcome is Outcome.UNMET


def test_a_report_by_somebody_without_the_role_does_not_count() -> None:
    stranger = evidence("report", "max", made_with(), entry=13)
    found = judged(case(report(), stranger))
    assert found[NAME].outcome is Outcome.INCONCLUSIVE


def test_a_pack_that_was_changed_denies_and_one_that_cannot_be_read_decides_nothing() -> None:
    changed = decided(case(made_with(), packs={DIGEST: BYTES.replace(b'"max":5', b'"max":9')}))
    assert changed.verdict is GateVerdict.DENIED
    assert "rule pack" in changed.conditions[0].why
    junk = b"{}"
    digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    policy = WITH.replace(DIGEST, digest)
    signed = (signature(), evidence("report", "carl", made_with(digest=digest), entry=12))
    found = judged(make(policy, evidence=signed, packs={digest: junk}))[NAME]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "cannot be read" in found.why


@pytest.mark.parametrize("said", [None, "x", [1], [{"rules": "x"}], {"acme": 1}])
def test_what_says_nothing_of_packs_made_sense_of_says_nothing(said: object) -> None:
    predicate = made_with()
    predicate[OURS]["report"]["rulePacks"] = said
    assert judged(case(predicate))[NAME].outcome is Outcome.INCONCLUSIVE


def test_findings_of_a_pack_are_seen_by_conditions() -> None:
    found = judged(case(made_with(finding("ORG003"))))
    assert found["no-errors"].outcome is Outcome.UNMET


def test_what_a_pack_found_is_bound_by_approvals() -> None:
    clean, noted = case(made_with()), case(made_with(finding("ORG003", severity="note")))
    assert decided(clean).outcome_digest != decided(noted).outcome_digest
    again = case(evidence("report", "carl", made_with(), entry=15, at="2026-11-01T11:00:00Z"))
    assert decided(clean).outcome_digest == decided(again).outcome_digest
