"""A plain, slow reading of the OSV schema's own pseudo code, to hold ours against.

Nothing is sorted beforehand or shared with the code under test; it works on the record's value, not
on our model. https://ossf.github.io/osv-schema/#evaluation
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

YES, NO, UNDECIDED = "yes", "no", "undecided"


def judge(record: Mapping[str, Any], package: str, version: str) -> str:
    """Say whether a version of a Python package is affected, or what it is a build of."""
    answers = [_judge(record, package, version)]
    parsed = _parse(version)
    if parsed is not None and parsed.local is not None:
        answers.append(_judge(record, package, parsed.public))
    return _either(answers)


def _judge(record: Mapping[str, Any], package: str, version: str) -> str:
    answers = []
    for affected in record.get("affected", []):
        named = affected.get("package", {})
        name = re.sub(r"[-_.]+", "-", named.get("name", "")).lower()
        if named.get("ecosystem") == "PyPI" and name == package:
            answers.append(_affected(affected, version))
    return _either(answers)


def _affected(affected: Mapping[str, Any], version: str) -> str:
    listed = [str(one) for one in affected.get("versions", [])]
    ranges = [one for one in affected.get("ranges", []) if one["type"] != "GIT"]
    if not listed and not ranges:
        return UNDECIDED
    answers = [_in_list(version, listed), *(_in_range(version, one) for one in ranges)]
    return _either(answers)


def _in_list(version: str, listed: list[str]) -> str:
    parsed = _parse(version)
    if parsed is None:
        return YES if version in listed else UNDECIDED
    return YES if any(_parse(one) == parsed for one in listed) else NO


def _in_range(version: str, one: Mapping[str, Any]) -> str:
    parsed = _parse(version)
    events = _events(one)
    if events is None or parsed is None:
        return UNDECIDED
    limits = [where for kind, where in events if kind == "limit" and where is not None]
    if limits and not any(parsed < limit for limit in limits):
        return NO
    vulnerable = False
    for kind, where in _in_order(events):
        if kind == "introduced" and (where is None or parsed >= where):
            vulnerable = True
        if kind == "fixed" and where is not None and parsed >= where:
            vulnerable = False
        if kind == "last_affected" and where is not None and parsed > where:
            vulnerable = False
    return YES if vulnerable else NO


def _events(one: Mapping[str, Any]) -> list[tuple[str, Version | None]] | None:
    """Read every event; the one before everything has no version, nor has a limit of none."""
    events = []
    for event in one["events"]:
        for kind, text in event.items():
            if kind == "limit" and text == "*":
                continue
            first = kind == "introduced" and str(text) == "0"
            where = None if first else _parse(str(text))
            if where is None and not first:
                return None
            events.append((kind, where))
    return events


def _in_order(events: list[tuple[str, Version | None]]) -> list[tuple[str, Version | None]]:
    """Sort by insertion, the slow way; what comes before everything comes first."""
    placed: list[tuple[str, Version | None]] = []
    for event in events:
        at = len(placed)
        while at and _before(event[1], placed[at - 1][1]):
            at -= 1
        placed.insert(at, event)
    return placed


def _before(one: Version | None, other: Version | None) -> bool:
    if one is None:
        return other is not None
    return other is not None and one < other


@cache
def _parse(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _either(answers: list[str]) -> str:
    if YES in answers:
        return YES
    return UNDECIDED if UNDECIDED in answers else NO
