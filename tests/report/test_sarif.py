"""SARIF 2.1.0: the properties the standard requires, checked by hand, schema not being at hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.samples import (
    ATTACKED,
    DIGEST,
    FAILED,
    PASSED,
    RULES,
    THREAT,
    UNHASHED,
    UNREAD,
    WAIVED,
)
from weighbridge.model.location import Location
from weighbridge.model.report import Input, Report
from weighbridge.report.interface import Presentation
from weighbridge.report.sarif import SCHEMA, SarifRenderer, artifact_uri

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding

# RFC 3986: what a URI reference may consist of, and a relative one may not begin with a scheme.
URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
KINDS = {"notApplicable", "pass", "fail", "review", "open", "informational"}
LEVELS = {"none", "note", "warning", "error"}


def run_of(report: Report) -> dict[str, Any]:
    log = json.loads(SarifRenderer(Presentation(rules=RULES)).render(report))
    assert list(log) == ["$schema", "version", "runs"]
    assert (log["$schema"], log["version"]) == (SCHEMA, "2.1.0")
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def result_of(finding: Finding) -> dict[str, Any]:
    (result,) = run_of(replace(PASSED, findings=(finding,)))["results"]
    assert isinstance(result, dict)
    return result


def check_uri(uri: str) -> None:
    assert URI_REFERENCE.fullmatch(uri)
    assert uri.startswith("file:///") or ":" not in uri
    assert not uri.startswith("//")


def check_location(location: dict[str, Any]) -> None:
    assert set(location) <= {"physicalLocation", "logicalLocations"}
    physical = location.get("physicalLocation")
    if physical:
        check_uri(physical["artifactLocation"]["uri"])
        assert physical["region"]["startLine"] >= 1
        assert physical["region"]["startColumn"] >= 1
    for logical in location.get("logicalLocations", []):
        assert logical["fullyQualifiedName"].startswith("/")


def check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["kind"] in KINDS
    assert result["level"] in LEVELS
    assert (result["level"] == "none") == (result["kind"] != "fail")
    assert result["message"]["text"]
    for location in result["locations"]:
        check_location(location)
    assert all(isinstance(print_, str) for print_ in result["partialFingerprints"].values())
    assert all(s["kind"] in {"inSource", "external"} for s in result["suppressions"])
    for fix in result.get("fixes", []):
        assert fix["description"]["text"]
        for change in fix["artifactChanges"]:
            check_uri(change["artifactLocation"]["uri"])
            assert all(r["deletedRegion"]["startLine"] >= 1 for r in change["replacements"])


@pytest.mark.parametrize("report", [PASSED, FAILED, ATTACKED], ids=["passed", "failed", "attacked"])
def test_the_log_has_what_the_standard_requires(report: Report) -> None:
    run = run_of(report)
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("weighbridge", "0.1.0")
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == sorted(set(ids))
    assert run["columnKind"] == "unicodeCodePoints"
    for result in run["results"]:
        check_result(result, driver["rules"])
    for artifact in run["artifacts"]:
        check_uri(artifact["location"]["uri"])
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    for override in invocation["ruleConfigurationOverrides"]:
        assert override["configuration"] == {"enabled": False}
        assert override["descriptor"]["id"]


def test_a_failure_is_a_result_of_its_level_at_its_place() -> None:
    result = result_of(DIGEST)
    assert (result["kind"], result["level"]) == ("fail", "error")
    assert result["message"]["text"].startswith("digest of weights/model.safetensors differs")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "release.yaml"},
                "region": {"startLine": 14, "startColumn": 11},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "/spec/artifacts/0/digest", "kind": "value"}
            ],
        }
    ]


def test_inconclusive_is_open_and_of_no_level() -> None:
    result = result_of(UNREAD)
    assert (result["kind"], result["level"]) == ("open", "none")


def test_waived_is_suppressed_and_everything_else_says_it_is_not() -> None:
    assert result_of(WAIVED)["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "waived by alice@example.com",
        }
    ]
    assert result_of(DIGEST)["suppressions"] == []


def test_rules_carry_their_text_and_unknown_ones_their_name() -> None:
    first, second, third = run_of(replace(PASSED, findings=(THREAT,)))["tool"]["driver"]["rules"]
    assert first == {
        "id": "INT001",
        "name": "digest-mismatch",
        "shortDescription": {"text": RULES["INT001"].summary},
        "help": {
            "text": RULES["INT001"].help_markdown,
            "markdown": RULES["INT001"].help_markdown,
        },
        "defaultConfiguration": {"level": "error"},
    }
    assert second["id"] == "INT002"
    assert third == {
        "id": "SEC001",
        "name": "unsafe-deserialisation",
        "defaultConfiguration": {"level": "error"},
    }


def test_skipped_rules_are_switched_off_and_named() -> None:
    skip = replace(FAILED.skipped[0], code="INT002")
    (invocation,) = run_of(replace(FAILED, skipped=(skip, *FAILED.skipped)))["invocations"]
    off = [override["descriptor"] for override in invocation["ruleConfigurationOverrides"]]
    assert [descriptor["id"] for descriptor in off] == ["DEP004", "INT002"]
    assert "index" not in off[0]
    assert isinstance(off[1]["index"], int)
    assert invocation["toolConfigurationNotifications"][0]["message"]["text"] == (
        "skipped: not for this target (weighbridge.toml:4)"
    )


def test_a_line_edit_is_a_fix_and_an_edit_of_a_value_is_not() -> None:
    (fix,) = result_of(UNHASHED)["fixes"]
    assert fix["artifactChanges"] == [
        {
            "artifactLocation": {"uri": "requirements.lock"},
            "replacements": [
                {
                    "deletedRegion": {"startLine": 3},
                    "insertedContent": {"text": "numpy==2.0 --hash=sha256:aa"},
                }
            ],
        }
    ]
    edit = replace(UNHASHED.edits[0], line=0, pointer="/spec/source/commit")
    assert "fixes" not in result_of(replace(UNHASHED, edits=(edit,)))


def test_inputs_are_artifacts_with_their_digests() -> None:
    other = Input(name="/data set", digest="blake3:00")
    assert run_of(replace(FAILED, inputs=(*FAILED.inputs, other)))["artifacts"] == [
        {"location": {"uri": "file:///data%20set"}, "properties": {"cached": False}},
        {
            "location": {"uri": "labels.json"},
            "hashes": {"sha-256": "1fe7"},
            "properties": {"cached": True},
        },
        {
            "location": {"uri": "weights/model.safetensors"},
            "hashes": {"sha-256": "77ab"},
            "properties": {"cached": False},
        },
    ]


def fingerprint(finding: Finding) -> str:
    (value,) = result_of(finding)["partialFingerprints"].values()
    assert isinstance(value, str)
    return value


def test_a_fingerprint_stays_when_lines_and_values_move() -> None:
    moved = replace(DIGEST, seen="sha256:0000", location=replace(DIGEST.location, line=99))
    assert fingerprint(moved) == fingerprint(DIGEST)
    assert fingerprint(replace(DIGEST, subject="other.bin")) != fingerprint(DIGEST)
    assert THREAT.threat is not None
    elsewhere = replace(THREAT, threat=replace(THREAT.threat, name="os.popen"))
    assert fingerprint(elsewhere) != fingerprint(THREAT)


def test_findings_that_look_alike_are_counted() -> None:
    twin = replace(DIGEST, message="again")
    results = run_of(replace(PASSED, findings=(DIGEST, twin)))["results"]
    prints = [result["partialFingerprints"]["weighbridge/v1"] for result in results]
    assert [print_.split(":")[1] for print_ in prints] == ["1", "2"]
    assert len({print_.split(":")[0] for print_ in prints}) == 1


def test_a_finding_without_a_place_has_no_location() -> None:
    assert result_of(replace(DIGEST, location=Location("")))["locations"] == []


def test_a_line_below_one_is_the_first() -> None:
    (location,) = result_of(replace(DIGEST, location=Location("a", 0, 0)))["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}


def test_no_link_can_be_written_into_a_message() -> None:
    text = result_of(replace(DIGEST, message="see [here](http://evil)"))["message"]["text"]
    assert text.startswith("see [here]\\(http://evil)")


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("weights/model.onnx", "weights/model.onnx"),
        ("a b#c?.pkl", "a%20b%23c%3F.pkl"),
        ("http:evil", "http%3Aevil"),
        ("é\n", "%C3%A9%0A"),
        ("100%.bin", "100%25.bin"),
        ("/srv/model", "file:///srv/model"),
        ("\udcff", "%5Cudcff"),
    ],
)
def test_paths_are_percent_encoded(path: str, uri: str) -> None:
    assert artifact_uri(path) == uri
