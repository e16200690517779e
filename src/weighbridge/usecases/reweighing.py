"""Ask the rules that read advisories again, and put their answers into an older report.

All other rules judged the sealed bytes, which are the same: what they said is carried over, and
the new report says from which one.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.manifest import read_release
from weighbridge.gate.kinds import CARRIED, carried_from, is_of, ours
from weighbridge.gate.reuse import about
from weighbridge.model.fact import Facts, Unavailable
from weighbridge.model.predicates import OURS
from weighbridge.model.report import Input, ReleaseName, Report, RuleSet
from weighbridge.report.json import JsonRenderer
from weighbridge.rules.advisories.exposed import needs
from weighbridge.rules.catalogue import RULES
from weighbridge.rules.engine import judge
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.advising import advisory_facts
from weighbridge.usecases.named_locks import sealed_locks
from weighbridge.usecases.references import Named
from weighbridge.usecases.statements import report_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.model.advisory import AdvisoryData
    from weighbridge.model.ports import AdvisorySource, BlobReader

ASKED = tuple(rule for rule in RULES if rule.needs is needs)
"""The rules whose answer changes with the advisories, though the release stays the same."""
CODES = frozenset(rule.code for rule in ASKED)
_PREFIX = "advisories@"
_LISTS = ("failedTests", "passedTests", "warnedTests")


def whole_report(case: Case) -> Evidence | None:
    """Find the newest report that counts in a case and carries nothing over; None without one."""
    roles = [
        demand.signed_by.role if demand.signed_by is not None else None
        for demand in case.policy.evidence or ()
        if demand.type == "report"
    ]
    found = [one for one in reports(case) if any(role in (None, *one.roles) for role in roles)]
    return next((one for one in reversed(found) if not carried_from(one.predicate)), None)


def reports(case: Case) -> list[Evidence]:
    """List the reports about the release of a case, oldest first."""
    return [one for one in about(case) if is_of("report", one) and _report(one.predicate)]


def findings_of(predicate: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the findings of a report, those of them that are any."""
    found = _report(predicate).get("findings", ())
    return [one for one in found if isinstance(one, dict)]


def is_behind(case: Case, data: AdvisoryData) -> bool:
    """Tell whether the newest report of a case was made with older advisories than these."""
    newest = next(reversed(reports(case)), None)
    known = "" if newest is None else _advisories(newest.predicate)
    digest, _, at = known.partition(" ")
    return digest != data.digest and at <= data.newest


def _advisories(predicate: Mapping[str, Any]) -> str:
    """Return digest and time of the advisories a report rests on, or empty if it has none."""
    inputs = _report(predicate).get("inputs")
    for one in inputs if isinstance(inputs, list) else ():
        name = one.get("name") if isinstance(one, dict) else None
        if isinstance(name, str) and name.startswith(_PREFIX):
            return f"{one.get('digest')} {name.removeprefix(_PREFIX)}"
    return ""


class Reweighing:
    """Asks those rules of one release."""

    def __init__(
        self,
        case: Case,
        *,
        blobs: BlobReader,
        advisories: AdvisorySource,
        rule_set: RuleSet,
    ) -> None:
        """Ask them.

        Args:
            case: The case of the release; it tells the time.
            blobs: Where its manifest and its locks lie.
            advisories: What is known.
            rule_set: What the rules of this version are called together.
        """
        metadata = case.manifest["metadata"]
        manifest = blobs.read(case.release)
        release, document = read_release(manifest, f"{metadata['name']}@{metadata['version']}")
        self._named = Named(release=release, document=document, digest=case.release)
        locks = sealed_locks(release, blobs)
        facts = Facts(
            release=release,
            document=document,
            sealed=True,
            locks=locks,
            now=case.now,
            advisories=advisory_facts(advisories, locks.values()),
        )
        judged = judge(ASKED, facts)
        known = facts.advisories
        inputs = (
            ()
            if isinstance(known, Unavailable)
            else (Input(name=known.data.name, digest=known.data.digest),)
        )
        name = ReleaseName(name=metadata["name"], version=metadata["version"], digest=case.release)
        report = Report(
            release=name,
            rule_set=rule_set,
            findings=judged.findings,
            skipped=judged.skipped,
            passed=judged.passed,
            inputs=inputs,
        )
        self._document: dict[str, Any] = json.loads(JsonRenderer().render(report))
        payload = json.loads(report_statement(self._named, report, self._document))
        self._payload: dict[str, Any] = payload
        self._said: dict[str, Any] = payload["predicate"]

    def within(self, predicate: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a report says with the answers of those rules replaced."""
        tests = {
            name: sorted({*_others(predicate.get(name)), *self._said[name]}) for name in _LISTS
        }
        report = self._merged(_report(predicate))
        result = "FAILED" if tests["failedTests"] else "PASSED"
        result = "WARNED" if result == "PASSED" and tests["warnedTests"] else result
        return {**predicate, **tests, "result": result, OURS: {**ours(predicate), "report": report}}

    def carried(self, base: Evidence, *, after: int) -> bytes:
        """Write the statement of a new report that carries over what an older one says.

        Args:
            base: The older one.
            after: How many entries the log has.
        """
        predicate = self.within(base.predicate)
        predicate[OURS][CARRIED] = {"asked": sorted(CODES), "statement": base.statement}
        predicate[OURS]["after"] = after
        subject = (self._payload["subject"][0]["name"], str(self._named.digest))
        return write_statement(
            Statement(base.predicate_type, subjects=(subject,), predicate=predicate)
        )

    def _merged(self, report: Mapping[str, Any]) -> dict[str, Any]:
        findings = [*_besides(report, "findings"), *self._document["findings"]]
        inputs = [
            one
            for one in report.get("inputs", ())
            if not str(one.get("name", "")).startswith(_PREFIX)
        ]
        return {
            **report,
            "findings": findings,
            "inputs": sorted([*inputs, *self._document["inputs"]], key=lambda one: one["name"]),
            "skipped": [*_besides(report, "skipped"), *self._document["skipped"]],
            "summary": _summary(findings),
            "verdict": _verdict(findings),
        }


def reweighed(
    case: Case, advisories: AdvisorySource, *, blobs: BlobReader, rule_set: RuleSet
) -> Case:
    """Return a case as it would be if its reports had been made with other advisories.

    Args:
        case: The case.
        advisories: The advisories.
        blobs: Where manifest and locks lie.
        rule_set: What the rules of this version are called together.
    """
    made = {one.statement for one in reports(case)}
    if not made:
        return case
    weighed = Reweighing(case, blobs=blobs, advisories=advisories, rule_set=rule_set)
    evidence = tuple(
        replace(one, predicate=weighed.within(one.predicate)) if one.statement in made else one
        for one in case.evidence
    )
    return replace(case, evidence=evidence)


def _report(predicate: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the report in a predicate; nothing if what is there is none."""
    found = ours(predicate).get("report")
    whole = isinstance(found, dict) and isinstance(found.get("findings"), list)
    return found if isinstance(found, dict) and whole else {}


def _besides(report: Mapping[str, Any], name: str) -> list[Any]:
    """List what a report says of other rules than those."""
    found = report.get(name)
    said = found if isinstance(found, list) else []
    return [one for one in said if not isinstance(one, dict) or one.get("code") not in CODES]


def _others(found: object) -> Iterable[str]:
    return [one for one in found if one not in CODES] if isinstance(found, list) else []


def _summary(findings: Iterable[Any]) -> dict[str, int]:
    counts = Counter(
        "waived"
        if one.get("waivedBy") is not None
        else "inconclusive"
        if one.get("verdict") == "inconclusive"
        else f"{one.get('severity')}s"
        for one in findings
        if isinstance(one, dict)
    )
    names = ("errors", "warnings", "notes", "inconclusive", "waived")
    return {name: counts[name] for name in names}


def _verdict(findings: Iterable[Any]) -> str:
    said = [one for one in findings if isinstance(one, dict) and one.get("waivedBy") is None]
    if any(one.get("verdict") == "fail" and one.get("severity") == "error" for one in said):
        return "fail"
    return "inconclusive" if any(one.get("verdict") == "inconclusive" for one in said) else "pass"
