"""Reports as JUnit XML, the form every build server reads: one test case a rule that ran.

A rule fails its case only if it fails the check. Findings below that line, waived ones and those of
a baseline stand in the case's output; a rule that could not judge is an error, one that was not run
is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from weighbridge.model.finding import Verdict
from weighbridge.report.faults import render_finding
from weighbridge.report.interface import Presentation
from weighbridge.report.summary import (
    codes_run,
    notes,
    ordered_findings,
    ordered_skips,
    summary_line,
)
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report, Skip

# Written by hand: ElementTree would name the encoding of the machine's locale.
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class JunitRenderer:
    """Writes one test suite."""

    presentation: Presentation = field(default_factory=Presentation)

    def render(self, report: Report) -> str:
        """Write the report as JUnit XML."""
        findings = ordered_findings(report.findings)
        failures = ordered_findings(report.failures)
        cases = []
        for code in codes_run(report):
            own = [finding for finding in findings if finding.code == code]
            failed = [finding for finding in failures if finding.code == code]
            cases.append(self._judged(code, own, failed))
        cases.extend(self._skipped(skip) for skip in ordered_skips(report.skipped))
        release = f"{report.release.name}@{report.release.version}"
        suite = ET.Element("testsuite", {"name": visible(f"weighbridge check {release}")})
        suite.append(_properties(report))
        suite.extend(cases)
        suites = ET.Element("testsuites", {"name": "weighbridge"})
        suites.append(suite)
        for element in (suites, suite):
            _count(element, cases)
        ET.indent(suites)
        return _DECLARATION + ET.tostring(suites, encoding="unicode") + "\n"

    def _judged(
        self, code: str, findings: Sequence[Finding], failed: Sequence[Finding]
    ) -> ET.Element:
        case = self._case(code, findings[0].name if findings else "")
        if not findings:
            return case
        at = findings[0].location
        if at.file:
            case.attrib |= {"file": visible(at.file), "line": str(at.line)}
        outcome = _outcome(findings, failed)
        blocks = "\n\n".join(render_finding(finding) for finding in findings)
        if outcome is None:
            ET.SubElement(case, "system-out").text = blocks
            return case
        tag, decisive = outcome
        message = visible(decisive.message)
        if tag == "skipped":
            message = f"waived by {visible(decisive.waived_by or '')}: {message}"
        ET.SubElement(case, tag, {"type": code, "message": message}).text = blocks
        return case

    def _skipped(self, skip: Skip) -> ET.Element:
        case = self._case(skip.code, "")
        message = visible(f"{skip.reason} ({skip.by})")
        ET.SubElement(case, "skipped", {"message": message})
        return case

    def _case(self, code: str, name: str) -> ET.Element:
        rule = self.presentation.rules.get(code)
        called = f"{code} {rule.name if rule else name}".rstrip()
        group = code.rstrip("0123456789")
        return ET.Element(
            "testcase",
            {"classname": visible(f"weighbridge.{group}"), "name": visible(called)},
        )


def _outcome(findings: Sequence[Finding], failed: Sequence[Finding]) -> tuple[str, Finding] | None:
    """Choose the one child a test case may have, and the finding that decides it."""
    if failed:
        return ("failure", failed[0])
    for finding in findings:
        if finding.verdict is Verdict.INCONCLUSIVE and finding.stands:
            return ("error", finding)
    unwaived = any(finding.waived_by is None for finding in findings)
    return None if unwaived else ("skipped", findings[0])


def _properties(report: Report) -> ET.Element:
    stated = {
        "summary": summary_line(report),
        **({"notes": said} if (said := "; ".join(notes(report))) else {}),
        "verdict": report.verdict.value,
        "release.digest": report.release.digest or "",
        "ruleSet.version": report.rule_set.version,
        "ruleSet.digest": report.rule_set.digest,
    }
    properties = ET.Element("properties")
    for name, value in stated.items():
        ET.SubElement(properties, "property", {"name": name, "value": visible(value)})
    return properties


def _count(element: ET.Element, cases: Sequence[ET.Element]) -> None:
    element.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
