"""Rules that find where a pack answers something. Of what they do not find, they find nothing.

Where statements of one type contradict each other the newest counts, as it does at the gate. What
a manifest says of itself is a declaration, and the tables call it that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.controls import Source
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.predicates import RELEASE, TEST_RESULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.report.controls.interface import Facts, Finder, Signed

MANIFEST, ENVIRONMENT, POLICY = "manifest.json", "environment.json", "policy.json"
DECISION, TRUST, CHECKPOINT = "decision.json", "trust.json", "checkpoint"
_GOOD = frozenset({"PASSED", "WARNED"})
_APPROVALS = "approvals"


def declared(*pointers: str) -> Finder:
    """Find what the sealed manifest says; all of it must be there, and say something."""

    def find(facts: Facts) -> tuple[Source, ...]:
        return _all_at(facts.manifest, MANIFEST, pointers)

    return find


def applied(*pointers: str) -> Finder:
    """Find what the environment demands; all of it must be there, and say something."""

    def find(facts: Facts) -> tuple[Source, ...]:
        return _all_at(facts.environment, ENVIRONMENT, pointers)

    return find


def _all_at(tree: Mapping[str, object], path: str, pointers: tuple[str, ...]) -> tuple[Source, ...]:
    if not all(_says_something(tree, pointer) for pointer in pointers):
        return ()
    return tuple(Source(path=path, where=pointer) for pointer in pointers)


def _says_something(tree: object, pointer: str) -> bool:
    for name in pointer.split("/")[1:]:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree not in (None, "", {}, [])


def signed(predicate_type: str) -> Finder:
    """Find statements of a type."""

    def find(facts: Facts) -> tuple[Source, ...]:
        return tuple(one.source for one in _of_type(facts, predicate_type))

    return find


def passed(predicate_type: str, *, by_another: bool = False) -> Finder:
    """Find the newest statement of a type, if it says that what it tells of passed.

    Args:
        predicate_type: The type.
        by_another: Whether it must be signed by somebody who did not sign the release.
    """

    def find(facts: Facts) -> tuple[Source, ...]:
        newest = _of_type(facts, predicate_type)[-1:]
        authors = _authors(facts) if by_another else frozenset()
        return tuple(
            one.source
            for one in newest
            if one.predicate.get("result") in _GOOD and one.word.person not in authors
        )

    return find


def ran(*codes: str) -> Finder:
    """Find the newest report, if each of some rules ran and found nothing that fails."""

    def find(facts: Facts) -> tuple[Source, ...]:
        newest = _of_type(facts, TEST_RESULT)[-1:]
        return tuple(one.source for one in newest if set(codes) <= _fine(one.predicate))

    return find


def _fine(predicate: Mapping[str, object]) -> set[str]:
    fine: set[str] = set()
    for name in ("passedTests", "warnedTests"):
        found = predicate.get(name)
        if isinstance(found, list):
            fine.update(map(str, found))
    return fine


def met(condition: str) -> Finder:
    """Find a condition of the policy that is met wherever the decision asks it; waived is not."""

    def find(facts: Facts) -> tuple[Source, ...]:
        found = [
            one
            for one in facts.told.decision.conditions
            if one.id == condition or one.id.startswith(f"{condition}:")
        ]
        if any(one.outcome is not Outcome.MET for one in found):
            return ()
        entry = facts.told.decided.entry
        return tuple(Source(path=DECISION, entry=entry, where=one.id) for one in found)

    return find


def approved_by_another(facts: Facts) -> tuple[Source, ...]:
    """Find approvals that counted, if they are as many as the policy asks for."""
    if not met(_APPROVALS)(facts):
        return ()
    return tuple(one.source for one in facts.approvals)


def allowed(facts: Facts) -> tuple[Source, ...]:
    """Find the signed decision, if it allows the release."""
    if facts.told.decision.verdict is not GateVerdict.ALLOWED:
        return ()
    return (Source(path=DECISION, entry=facts.told.decided.entry),)


def asked_by_a_role(facts: Facts) -> tuple[Source, ...]:
    """Find the decision, if who asked for it had a role for it."""
    decided = facts.told.decided
    return (Source(path=DECISION, entry=decided.entry),) if decided.roles else ()


def changed(action: str) -> Finder:
    """Find changes of the control plane that owners signed."""

    def find(facts: Facts) -> tuple[Source, ...]:
        return tuple(one.source for one in facts.control if one.word.what == action)

    return find


def said(act: str) -> Finder:
    """Find what people said of the promotion, by what it was."""

    def find(facts: Facts) -> tuple[Source, ...]:
        return tuple(one.source for one in facts.acts if one.word.what == act)

    return find


def policy_applied(facts: Facts) -> tuple[Source, ...]:
    """Find the policy that decided, if it demands anything."""
    return (Source(path=POLICY),) if facts.told.decision.conditions else ()


def trusted(facts: Facts) -> tuple[Source, ...]:
    """Find who is trusted in which role, if owners ever trusted anybody."""
    changes = changed("key.trust")(facts)
    return (Source(path=TRUST), *changes) if changes else ()


def logged(facts: Facts) -> tuple[Source, ...]:
    """Find the entry of the promotion, and the checkpoint that proves it."""
    entry = facts.told.decided.entry
    return (Source(path=f"ledger/{entry}.proof", entry=entry), Source(path=CHECKPOINT))


def replaced(facts: Facts) -> tuple[Source, ...]:
    """Find the release that was there before."""
    if not facts.told.previous:
        return ()
    entry = facts.told.decided.entry
    return (Source(path=f"ledger/{entry}.proof", entry=entry, where="/body/previous"),)


def _of_type(facts: Facts, predicate_type: str) -> list[Signed]:
    return [one for one in facts.evidence if one.word.what == predicate_type]


def _authors(facts: Facts) -> frozenset[str]:
    return frozenset(one.word.person for one in _of_type(facts, RELEASE))
