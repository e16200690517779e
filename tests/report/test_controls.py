from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.test_html import HOSTILE, shape, told
from weighbridge.model.controls import MappedControl, Source, Standing
from weighbridge.model.decision import GateVerdict, Judged, Outcome
from weighbridge.model.predicates import BEHAVIOUR, PROVENANCE, RELEASE, SBOM, TEST_RESULT
from weighbridge.report.controls.finding import (
    allowed,
    applied,
    approved_by_another,
    asked_by_a_role,
    changed,
    declared,
    logged,
    met,
    passed,
    policy_applied,
    ran,
    replaced,
    said,
    signed,
    trusted,
)
from weighbridge.report.controls.interface import Facts, Signed
from weighbridge.report.controls.mapping import FRAMEWORKS, controls_bytes, map_controls
from weighbridge.report.html import render_told

if TYPE_CHECKING:
    from weighbridge.report.controls.interface import Finder

CODES = ["DEP001", "DEP002", "DEP005", "DEP006", "SEC001", "SEC003", "SEC005", "CFG004", "CFG001"]
GOOD = {"result": "PASSED", "passedTests": CODES, "warnedTests": []}
MANIFEST = {
    "metadata": {"name": "demo", "version": "1", "owner": {"team": "house"}},
    "spec": {
        "source": {"commit": "c"},
        "artifacts": [{"name": "model"}],
        "environment": {"runtime": {"version": "3.11.2"}},
        "dependencies": {"runtime": {"digest": "sha256:1"}},
        "evaluation": {"metrics": [{"name": "accuracy"}]},
        "card": {},
    },
}


def word(entry: int, person: str, what: str, predicate: dict[str, Any] | None = None) -> Signed:
    one = dataclasses.replace(told().decided, entry=entry, person=person, what=what)
    return Signed(word=one, path=f"evidence/{entry}.json", predicate=predicate or {})


def condition(name: str, outcome: Outcome = Outcome.MET) -> Judged:
    return Judged(id=name, outcome=outcome)


def facts(*conditions: Judged, **changes: Any) -> Facts:  # noqa: ANN401 - any field
    """A promotion max asked for, of a release bea signed, carl checked and mia approved."""
    before = told()
    judged = conditions or (condition("not-rejected"), condition("approvals:0"))
    decision = dataclasses.replace(before.decision, conditions=judged)
    decided = dataclasses.replace(before.decided, person="max", roles=("releaser",))
    whole = Facts(
        told=dataclasses.replace(before, decision=decision, decided=decided),
        manifest=MANIFEST,
        environment={"spec": {"promotesFrom": "staging"}},
        evidence=(word(1, "bea", RELEASE), word(2, "carl", TEST_RESULT, GOOD)),
        acts=(word(3, "mia", "approve"),),
        approvals=(word(3, "mia", "approve"),),
        control=(word(4, "ann, ben", "key.trust"), word(5, "ann, ben", "policy.publish")),
    )
    return dataclasses.replace(whole, **changes)


def mapped(found: Facts) -> dict[str, MappedControl]:
    return {one.id: one for framework in map_controls(found) for one in framework.controls}


def test_every_control_stands_once_and_says_what_is_left_to_do() -> None:
    for framework in FRAMEWORKS:
        ids = [control.id for control in framework.controls]
        assert len(ids) == len(set(ids))
        assert all(control.title and control.supply for control in framework.controls)
        assert all(control.asks for control in framework.controls if control.whole)
    assert [len(framework.controls) for framework in FRAMEWORKS] == [23, 42, 9]


def test_a_change_that_was_tested_and_approved_by_others_is_managed() -> None:
    assert mapped(facts())["CC8.1"].standing is Standing.THERE


@pytest.mark.parametrize(
    "changes",
    [
        {"approvals": ()},
        {"evidence": (word(1, "bea", RELEASE),)},
        {"evidence": (word(1, "bea", RELEASE), word(2, "bea", TEST_RESULT, GOOD))},
        {"evidence": (word(2, "carl", TEST_RESULT, {**GOOD, "result": "FAILED"}),)},
        {"evidence": (word(2, "carl", TEST_RESULT, {}),)},
        {"control": ()},
        {"manifest": {}},
    ],
    ids=[
        "nobody approved",
        "no report",
        "own report",
        "failed",
        "report says nothing",
        "no policy",
        "no commit",
    ],
)
def test_whatever_of_it_is_missing_is_not_passed_over(changes: dict[str, Any]) -> None:
    assert mapped(facts(**changes))["CC8.1"].standing is Standing.PARTLY


@pytest.mark.parametrize("outcome", [Outcome.UNMET, Outcome.WAIVED, Outcome.INCONCLUSIVE])
def test_approvals_the_gate_did_not_count_answer_nothing(outcome: Outcome) -> None:
    found = facts(condition("approvals:0"), condition("approvals:1", outcome))
    assert approved_by_another(found) == ()
    assert met("approvals")(found) == ()


def test_a_failure_newer_than_a_pass_counts() -> None:
    failed = word(7, "cat", TEST_RESULT, {**GOOD, "result": "FAILED", "passedTests": []})
    found = facts(evidence=(*facts().evidence, failed))
    assert passed(TEST_RESULT)(found) == ()
    assert ran("DEP005")(found) == ()
    assert [source.entry for source in signed(TEST_RESULT)(found)] == [2, 7]


def test_a_release_nobody_let_in_is_not_called_authorised() -> None:
    before = facts()
    decision = dataclasses.replace(before.told.decision, verdict=GateVerdict.DENIED)
    found = facts(told=dataclasses.replace(before.told, decision=decision))
    assert allowed(before) == (Source(path="decision.json", entry=7),)
    assert allowed(found) == ()
    assert mapped(found)["CC8.1"].standing is Standing.PARTLY


@pytest.mark.parametrize(
    ("evidence", "standing"),
    [
        ([], Standing.MISSING),
        ([word(8, "bea", SBOM)], Standing.PARTLY),
        ([word(8, "bea", SBOM), word(9, "bea", PROVENANCE)], Standing.THERE),
    ],
)
def test_where_components_come_from(evidence: list[Signed], standing: Standing) -> None:
    assert mapped(facts(evidence=tuple(evidence)))["PS.3.2"].standing is standing


def test_validation_needs_tests_a_trial_and_measures() -> None:
    tried = word(8, "carl", BEHAVIOUR, {"result": "PASSED"})
    both = (*facts().evidence, tried)
    assert mapped(facts())["2(g)"].standing is Standing.PARTLY
    assert mapped(facts(evidence=both))["2(g)"].standing is Standing.THERE
    assert mapped(facts(evidence=both, manifest={}))["2(g)"].standing is Standing.PARTLY


def test_what_papers_alone_cannot_answer_is_never_wholly_there() -> None:
    for framework in FRAMEWORKS:
        for control in framework.controls:
            standing = mapped(facts())[control.id].standing
            assert control.whole or standing is not Standing.THERE
            assert control.asks or standing is Standing.MISSING


@pytest.mark.parametrize(
    ("find", "place"),
    [
        (declared("/metadata/name"), "manifest.json/metadata/name"),
        (declared("/spec/card"), ""),
        (declared("/spec/nowhere/at/all"), ""),
        (declared("/metadata/name/deeper"), ""),
        (declared("/metadata/name", "/spec/nowhere"), ""),
        (applied("/spec/promotesFrom"), "environment.json/spec/promotesFrom"),
        (policy_applied, "policy.json"),
        (replaced, "ledger/7.proof/body/previous"),
        (asked_by_a_role, "decision.json"),
        (changed("key.revoke"), ""),
        (said("waive"), ""),
        (met("nothing"), ""),
        (ran("XXX000"), ""),
    ],
)
def test_a_rule_finds_what_is_there_and_nothing_else(find: Finder, place: str) -> None:
    assert "".join(source.path + source.where for source in find(facts())) == place


def test_nobody_is_trusted_where_owners_trusted_nobody() -> None:
    assert [source.path for source in trusted(facts())] == ["trust.json", "evidence/4.json"]
    assert trusted(facts(control=())) == ()
    assert [source.path for source in logged(facts())] == ["ledger/7.proof", "checkpoint"]


def test_a_first_release_took_no_place() -> None:
    found = facts()
    alone = dataclasses.replace(
        found.told, previous="", decided=dataclasses.replace(found.told.decided, roles=())
    )
    assert replaced(facts(told=alone)) == ()
    assert asked_by_a_role(facts(told=alone)) == ()


def test_the_paper_says_all_of_it_in_one_form() -> None:
    data = controls_bytes(map_controls(facts()))
    assert data == controls_bytes(map_controls(facts()))
    tree = json.loads(data)
    assert tree["schemaVersion"] == 1
    assert [framework["id"] for framework in tree["frameworks"]] == [
        "eu-ai-act-annex-iv",
        "nist-ssdf",
        "soc2",
    ]
    control = tree["frameworks"][2]["controls"][-1]
    assert control.keys() == {"answers", "id", "standing", "supply", "title"}
    assert control["answers"][-1]["sources"][0] == {
        "entry": 7,
        "path": "ledger/7.proof",
        "where": "",
    }


def test_the_page_shows_every_control_and_what_is_not_there() -> None:
    page = render_told(told(), map_controls(facts()))
    for framework in FRAMEWORKS:
        assert all(f"<b>{control.id}</b>" in page for control in framework.controls)
    assert "not here: a signed bill of materials" in page
    assert shape(page) == (*shape(page)[:2], [])


def test_of_many_sources_the_page_names_a_few() -> None:
    many = tuple(word(entry, "ann, ben", "key.trust") for entry in range(10, 30))
    page = render_told(told(), map_controls(facts(control=many)))
    assert "entry 10; entry 11; entry 12; 17 more" in page


def test_no_name_from_outside_gets_into_the_map() -> None:
    hostile = {"metadata": {"name": HOSTILE, "version": HOSTILE}}
    assert b"<script" not in controls_bytes(map_controls(facts(manifest=hostile)))
