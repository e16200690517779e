"""Waivers: findings that somebody answers for until a day, where the policy lets him.

A waiver is for what one rule finds in the bytes of one file, and names what it found: other bytes,
or another global in the same bytes, are not waived. Nobody can waive what is known to do harm, or
what could not be decided; nobody waives what he asked for, or signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.gate.exclusion import excluded
from weighbridge.gate.times import moment, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.gate.case import Case, Waiver
    from weighbridge.model.policy import Waivable


class Waivers:
    """The waivers of a case that count at its time.

    Attributes:
        used: Those that were of use, each with the finding it waived.
    """

    def __init__(self, case: Case) -> None:
        """Leave out what is void."""
        self._case = case
        self._standing = [
            one
            for one in sorted(case.waivers, key=lambda one: one.entry, reverse=True)
            if not void(one, case)
        ]
        self.used: list[tuple[Waiver, tuple[str, str]]] = []

    def find(self, finding: Mapping[str, Any]) -> Waiver | None:
        """Find the newest waiver for a finding of a report, and remember that it was of use."""
        scope = scope_of(finding)
        for one in self._standing if scope is not None else ():
            if one.rule == finding["code"] and scope in one.findings:
                self.used.append((one, scope))
                return one
        return None

    def waivable(self, findings: Iterable[Mapping[str, Any]]) -> list[str]:
        """List the rules some of whose findings somebody could waive, if he sees fit."""
        codes = {str(one.get("code")) for one in findings if scope_of(one) is not None}
        return sorted(code for code in codes if any(waivable(self._case, code)))

    def told(self) -> list[dict[str, str]]:
        """List what was waived for approvals to be given for: no times, and each once."""
        found = {
            (one.rule, file, name, one.person): {
                "file": file,
                "global": name,
                "person": one.person,
                "rule": one.rule,
            }
            for one, (file, name) in self.used
        }
        return [found[key] for key in sorted(found)]


def scope_of(finding: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the file and global a finding is about; None if it cannot be waived."""
    threat = finding.get("threat")
    if finding.get("verdict") != "fail" or not isinstance(threat, dict):
        return None
    file, name = threat.get("digest"), threat.get("global")
    if threat.get("level") != "needs-review" or not isinstance(file, str) or not file:
        return None
    return (file, name) if isinstance(name, str) else None


def waivable(case: Case, rule: str) -> Iterator[Waivable]:
    """List the entries of the policy that let findings of a rule be waived."""
    return (entry for entry in case.policy.waivers or () if rule in entry.rules)


def void(waiver: Waiver, case: Case) -> str:
    """Say why a waiver does not count here and now, or empty."""
    if waiver.environment != case.environment_name:
        return "it is for another environment"
    if case.now >= waiver.expires:
        return f"it expired at {waiver.expires}"
    if why := excluded(case).get(waiver.person):
        return f"{waiver.person} {why}"
    return _unpermitted(waiver, case)


def _unpermitted(waiver: Waiver, case: Case) -> str:
    """Say why the policy does not permit a waiver, or empty."""
    entries = list(waivable(case, waiver.rule))
    if not entries:
        return f"the policy lets nobody waive {waiver.rule}"
    entries = [entry for entry in entries if _roles(entry) & {*waiver.roles}]
    if not entries:
        return "none of his roles may waive it"
    lasts = moment(waiver.expires) - moment(waiver.at)
    if all(lasts > span(entry.longest) for entry in entries):
        return "it lasts longer than the policy lets it"
    return ""


def _roles(entry: Waivable) -> set[str]:
    return {role.removeprefix("role:") for role in entry.roles}
