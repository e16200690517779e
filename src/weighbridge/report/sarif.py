"""Reports as SARIF 2.1.0 (OASIS, with errata 01), for code scanning services and editors.

An inconclusive finding is a result of kind `open` ("insufficient information to decide"), and
section 3.27.10 wants level `none` for every kind but `fail`. A rule that was not run is switched
off in the invocation and named in a notification; a waived finding is a suppressed result, and one
of a baseline is `unchanged` (3.27.24), where all others are `new`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from weighbridge.model.finding import Verdict
from weighbridge.report.faults import plain_message
from weighbridge.report.interface import Presentation, RuleText
from weighbridge.report.json import json_text
from weighbridge.report.summary import notes, ordered_findings, ordered_inputs, ordered_skips
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.model.finding import Edit, Finding
    from weighbridge.model.location import Location
    from weighbridge.model.report import Input, Report, Skip

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT = "weighbridge/v1"

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class SarifRenderer:
    """Writes one SARIF run."""

    presentation: Presentation = field(default_factory=Presentation)

    def render(self, report: Report) -> str:
        """Write the report as SARIF."""
        findings = ordered_findings(report.findings)
        skips = ordered_skips(report.skipped)
        rules = _rules(self.presentation.rules, findings)
        tool = _Tool(report, rules)
        run: Json = {
            "tool": tool.described(),
            "invocations": [_invocation(skips, tool)],
            "columnKind": "unicodeCodePoints",
            "artifacts": [_artifact(given) for given in ordered_inputs(report.inputs)],
            "results": _results(findings, tool, compared=report.baseline is not None),
            "properties": {
                "verdict": report.verdict.value,
                "release": report.release.name,
                "releaseVersion": report.release.version,
                "releaseDigest": report.release.digest,
                "ruleSetDigest": report.rule_set.digest,
                **({"notes": said} if (said := list(notes(report))) else {}),
            },
        }
        return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def artifact_uri(path: str) -> str:
    """Write a path as a URI reference (RFC 3986): relative, or `file:` if the path is absolute."""
    # A colon in the first segment would read as a scheme, so `quote` must escape it too.
    escaped = quote(path, safe="/", errors="backslashreplace")
    return f"file://{escaped}" if path.startswith("/") else escaped


def _rules(texts: Mapping[str, RuleText], findings: Iterable[Finding]) -> list[RuleText]:
    """List every rule by code, those too that have findings but no text."""
    known = {finding.code: _bare(finding) for finding in findings} | dict(texts)
    return [known[code] for code in sorted(known)]


def _bare(finding: Finding) -> RuleText:
    return RuleText(
        code=finding.code,
        name=finding.name,
        severity=finding.severity,
        summary="",
        help_markdown="",
    )


class _Tool:
    """The tool, and who else gave it rules: each rule pack is an extension of it (3.18.3)."""

    def __init__(self, report: Report, rules: Sequence[RuleText]) -> None:
        self._report = report
        self._parts = ["", *(pack.title for pack in report.packs)]
        part_of = {code: pack.title for pack in report.packs for code in pack.codes}
        self._rules: dict[str, list[RuleText]] = {part: [] for part in self._parts}
        for rule in rules:
            part = rule.pack or part_of.get(rule.code, "")
            self._rules[part if part in self._rules else ""].append(rule)
        self._places = {
            rule.code: (self._parts.index(part) - 1, place)
            for part, listed in self._rules.items()
            for place, rule in enumerate(listed)
        }

    def described(self) -> Json:
        """Describe it."""
        report = self._report
        driver: Json = {
            "name": "weighbridge",
            "version": report.rule_set.version,
            "rules": [_rule(rule) for rule in self._rules[""]],
        }
        extensions = [
            {
                "name": pack.name,
                "version": pack.version,
                "rules": [_rule(rule) for rule in self._rules[pack.title]],
                "properties": {
                    "digest": pack.digest,
                    "parameters": {
                        code: dict(given) for code, given in sorted(pack.parameters.items())
                    },
                },
            }
            for pack in report.packs
        ]
        return {"driver": driver} | ({"extensions": extensions} if extensions else {})

    def reference(self, code: str) -> Json:
        """Refer to a rule, wherever it stands (3.52)."""
        part, place = self._places.get(code, (-1, -1))
        if place < 0:
            return {"id": code}
        of: Json = {"toolComponent": {"index": part}} if part >= 0 else {}
        return {"id": code, "index": place} | of

    def rule(self, code: str) -> Json:
        """Name the rule of a result; an index of its own means the driver's rules (3.27.6)."""
        reference = self.reference(code)
        if "toolComponent" in reference:
            return {"ruleId": code, "rule": reference}
        return {"ruleId": code, "ruleIndex": reference["index"]}


def _rule(rule: RuleText) -> Json:
    described: Json = {"id": rule.code, "name": rule.name}
    if rule.summary:
        described["shortDescription"] = {"text": rule.summary}
    if rule.help_markdown:
        described["help"] = {"text": rule.help_markdown, "markdown": rule.help_markdown}
    return described | {"defaultConfiguration": {"level": rule.severity.value}}


def _invocation(skips: Sequence[Skip], tool: _Tool) -> Json:
    return {
        "executionSuccessful": True,
        "ruleConfigurationOverrides": [
            {"descriptor": tool.reference(code), "configuration": {"enabled": False}}
            for code in sorted({skip.code for skip in skips})
        ],
        "toolConfigurationNotifications": [
            {
                "associatedRule": tool.reference(skip.code),
                "level": "note",
                "message": {"text": _prose(visible(f"skipped: {skip.reason} ({skip.by})"))},
            }
            for skip in skips
        ],
    }


def _artifact(given: Input) -> Json:
    algorithm, _, value = given.digest.partition(":")
    described: Json = {"location": {"uri": artifact_uri(given.name)}}
    if algorithm == "sha256":
        described["hashes"] = {"sha-256": value}
    return described | {"properties": {"cached": given.cached}}


def _results(findings: Sequence[Finding], tool: _Tool, *, compared: bool) -> list[Json]:
    repeats: Counter[str] = Counter()
    results = []
    for finding in findings:
        identity = _fingerprint(finding)
        repeats[identity] += 1
        fingerprint = f"{identity}:{repeats[identity]}"
        result = _result(finding, tool.rule(finding.code), fingerprint)
        state = "unchanged" if finding.baselined else "new"
        results.append(result | ({"baselineState": state} if compared else {}))
    return results


def _result(finding: Finding, rule: Json, fingerprint: str) -> Json:
    failed = finding.verdict is Verdict.FAIL
    result: Json = {
        **rule,
        "kind": "fail" if failed else "open",
        "level": finding.severity.value if failed else "none",
        "message": {"text": _prose(plain_message(finding))},
        "locations": _locations(finding.location),
        "partialFingerprints": {FINGERPRINT: fingerprint},
        # Given for all results or for none (3.27.23): an empty list says "not suppressed".
        "suppressions": _suppressions(finding.waived_by),
        "properties": {"subject": finding.subject},
    }
    fixes = [_fix(finding, edit) for edit in finding.edits if edit.line]
    return result | ({"fixes": fixes} if fixes else {})


def _locations(at: Location) -> list[Json]:
    described: Json = {}
    if at.file:
        described["physicalLocation"] = {
            "artifactLocation": {"uri": artifact_uri(at.file)},
            "region": {"startLine": max(at.line, 1), "startColumn": max(at.column, 1)},
        }
    if at.pointer:
        described["logicalLocations"] = [{"fullyQualifiedName": at.pointer, "kind": "value"}]
    return [described] if described else []


def _suppressions(waived_by: str | None) -> list[Json]:
    if waived_by is None:
        return []
    justification = f"waived by {visible(waived_by)}"
    return [{"kind": "external", "status": "accepted", "justification": justification}]


def _fix(finding: Finding, edit: Edit) -> Json:
    """Describe an edit of a line; one of a YAML value has no range that is known here."""
    replacement = {
        "deletedRegion": {"startLine": edit.line},
        "insertedContent": {"text": str(edit.value)},
    }
    change = {
        "artifactLocation": {"uri": artifact_uri(edit.file)},
        "replacements": [replacement],
    }
    steps = "; ".join(finding.remediation) or finding.message
    return {"description": {"text": _prose(visible(steps))}, "artifactChanges": [change]}


def _fingerprint(finding: Finding) -> str:
    """Identify a finding over time: not by line, message or values, which move."""
    threat = finding.threat
    parts = [finding.code, finding.location.file, finding.location.pointer, finding.subject]
    if threat is not None:
        parts += [threat.container, threat.name]
    joined = "\0".join(parts).encode("utf-8", "backslashreplace")
    return hashlib.sha256(joined).hexdigest()[:32]


def _prose(text: str) -> str:
    """Keep viewers from reading a link (3.11.6) into text from outside."""
    return text.replace("](", "]\\(")
