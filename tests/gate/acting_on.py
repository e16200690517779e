"""Does what steps say to a case, as people would; what they leave there the tests make alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.gate.cases import (
    MANIFEST,
    SPKI,
    act,
    decided,
    evidence,
    having,
    key_of,
    manifest_of,
    release_of,
    report,
    with_evidence,
)
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.case import Act, Waiver
from weighbridge.gate.covers import Places
from weighbridge.gate.kinds import TYPES
from weighbridge.model.predicates import OURS
from weighbridge.model.step import Action, Do

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.model.step import Step

MENDED = (
    MANIFEST.replace("1.4.0", "1.5.0")
    .replace("task: poetry", "task: classification")
    .replace("name: detector}", "name: detector, task: classification}")
)
"""The release somebody seals who does what he is told."""

PASSED: dict[str, Any] = {"result": "PASSED"}


def actions_of(steps: Iterable[Step]) -> list[Action]:
    """List what is to be done, once for each who must do it."""
    return [replace(step.action, number=number) for step in steps for number in range(step.times)]


def after(case: Case, actions: Sequence[Action]) -> Case:
    """Return the case as it is after some actions, in their order."""
    sealed = any(done.do is Do.SEAL for done in actions)
    told = [done.about for done in actions if sealed and done.do is Do.CHANGE]
    for action in actions:
        case = _done(case, action, told)
    return case


def _done(case: Case, action: Action, changed: Sequence[str]) -> Case:  # noqa: PLR0911 - one a kind
    match action.do:
        case Do.WAIT:
            return replace(case, now=action.until)
        case Do.LIFT:
            return replace(case, held="")
        case Do.PROMOTE:
            return replace(case, arrived=case.now, departed="")
        case Do.LIFT_REJECTION:
            return having(case, act(case, action.people[0], Act.LIFT_REJECTION, at=case.now))
        case Do.APPROVE:
            return having(case, act(case, next(_free(case, action)), at=case.now))
        case Do.SEAL:
            return _sealed(case, changed)
        case Do.WAIVE:
            return _waived(case, action)
        case Do.SIGN | Do.ATTEST | Do.CHECK:
            return _given(case, action, changed)
        case _:
            return case


def _free(case: Case, action: Action) -> Iterator[str]:
    """List who has not approved yet, of those who could: first who has said nothing at all."""
    said = [one for one in case.acts if one.release == case.release]
    spoken, approved = (
        {one.person for one in said if act is None or one.act is act} for act in (None, Act.APPROVE)
    )
    yield from (person for person in action.people if person not in spoken)
    yield from (person for person in action.people if person in spoken - approved)


def _entry(case: Case) -> int:
    said = [one.entry for one in case.acts]
    return max([40, *said, *(one.entry for one in case.evidence)]) + 1


def _given(case: Case, action: Action, changed: Sequence[str]) -> Case:
    signed = {one.person for one in case.evidence if one.release == case.release}
    said = {one.person for one in case.acts}
    people = sorted(
        action.people or ("carl", "cat"), key=lambda one: (one not in signed, one in said, one)
    )
    person = people[action.number]
    kind = action.about.partition(",")[0]
    told: dict[str, Any] = {OURS: {"verdict": "bitwise"}} if kind == "replay" else PASSED
    before = [one for one in case.evidence if one.predicate_type == TYPES.get(kind)]
    if before and action.do is Do.ATTEST and kind not in changed and _counts(case, before[-1]):
        told = dict(before[-1].predicate)  # which failed, and does again
    if action.do is Do.CHECK:
        sections = depended_sections(case.manifest)
        found = [one for one in _found(case) if f"{one['code']} {one['subject']}" not in changed]
        told = report(*found, sections=sections, targets=action.about.split(",")[1:])
    one = evidence(
        TYPES.get(kind, kind), person, told, entry=_entry(case), at=case.now, release=case.release
    )
    return with_evidence(case, one)


def _found(case: Case) -> list[dict[str, Any]]:
    """List what the newest report of any release found wrong: it is there until it is mended."""
    reports = [one for one in case.evidence if one.predicate_type == TYPES["report"]]
    reports = [one for one in reports if "report" in one.predicate.get(OURS, {})]
    if not reports:
        return []
    said = max(reports, key=lambda one: one.entry).predicate[OURS]["report"]["findings"]
    return [one for one in said if one["verdict"] != "inconclusive"]


def _sealed(case: Case, changed: Sequence[str]) -> Case:
    """Seal another release; the manifest is mended if somebody changed what it says."""
    manifest = manifest_of(MENDED if changed else MENDED.replace("classification", "poetry"))
    return replace(
        case,
        manifest=manifest,
        release=release_of(manifest),
        sections=depended_sections(manifest),
        requesters=frozenset(),
        arrived="",
        departed="",
    )


def _waived(case: Case, action: Action) -> Case:
    places = Places(case.manifest, case.release)
    scopes = {
        scope
        for one in case.evidence
        for finding in one.predicate.get(OURS, {}).get("report", {}).get("findings", ())
        if finding["code"] == action.about and (scope := places.covered(finding))
    }
    person = action.people[0]
    waiver = Waiver(
        entry=_entry(case),
        at=case.now,
        person=person,
        roles=key_of(person).roles,
        key=SPKI[person],
        release=case.release,
        environment=case.environment_name,
        rule=action.about,
        findings=frozenset(scopes),
        reason="it is harmless",
        expires="2026-11-20T00:00:00Z",
    )
    return replace(case, waivers=(*case.waivers, waiver))


def passes(case: Case, actions: Sequence[Action]) -> bool:
    """Tell whether a case is allowed after some actions."""
    return decided(after(case, actions)).verdict == "allowed"


def _counts(case: Case, one: Evidence) -> bool:
    """Tell whether evidence is about a release, or as good as about it."""
    return one.release == case.release or case.manifest["metadata"]["version"] != "1.4.0"
