"""Taking something away never turns a denial into a pass: every field of everything, one by one.

Digests are left as they were, as whoever takes a field out of what was signed must leave them.
"""

from __future__ import annotations

import copy
import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    OTHER,
    POLICY,
    approved,
    decided,
    evidence,
    make,
    program_for,
    with_evidence,
)
from tests.gate.denied import ALWAYS, denied
from tests.predicates import PROVENANCE
from weighbridge.codec.bundle import bundle_bytes, stored
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.decide import decide
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.errors import DocumentError
from weighbridge.model.predicates import OURS
from weighbridge.model.trust import (
    TrustError,
    TrustSnapshot,
    _snapshot,
    write_snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case, Evidence, Said

CASES = denied()
each_case = pytest.mark.parametrize("name", CASES)


BUNDLES = {case.bundle_digest: case.bundle for case in CASES.values()}


GIVEN = {name: decided(case).outcome_digest for name, case in CASES.items()}


def passes(name: str, **less: Any) -> bool:  # noqa: ANN401 - fields of a case
    """Ask by the programs of the policy that was published, with approvals for whatever comes."""
    case = replace(CASES[name], **less)
    program = program_for(BUNDLES[CASES[name].bundle_digest])
    decision = decide(case, program)
    if decision.conditions[0].outcome is not Outcome.MET:
        return decision.verdict is GateVerdict.ALLOWED
    now = decision.outcome_digest
    acts = tuple(
        replace(said, outcome=now) if said.outcome == GIVEN[name] else said for said in case.acts
    )
    return decide(replace(case, acts=acts), program).verdict is GateVerdict.ALLOWED


def without(tree: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - plain values
    """Take away every member of a tree, one by one, and name its place."""
    for path in places(tree):
        less = copy.deepcopy(tree)
        at = less
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
        yield "/".join(map(str, path)), less


def places(tree: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    members = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, member in members:
        yield (*at, key)
        if isinstance(member, dict | list):
            yield from places(member, (*at, key))


def blanked(one: Evidence | Said) -> Iterator[tuple[str, Any]]:
    """Empty every field of what somebody said, one by one."""
    for field in fields(one):
        value = getattr(one, field.name)
        if value:
            yield (
                field.name,
                replace(one, **{field.name: type(value)()} if field.name != "act" else {}),
            )


@each_case
def test_the_cases_are_not_allowed(name: str) -> None:
    assert not passes(name)


def test_their_verdicts_are_of_every_kind_but_one() -> None:
    found = {decided(case).verdict for case in CASES.values()}
    assert found == set(GateVerdict) - {GateVerdict.ALLOWED}


@pytest.mark.slow
@each_case
def test_taking_away_a_field_of_a_predicate_lets_nothing_pass(name: str) -> None:
    case, tried = CASES[name], 0
    for index, one in enumerate(case.evidence):
        for place, predicate in without(dict(one.predicate)):
            less = replace(one, predicate=predicate)
            said = (*case.evidence[:index], less, *case.evidence[index + 1 :])
            assert not passes(name, evidence=said), (one.entry, place)
            tried += 1
    assert tried


@each_case
def test_taking_away_a_field_of_a_statement_or_an_act_lets_nothing_pass(name: str) -> None:
    case = CASES[name]
    for index, one in enumerate(case.evidence):
        for field, less in blanked(one):
            said = (*case.evidence[:index], less, *case.evidence[index + 1 :])
            assert not passes(name, evidence=said), (one.entry, field)
    for index, spoken in enumerate(case.acts):
        for field, blank in blanked(spoken):
            acts = (*case.acts[:index], blank, *case.acts[index + 1 :])
            assert not passes(name, acts=acts), (spoken.entry, field)


@pytest.mark.slow
@each_case
def test_taking_away_a_field_of_environment_or_manifest_lets_nothing_pass(name: str) -> None:
    case = CASES[name]
    for place, record in without(dict(case.environment)):
        assert not passes(name, environment=record), place
    for place, manifest in without(dict(case.manifest)):
        assert not passes(name, manifest=manifest), place
    for place, sections in without(dict(case.sections)):
        assert not passes(name, sections=sections), place


def snapshots(trust: TrustSnapshot) -> Iterator[tuple[str, TrustSnapshot]]:
    """Take away every field of a snapshot; where one must be there, read it as empty."""
    empty = {"from": "", "until": "", "revokedAt": "", "reason": "", "roles": [], "person": ""}
    for place, tree in without(json.loads(write_snapshot(trust))):
        whole = {"asOf": 0, "owners": [], "threshold": 0, "keys": [], "logKey": "", **tree}
        whole["keys"] = [{**empty, "key": "", **key} for key in whole["keys"]]
        try:
            yield place, _snapshot(whole)
        except TrustError:
            continue


@each_case
def test_taking_away_a_field_of_the_trust_snapshot_lets_nothing_pass(name: str) -> None:
    case, tried = CASES[name], set()
    for place, trust in snapshots(case.trust):
        if trust != case.trust:
            assert not passes(name, trust=trust), place
            tried.add(place.rpartition("/")[2])
    assert tried >= {"roles", "asOf"}


def test_an_expiry_and_a_revocation_are_among_what_was_taken_away() -> None:
    for name, field in (
        ("an approver's key was revoked", "revoked_at"),
        ("an approver's key had expired", "until"),
        ("an approver's key counts later", "since"),
    ):
        case = CASES[name]
        guarded = [key for key in case.trust.keys if getattr(key, field)]
        tried = [trust for _, trust in snapshots(case.trust)]
        assert any(not any(getattr(k, field) for k in trust.keys) for trust in tried) == bool(
            guarded
        )
        assert guarded


def bundles(case: Case) -> Iterator[tuple[str, Any]]:
    """Take away every field of a policy bundle; most of what is left is no bundle."""
    for place, tree in without(json.loads(bundle_bytes(case.bundle))):
        try:
            yield place, stored._bundle(tree)
        except (DocumentError, KeyError, TypeError, ValueError):
            continue


@pytest.mark.slow
def test_taking_away_a_field_of_the_policy_lets_nothing_pass() -> None:
    tried: dict[str, list[tuple[str, Any]]] = {}
    for name, case in CASES.items():
        less = tried.setdefault(case.bundle_digest, list(bundles(case)))
        assert len(less) > 20
        for place, bundle in less:
            assert not passes(name, bundle=bundle), (name, place)
    places_tried = {place for less in tried.values() for place, _ in less}
    assert {
        "policy/spec/evidence/0/maxAge",
        "policy/spec/evidence/0/signedBy",
        "policy/spec/evidence",
        "policy/spec/approvals",
        "policy/spec/riskWhen",
        "policy/spec/conditions",
        "rules/codes/0",
        "data/tasks/0",
    } <= places_tried


OBJECTIONS = {
    "a newer report failed": {13},
    "one withdrew": {23},
    "one rejected": {23},
    "an approver changed his mind": {24},
    "who signed evidence approved": {13},
}
"""What is itself an objection, by its entry. That none of these is kept from the gate is not the
gate's to see: the ledger is complete, or does not verify (`log verify`), and whoever gathers reads
all of it in the transaction that moves the pointer. The same goes for `Case.held` and
`Case.requesters`, which are folded from it."""


@each_case
def test_taking_away_evidence_or_an_act_lets_nothing_pass_but_objections(name: str) -> None:
    case, passed = CASES[name], set()
    for one in case.evidence:
        less = tuple(other for other in case.evidence if other is not one)
        if passes(name, evidence=less):
            passed.add(one.entry)
    for said in case.acts:
        fewer = tuple(other for other in case.acts if other is not said)
        if passes(name, acts=fewer):
            passed.add(said.entry)
    assert passed == OBJECTIONS.get(name, set())


@each_case
def test_nothing_else_of_a_case_can_be_left_empty(name: str) -> None:
    case = CASES[name]
    for field in ("environment_digest", "bundle_digest", "release", "trust_digest", "now"):
        if getattr(case, field):
            assert not passes(name, **{field: ""})


UNKNOWN = '"https://example.com/review/v1"'


@pytest.mark.parametrize(
    ("demand", "kind"),
    [
        ("provenance", "provenance"),
        (f"{UNKNOWN}, inconclusive: allow", "https://example.com/review/v1"),
    ],
)
def test_a_result_no_one_must_give_is_guarded_by_its_signature_alone(
    demand: str, kind: str
) -> None:
    """The only field of a predicate that may be left out: types that define no result.

    Who leaves it out has to sign anew, and is then who signed that nothing is wrong.
    """
    policy = POLICY.replace("    - type: replay", f"    - {{type: {demand}}}\n    - type: replay")
    for predicate, verdict in (
        ({"result": "FAILED", **PROVENANCE}, GateVerdict.DENIED),
        (PROVENANCE, GateVerdict.ALLOWED),
    ):
        case = with_evidence(make(policy), evidence(kind, "cat", predicate, entry=14))
        assert decided(approved(case)).verdict is verdict


def test_a_section_no_one_must_name_is_guarded_by_its_signature_alone() -> None:
    """The other one: sections that evidence says it depended on, beyond what its type does."""
    same = depended_sections(make().manifest)
    names = ("source", "build", "environment", "dependencies", "artifacts")
    needed = {name: same[name] for name in names}
    more = {**needed, "parameters": "sha256:" + "0" * 64}
    for named, verdict in ((more, GateVerdict.DENIED), (needed, GateVerdict.ALLOWED)):
        predicate = {OURS: {"verdict": "bitwise", "dependsOn": named}}
        old = evidence("replay", "cat", predicate, entry=14, release=OTHER)
        assert decided(approved(with_evidence(make(ALWAYS), old))).verdict is verdict
