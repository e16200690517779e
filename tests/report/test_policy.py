from __future__ import annotations

import json

from tests.codec.bundle.test_bundle import make
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.model.location import Location
from weighbridge.model.policy.results import ExampleResult
from weighbridge.report.policy import (
    bundle_json,
    policies_json,
    render_bundle,
    render_policies,
    render_results,
    results_json,
)

PASSED = ExampleResult(
    condition="pinned",
    title="It is pinned",
    origin="house",
    wanted="pass",
    number=1,
    ok=True,
    why="holds",
    location=Location("policy.yaml", 3, 5, "/spec/conditions/0/tests/pass/0"),
)
FAILED = ExampleResult(
    condition="pinned",
    title="It is pinned",
    origin="house",
    wanted="fail",
    number=1,
    ok=False,
    why="holds\x1b[2J",
    location=Location("policy.yaml", 4, 5, "/spec/conditions/0/tests/fail/0"),
)


def test_a_condition_is_told_once_with_all_its_examples() -> None:
    assert render_results("house@1", [PASSED, FAILED]) == (
        "house/pinned  It is pinned\n"
        "  ok  pass 1: holds\n"
        "  NO  fail 1: holds\\x1b[2J\n"
        "      --> policy.yaml:4:5\n"
        "fail: house@1, 1 of 2 examples as they should be\n"
    )


def test_a_policy_without_conditions_has_nothing_that_could_fail() -> None:
    assert render_results("house@1", []) == "pass: house@1, 0 of 0 examples as they should be\n"
    assert results_json("house@1", [])["ok"] is True


def test_colour_adds_no_word() -> None:
    plain = render_results("house@1", [PASSED, FAILED])
    styled = render_results("house@1", [PASSED, FAILED], styled=True)
    assert "\x1b[1;31mNO\x1b[0m" in styled
    for code in ("\x1b[1;31m", "\x1b[1;32m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"):
        styled = styled.replace(code, "")
    assert styled == plain


def test_results_as_plain_values() -> None:
    found = results_json("house@1", [PASSED, FAILED])
    assert found["ok"] is False
    assert json.loads(json.dumps(found))["examples"][1]["location"] == {
        "file": "policy.yaml",
        "line": 4,
        "column": 5,
        "pointer": "/spec/conditions/0/tests/fail/0",
    }


def test_a_bundle_is_shown_with_all_it_demands_and_without_examples() -> None:
    bundle = json.loads(bundle_bytes(make()))
    shown = render_bundle(bundle, digest="sha256:0")
    assert shown.startswith("production@3\nsha256:0\n\nowner\n  contact: platform@")
    for said in (
        "- standard 0.1.0\n  - CFG001, INT001\n",
        "maxAge: 86400s\n",
        "- production/known-task\n    title: The task is one of ours\n",
        "- baseline/licence\n",
        "data\n  tasks:\n    - classification\n",
        "rollbackPolicy\n  allow: previously-promoted\n  hold: false\n",
    ):
        assert said in shown
    assert "tests" not in shown
    assert bundle_json(bundle, digest="sha256:0")["bundle"] == bundle


def test_published_policies_as_lines_and_as_plain_values() -> None:
    published = {"a@1": "sha256:1", "b@2": "sha256:2"}
    assert render_policies(published) == "sha256:1  a@1\nsha256:2  b@2\n"
    assert policies_json(published)["policies"] == [
        {"policy": "a@1", "digest": "sha256:1"},
        {"policy": "b@2", "digest": "sha256:2"},
    ]
