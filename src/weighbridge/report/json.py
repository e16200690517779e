"""Reports for programs: the `check` shape, in documented order (RFC 8259, ASCII only)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.report.interface import Presentation
from weighbridge.report.summary import ordered_findings, ordered_inputs, ordered_skips

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.finding import Finding, Threat
    from weighbridge.model.finding_baseline import BaselineUse
    from weighbridge.model.report import PackUse, Report

SCHEMA_VERSION = 1


def json_text(value: Mapping[str, object] | Sequence[object]) -> str:
    r"""Write a document two spaces deep, in the order given, with a final line break.

    ASCII alone: what is not is written as `\uXXXX`, so that escape sequences, bidirectional
    overrides and lone surrogates of untrusted text are inert on any terminal and in any codec.
    """
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def long_json_text(value: Mapping[str, object]) -> str:
    """Write the bytes of `json_text`, ten times as fast where there is nothing to be escaped.

    For documents of many thousand entries, without floats; whoever verifies needs none of those.
    """
    import orjson  # noqa: PLC0415 - as above

    try:
        data = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:  # a lone surrogate
        return json_text(value)
    return data.decode() if data.isascii() and b"\x7f" not in data else json_text(value)


@dataclass(frozen=True, slots=True)
class JsonRenderer:
    """Writes the `check` shape other programs rely on."""

    presentation: Presentation = field(default_factory=Presentation)

    def render(self, report: Report) -> str:
        """Write the report as JSON."""
        release, rule_set = report.release, report.rule_set
        return json_text(
            {
                "schemaVersion": SCHEMA_VERSION,
                "release": {
                    "name": release.name,
                    "version": release.version,
                    "digest": release.digest,
                },
                **({"proposed": True} if report.proposed else {}),
                "verdict": report.verdict.value,
                "ruleSet": {"version": rule_set.version, "digest": rule_set.digest},
                **({"rulePacks": [_pack(one) for one in report.packs]} if report.packs else {}),
                **({} if report.baseline is None else {"baseline": _baseline(report.baseline)}),
                "findings": [
                    {**_finding(one), **({"baselined": one.baselined} if report.baseline else {})}
                    for one in ordered_findings(report.findings)
                ],
                "skipped": [
                    {"code": skip.code, "reason": skip.reason, "by": skip.by}
                    for skip in ordered_skips(report.skipped)
                ],
                "inputs": [
                    {"name": given.name, "digest": given.digest, "cached": given.cached}
                    for given in ordered_inputs(report.inputs)
                ],
                "summary": report.summary(),
            }
        )


def _pack(use: PackUse) -> dict[str, object]:
    return {
        "name": use.name,
        "version": use.version,
        "digest": use.digest,
        "parameters": {code: dict(given) for code, given in sorted(use.parameters.items())},
        "rules": list(use.codes),
    }


def _baseline(use: BaselineUse) -> dict[str, object]:
    gone = [
        {
            "code": one.code,
            "verdict": one.verdict.value,
            "severity": one.severity.value,
            "subject": one.subject,
            "pointer": one.pointer,
            "message": one.message,
            "seen": one.seen,
        }
        for one in use.gone
    ]
    return {"file": use.file, "digest": use.digest, "gone": gone}


def _threat(threat: Threat) -> dict[str, object]:
    return {
        "level": threat.level,
        "container": threat.container,
        "offset": threat.offset,
        "global": threat.name,
        "digest": threat.digest,
        **({"aliases": list(threat.aliases)} if threat.aliases else {}),
    }


def _finding(finding: Finding) -> dict[str, object]:
    at, threat = finding.location, finding.threat
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "verdict": finding.verdict.value,
        "subject": finding.subject,
        "message": finding.message,
        "seen": finding.seen,
        "wanted": finding.wanted,
        "cause": finding.cause,
        "location": {
            "file": at.file,
            "line": at.line,
            "column": at.column,
            "pointer": at.pointer,
        },
        "threat": None if threat is None else _threat(threat),
        "remediation": list(finding.remediation),
        "waivedBy": finding.waived_by,
    }
