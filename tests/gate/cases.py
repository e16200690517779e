"""A case the gate allows, and short ways to make others of it; every digest is the right one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from weighbridge.codec.bundle import (
    bundle_bytes,
    bundle_digest,
    make_bundle,
    read_bundle,
    read_collection,
)
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import resolved
from weighbridge.codec.sections import depended_sections
from weighbridge.codec.validating import read_authored
from weighbridge.gate.case import Act, Case, Evidence, Said
from weighbridge.gate.decide import decide
from weighbridge.gate.kinds import TYPES
from weighbridge.model.environment import Environment
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.policy.bundle import DemandedRules, PolicyBundle
from weighbridge.model.predicates import OURS, RELEASE
from weighbridge.model.report import RuleSet
from weighbridge.model.trust import TrustedKey, TrustSnapshot, snapshot_digest
from weighbridge.usecases.programs import program_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.gate.program import Program
    from weighbridge.model.decision import Decision, Judged

BEFORE = "2026-10-30T09:00:00Z"
MORNING = "2026-11-01T10:00:00Z"
NOON = "2026-11-01T12:00:00Z"
CODES = ("DEP003", "INT001", "REP004")

POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: production, version: "3", owner: {team: platform}}
spec:
  include: [house]
  riskWhen:
    - {risk: high, when: 'release.spec.model.task == "credit-scoring"'}
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning}
    - type: replay
      when: release.effectiveRisk == "high"
      atLeast: predictions-within-tolerance
  approvals:
    - {min: 2, roles: [ml-lead, sre]}
    - {min: 1, roles: [security], when: release.effectiveRisk == "high"}
  conditions:
    - id: known-task
      title: The task is one of ours
      expr: release.spec.model.task in data.tasks
      message: '"nobody knows " + release.spec.model.task'
      tests:
        pass: [{release: {spec: {model: {task: a}}}, data: {tasks: [a]}}]
        fail: [{release: {spec: {model: {task: b}}}, data: {tasks: [a]}}]
    - id: no-errors
      title: No finding is an error
      forEach: findings
      expr: item.severity != "error"
      message: item.code + " is an error"
      tests:
        pass: [{item: {severity: note}}]
        fail: [{item: {severity: error, code: INT001}}]
  rollbackPolicy: {allow: previously-promoted, hold: true}
"""
HOUSE = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: house, version: "1", owner: {team: house}}
spec:
  conditions:
    - id: digests
      title: Every artifact has a digest
      forEach: release.artifacts
      expr: has(item.digest)
      message: '"no digest of " + item.name'
      remediation: [weighbridge seal]
      tests: {pass: [{item: {digest: d}}], fail: [{item: {name: n}}]}
"""
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: production}
spec:
  promotesFrom: staging
  policy: production@3
  roles: {approvers: [ml-lead, sre, security], deployers: [releaser]}
  soak: 24h
"""
MANIFEST = f"""\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata: {{name: detector, version: "1.4.0", owner: {{team: content}}, risk: low}}
spec:
  source: {{}}
  model: {{name: detector, task: classification}}
  environment:
    runtime: {{implementation: cpython, version: "3.11.7"}}
  dependencies:
    runtime: {{lock: requirements.lock, format: requirements}}
  parameters:
    threshold: {{kind: inference, type: integer, value: 3}}
  artifacts:
    - {{name: model, role: weights, path: model.onnx, digest: "sha256:{"a" * 64}"}}
    - {{name: labels, role: card, path: labels.txt, digest: "sha256:{"b" * 64}"}}
"""
DATA = b'["classification", "credit-scoring"]'

PEOPLE = {
    "ann": ("ml-lead", "owner"),
    "bea": ("builder",),
    "carl": ("checker",),
    "cat": ("checker",),
    "dora": ("checker", "ml-lead"),
    "max": ("ml-lead",),
    "mia": ("ml-lead",),
    "rob": ("ml-lead", "releaser"),
    "sid": ("sre",),
    "sue": ("security",),
}


def key_of(person: str, **changes: Any) -> TrustedKey:  # noqa: ANN401 - fields of a key
    """Trust a person with his roles; whether the key is a good one is not the gate's business."""
    plain = TrustedKey(key=f"key of {person}".encode(), person=person, roles=PEOPLE[person])
    return replace(plain, **changes)


SPKI = {person: key_of(person).spki for person in PEOPLE}


def trust_of(*changed: TrustedKey) -> TrustSnapshot:
    """Trust everybody, some of them otherwise."""
    keys = {key_of(person).spki: key_of(person) for person in PEOPLE}
    keys |= {key.spki: key for key in changed}
    ordered = tuple(keys[spki] for spki in sorted(keys))
    return TrustSnapshot(as_of=9, owners=("ann",), threshold=1, keys=ordered)


@cache
def bundle_of(
    policy: str = POLICY, data: bytes = DATA, codes: tuple[str, ...] = CODES
) -> PolicyBundle:
    """Make the bundle of a policy, which was published."""
    authored, document = read_authored(policy.encode(), "policy.yaml", PromotionPolicy)
    rules = DemandedRules(
        name="standard", rule_set=RuleSet(version="1", digest="sha256:" + "5" * 64), codes=codes
    )
    house = read_collection(HOUSE.encode(), "house.yaml")
    made = make_bundle(
        authored, document, data={"tasks": data}, collections={"house": house}, rule_sets=[rules]
    )
    return read_bundle(bundle_bytes(made))


def environment_of(text: str, bundle: PolicyBundle) -> dict[str, Any]:
    """Pin an environment to a bundle, as applying it does."""
    authored, _ = read_authored(text.encode(), "environment.yaml", Environment)
    return {**resolved(authored), "policyDigest": bundle_digest(bundle)}


def manifest_of(text: str = MANIFEST) -> dict[str, Any]:
    """Read a manifest into what is sealed."""
    release, _ = read_release(text.encode(), "release.yaml")
    return resolved(release)


def release_of(manifest: Mapping[str, Any]) -> str:
    return digest(canonical_bytes(manifest))


MANIFEST_TREE = manifest_of()
THIS = release_of(MANIFEST_TREE)
OTHER_TREE = manifest_of(MANIFEST.replace("1.4.0", "1.3.0"))
OTHER = release_of(OTHER_TREE)


def finding(code: str = "INT001", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - its members
    plain = {"code": code, "subject": "model.onnx", "severity": "error", "verdict": "fail"}
    return plain | changes


def report(
    *findings: Mapping[str, Any],
    passed: Iterable[str] | None = None,
    sections: Mapping[str, str | None] | None = None,
    targets: Sequence[str] = (),
) -> dict[str, Any]:
    """Write the predicate of a report: what it found, all other rules passed."""
    found = {one.get("code") for one in findings}
    others = [code for code in CODES if code not in found]
    counts = {"errors": len(findings), "warnings": 0}
    return {
        "configuration": [],
        "passedTests": others if passed is None else [*passed],
        "result": "FAILED" if findings else "PASSED",
        OURS: {
            "dependsOn": dict(depended_sections(MANIFEST_TREE) if sections is None else sections),
            "report": {"findings": [dict(one) for one in findings], "summary": counts},
            "targets": [*targets],
        },
    }


def evidence(
    kind: str,
    person: str,
    predicate: Mapping[str, Any],
    *,
    entry: int,
    at: str = MORNING,
    release: str = THIS,
) -> Evidence:
    """Have somebody sign evidence; `kind` is a short name or a predicate type."""
    said = {"release": release, "person": person, "entry": entry, "predicate": dict(predicate)}
    return Evidence(
        entry=entry,
        at=at,
        predicate_type=TYPES.get(kind, kind),
        predicate=predicate,
        statement=digest(canonical_bytes(said)),
        release=release,
        subjects=(release,),
        person=person,
        roles=PEOPLE[person],
        key=SPKI[person],
    )


def signature(release: str = THIS, person: str = "bea", entry: int = 11) -> Evidence:
    return evidence(RELEASE, person, {"name": "detector"}, entry=entry, release=release)


def replay(verdict: str = "bitwise", *, person: str = "cat", entry: int = 14) -> Evidence:
    return evidence("replay", person, {OURS: {"verdict": verdict}}, entry=entry)


def papers(manifest: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """Sign a release and its report."""
    release, sections = release_of(manifest), depended_sections(manifest)
    checked = evidence("report", "carl", report(sections=sections), entry=12, release=release)
    return signature(release), checked


def make(
    policy: str = POLICY,
    *,
    environment: str = ENVIRONMENT,
    manifest: str = MANIFEST,
    codes: tuple[str, ...] = CODES,
    trust: TrustSnapshot | None = None,
    **others: Any,  # noqa: ANN401 - other fields of a case
) -> Case:
    """Make a case nobody has approved yet."""
    bundle = bundle_of(policy, codes=codes)
    record = environment_of(environment, bundle)
    tree = manifest_of(manifest)
    trust = trust_of() if trust is None else trust
    plain = Case(
        environment=record,
        environment_digest=digest(canonical_bytes(record)),
        bundle=bundle,
        bundle_digest=bundle_digest(bundle),
        release=release_of(tree),
        manifest=tree,
        sections=depended_sections(tree),
        evidence=papers(tree),
        acts=(),
        trust=trust,
        trust_digest=snapshot_digest(trust),
        now=NOON,
        requesters=frozenset({"rob"}),
        arrived=BEFORE,
    )
    return replace(plain, **others)


_PROGRAMS: dict[str, Program] = {}


def program_for(bundle: PolicyBundle) -> Program:
    known = bundle_digest(bundle)
    if known not in _PROGRAMS:
        _PROGRAMS[known] = program_of(bundle)
    return _PROGRAMS[known]


def decided(case: Case) -> Decision:
    return decide(case, program_for(case.bundle))


def act(
    case: Case,
    person: str,
    what: Act = Act.APPROVE,
    **changes: Any,  # noqa: ANN401 - fields of what was said
) -> Said:
    """Have somebody say something of a case as it stands, as the next thing that is said."""
    before: list[Evidence | Said] = [*case.evidence, *case.acts]
    plain = Said(
        act=what,
        entry=max([20, *(one.entry for one in before)]) + 1,
        at=max([MORNING, *(one.at for one in before)]),
        person=person,
        roles=PEOPLE[person],
        key=SPKI[person],
        release=case.release,
        environment=case.environment_name,
        policy=case.bundle_digest,
        outcome=decided(case).outcome_digest,
        reason="",
    )
    return replace(plain, **changes)


def having(case: Case, *said: Said) -> Case:
    return replace(case, acts=(*case.acts, *said))


def with_evidence(case: Case, *more: Evidence) -> Case:
    return replace(case, evidence=(*case.evidence, *more))


def approved(case: Case, *people: str) -> Case:
    """Have people approve a case, one after the other."""
    for person in people or ("max", "sid"):
        case = having(case, act(case, person))
    return case


def judged(decision: Decision, condition: str) -> Judged:
    """Return what came of one condition."""
    (found,) = [one for one in decision.conditions if one.id == condition]
    return found


def outcomes(decision: Decision) -> dict[str, str]:
    """Return what came of every condition that is not met, by id."""
    return {one.id: one.outcome.value for one in decision.conditions if one.outcome != "met"}
