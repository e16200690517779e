"""Which evidence is about a release, and which about another is as good for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.case import text_of
from weighbridge.gate.kinds import TYPES, ours
from weighbridge.model.decision import Reused
from weighbridge.model.predicates import DRILL, RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.gate.case import Case, Evidence

_BUILT_FROM = frozenset({"source", "build", "environment", "dependencies", "artifacts"})
DEPENDS_ON = {
    TYPES["replay"]: _BUILT_FROM,
    TYPES["behaviour"]: _BUILT_FROM | {"evaluation", "processing", "signature", "parameters"},
}
"""Sections evidence of a type depends on; of any other type, all there are."""


def about(case: Case) -> Iterator[Evidence]:
    """List the evidence that is about this release, or as good as about it, oldest first.

    What is about parts of it was given for it; `gate.signed` has seen that they are parts of it.
    Evidence about another release counts if it names the sections it depended on and each of them
    is the same here. A drill is of a gate, whatever release it was made with.
    """
    for one in sorted(case.evidence, key=lambda one: one.entry):
        if case.release in {one.release, *one.subjects} or is_reused(one, case):
            yield one


def is_reused(one: Evidence, case: Case) -> bool:
    """Tell whether evidence about another release counts for this one.

    What it says it depended on must name every section its type can depend on: one that was left
    out might be the one that differs.
    """
    if case.release in {one.release, *one.subjects} or one.predicate_type == RELEASE:
        return False
    if one.predicate_type == DRILL:
        return not drilled_elsewhere(one, case)
    named = ours(one.predicate).get("dependsOn")
    if not isinstance(named, dict) or not any(named.values()):
        return False
    needed = DEPENDS_ON.get(one.predicate_type, frozenset(case.sections)) & case.sections.keys()
    return needed <= named.keys() <= case.sections.keys() and all(
        case.sections[name] == digest for name, digest in named.items()
    )


def drilled_elsewhere(one: Evidence, case: Case) -> str:
    """Say which gate a drill was of, if that is another; empty for anything but a drill.

    A gate is an environment as it was applied, under its policy: what other roles or another
    demand would catch, nobody has tried.
    """
    if one.predicate_type != DRILL:
        return ""
    environment, policy = one.predicate.get("environment"), one.predicate.get("policy")
    drilled = (text_of(environment, "digest"), text_of(policy, "digest"))
    if drilled == (case.environment_digest, case.bundle_digest):
        return ""
    names = f"{text_of(environment, 'name')} under {text_of(policy, 'name')}"
    return f"it is a drill of {names}, not of this gate as it is now"


def reused(counted: Iterable[Evidence], case: Case) -> tuple[Reused, ...]:
    """List what was taken over from other releases."""
    return tuple(
        Reused(predicate_type=one.predicate_type, release=one.release, statement=one.statement)
        for one in counted
        if is_reused(one, case)
    )
