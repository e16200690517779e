"""What counts against a release that is where it is: not what is asked of one that is to move.

How old evidence is, windows, freezes, holds, how long a release was elsewhere: all that is about
the move, and was judged then. What its evidence says today, by whom it is signed, what people
answer for and reject, and what the policy demands, is about the release, for as long as it stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.gate.stops import VERIFIED
from weighbridge.model.decision import Outcome, Shift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision, Judged

_STANDS = frozenset({"not-rejected", "not-blocked", VERIFIED})
"""What is said of a release: no approval is for it, and yet it counts as long as it stands."""
_PEOPLE = ("approvals:", "waivers:")
"""What people gave for it, and what they answer for until a day."""
_GONE = "the policy no longer asks for it"
_OPEN = {Outcome.UNMET, Outcome.INCONCLUSIVE}
_GRAVITY = tuple(Outcome(word) for word in ("met", "waived", "inconclusive", "unmet"))


def counts(judged: Judged, case: Case) -> bool:
    """Tell whether a condition counts: everything of a release that is to move.

    Of one that stands, whatever an approval is given for counts; beside that, approvals themselves
    and what people say against it. The rest is about moving.
    """
    if not case.since or judged.binds:
        return True
    return judged.id in _STANDS or judged.id.startswith(_PEOPLE)


def approved_as_of(case: Case) -> Case:
    """Return the case approvals are judged by: of what stands, at the time it was promoted.

    An approval that was good then does not wear off; one that was taken back, or was given for
    another outcome than there is now, is none.
    """
    return replace(case, now=case.since) if case.since else case


def shifts(before: Decision, after: Decision) -> Iterator[Shift]:
    """List the conditions that come out otherwise in another decision on the same release."""
    old, new = _by_place(before), _by_place(after)
    asked_before, asked_after = ({one.id for one in each.conditions} for each in (before, after))
    for place in [*new, *(place for place in old if place not in new)]:
        one, other = old.get(place), new.get(place)
        if _said(one) == _said(other):
            continue
        told = other if other is not None else one
        if told is None:
            continue
        no_longer = other is None and told.id not in asked_after
        yield Shift(
            id=told.id,
            pointer=told.pointer,
            before=_outcome(one, asked=told.id in asked_before),
            after=_outcome(other, asked=told.id in asked_after),
            why=other.why if other is not None else _GONE if no_longer else "it holds now",
            seen="" if other is None else other.seen,
            wanted=told.wanted,
        )


def _outcome(judged: Judged | None, *, asked: bool) -> Outcome | None:
    """Return what came of a condition at a place; where it is asked and not told, it is met."""
    if judged is not None:
        return judged.outcome
    return Outcome.MET if asked else None


def _by_place(decision: Decision) -> Mapping[tuple[str, str], Judged]:
    """Find the gravest outcome of each condition at each place."""
    found: dict[tuple[str, str], Judged] = {}
    for one in decision.conditions:
        known = found.get((one.id, one.pointer))
        if known is None or _GRAVITY.index(one.outcome) > _GRAVITY.index(known.outcome):
            found[one.id, one.pointer] = one
    return found


def _said(judged: Judged | None) -> tuple[str, str]:
    """Say what a person would compare: the outcome, and of what is open what is seen.

    What is not asked is met.
    """
    if judged is None:
        return Outcome.MET.value, ""
    return judged.outcome.value, judged.seen if judged.outcome in _OPEN else ""


def why(decision: Decision) -> str:
    """Say in one line why a release may not stay as it is; empty if it may."""
    return in_short(one for one in decision.conditions if one.outcome in _OPEN)


def in_short(open_: Iterable[Judged]) -> str:
    """Say in one line what is open, the gravest of it, and how much there is besides."""
    ordered = sorted(open_, key=lambda one: (one.waits, -_GRAVITY.index(one.outcome)))
    if not ordered:
        return ""
    first = ordered[0]
    seen = f" ({first.seen})" if first.seen else ""
    more = f"; and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    return f"{first.id}: {first.why}{seen}{more}"
