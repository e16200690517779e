"""Releases that were sealed in an older schema, or in one that is not known yet."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.cases import (
    MANIFEST_TREE,
    POLICY,
    approved,
    decided,
    judged,
    make,
    outcomes,
    papers,
    release_of,
)
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.decide import decide_rollback
from weighbridge.gate.pointer import Pointer
from weighbridge.model.decision import GateVerdict, Outcome

if TYPE_CHECKING:
    from weighbridge.gate.case import Case

ROWS = [{"python": "3.11", "arch": "x86_64"}]


def sealed_as(schema: str, policy: str = POLICY) -> Case:
    """Make a case of a release whose sealed bytes are of another schema."""
    tree: dict[str, Any] = copy.deepcopy(MANIFEST_TREE)
    tree["apiVersion"] = schema
    environment = tree["spec"]["environment"]
    environment["python"] = environment.pop("runtime")["version"]
    tree["spec"]["dependencies"]["compatibility"] = ROWS
    return replace(
        make(policy),
        manifest=tree,
        release=release_of(tree),
        sections=depended_sections(tree),
        evidence=papers(tree),
    )


def test_a_policy_sees_an_older_release_in_the_form_of_today() -> None:
    case = approved(sealed_as("weighbridge.dev/v1alpha1"), "mia", "max")
    assert outcomes(decided(case)) == outcomes(decided(approved(make(), "mia", "max")))
    assert case.today["spec"]["environment"]["runtime"]["version"] == "3.11.7"
    assert [one["name"] for one in case.today["spec"]["compatibility"]["targets"]] == [
        "linux-x86_64-py3.11"
    ]


def test_its_digests_are_those_of_the_bytes_that_were_sealed() -> None:
    case = sealed_as("weighbridge.dev/v1alpha1")
    assert judged(decided(case), "case-intact").outcome is Outcome.MET
    translated = replace(case, manifest=case.today)
    assert judged(decided(translated), "case-intact").outcome is Outcome.UNMET


@pytest.mark.parametrize("schema", ["weighbridge.dev/v2", "weighbridge.dev/v1alpha0", "v9", ""])
def test_a_release_of_a_schema_that_is_not_read_is_denied(schema: str) -> None:
    case = approved(sealed_as(schema), "mia", "max")
    decision = decided(case)
    assert decision.verdict is GateVerdict.DENIED
    (found,) = decision.conditions
    assert (found.id, found.outcome) == ("case-intact", Outcome.UNMET)
    assert found.why.startswith("of the manifest, ")
    assert "this weighbridge reads weighbridge.dev/v1" in found.wanted
    assert decide_rollback(case, Pointer()).conditions == (found,)
