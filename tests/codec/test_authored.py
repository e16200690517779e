"""Policies and environments are read with the same care as manifests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.codec.policies import ENVIRONMENT, POLICY, environment_of, faults_of, policy_of
from tests.codec.samples import MINIMAL, document_data, place
from weighbridge.cli import schema as verb
from weighbridge.codec import faults
from weighbridge.codec.describing import describe, field_at
from weighbridge.codec.kinds import KINDS
from weighbridge.codec.published import MODELS
from weighbridge.codec.resolved import resolved
from weighbridge.codec.schemas import schema_of
from weighbridge.codec.validating import read_authored
from weighbridge.model.environment import Environment
from weighbridge.model.errors import DocumentError
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from weighbridge.model.authoring.base import Section

SAMPLES: dict[str, tuple[str, type[Section]]] = {
    "PromotionPolicy": (POLICY, PromotionPolicy),
    "Environment": (ENVIRONMENT, Environment),
}
SHARED = Path(__file__).parents[3] / "shared" / "examples"

# What is changed in a sample, what it becomes, and the fault: its code, place and words.
WRONG: list[tuple[str, str, str, str, str, str]] = [
    ("PromotionPolicy", "ruleSet: standard", "ruleset: standard", faults.UNKNOWN_KEY,
     "/spec/ruleset", "spec.ruleset is not a key of the policy"),
    ("PromotionPolicy", "risk: high,", "risk: critical,", faults.WRONG_VALUE,
     "/spec/riskWhen/0/risk", "is not one of low, medium or high"),
    ("PromotionPolicy", "type: report", "type: reprot", faults.WRONG_VALUE,
     "/spec/evidence/0/type", "is not a type of evidence"),
    ("PromotionPolicy", "noneAbove: warning", "noneAbove: fatal", faults.WRONG_VALUE,
     "/spec/evidence/0/noneAbove", "is not one of note, warning or error"),
    ("PromotionPolicy", "noneAbove: warning", "atLeast: bitwise", faults.WRONG_VALUE,
     "/spec/evidence/0/atLeast", "says nothing about evidence of the type report"),
    ("PromotionPolicy", "type: replay, atLeast: predictions-within-tolerance",
     "type: sbom, noneAbove: note", faults.WRONG_VALUE,
     "/spec/evidence/1/noneAbove", "says nothing about evidence of the type sbom"),
    ("PromotionPolicy", "atLeast: predictions-within-tolerance", "atLeast: different",
     faults.WRONG_VALUE, "/spec/evidence/1/atLeast", "is not one of bitwise"),
    ("PromotionPolicy", "maxAge: 24h", "maxAge: 24", faults.WRONG_VALUE,
     "/spec/evidence/0/maxAge", "is not a duration"),
    ("PromotionPolicy", "noneAbove: warning, min: 2", "min: 0", faults.WRONG_VALUE,
     "/spec/evidence/0/min", "is not at least 1"),
    ("PromotionPolicy", "{role: checker}", "{}", faults.MISSING_KEY,
     "/spec/evidence/0/signedBy/role", "is missing"),
    ("PromotionPolicy", "{role: checker}", "{role: Checker}", faults.WRONG_VALUE,
     "/spec/evidence/0/signedBy/role", "is not the name of a role"),
    ("PromotionPolicy", "inconclusive: allow", "inconclusive: alow", faults.WRONG_VALUE,
     "/spec/evidence/2/inconclusive", "is not one of block or allow"),
    ("PromotionPolicy", "{min: 2, roles", "{min: 0, roles", faults.WRONG_VALUE,
     "/spec/approvals/0/min", "is not at least 1"),
    ("PromotionPolicy", '[ml-lead, "role:sre"]', "[]", faults.WRONG_VALUE,
     "/spec/approvals/0/roles", "is not a list of at least 1 member"),
    ("PromotionPolicy", "id: known-task", "id: pinned-images", faults.WRONG_VALUE,
     "/spec/conditions", "has two members with the id 'pinned-images'"),
    ("PromotionPolicy", "forEach: release.images", "forEach: release.image", faults.WRONG_VALUE,
     "/spec/conditions/0/forEach", "is not one of release.images"),
    ("PromotionPolicy", 'expiresOn: "2027', 'expiresOn: "2025', faults.WRONG_VALUE,
     "/spec/conditions/0/expiresOn", "ends before it begins"),
    ("PromotionPolicy", '"2027-12-01T00:00:00Z"', '"2026-11-30T23:00:00Z"', faults.WRONG_VALUE,
     "/spec/conditions/0/expiresOn", "ends before it begins"),
    ("PromotionPolicy", "pass: [{data: {tasks: [a]}}]", "pass: []", faults.WRONG_VALUE,
     "/spec/conditions/1/tests/pass", "is not a list of at least 1 member"),
    ("PromotionPolicy", "fail: [{data: {tasks: []}}]", "fial: []", faults.MISSING_KEY,
     "/spec/conditions/1/tests/fail", "is missing"),
    ("PromotionPolicy", "{item: {ref: a}, release", "{itme: {ref: a}, release",
     faults.UNKNOWN_KEY, "/spec/conditions/0/tests/fail/0/itme", "is not a key of the policy"),
    ("PromotionPolicy", "{item: {ref: a}, release", "{release", faults.WRONG_VALUE,
     "/spec/conditions/0/tests", "has an example without item"),
    ("PromotionPolicy", "pass: [{data: {tasks: [a]}}]", "pass: [{item: {}}]", faults.WRONG_VALUE,
     "/spec/conditions/1/tests", "has an example with item"),
    ("PromotionPolicy", "tasks: [a]", "tasks: [0.5]", faults.WRONG_VALUE,
     "/spec/conditions/1/tests/pass/0/data", "holds an unquoted decimal"),
    ("PromotionPolicy", "expr: has(item.digest)", 'expr: ""', faults.WRONG_VALUE,
     "/spec/conditions/0/expr", "is empty text"),
    ("PromotionPolicy", "      message: '\"unknown task\"'\n", "", faults.MISSING_KEY,
     "/spec/conditions/1/message", "is missing"),
    ("PromotionPolicy", "required: all-validated", "required: all", faults.WRONG_VALUE,
     "/spec/targets/required", "is not one of all-validated or any-validated"),
    ("PromotionPolicy", "action: request-change", "action: explode", faults.WRONG_VALUE,
     "/spec/onDeny/action", "is not one of halt, request-change, request-waiver, rollback or none"),
    ("PromotionPolicy", "allow: previously-promoted", "allow: all", faults.WRONG_VALUE,
     "/spec/rollbackPolicy/allow", "is not one of previously-promoted, any or none"),
    ("PromotionPolicy", "hold: false", "hold: no", faults.WRONG_VALUE,
     "/spec/rollbackPolicy/hold", "is not true or false"),
    ("PromotionPolicy", "spec:\n", "spec:\n  ruleSet: other\n", faults.DUPLICATE_KEY,
     "/spec/ruleSet", "the key 'ruleSet' stands twice"),
    ("PromotionPolicy", 'version: "3"', "version: 3.10", faults.WRONG_VALUE,
     "/metadata/version", "is not text"),
    ("Environment", "policy: production@3", "policy: production", faults.WRONG_VALUE,
     "/spec/policy", "is not a policy"),
    ("Environment", "  policy: production@3\n", "", faults.MISSING_KEY,
     "/spec/policy", "is missing"),
    ("Environment", "promotesFrom: staging", "promotesFrom: production", faults.WRONG_VALUE,
     "/spec", "promotes from production, which is the environment itself"),
    ("Environment", "  promotesFrom: staging\n", "", faults.WRONG_VALUE,
     "/spec/soak", "is asked for, and no environment comes before"),
    ("Environment", "enforcement: observe", "enforcement: observed", faults.WRONG_VALUE,
     "/spec/enforcement", "is not one of enforce or observe"),
    ("Environment", "FREQ=WEEKLY;", "FREQ=WEEKLY;COUNT=3;", faults.WRONG_VALUE,
     "/spec/windows/0/rrule", "has COUNT, and a window has no start to count from"),
    ("Environment", "duration: 1h", "duration: 0h", faults.WRONG_VALUE,
     "/spec/windows/0/duration", "never opens"),
    ("Environment", "Europe/Berlin", '"+01:00"', faults.WRONG_VALUE,
     "/spec/windows/0/timezone", "is not a time zone"),
    ("Environment", "deployers:", "deployer:", faults.UNKNOWN_KEY,
     "/spec/roles/deployer", "is not a key of the environment"),
    ("Environment", "kind: argo-rollouts, ", "", faults.MISSING_KEY,
     "/spec/target/kind", "is missing"),
    ("Environment", "{cluster: eu}", "{cluster: 1}", faults.WRONG_VALUE,
     "/spec/target/options/cluster", "is not text"),
]  # fmt: skip


def test_the_samples_are_valid() -> None:
    for text, kind in SAMPLES.values():
        assert faults_of(text, kind) == ()


@pytest.mark.parametrize(
    ("name", "own", "kind"),
    [
        ("policy.yaml", POLICY, PromotionPolicy),
        ("environment.yaml", ENVIRONMENT, Environment),
    ],
)
def test_the_examples_of_the_design_are_valid(name: str, own: str, kind: type[Section]) -> None:
    path = SHARED / name
    assert faults_of(path.read_text() if path.exists() else own, kind) == ()


@pytest.mark.parametrize("case", WRONG)
def test_each_fault_is_told_at_its_place(case: tuple[str, str, str, str, str, str]) -> None:
    kind, before, after, code, at, words = case
    text, model = SAMPLES[kind]
    assert text.count(before) == 1
    found = faults_of(text.replace(before, after), model)
    told = [(fault.code, fault.location.pointer if fault.location else "") for fault in found]
    assert (code, at) in told
    fault = found[told.index((code, at))]
    assert words in fault.message
    assert fault.location is not None
    assert fault.location.line > 1


@pytest.mark.parametrize("spec", ["{}", "{conditions: [], include: []}", "{targets: null}"])
def test_a_policy_that_demands_nothing_is_refused(spec: str) -> None:
    text = POLICY[: POLICY.index("spec:")] + f"spec: {spec}\n"
    (found,) = faults_of(text, PromotionPolicy)
    assert (place(found), found.message) == ("7:7 /spec", "spec demands nothing")


def test_every_fault_comes_at_once_in_document_order() -> None:
    text = POLICY.replace("name: production", "name: Production").replace("min: 2}", "min: TODO}")
    text = text.replace("action: request-change", "acton: none")
    assert [(fault.code, place(fault)) for fault in faults_of(text, PromotionPolicy)] == [
        (faults.WRONG_VALUE, "4:9 /metadata/name"),
        (faults.WRONG_VALUE, "13:87 /spec/evidence/0/min"),
        (faults.MISSING_KEY, "37:3 /spec/onDeny/action"),
        (faults.UNKNOWN_KEY, "37:12 /spec/onDeny/acton"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "help_"),
    [
        ("risk: high,", "risk: hihg,", "did you mean `high`?"),
        ("forEach: release.images", "forEach: release.image", "did you mean `release.images`?"),
        ("action: request-change", "action: request-chnge", "did you mean `request-change`?"),
        ("onDeny:", "onDenied:", "did you mean `onDeny`?"),
        ("noneAbove: warning", "atLeast: bitwise", "remove the key"),
    ],
)
def test_the_word_that_was_meant_is_told(before: str, after: str, help_: str) -> None:
    (found,) = faults_of(POLICY.replace(before, after), PromotionPolicy)
    assert found.help == (help_,)


@pytest.mark.parametrize(
    ("kind", "before", "after", "at"),
    [
        ("PromotionPolicy", "ruleSet: standard", "ruleSet: TODO", "/spec/ruleSet"),
        ("PromotionPolicy", "name: production", "name: TODO", "/metadata/name"),
        ("PromotionPolicy", "[weighbridge capture --update]", "[TODO]",
         "/spec/conditions/0/remediation/0"),
        ("PromotionPolicy", "{required: all-validated}", "TODO", "/spec/targets"),
        ("PromotionPolicy", "type: report", "type: TODO", "/spec/evidence/0/type"),
        ("PromotionPolicy", "{data: {tasks: [a]}}", "{data: {tasks: [TODO]}}",
         "/spec/conditions/1/tests/pass/0/data/tasks/0"),
        ("Environment", "soak: 24h", "soak: TODO", "/spec/soak"),
        ("Environment", "policy: production@3", "policy: TODO", "/spec/policy"),
    ],
)  # fmt: skip
def test_only_a_manifest_may_leave_something_to_be_said(
    kind: str, before: str, after: str, at: str
) -> None:
    text, model = SAMPLES[kind]
    found = [
        fault
        for fault in faults_of(text.replace(before, after), model)
        if fault.location is not None and fault.location.pointer == at
    ]
    assert [fault.code for fault in found] == [faults.WRONG_VALUE]
    assert found[0].message.endswith(" is TODO")
    assert found[0].help == ("say it: only a ModelRelease may hold TODO",)
    assert faults_of(MINIMAL.replace("content-safety", "TODO"), ModelRelease) == ()


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        (POLICY, ModelRelease, "this is a PromotionPolicy; a ModelRelease is wanted here"),
        (MINIMAL, PromotionPolicy, "this is a ModelRelease; a PromotionPolicy is wanted here"),
        (POLICY, Environment, "this is a PromotionPolicy; an Environment is wanted here"),
        (ENVIRONMENT, PromotionPolicy,
         "this is an Environment; a PromotionPolicy is wanted here"),
        ("apiVersion: weighbridge.dev/v1\nkind: Deployment\n", Environment,
         "this is not an Environment of weighbridge.dev/v1"),
        (POLICY.replace("apiVersion: weighbridge.dev/v1\n", ""), PromotionPolicy,
         "this is not a PromotionPolicy of weighbridge.dev/v1"),
    ],
)  # fmt: skip
def test_another_kind_is_named(text: str, wanted: type[Section], message: str) -> None:
    (found,) = faults_of(text, wanted)
    assert (found.code, found.message) == (faults.WRONG_KIND, message)
    assert found.help == (KINDS[wanted.__name__].advice,)


@pytest.mark.parametrize(
    ("version", "message", "advice"),
    [
        ("v2", "this is written for a newer weighbridge: weighbridge.dev/v2",
         "this weighbridge reads weighbridge.dev/v1; upgrade weighbridge to read it"),
        ("v1alpha1", "weighbridge.dev/v1alpha1 is read of manifests alone",
         "write apiVersion: weighbridge.dev/v1"),
    ],
)  # fmt: skip
def test_policies_and_environments_have_one_version(
    version: str, message: str, advice: str
) -> None:
    for text, kind in ((POLICY, PromotionPolicy), (ENVIRONMENT, Environment)):
        (found,) = faults_of(text.replace("dev/v1", f"dev/{version}"), kind)
        assert (found.code, found.message) == (faults.WRONG_KIND, message)
        assert found.help == (advice,)


@pytest.mark.parametrize("text", ["", "- a", "12"])
def test_what_is_no_mapping_is_answered_with_the_kind_that_is_wanted(text: str) -> None:
    (found,) = faults_of(text, PromotionPolicy)
    assert found.help == (KINDS["PromotionPolicy"].advice,)


def test_a_hostile_policy_is_refused_within_budgets() -> None:
    bomb = "a: &a [x]\n" + "".join(
        f"b{i}: &b{i} [{', '.join([f'*b{i - 1}' if i else '*a'] * 10)}]\n" for i in range(9)
    )
    with pytest.raises(DocumentError) as raised:
        read_authored(bomb.encode(), "policy.yaml", PromotionPolicy)
    assert raised.value.faults[0].code in {faults.BUDGET, faults.WRONG_KIND}


def test_the_resolved_form_is_canonical() -> None:
    tree = resolved(policy_of(POLICY))
    assert [condition["id"] for condition in tree["spec"]["conditions"]] == [
        "known-task",
        "pinned-images",
    ]
    assert tree["spec"]["approvals"][0]["roles"] == ["ml-lead", "sre"]
    assert tree["spec"]["evidence"][0]["maxAge"] == "86400s"
    assert tree["spec"]["conditions"][1]["effectiveOn"] == "2026-11-30T23:00:00Z"
    (failing,) = tree["spec"]["conditions"][1]["tests"]["fail"]
    assert failing == {
        "item": {"ref": "a"}, "release": {"spec": None}, "environment": {}, "evidence": [{}]
    }  # fmt: skip
    assert resolved(environment_of(ENVIRONMENT))["spec"]["roles"]["approvers"] == ["ml-lead", "sre"]


def test_a_build_that_read_nothing_says_so_in_its_bytes_too() -> None:
    said = MINIMAL + "  build: {command: [make], inputs: [], seeds: [], outputs: []}\n"
    release, _ = read_authored(said.encode(), "release.yaml", ModelRelease)
    assert resolved(release)["spec"]["build"] == {"command": ["make"], "inputs": [], "seeds": []}


# Schemas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_the_schema_accepts_the_samples_and_refuses_typos(kind: str) -> None:
    text, model = SAMPLES[kind]
    schema = schema_of(model)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    data: Any = document_data(text)
    assert validator.is_valid(data)
    assert not validator.is_valid({**data, "kind": "ModelRelease"})
    assert not validator.is_valid({**data, "spec": {**data["spec"], "x": 1}})
    assert schema["$id"] == f"https://weighbridge.dev/v1/{KINDS[kind].schema_file}"
    assert schema["title"] == kind
    assert "TODO" not in str(schema)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("PromotionPolicy", "type: report", "type: reprot"),
        ("PromotionPolicy", "risk: high,", "risk: critical,"),
        ("PromotionPolicy", "forEach: release.images", "forEach: images"),
        ("PromotionPolicy", "{role: checker}", "{role: Checker}"),
        ("PromotionPolicy", "fail: [{data: {tasks: []}}]", "fail: []"),
        ("PromotionPolicy", "{required: all-validated}", "TODO"),
        ("Environment", "policy: production@3", "policy: production"),
        ("Environment", "Europe/Berlin", '"+01:00"'),
        ("Environment", "enforcement: observe", "enforcement: TODO"),
    ],
)
def test_the_schema_refuses_what_the_validation_refuses(kind: str, before: str, after: str) -> None:
    text, model = SAMPLES[kind]
    data = document_data(text.replace(before, after))
    assert not Draft202012Validator(schema_of(model)).is_valid(data)


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_every_field_is_described(kind: str) -> None:
    schema = schema_of(MODELS[kind])
    for section in [schema, *schema["$defs"].values()]:
        assert section["additionalProperties"] is False
        for name, field in section["properties"].items():
            assert field.get("description", ".").endswith((".", "…")), name
            assert "description" in field or "$ref" in field, name


def test_the_verb_offers_every_kind() -> None:
    assert list(verb.KINDS) == list(MODELS) == list(KINDS)


def test_fields_of_every_kind_are_described_by_pointer() -> None:
    assert describe("/spec/soak", Environment).startswith("How long a release must have been")
    assert describe("/spec/conditions/3/tests/pass/0/item", PromotionPolicy).startswith("The item")
    assert field_at(("spec", "soak"), PromotionPolicy) is None
