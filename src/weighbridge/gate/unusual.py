"""What is unlike this model: a release held against those that were here before it (GOV004).

A name, a place or a host that none of them had is told, and a number far from theirs. Far is
what the median and the median absolute deviation make of it (Iglewicz and Hoaglin 1993: a modified
z-score over 3.5), so that one odd release among them moves nothing; and never less than a quarter
off, however alike they were. All of it in whole numbers and fractions: the same answer anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from weighbridge.codec.migrations import as_today
from weighbridge.gate.case import runtime_lock
from weighbridge.gate.view import items
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.predicates import PROVENANCE, RELEASE
from weighbridge.model.wording import human_size, plural, some_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.gate.case import Case, Evidence

CODE = "GOV004"
ENOUGH = 5
"""How many releases numbers are held against, at least: fewer say nothing of what is usual."""

NEWEST = 20
"""How many are looked at, at most."""

_POINTERS = {
    "source": "/spec/source/repo",
    "base-image": "/spec/environment/image",
    "dependencies": "/spec/dependencies/runtime",
    "artifact-size": "/spec/artifacts",
}
_NAMED = {
    "signer": "signed by",
    "source": "made from",
    "base-image": "based on",
    "build-host": "built by",
}
_SCORE = Fraction(35, 10) / Fraction(6745, 10_000)
_LEAST = Fraction(1, 20)
"""Share of the median a deviation counts as at least: together with the score, a quarter off."""


class _UnreadError(Exception):
    """Something of a release could not be read."""


@dataclass(frozen=True, slots=True)
class Range:
    """What is usual of a number.

    Attributes:
        low: The least that is.
        middle: The median.
        high: The most that is.
    """

    low: Fraction
    middle: Fraction
    high: Fraction

    def __contains__(self, value: int) -> bool:
        """Tell whether a number is usual."""
        return self.low <= value <= self.high


def usual(values: Sequence[int]) -> Range:
    """Say which numbers are usual beside others; there must be one at least."""
    middle = _median([Fraction(value) for value in values])
    deviation = _median([abs(value - middle) for value in values])
    reach = _SCORE * max(deviation, abs(middle) * _LEAST)
    return Range(middle - reach, middle, middle + reach)


def _median(values: Sequence[Fraction]) -> Fraction:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def judge_unusual(case: Case) -> Iterator[Judged]:
    """Hold a release against those that were in the environment before, if the policy asks."""
    asked = case.policy.unusual
    if asked is None or not asked.looks:
        return
    ignored, warns = frozenset(asked.ignore or ()), asked.change == "warn"
    for name in _NAMED:
        if name not in ignored:
            yield _closed(name, case, _judge_name, warns=warns)
    for name in ("dependencies", "artifact-size"):
        if name not in ignored:
            yield _closed(name, case, _judge_number, warns=warns)


def _closed(name: str, case: Case, judge: Any, *, warns: bool) -> Judged:  # noqa: ANN401 - a function
    try:
        found: Judged = judge(name, case, warns=warns)
    except _UnreadError as error:
        return Judged(
            id=f"unusual:{name}",
            outcome=Outcome.INCONCLUSIVE,
            why=str(error),
            pointer=_POINTERS.get(name, ""),
            remedy=("weighbridge registry fsck",),
            inputs=tuple(sorted(case.past)),
        )
    return found


def _judge_name(name: str, case: Case, *, warns: bool) -> Judged:
    """Judge something that has a name: is it one that was met before?"""
    ours = _names(name, case, case.release, case.manifest)
    before = {one for release, tree in _past(case) for one in _names(name, case, release, tree)}
    new = sorted(ours - before)
    if not before:
        why = f"no release before it says what it was {_NAMED[name]}" if case.past else _FIRST
        return _usual(name, case, why)
    if not new:
        return _usual(name, case, f"{_NAMED[name]} what others were")
    return _unlike(
        name,
        case,
        why=f"{_NAMED[name]} what none of the {plural(len(case.past), 'release')} before was",
        seen=some_of(new),
        wanted=some_of(sorted(before)),
        warns=warns,
    )


_FIRST = "no other release of its name was here before"


def _judge_number(name: str, case: Case, *, warns: bool) -> Judged:
    """Judge something that is counted: is it far from what it was?"""
    ours = _number(name, case, case.manifest)
    before = [_number(name, case, tree) for _, tree in _past(case)]
    known = [one for one in before if one is not None]
    if ours is None or len(known) < ENOUGH:
        why = f"{plural(len(known), 'release')} before it say nothing of what is usual"
        return _usual(name, case, why if case.past else _FIRST)
    range_ = usual(known)
    if ours in range_:
        return _usual(name, case, f"{_shown(name, ours)}, as others")
    return _unlike(
        name,
        case,
        why=f"far from the {plural(len(known), 'release')} before it",
        seen=_shown(name, ours),
        wanted=f"{_shown(name, round(range_.middle))}, or "
        f"{_shown(name, max(round(range_.low), 0))} to {_shown(name, round(range_.high))}",
        warns=warns,
    )


def _shown(name: str, value: int) -> str:
    return human_size(value) if name == "artifact-size" else plural(value, "package")


def _usual(name: str, case: Case, why: str) -> Judged:
    inputs = tuple(sorted(case.past))
    return Judged(id=f"unusual:{name}", outcome=Outcome.MET, why=why, inputs=inputs)


def _unlike(name: str, case: Case, *, why: str, seen: str, wanted: str, warns: bool) -> Judged:
    told = {"code": CODE, "severity": "warning", "subject": name, "verdict": "fail"}
    return Judged(
        id=f"unusual:{name}",
        outcome=Outcome.MET if warns else Outcome.UNMET,
        why=why,
        seen=seen,
        wanted=wanted,
        pointer=_POINTERS.get(name, ""),
        remedy=(
            "find out whether this is meant: weighbridge diff REF RELEASE@ENV",
            f"if it is, have owners publish a policy with unusual.ignore: [{name}], or `warn`",
        ),
        findings=({**told, "seen": seen},),
        inputs=tuple(sorted(case.past)),
        warns=warns,
    )


def of_past(case: Case) -> Iterator[Evidence]:
    """List the evidence that tells of the releases before it who signed and who built them."""
    return (
        one
        for one in case.evidence
        if one.predicate_type in {RELEASE, PROVENANCE}
        and not case.past.keys().isdisjoint(one.subjects)
    )


def _past(case: Case) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """List the releases before it, each with its manifest."""
    for release, tree in sorted(case.past.items()):
        if tree is None:
            raise _UnreadError(f"a release that was here before cannot be read: {release}")
        yield release, tree


def _names(name: str, case: Case, release: str, tree: Mapping[str, Any]) -> set[str]:
    """Name what a release has of a kind; nothing if it says nothing of it."""
    if name == "signer":
        return {one.person for one in _said(case, release, RELEASE)}
    if name == "build-host":
        return set(_builders(one.predicate for one in _said(case, release, PROVENANCE)))
    spec = as_today(tree)["spec"]
    if name == "source":
        repo = spec.get("source", {}).get("repo")
        return {repo} if isinstance(repo, str) else set()
    images = [item["ref"] for item in items(spec, "images") if isinstance(item.get("ref"), str)]
    return {_repository(images[-1])} if images else set()


def _repository(reference: str) -> str:
    """Return an image's name without tag and digest."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]


def _said(case: Case, release: str, predicate_type: str) -> Iterator[Evidence]:
    """List what was said of a type of a release; of parts, that of the one that asks alone."""
    for one in case.evidence:
        if one.predicate_type == predicate_type and release in {one.release, *one.subjects}:
            yield one


def _builders(predicates: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Name who ran a build: SLSA provenance v1, `runDetails.builder.id`."""
    for predicate in predicates:
        details = predicate.get("runDetails")
        builder = details.get("builder") if isinstance(details, dict) else None
        found = builder.get("id") if isinstance(builder, dict) else None
        if isinstance(found, str):
            yield found


def _number(name: str, case: Case, tree: Mapping[str, Any]) -> int | None:
    """Count what a release has of a kind; None if it says nothing of it."""
    if name == "artifact-size":
        sizes = [item.get("size") for item in items(as_today(tree)["spec"], "artifacts")]
        found = [size for size in sizes if type(size) is int]
        return sum(found) if found and len(found) == len(sizes) else None
    return _packages(case, tree)


def _packages(case: Case, tree: Mapping[str, Any]) -> int | None:
    from weighbridge.codec.locks import LockSyntaxError, read_lock  # noqa: PLC0415 - rare

    told = runtime_lock(tree)
    if not told.get("digest"):
        return None
    data = case.locks.get(told["digest"])
    if data is None:
        raise _UnreadError(f"the lock {told['digest']} is not there")
    try:
        return len(read_lock(data, told.get("format", ""), told.get("lock", "lock")).pins)
    except LockSyntaxError as error:
        raise _UnreadError(f"the lock {told['digest']} cannot be read: {error}") from error
