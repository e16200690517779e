"""What evidence about a release says of flaws in its packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.server.dashboard.pages.evidence_about import evidence_about, predicate_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.event import Event
    from weighbridge.server.dashboard.page import Asked

_RULES: Final = frozenset({"known-vulnerability", "malicious-package"})


def flaws_of(asked: Asked, digest: str) -> dict[str, Any]:
    """Read the newest report about a release, and the newest statement of a scanner.

    Only what somebody signed whom owners trusted when it was added. Whether it counts for a
    promotion is the gate's business.

    Returns:
        `report`: its entry, time and person, its flaws, and what it left open; `scanner`: the
        same, with ids. Each is None if there is none.
    """
    from weighbridge.model.predicates import (  # noqa: PLC0415 - as the others
        TEST_RESULT,
        VULNERABILITIES,
        VULNERABILITIES_02,
    )

    found: dict[str, Any] = {"report": None, "scanner": None}
    for index, event in evidence_about(asked, digest):
        kind = event.body["predicateType"]
        if found["report"] is None and kind == TEST_RESULT:
            found["report"] = _report(asked, index, event)
        elif found["scanner"] is None and kind in {VULNERABILITIES, VULNERABILITIES_02}:
            found["scanner"] = _scanner(asked, index, event)
        if all(found.values()):
            break
    return found


def _report(asked: Asked, index: int, event: Event) -> dict[str, Any] | None:
    """Read the findings of a report of ours; None if it is another kind of test result."""
    from weighbridge.gate.kinds import ours  # noqa: PLC0415 - heavy

    predicate = predicate_of(asked, event)
    said = ours(predicate).get("report")
    if not isinstance(said, dict) or not isinstance(said.get("findings"), list):
        return None
    findings = [one for one in said["findings"] if one.get("name") in _RULES]
    open_ = [one for one in findings if one.get("verdict") == "inconclusive"]
    return {
        **_who(index, event),
        "flaws": [_flaw(one) for one in findings if one not in open_],
        "undecided": [str(one.get("message", "")) for one in open_],
        # What was not asked is not clean.
        "passed": "DEP005" in predicate.get("passedTests", ()),
    }


def _flaw(finding: Mapping[str, Any]) -> dict[str, Any]:
    package, _, known_as = str(finding.get("subject", "")).partition(" ")
    place = finding.get("location") or {}
    return {
        "package": package,
        "id": known_as,
        "code": str(finding.get("code", "")),
        "severity": str(finding.get("severity", "")),
        "message": str(finding.get("message", "")),
        "waived": bool(finding.get("waivedBy")),
        "file": str(place.get("file") or ""),
        "line": place.get("line"),
    }


def _scanner(asked: Asked, index: int, event: Event) -> dict[str, Any]:
    scanner = predicate_of(asked, event).get("scanner")
    result = scanner.get("result") if isinstance(scanner, dict) else None
    ids = [str(one["id"]) for one in result or () if isinstance(one, dict) and "id" in one]
    return {**_who(index, event), "ids": ids}


def _who(index: int, event: Event) -> dict[str, Any]:
    return {"entry": index, "at": event.time, "by": event.body["person"]}
