from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import MANIFEST, POLICY, bundle_of, decided, judged, make
from weighbridge.codec.bundle import bundle_digest
from weighbridge.codec.bundle.baseline import expects_values
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.expected import CODE, ID, _is_expected, _member
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.errors import DocumentError

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

DEMAND = "  manifest: {baseline: tasks}\n"
EXPECTED: dict[str, Any] = {
    "/metadata/owner/team": "content",
    "/spec/environment/runtime/version": ["3.11.7", "3.12.4"],
    "/spec/parameters/threshold/value": 3,
    "/spec/artifacts/model/role": "weights",
    "/spec/governance": None,
}


def held(expected: object, *, demand: str = DEMAND, manifest: str = MANIFEST) -> Case:
    bundle = bundle_of(POLICY + demand, json.dumps(expected).encode())
    case = make(manifest=manifest)
    record = {**case.environment, "policyDigest": bundle_digest(bundle)}
    return replace(
        case,
        bundle=bundle,
        bundle_digest=bundle_digest(bundle),
        environment=record,
        environment_digest=digest(canonical_bytes(record)),
    )


def found(expected: object, **more: str) -> Judged:
    return judged(decided(held(expected, **more)), ID)


def test_a_policy_that_names_no_baseline_asks_nothing() -> None:
    assert ID not in {one.id for one in decided(make()).conditions}


def test_a_manifest_that_is_as_expected_is_met() -> None:
    one = found(EXPECTED)
    assert (one.outcome, one.why) == (Outcome.MET, "as the baseline tasks expects")
    assert not one.findings
    assert not one.remedy
    warning = found(EXPECTED, demand=DEMAND.replace("tasks}", "tasks, offBaseline: warn}"))
    assert (warning.outcome, warning.warns) == (Outcome.MET, False)


@pytest.mark.parametrize(
    ("at", "expected", "seen"),
    [
        ("/metadata/owner/team", "risk", '"content"'),
        ("/spec/environment/runtime/version", ["3.12.4"], '"3.11.7"'),
        ("/spec/parameters/threshold/value", "3", "3"),
        ("/spec/parameters/threshold/value", True, "3"),
        ("/spec/artifacts/model/role", "card", '"weights"'),
        ("/spec/artifacts/0/role", "weights", '"card"'),
        ("/spec/artifacts/2/role", "card", "nothing"),
        ("/spec/artifacts/9/role", "card", "nothing"),
        ("/spec/artifacts/none/role", "card", "nothing"),
        ("/spec/rollout/strategy", "canary", "nothing"),
        ("/spec/model/name/x", "a", "nothing"),
        ("/spec/model/name", None, '"detector"'),
    ],
)
def test_a_value_off_the_baseline_blocks_at_its_place(at: str, expected: object, seen: str) -> None:
    one = found({**EXPECTED, at: expected})
    assert (one.outcome, one.pointer) == (Outcome.UNMET, at)
    assert one.seen == f"{at}: {seen}"
    assert one.remedy[0] == "write what is expected, and seal"
    assert one.findings == (
        {"code": CODE, "severity": "warning", "subject": at, "seen": seen, "verdict": "fail"},
    )


def test_a_member_is_found_by_its_name_its_id_or_its_place() -> None:
    tree = ["text", {"id": "late"}, {"name": "slow"}, "last"]
    wanted = {"late": {"id": "late"}, "slow": {"name": "slow"}, "0": "text", "3": "last"}
    assert {part: _member(tree, part) for part in wanted} == wanted
    assert [_member(tree, part) for part in ("4", "text", "-1")] == [None, None, None]


def test_values_are_the_same_in_whatever_order_their_members_come() -> None:
    assert _is_expected({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert _is_expected({"b": 2, "a": 1}, {"a": 1, "b": 2})
    assert not _is_expected({"a": 1}, {"a": True})


def test_it_may_warn_only() -> None:
    one = found(
        {"/spec/model/name": "x"}, demand=DEMAND.replace("tasks}", "tasks, offBaseline: warn}")
    )
    assert (one.outcome, one.warns) == (Outcome.MET, True)


@pytest.mark.parametrize("data", [{}, [], "x", {"spec": 1}, {"/kind": "x"}])
def test_what_expects_nothing_is_refused_before_it_is_published(data: object) -> None:
    assert not expects_values(data)
    with pytest.raises(DocumentError, match="expects nothing of a manifest"):
        bundle_of(POLICY + DEMAND, json.dumps(data).encode())


def test_a_baseline_that_is_not_there_is_refused() -> None:
    with pytest.raises(DocumentError, match="there is no data missing"):
        bundle_of(POLICY + DEMAND.replace("tasks", "missing"))


def test_a_bundle_that_lost_its_baseline_leaves_it_open() -> None:
    case = held(EXPECTED)
    bundle = replace(case.bundle, data={"tasks": {}})
    record = {**case.environment, "policyDigest": bundle_digest(bundle)}
    case = replace(
        case,
        bundle=bundle,
        bundle_digest=bundle_digest(bundle),
        environment=record,
        environment_digest=digest(canonical_bytes(record)),
    )
    assert judged(decided(case), ID).outcome is Outcome.INCONCLUSIVE
