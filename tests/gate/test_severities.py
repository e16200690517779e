from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    CODES,
    MANIFEST,
    MORNING,
    NOON,
    POLICY,
    approved,
    decided,
    evidence,
    finding,
    judged,
    make,
    outcomes,
    report,
    signature,
)
from weighbridge.codec.predicates import shape_fault
from weighbridge.gate.severities import Grace, Severities, does_harm
from weighbridge.gate.vsa import vsa_predicate
from weighbridge.model.decision import GateVerdict, Judged, Outcome
from weighbridge.model.predicates import VSA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision

LATER = "2026-12-01T00:00:00Z"
WHY = "the scanner is new"
UNKNOWN_TASK = MANIFEST.replace("task: classification", "task: poetry")
REPORT = "{type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning"
END = "  rollbackPolicy:"


def excepting(
    what: str, severity: str = "warn", *, policy: str = POLICY, environments: str = "[production]",
    expires: str = LATER,
) -> str:  # fmt: skip
    """Add an exception to a policy."""
    entry = f"{{{what}, environments: {environments}, severity: {severity}, reason: {WHY}"
    entry += f', expiresOn: "{expires}"}}' if expires else "}"
    return policy.replace(END, f"  exceptions:\n    - {entry}\n{END}")


def found_in(
    *findings: dict[str, Any], policy: str = POLICY, passed: Iterable[str] | None = None,
    **changes: Any,  # noqa: ANN401 - fields of a case
) -> Case:  # fmt: skip
    """Make a case whose report found something."""
    checked = evidence("report", "carl", report(*findings, passed=passed), entry=12)
    return make(policy, evidence=(signature(), checked), **changes)


def report_of(case: Case) -> Judged:
    return judged(decided(case), "evidence:report")


# Conditions ---------------------------------------------------------------------------------


def test_a_condition_that_warns_does_not_block() -> None:
    policy = POLICY.replace(
        "    - id: known-task\n", "    - id: known-task\n      severity: warn\n"
    )
    case = make(policy, manifest=UNKNOWN_TASK)
    found = judged(decided(case), "known-task")
    assert (found.outcome, found.warns, found.excluded) == (Outcome.MET, True, ())
    assert found.why == "nobody knows poetry; it only warns"
    assert decided(approved(case)).verdict is GateVerdict.ALLOWED
    assert judged(decided(make(policy)), "known-task").warns is False


@pytest.mark.parametrize(
    ("severity", "outcome", "why"),
    [
        ("warn", "met", "nobody knows poetry; it only warns, by {by}"),
        ("off", "waived", "left out by {by}"),
    ],
)
def test_an_exception_is_told_by_name_with_its_reason(
    severity: str, outcome: str, why: str
) -> None:
    case = make(excepting("conditions: [known-task]", severity), manifest=UNKNOWN_TASK)
    found = judged(decided(case), "known-task")
    by = f"exceptions:0 until {LATER} ({WHY})"
    assert (found.outcome, found.why) == (outcome, why.format(by=by))
    assert found.excluded == (by,)
    assert decided(approved(case)).verdict is GateVerdict.ALLOWED


def test_what_is_left_out_is_left_out_even_where_it_would_hold() -> None:
    case = make(excepting("conditions: [known-task, digests]", "off"))
    assert outcomes(decided(approved(case))) == {"known-task": "waived", "digests": "waived"}


@pytest.mark.parametrize(
    ("environments", "expires"), [("[staging]", LATER), ("[production]", NOON)]
)
def test_elsewhere_and_afterwards_it_blocks(environments: str, expires: str) -> None:
    policy = excepting(
        "conditions: [known-task]", "off", environments=environments, expires=expires
    )
    assert outcomes(decided(approved(make(policy, manifest=UNKNOWN_TASK))))["known-task"] == "unmet"


def test_what_warns_elsewhere_can_block_here() -> None:
    policy = POLICY.replace(
        "    - id: known-task\n", "    - id: known-task\n      severity: warn\n"
    )
    policy = excepting("conditions: [known-task]", "block", policy=policy, expires="")
    assert outcomes(decided(approved(make(policy, manifest=UNKNOWN_TASK))))["known-task"] == "unmet"


def test_of_two_exceptions_the_stricter_counts() -> None:
    policy = excepting("conditions: [known-task]", "off")
    entry = policy[policy.index("    - {conditions") : policy.index(END)]
    policy = policy.replace(END, entry.replace("off", "warn") + END)
    found = judged(decided(make(policy, manifest=UNKNOWN_TASK)), "known-task")
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert found.excluded == (f"exceptions:1 until {LATER} ({WHY})",)


def test_an_approval_is_for_what_warned_then() -> None:
    policy = excepting("conditions: [known-task]", "warn")
    there = decided(make(policy, manifest=UNKNOWN_TASK)).outcome_digest
    ended = decided(make(policy, manifest=UNKNOWN_TASK, now=LATER)).outcome_digest
    assert there != ended
    warned = [one for one in decided(make(policy, manifest=UNKNOWN_TASK)).outcome["conditions"]
              if one.get("warns")]  # fmt: skip
    assert [one["id"] for one in warned] == ["known-task"]


def test_the_signed_decision_names_what_was_left_out() -> None:
    decision = decided(make(excepting("conditions: [known-task]", "off")))
    predicate = vsa_predicate(decision, log="log", mode="enforce")
    assert shape_fault(VSA, predicate) == ""
    (said,) = [
        one["excluded"]
        for one in predicate["https://weighbridge.dev/v1"]["conditions"]
        if "excluded" in one
    ]
    assert said == [f"exceptions:0 until {LATER} ({WHY})"]


# Rules --------------------------------------------------------------------------------------


def test_a_rule_that_only_warns_does_not_block() -> None:
    case = found_in(finding(), policy=excepting("rules: [INT001]"))
    found = report_of(case)
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert "it warns of INT001 model.onnx (by exceptions:0 until" in found.why
    assert found.findings[0]["verdict"] == "fail"
    assert judged(decided(case), "no-errors").outcome is Outcome.UNMET


def test_a_rule_that_is_off_is_left_out_of_everything() -> None:
    case = found_in(finding(), policy=excepting("rules: [INT001]", "off"))
    found = report_of(case)
    by = f"exceptions:0 until {LATER} ({WHY})"
    assert (found.outcome, found.excluded) == (Outcome.WAIVED, (by,))
    assert found.why == f"left out: INT001 model.onnx by {by}"
    assert found.findings[0]["verdict"] == "excluded"
    assert decided(approved(case)).verdict is GateVerdict.ALLOWED


def test_a_rule_that_is_off_need_not_have_run() -> None:
    ran = [code for code in CODES if code != "INT001"]
    case = found_in(policy=excepting("rules: [INT001]", "off"), passed=ran)
    found = report_of(case)
    assert (found.outcome, found.skipped) == (Outcome.WAIVED, ())
    assert found.excluded == (f"INT001 did not run, exceptions:0 until {LATER} ({WHY})",)
    warned = report_of(found_in(policy=excepting("rules: [INT001]"), passed=ran))
    assert (warned.outcome, warned.skipped) == (Outcome.INCONCLUSIVE, ("INT001",))


def test_a_rule_can_block_though_its_findings_are_notes() -> None:
    note = finding("REP004", severity="note")
    assert report_of(found_in(note)).outcome is Outcome.MET
    policy = excepting("rules: [REP004]", "block", expires="")
    assert report_of(found_in(note, policy=policy)).outcome is Outcome.UNMET


@pytest.mark.parametrize("severity", ["warn", "off"])
def test_nothing_is_excepted_of_what_is_known_to_do_harm(severity: str) -> None:
    threat = {"level": "malicious", "digest": "sha256:" + "a" * 64, "global": "os.system"}
    case = found_in(finding(threat=threat), policy=excepting("rules: [INT001]", severity))
    assert report_of(case).outcome is Outcome.UNMET
    assert does_harm({"threat": {}})
    assert not does_harm({"threat": {"level": "needs-review"}})


def test_what_does_harm_blocks_by_an_exception_as_well() -> None:
    threat = {"level": "malicious", "digest": "sha256:" + "a" * 64, "global": "os.system"}
    note = finding(threat=threat, severity="note")
    policy = excepting("rules: [INT001]", "block", expires="")
    assert report_of(found_in(note, policy=policy)).outcome is Outcome.UNMET


@pytest.mark.parametrize(
    ("outcome", "warns", "severity", "settled"),
    [
        ("met", True, "block", ("unmet", False)),
        ("met", False, "block", ("met", False)),
        ("met", True, "off", ("met", True)),
        ("met", True, "warn", ("met", True)),
        ("inconclusive", False, "block", ("inconclusive", False)),
        ("unmet", False, "block", ("unmet", False)),
        ("unmet", False, "warn", ("met", True)),
        ("unmet", False, "off", ("waived", False)),
    ],
)
def test_what_the_gate_itself_finds_does_what_an_exception_says(
    outcome: str, severity: str, settled: tuple[str, bool], *, warns: bool
) -> None:
    case = make(excepting("rules: [GOV008]", severity))
    found = (finding("GOV008"),)
    one = Judged(id="one", outcome=Outcome(outcome), why="so", findings=found, warns=warns)
    came = Severities(case).settle(one)
    assert (came.outcome, came.warns) == settled
    beside = replace(one, findings=(*found, finding("GOV004")))
    covered = settled if severity == "block" else (outcome, warns)
    came = Severities(case).settle(beside)
    assert (came.outcome, came.warns) == covered


def test_other_findings_block_as_before() -> None:
    case = found_in(finding(), finding("DEP003"), policy=excepting("rules: [INT001]", "off"))
    found = report_of(case)
    assert (found.outcome, found.seen) == (Outcome.UNMET, "DEP003 model.onnx")
    assert len(found.excluded) == 1


TARGETS = MANIFEST.replace(
    "  artifacts:",
    "  compatibility:\n    targets:\n      - {name: linux, os: linux, arch: x86_64}\n  artifacts:",
)


def targets(line: str = "", exception: str = "", **changes: Any) -> Decision:  # noqa: ANN401 - fields
    policy = POLICY.replace(END, f"  targets: {{required: all-validated{line}}}\n{END}")
    policy = excepting("rules: [CMP007]", exception, policy=policy) if exception else policy
    return decided(approved(make(policy, manifest=TARGETS, **changes)))


def test_rules_of_the_gate_can_be_excepted_as_well() -> None:
    assert outcomes(targets()) == {"targets": "inconclusive"}
    assert outcomes(targets(exception="off")) == {"targets": "waived"}
    warned = judged(targets(exception="warn"), "targets")
    assert (warned.outcome, warned.warns, len(warned.excluded)) == (Outcome.MET, True, 1)
    assert outcomes(targets(exception="block")) == {"targets": "inconclusive"}


# Time ---------------------------------------------------------------------------------------


def test_targets_have_their_time() -> None:
    early = judged(targets(f', effectiveOn: "{LATER}"'), "targets")
    assert (early.outcome, early.warns) == (Outcome.MET, True)
    assert early.why.endswith(f"; blocks from {LATER}")
    ended = judged(targets(f', expiresOn: "{NOON}"'), "targets")
    assert ended.excluded == (f"not demanded since {NOON}",)


def test_approvals_have_their_time() -> None:
    dated = POLICY.replace("{min: 2,", f'{{effectiveOn: "{LATER}", min: 2,')
    found = judged(decided(make(dated)), "approvals:0")
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert found.why == f"2 more must approve; blocks from {LATER}"
    assert decided(make(dated, now=LATER)).verdict is not GateVerdict.ALLOWED
    ended = judged(decided(make(dated.replace("effectiveOn", "expiresOn"), now=LATER)),
                   "approvals:0")  # fmt: skip
    assert ended.excluded == (f"not demanded since {LATER}",)


def test_evidence_has_its_time() -> None:
    dated = POLICY.replace(REPORT, f'{REPORT}, effectiveOn: "{LATER}"')
    case = found_in(finding(), policy=dated)
    found = report_of(case)
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert found.why == f"it has findings that block; blocks from {LATER}"
    missing = judged(decided(make(dated, evidence=(signature(),))), "evidence:report")
    assert missing.warns
    ended = POLICY.replace(REPORT, f'{REPORT}, expiresOn: "{NOON}"')
    assert report_of(found_in(finding(), policy=ended)).excluded == (f"not demanded since {NOON}",)


@pytest.mark.parametrize("what", ["evidence", "approvals"])
def test_what_cannot_be_told_to_apply_warns_before_its_time(what: str) -> None:
    begin = {"evidence": REPORT, "approvals": "{min: 2, roles: [ml-lead, sre]"}[what]
    policy = POLICY.replace(
        begin, f'{begin}, when: "release.spec.card.path == \'a\'", effectiveOn: "{LATER}"'
    )
    name = {"evidence": "evidence:report", "approvals": "approvals:0"}[what]
    found = judged(decided(make(policy)), name)
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert "could not be decided" in found.why


# Grace --------------------------------------------------------------------------------------

FLAW = finding("DEP005", subject="torch")
GRACE = POLICY.replace(REPORT, f"{REPORT}, grace: 14d")


def graced(first: str, policy: str = GRACE, flaw: dict[str, Any] = FLAW, **changes: Any) -> Judged:  # noqa: ANN401 - fields
    """Judge the newest report of a flaw that was found some time ago, first by a report of then."""
    author = replace(signature(entry=8), at="2026-10-01T00:00:00Z")
    then = evidence("report", "carl", report(flaw), entry=9, at=first, **changes)
    now = evidence("report", "cat", report(flaw), entry=12, at=MORNING)
    case = make(policy, evidence=(author, then, now))
    return judged(decided(case), "evidence:report")


def test_a_finding_blocks_when_its_time_is_over() -> None:
    found = graced("2026-10-20T12:00:00Z")
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert found.why == (
        "every rule ran and nothing blocks; "
        "it warns of DEP005 torch (blocks from 2026-11-03T12:00:00Z, 2 days left)"
    )
    assert "less than a day left" in graced("2026-10-18T13:00:00Z").why
    assert graced("2026-10-18T12:00:00Z").outcome is Outcome.UNMET


def test_what_the_world_did_not_teach_blocks_at_once() -> None:
    assert graced("2026-10-20T12:00:00Z", flaw=finding()).outcome is Outcome.UNMET
    named = GRACE.replace("grace: 14d", "grace: 14d, graceRules: [INT001]")
    assert graced("2026-10-20T12:00:00Z", named, finding()).outcome is Outcome.MET
    assert graced("2026-10-20T12:00:00Z", named).outcome is Outcome.UNMET
    harm = finding(threat={"level": "malicious"})
    assert graced("2026-10-20T12:00:00Z", named, harm).outcome is Outcome.UNMET


def test_a_report_by_the_wrong_role_starts_no_clock_and_stops_none() -> None:
    author = replace(signature(entry=8), at="2026-10-01T00:00:00Z")
    other = evidence("report", "bea", report(FLAW), entry=9, at="2026-10-01T00:00:00Z")
    now = evidence("report", "cat", report(FLAW), entry=12, at=MORNING)
    (found,) = [
        one
        for one in decided(make(GRACE, evidence=(author, other, now))).conditions
        if one.id == "evidence:report"
    ]
    assert "14 days left" not in found.why
    assert "13 days left" in found.why


def test_what_would_not_block_does_not_warn() -> None:
    mild = finding("DEP005", subject="torch", severity="warning")
    assert not graced("2026-10-20T12:00:00Z", flaw=mild).warns
    assert not report_of(
        found_in(finding(severity="note"), policy=excepting("rules: [INT001]"))
    ).warns


def test_what_could_not_be_decided_never_waits() -> None:
    open_ = finding("DEP005", subject="torch", verdict="inconclusive")
    assert graced("2026-10-20T12:00:00Z", flaw=open_).outcome is Outcome.INCONCLUSIVE
    assert Grace(most="86400s", first_seen={}, now=NOON).left(FLAW) == ""


def test_conditions_over_findings_have_a_grace() -> None:
    policy = POLICY.replace("forEach: findings\n", "forEach: findings\n      grace: 14d\n")
    policy = policy.replace(REPORT, REPORT.replace("noneAbove: warning", "noneAbove: error"))
    author = replace(signature(entry=8), at="2026-10-01T00:00:00Z")

    def case(first: str, flaw: dict[str, Any] = FLAW) -> Decision:
        then = evidence("report", "carl", report(FLAW), entry=9, at=first)
        now = evidence("report", "carl", report(flaw), entry=12, at=MORNING)
        return decided(make(policy, evidence=(author, then, now)))

    found = judged(case("2026-10-20T12:00:00Z"), "no-errors")
    assert (found.outcome, found.warns) == (Outcome.MET, True)
    assert found.why == "DEP005 is an error; blocks from 2026-11-03T12:00:00Z, 2 days left"
    assert judged(case("2026-10-10T12:00:00Z"), "no-errors").outcome is Outcome.UNMET
    harm = FLAW | {"threat": {"level": "malicious"}}
    assert judged(case("2026-10-20T12:00:00Z", harm), "no-errors").outcome is Outcome.UNMET
