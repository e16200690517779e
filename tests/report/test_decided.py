from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from tests.gate.cases import decided, make
from weighbridge.model.decision import GateVerdict
from weighbridge.model.finding import Verdict
from weighbridge.report.decided import decision_report
from weighbridge.report.interface import Presentation
from weighbridge.report.registry import RENDERERS

DECISION = decided(make())  # nobody has approved yet
OPEN = [one for one in DECISION.conditions if one.outcome != "met"]


def written(output_format: str) -> str:
    return RENDERERS[output_format](Presentation()).render(decision_report(DECISION))


def test_what_is_not_met_is_a_finding_and_what_is_met_passed() -> None:
    report = decision_report(DECISION)
    assert DECISION.verdict is GateVerdict.NEEDS
    assert report.verdict is Verdict.FAIL
    assert [finding.code for finding in report.findings] == [one.id for one in OPEN]
    assert [finding.remediation for finding in report.findings] == [one.remedy for one in OPEN]
    assert set(report.passed) == {one.id for one in DECISION.conditions} - {one.id for one in OPEN}
    assert (report.release.digest, report.rule_set.digest) == (
        DECISION.release,
        DECISION.policy_digest,
    )
    assert [given.digest for given in report.inputs] == list(DECISION.evidence)


def test_code_hosts_and_ci_can_read_it() -> None:
    run = json.loads(written("sarif"))["runs"][0]
    assert [result["ruleId"] for result in run["results"]] == [one.id for one in OPEN]
    suite = ET.fromstring(written("junit"))  # noqa: S314 - written here
    assert suite.get("failures") == str(len(OPEN))
    assert written("github").count("::error ") == len(OPEN)


@pytest.mark.parametrize("output_format", ["sarif", "junit", "github"])
def test_it_says_why_and_what_to_do(output_format: str) -> None:
    text = written(output_format)
    assert all(one.why in text for one in OPEN)
    assert DECISION.name in text
    assert "weighbridge explain" not in text  # which knows no conditions of policies
