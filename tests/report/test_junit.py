from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.report.samples import (
    ATTACKED,
    DIGEST,
    FAILED,
    HOSTILE,
    PASSED,
    RULES,
    UNHASHED,
    UNREAD,
    WAIVED,
)
from weighbridge.model.finding import Finding, Severity
from weighbridge.model.location import Location
from weighbridge.report.faults import render_finding
from weighbridge.report.interface import Presentation
from weighbridge.report.junit import JunitRenderer

if TYPE_CHECKING:
    from weighbridge.model.report import Report

CLEAN = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="weighbridge" tests="3" failures="0" errors="0" skipped="1">
  <testsuite name="weighbridge check file-type-detector@1.4.0" tests="3" failures="0" errors="0" skipped="1">
    <properties>
      <property name="summary" value="pass: 2 rules over 1 input (1 skipped)" />
      <property name="verdict" value="pass" />
      <property name="release.digest" value="sha256:5ea1" />
      <property name="ruleSet.version" value="0.1.0" />
      <property name="ruleSet.digest" value="sha256:4e1e" />
    </properties>
    <testcase classname="weighbridge.INT" name="INT001 digest-mismatch" />
    <testcase classname="weighbridge.INT" name="INT002 missing-file" />
    <testcase classname="weighbridge.DEP" name="DEP004">
      <skipped message="not for this target (weighbridge.toml:4)" />
    </testcase>
  </testsuite>
</testsuites>
"""  # noqa: E501 - a golden file


def suite_of(report: Report) -> ET.Element:
    text = JunitRenderer(Presentation(rules=RULES)).render(report)
    suite = ET.fromstring(text).find("testsuite")  # noqa: S314 - we wrote it
    assert suite is not None
    return suite


def case_of(report: Report, code: str) -> ET.Element:
    (case,) = [c for c in suite_of(report) if c.get("name", "").startswith(code)]
    return case


def test_a_case_a_rule_and_the_skipped_ones_with_their_reason() -> None:
    report = replace(PASSED, skipped=FAILED.skipped)
    assert JunitRenderer(Presentation(rules=RULES)).render(report) == CLEAN


def test_counts_are_those_of_the_cases() -> None:
    suite = suite_of(FAILED)
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7",
        "failures": "2",
        "errors": "1",
        "skipped": "2",
    }
    assert len(suite.findall("testcase")) == 7


def test_a_failure_carries_its_block_and_its_place() -> None:
    case = case_of(FAILED, "INT001")
    assert (case.get("file"), case.get("line")) == ("release.yaml", "14")
    failure = case.find("failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("INT001", DIGEST.message)
    assert failure.text == render_finding(DIGEST)


@pytest.mark.parametrize(
    ("findings", "tag"),
    [
        ((DIGEST,), "failure"),
        ((UNREAD,), "error"),
        ((WAIVED,), "skipped"),
        ((UNHASHED,), "system-out"),
        ((UNHASHED, replace(UNHASHED, waived_by="bob")), "system-out"),
        ((UNREAD, replace(UNREAD, verdict=DIGEST.verdict)), "failure"),
        ((replace(UNREAD, severity=Severity.NOTE), replace(UNREAD, waived_by="bob")), "error"),
    ],
)
def test_a_case_fails_only_if_it_fails_the_check(findings: tuple[Finding, ...], tag: str) -> None:
    (outcome,) = case_of(replace(PASSED, findings=findings), findings[0].code)
    assert outcome.tag == tag
    assert outcome.text == "\n\n".join(
        sorted(map(render_finding, findings), key=(outcome.text or "").index)
    )


def test_the_line_that_fails_is_the_reports() -> None:
    strict = replace(PASSED, findings=(UNHASHED,), fail_on=Severity.WARNING)
    assert case_of(strict, "DEP002").find("failure") is not None


def test_a_waived_case_says_by_whom() -> None:
    skipped = case_of(FAILED, "GOV007").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "waived by alice@example.com: the release has no model card"


def test_a_finding_without_a_file_has_no_place() -> None:
    case = case_of(replace(PASSED, findings=(replace(DIGEST, location=Location("")),)), "INT001")
    assert case.get("file") is None


def test_hostile_text_is_legal_xml_and_reads_back_visible() -> None:
    failure = case_of(ATTACKED, "SEC001").find("failure")
    assert failure is not None
    assert failure.text == render_finding(HOSTILE)
    assert "<script>" in (failure.get("message") or "")
    assert "]]>" not in JunitRenderer().render(ATTACKED)
