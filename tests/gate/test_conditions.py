from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    ENVIRONMENT,
    MANIFEST,
    NOON,
    OTHER,
    POLICY,
    approved,
    decided,
    evidence,
    finding,
    judged,
    make,
    outcomes,
    papers,
    release_of,
    report,
    signature,
)
from weighbridge.codec.sections import depended_sections
from weighbridge.model.decision import GateVerdict, Judged, Outcome
from weighbridge.model.errors import OutdatedPolicyError

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

START = POLICY.index("    - id: known-task")
END = POLICY.index("  rollbackPolicy")


def policy(*lines: str, each: bool = False) -> str:
    """Write a policy with one condition, `asked`, made of some lines."""
    example = "{item: {name: a}}" if each else "{}"
    condition = [
        "- id: asked",
        "  title: It holds",
        *(f"  {line}" for line in lines),
        f"  tests: {{pass: [{example}], fail: [{example}]}}",
    ]
    if not any(line.startswith("message") for line in lines):
        condition.append("  message: '\"no\"'")
    return POLICY[:START] + "".join(f"    {line}\n" for line in condition) + POLICY[END:]


def asked(*lines: str, each: bool = False, **others: Any) -> list[Judged]:  # noqa: ANN401
    decision = decided(make(policy(*lines, each=each), **others))
    return [one for one in decision.conditions if one.id == "asked"]


def test_a_condition_that_holds_is_met() -> None:
    (found,) = asked('expr: release.name == "detector"')
    assert (found.outcome, found.why) == (Outcome.MET, "It holds")
    assert found.binds


def test_a_condition_that_does_not_hold_says_its_message() -> None:
    (found,) = asked(
        'expr: release.name == "x"',
        "message: '\"it is \" + release.name'",
        "remediation: [mend it]",
    )
    assert (found.outcome, found.why, found.wanted) == (
        Outcome.UNMET,
        "it is detector",
        "It holds",
    )
    assert (found.pointer, found.remedy) == ("", ("mend it",))
    decision = decided(make(policy('expr: release.name == "x"')))
    assert decision.verdict is GateVerdict.DENIED


def test_a_message_that_errors_gives_way_to_the_title() -> None:
    (found,) = asked("expr: 'false'", "message: release.spec.rollout.strategy")
    assert (found.outcome, found.why) == (Outcome.UNMET, "It holds")


def test_a_message_this_version_cannot_compile_gives_way_to_the_title() -> None:
    (found,) = asked("expr: 'false'", "message: release.nam")
    assert (found.outcome, found.why) == (Outcome.UNMET, "It holds")


def test_a_field_that_is_not_set_makes_it_inconclusive() -> None:
    (found,) = asked('expr: release.spec.rollout.strategy != "canary"', "remediation: [fill it]")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.why.startswith("it could not be decided: ")
    assert found.wanted == "It holds"
    assert found.remedy == (
        "fill it",
        "fill in what the condition asks about, or have the policy guard it by has()",
    )


def test_an_error_of_the_engine_makes_it_inconclusive() -> None:
    (found,) = asked("expr: 1 / (release.artifacts.size() - 2) == 1")
    assert found.outcome is Outcome.INCONCLUSIVE
    (found,) = asked("expr: int(release.name) > 0")
    assert found.outcome is Outcome.INCONCLUSIVE


def test_more_work_than_the_budget_allows_makes_it_inconclusive() -> None:
    body = "release.artifacts.all(a, release.artifacts.all(b, data.tasks.all(t, t != a.name)))"
    (found,) = asked(f"expr: {body}")
    assert found.outcome is Outcome.MET
    many = "\n".join(
        f"    - {{name: a{at:03}, role: card, path: a{at}, digest: 'sha256:{'c' * 64}'}}"
        for at in range(120)
    )
    (found,) = asked(f"expr: {body}", manifest=f"{MANIFEST}{many}\n")
    assert found.outcome is Outcome.INCONCLUSIVE


def test_an_expression_that_is_huge_or_misspelt_never_becomes_a_program() -> None:
    huge = " && ".join(["true"] * 1000)
    with pytest.raises(OutdatedPolicyError, match="longer than 4,096"):
        asked(f"expr: {huge}")
    with pytest.raises(OutdatedPolicyError, match="nam"):
        asked('expr: release.nam == "detector"')


def test_a_condition_that_is_not_asked_is_met() -> None:
    (found,) = asked('when: release.name == "x"', "expr: 'false'")
    assert (found.outcome, found.why) == (Outcome.MET, "It holds")
    (found,) = asked('when: release.name == "detector"', "expr: 'false'")
    assert found.outcome is Outcome.UNMET


def test_whether_a_condition_is_asked_may_not_be_unknown() -> None:
    (found,) = asked('when: release.spec.rollout.strategy == "canary"', "expr: 'true'")
    assert found.outcome is Outcome.INCONCLUSIVE


def test_items_that_do_not_hold_are_told_one_by_one() -> None:
    lines = (
        "forEach: release.artifacts",
        'expr: item.name == "other"',
        'message: item.name + " is odd"',
    )
    labels, model = asked(*lines, each=True)
    assert (labels.why, labels.pointer) == ("labels is odd", "/spec/artifacts/labels")
    assert (model.why, model.pointer) == ("model is odd", "/spec/artifacts/model")
    assert {labels.outcome, model.outcome} == {Outcome.UNMET}


def test_items_that_hold_are_not_told() -> None:
    lines = ("forEach: release.artifacts", 'expr: item.name == "model"')
    (found,) = asked(*lines, each=True)
    assert found.pointer == "/spec/artifacts/labels"


def test_items_in_which_it_errors_are_inconclusive_and_the_others_judged() -> None:
    lines = ("forEach: release.artifacts", 'expr: item.name == "labels" || item.format == "x"')
    (found,) = asked(*lines, each=True)
    assert (found.outcome, found.pointer) == (Outcome.INCONCLUSIVE, "/spec/artifacts/model")


def test_items_are_asked_where_the_condition_says() -> None:
    lines = ("forEach: release.artifacts", 'when: item.name == "model"', "expr: 'false'")
    (found,) = asked(*lines, each=True)
    assert (found.outcome, found.pointer) == (Outcome.UNMET, "/spec/artifacts/model")


def test_items_of_which_it_is_unknown_whether_they_are_asked_are_inconclusive() -> None:
    lines = (
        "forEach: release.artifacts",
        'when: item.name == "model" || item.format == "x"',
        "expr: 'false'",
    )
    labels, model = asked(*lines, each=True)
    assert (labels.outcome, labels.pointer) == (Outcome.INCONCLUSIVE, "/spec/artifacts/labels")
    assert (model.outcome, model.pointer) == (Outcome.UNMET, "/spec/artifacts/model")


def test_an_empty_collection_holds() -> None:
    (found,) = asked("forEach: release.images", "expr: 'false'", each=True)
    assert (found.outcome, found.why) == (Outcome.MET, "It holds")


def test_findings_are_gone_through_with_their_places() -> None:
    checked = evidence(
        "report", "carl", report(finding("DEP003", severity="note"), finding()), entry=12
    )
    lines = ("forEach: findings", 'expr: item.severity != "error"', "message: item.code")
    (found,) = asked(*lines, each=True, evidence=(signature(), checked))
    assert (found.why, found.pointer) == ("INT001", "/findings/1")


def test_findings_nobody_reported_are_not_none() -> None:
    silent = (signature(),)
    lines = ("forEach: findings", "expr: 'false'")
    (found,) = asked(*lines, each=True, evidence=silent)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.why == "it could not be decided: there are no findings to go through"
    (found,) = asked("expr: findings.size() == 0", evidence=silent)
    assert found.outcome is Outcome.INCONCLUSIVE
    (found,) = asked("expr: findings.size() == 0")
    assert found.outcome is Outcome.MET


def test_evidence_is_gone_through_oldest_first() -> None:
    lines = ("forEach: evidence", "expr: 'false'", "message: item.person")
    for order in (1, -1):
        said = make().evidence[::order]
        found = asked(*lines, each=True, evidence=said)
        assert [(one.why, one.pointer) for one in found] == [
            ("bea", "/evidence/0"),
            ("carl", "/evidence/1"),
        ]


def test_evidence_that_does_not_count_is_not_seen() -> None:
    other = evidence("report", "cat", report(sections={}), entry=13, release=OTHER)
    (found,) = asked("expr: evidence.size() == 2", evidence=(*make().evidence, other))
    assert found.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("dates", "outcome"),
    [
        ([f'effectiveOn: "{NOON}"'], "unmet"),
        (['effectiveOn: "2026-11-01T12:00:01Z"'], "met"),
        ([f'expiresOn: "{NOON}"'], "met"),
        (['expiresOn: "2026-11-01T12:00:01Z"'], "unmet"),
        (['effectiveOn: "2026-10-01T00:00:00Z"', 'expiresOn: "2026-12-01T00:00:00Z"'], "unmet"),
        (['effectiveOn: "2026-12-01T00:00:00Z"', 'expiresOn: "2026-12-02T00:00:00Z"'], "met"),
        (['effectiveOn: "2026-10-01T00:00:00Z"', 'expiresOn: "2026-10-02T00:00:00Z"'], "met"),
    ],
)
def test_a_condition_blocks_in_its_time(dates: list[str], outcome: str) -> None:
    (found,) = asked(*dates, "expr: 'false'")
    assert found.outcome == outcome


def test_a_condition_warns_before_its_time() -> None:
    (found,) = asked('effectiveOn: "2026-11-01T12:00:01Z"', "expr: 'false'")
    assert (found.outcome, found.warns, found.binds) == (Outcome.MET, True, True)
    assert found.why.endswith("; blocks from 2026-11-01T12:00:01Z")
    (found,) = asked('effectiveOn: "2026-11-01T12:00:01Z"', "expr: 'true'")
    assert (found.outcome, found.warns) == (Outcome.MET, False)


def test_a_condition_that_ended_is_told_and_not_asked() -> None:
    (found,) = asked(f'expiresOn: "{NOON}"', "expr: 'false'")
    assert (found.outcome, found.warns, found.binds) == (Outcome.MET, False, False)
    assert found.excluded == (f"not demanded since {NOON}",)


def test_included_conditions_come_first_and_bind_as_well() -> None:
    bare = MANIFEST.replace(f', digest: "sha256:{"b" * 64}"', "")
    decision = decided(make(manifest=bare))
    found = judged(decision, "digests")
    assert (found.outcome, found.why) == (Outcome.UNMET, "no digest of labels")
    ids = [one.id for one in decision.conditions]
    assert ids.index("digests") < ids.index("known-task")


def test_a_policy_without_conditions_has_those_it_includes() -> None:
    bare = POLICY[: POLICY.index("  conditions:")] + POLICY[END:]
    assert decided(approved(make(bare))).verdict is GateVerdict.ALLOWED
    lacking = MANIFEST.replace(f', digest: "sha256:{"b" * 64}"', "")
    assert outcomes(decided(approved(make(bare, manifest=lacking)))) == {"digests": "unmet"}


def test_the_variables_are_those_of_the_case() -> None:
    case = make()
    for expression in (
        'environment.metadata.name == "production"',
        'environment.spec.soak == "86400s"',
        '"classification" in data.tasks',
        f'now == "{NOON}"',
        f'release.digest == "{case.release}"',
        'release.effectiveRisk == "low"',
        'release.version == "1.4.0"',
        f'evidence.all(e, e.release == "{case.release}")',
    ):
        (found,) = asked(f"expr: '{expression}'")
        assert found.outcome is Outcome.MET


def risk(case: Case) -> str:
    return decided(case).risk


def risky(when: str, level: str = "medium") -> str:
    rule = f"    - {{risk: {level}, when: '{when}'}}\n  evidence:\n"
    return POLICY.replace("  evidence:\n", rule)


def test_the_risk_is_the_higher_of_declared_and_raised() -> None:
    low = MANIFEST
    high = MANIFEST.replace("risk: low", "risk: high")
    medium = MANIFEST.replace("risk: low", "risk: medium")
    none = MANIFEST.replace(", risk: low", "")
    for policy_, manifest, expected in (
        (POLICY, low, "low"),
        (POLICY, none, "low"),
        (POLICY, medium, "medium"),
        (POLICY, high, "high"),
        (risky("true"), low, "medium"),
        (risky("true"), none, "medium"),
        (risky("true"), high, "high"),
        (risky("true", "low"), medium, "medium"),
        (risky("true", "high"), medium, "high"),
        (risky("false", "high"), low, "low"),
    ):
        assert risk(make(policy_, manifest=manifest)) == expected


def test_a_risk_that_cannot_be_told_is_taken() -> None:
    assert risk(make(risky('release.spec.rollout.strategy == "canary"', "high"))) == "high"
    assert risk(make(risky("findings.size() > 9", "high"))) == "high"


def test_risk_is_raised_by_what_the_release_is() -> None:
    case = make(manifest=MANIFEST.replace("task: classification", "task: credit-scoring"))
    decision = decided(approved(case))
    assert decision.risk == "high"
    assert outcomes(decision) == {"evidence:replay": "unmet", "approvals:1": "unmet"}
    assert decision.verdict is GateVerdict.DENIED


def test_without_rules_the_declared_risk_stands() -> None:
    start, end = POLICY.index("  riskWhen"), POLICY.index("  evidence:")
    assert risk(make(POLICY[:start] + POLICY[end:])) == "low"


def test_expressions_see_the_raised_risk() -> None:
    lines = ('expr: release.effectiveRisk == "high"',)
    task = MANIFEST.replace("task: classification", "task: credit-scoring")
    (found,) = asked(*lines, manifest=task)
    assert found.outcome is Outcome.MET


def test_a_risk_no_scale_has_is_the_highest() -> None:
    case = make()
    tree = {**case.manifest, "metadata": {**case.manifest["metadata"], "risk": "appalling"}}
    odd = make(evidence=papers(tree))

    odd = replace(odd, manifest=tree, release=release_of(tree), sections=depended_sections(tree))
    assert risk(odd) == "high"


def test_the_environment_is_seen_as_it_was_applied() -> None:
    plain = ENVIRONMENT.replace("  soak: 24h\n", "")
    (found,) = asked("expr: has(environment.spec.soak)", environment=plain)
    assert found.outcome is Outcome.UNMET
