"""Which evidence a policy means by a type: a short name, or the URI of a predicate type.

A short name is narrower than a type where one type says several things: a test result is a report
of ours, what others' tests gave or what OPA said, a CycloneDX document lists parts or says what
flaws mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.predicates.rego import TOOLS
from weighbridge.codec.subjects import is_report
from weighbridge.model.predicates import (
    BEHAVIOUR,
    DELIVERY,
    DRILL,
    OPENVEX,
    OURS,
    PARITY,
    PROVENANCE,
    PUBLISH,
    RENDERING,
    REPLAY,
    SARIF,
    SBOM,
    SPDX,
    TEST_RESULT,
    VSA,
    VULNERABILITIES,
    VULNERABILITIES_02,
    family,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.gate.case import Evidence

CARRIED = "carriedFrom"
"""The member of a report of ours that names the report it carries over."""

TYPES = {
    "report": TEST_RESULT,
    "provenance": PROVENANCE,
    "replay": REPLAY,
    "behaviour": BEHAVIOUR,
    "sbom": SBOM,
    "spdx": SPDX,
    "vex": OPENVEX,
    "advisories": VULNERABILITIES,
    "sarif": SARIF,
    "tests": TEST_RESULT,
    "opa": TEST_RESULT,
    "conftest": TEST_RESULT,
    "publish": PUBLISH,
    "summary": VSA,
    "parity": PARITY,
    "delivery": DELIVERY,
    "drill": DRILL,
    "rendering": RENDERING,
}
"""Predicate type of each short name of a policy; the first where there are several."""
_FAMILIES = {
    "advisories": {VULNERABILITIES, VULNERABILITIES_02},
    "vex": {OPENVEX, SBOM},
}
"""All types of a short name, where there are several."""


def is_of(kind: str, one: Evidence) -> bool:
    """Tell whether a statement is what a policy means by a short name, or the URI of a type.

    A test result about a release that does not say whose it is counts as both a report and what
    tests gave: as a report it decides nothing, and yet none before it decides any longer.
    """
    if kind not in TYPES:
        return one.predicate_type == kind
    return family(one.predicate_type) in _FAMILIES.get(kind, {TYPES[kind]}) and _says(kind, one)


def _says(kind: str, one: Evidence) -> bool:
    """Tell whether a statement of the right type says what a policy means."""
    said = one.predicate
    if kind == "report":
        return one.is_whole and ours(said).keys().isdisjoint({"junit", "rego"})
    if kind in TOOLS:
        found = ours(said).get("rego")
        return isinstance(found, dict) and found.get("tool") == kind
    if kind == "tests":
        return not is_report(TEST_RESULT, said) and "rego" not in ours(said)
    if family(one.predicate_type) == SBOM:
        # A document without components tells of flaws alone; one with both is of both kinds.
        flaws, parts = "vulnerabilities" in said, "components" in said
        return flaws if kind == "vex" else parts or not flaws
    return True


def ours(predicate: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what stands under our own key; nothing if that is not a mapping."""
    found = predicate.get(OURS)
    return found if isinstance(found, dict) else {}


def carried_from(predicate: Mapping[str, Any]) -> str:
    """Return the statement a report carries over what was not asked again, or empty."""
    found = ours(predicate).get(CARRIED)
    said = found.get("statement") if isinstance(found, dict) else None
    return said if isinstance(said, str) else ""


def newest(evidence: Iterable[Evidence], signers: int) -> list[Evidence]:
    """Choose the statements that count, newest first; all are of one kind and permitted.

    A statement is superseded by a newer one of the same person, or by as many newer ones of others
    as must sign, if those are about all that it is about: what was said of one file says nothing
    of another. One key is one signer, whoever holds it.
    """
    chosen: list[Evidence] = []
    for one in sorted(evidence, key=lambda one: one.entry, reverse=True):
        newer = [other for other in chosen if _covers(other, one)]
        known = any(other.person == one.person or other.key == one.key for other in newer)
        if not known and len(newer) < signers:
            chosen.append(one)
    return chosen


def signed_by(chosen: Iterable[Evidence]) -> int:
    """Count the signers of what most have signed: different people with different keys.

    Whoever signed more than one of them counts once.
    """
    known = list(chosen)
    groups = ([other for other in known if _covers(other, one)] for one in known)
    return max((_different(group) for group in groups), default=0)


def _different(group: Iterable[Evidence]) -> int:
    people = {(one.person, one.key) for one in group}
    return min(len({person for person, _ in people}), len({key for _, key in people}))


def _covers(newer: Evidence, older: Evidence) -> bool:
    """Tell whether one is about all that another is about."""
    return newer.is_whole or set(newer.subjects) >= set(older.subjects)
