"""What evidence of a replay says: how far a release came, and what it depends on (REP002, REP003).

A difference may have been explained by somebody who did not make the release: what differs, why,
and by how much at most. Whether that is enough, a policy says; an explanation that is about
another difference than there is now explains nothing, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates import shape_fault
from weighbridge.gate.kinds import ours
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.predicates import EXPLANATION, RELEASE, REPLAY
from weighbridge.model.replay import REPLAY_VERDICTS, reaches
from weighbridge.model.wording import some_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.gate.case import Evidence
    from weighbridge.model.permissions import Who
    from weighbridge.model.policy import Evidence as Demand
    from weighbridge.model.replay import ReplayVerdict, Reproduced

DIFFERS: Final = "REP002"
DEPENDS: Final = "REP003"
REPLAY_TYPES: Final = frozenset({"replay", REPLAY})
"""What a policy may call evidence of a replay: by its short name, or by its type."""
REPLAYING: Final = "weighbridge replay REF --perturb --sign --key NAME"
"""How evidence of a replay is made."""
EXPLAINED: Final = "explained"
"""Verdict of a finding somebody explained, where the policy lets that be enough."""

_FLOOR: Final = "metrics-within-tolerance"
_MENDED: Final = "nothing differs there any more"
_BEYOND: Final = "what differs is not what was explained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A difference a replay found.

    Attributes:
        path: The output; empty if only a factor is named.
        tensor: The first tensor that differs; empty if it is none.
        factor: What the outputs depend on; empty if it differs from the record.
        what: What differs, in words.
        size: The largest difference of two numbers, as text; empty if it is none.
    """

    path: str
    tensor: str = ""
    factor: str = ""
    what: str = ""
    size: str = ""

    @property
    def named(self) -> tuple[str, str]:
        """What an explanation must name to be about it; the rest is what it must fit."""
        return self.factor, self.path

    @property
    def seen(self) -> str:
        """Say it in a few words."""
        size = f", off by up to {self.size}" if self.size else ""
        return " ".join(part for part in (self.path, self.tensor, self.what) if part) + size


def fits(difference: Differing, explanation: Mapping[str, Any]) -> bool:
    """Tell whether an explanation is about a difference as it is, and no smaller one."""
    if (explanation.get("factor"), explanation.get("path")) != difference.named:
        return False
    if (explanation.get("tensor"), explanation.get("difference")) != (
        difference.tensor,
        difference.what,
    ):
        return False
    bound = explanation.get("bound")
    return bound == "" if not difference.size else _within(difference.size, bound)


def _within(size: str, bound: object) -> bool:
    try:
        largest, most = Decimal(size), Decimal(bound if isinstance(bound, str) else "")
    except InvalidOperation:
        return False
    return largest.is_finite() and most.is_finite() and largest <= most


def differences(said: Mapping[str, Any], floor: Reproduced) -> Iterator[Differing]:
    """List what a replay found to differ more than a floor allows, and what it depends on.

    Args:
        said: What the replay says, under our own key.
        floor: The weakest verdict that is enough.
    """
    for one in _mappings(said.get("outputs")):
        known = next(
            (each for each in REPLAY_VERDICTS if each == one.get("verdict")), REPLAY_VERDICTS[-1]
        )
        if not reaches(known, floor):
            yield _differing(one, "")
    causes = {str(one.get("name")): one for one in _mappings(said.get("causes"))}
    guilty = said.get("guilty")
    for name in guilty if isinstance(guilty, list) else []:
        yield _differing(causes.get(str(name), {}), str(name))


def _differing(one: Mapping[str, Any], factor: str) -> Differing:
    found = one.get("difference")
    difference = found if isinstance(found, dict) else {}
    sized = difference.get("size")
    largest = sized.get("largestAbsolute") if isinstance(sized, dict) else None
    return Differing(
        path=str(one.get("path", "")),
        tensor=str(difference.get("tensor", "")),
        factor=factor,
        what=str(difference.get("what") or one.get("failed") or ""),
        size=largest if isinstance(largest, str) else "",
    )


def _mappings(found: object) -> list[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def explanations(known: Iterable[Evidence], roles: Who) -> tuple[Evidence, ...]:
    """List what people explained of replays, newest first; nobody explains what he made himself.

    Args:
        known: The evidence about a release.
        roles: Roles whose statements count here; None for all.
    """
    said = list(known)
    authors = {one.person for one in said if one.predicate_type == RELEASE}
    counted = [
        one
        for one in said
        if one.predicate_type == EXPLANATION
        and one.person not in authors
        and (roles is None or not roles.isdisjoint(one.roles))
        and not shape_fault(EXPLANATION, one.predicate)
    ]
    return tuple(sorted(counted, key=lambda one: one.entry, reverse=True))


def judge_replay(
    name: str,
    demand: Demand,
    predicate: Mapping[str, Any],
    *,
    inputs: tuple[str, ...] = (),
    explanations: Sequence[Evidence] = (),
) -> Judged:
    """Judge evidence of a replay.

    Args:
        name: What the answer is called.
        demand: What is demanded of it.
        predicate: What it says.
        inputs: What it is about.
        explanations: What people explained of the release's replays, newest first.
    """
    said = ours(predicate)
    floor = demand.at_least or _FLOOR
    verdict = next((one for one in REPLAY_VERDICTS if one == said.get("verdict")), None)
    judged = Judged(
        id=name,
        outcome=Outcome.INCONCLUSIVE,
        why="it says no verdict",
        wanted=floor,
        inputs=inputs,
    )
    if verdict is None:
        return judged
    judged = replace(judged, why="how far it could be made again", seen=verdict)
    said_of_it = [one.predicate for one in explanations]
    allowed = said_of_it if demand.explained == "allow" else []
    return _judged(judged, said, verdict, floor=floor, allowed=allowed, demand=demand)


def _judged(
    judged: Judged,
    said: Mapping[str, Any],
    verdict: ReplayVerdict,
    *,
    floor: Reproduced,
    allowed: Sequence[Mapping[str, Any]],
    demand: Demand,
) -> Judged:
    found = list(differences(said, floor))
    findings = [_finding(one, allowed) for one in found]
    undecided = said.get("undecided")
    open_ = [str(one) for one in undecided] if isinstance(undecided, list) else []
    stale = list(_stale(found, allowed))
    told = (*findings, *(_open(one) for one in open_), *stale)
    judged = replace(judged, findings=tuple(told))
    unexplained = [one for one in findings if one["verdict"] != EXPLAINED]
    # A verdict below the floor that no output accounts for is one nobody can have explained.
    short = not reaches(verdict, floor) and not any(not one.factor for one in found)
    if unexplained or short:
        depends = [one["subject"] for one in unexplained if one["code"] == DEPENDS]
        why = f"it depends on {some_of(depends)}" if depends else judged.why
        return replace(judged, outcome=Outcome.UNMET, why=why, remedy=(REPLAYING,))
    if open_ and demand.blocks_inconclusive:
        why = f"whether it depends on {some_of(open_)} is not known"
        return replace(judged, outcome=Outcome.INCONCLUSIVE, why=why, remedy=(REPLAYING,))
    if findings:
        judged = replace(judged, why="what differs was explained")
    return replace(judged, outcome=Outcome.MET, warns=bool(stale))


def _finding(one: Differing, allowed: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {
        "code": DEPENDS if one.factor else DIFFERS,
        "severity": "error",
        "subject": one.factor or one.path,
        "verdict": EXPLAINED if any(fits(one, each) for each in allowed) else "fail",
        "seen": one.seen,
    }


def _open(factor: str) -> dict[str, str]:
    return {
        "code": DEPENDS,
        "severity": "error",
        "subject": factor,
        "verdict": "inconclusive",
        "seen": "the change did not arrive, or was not tried",
    }


def _stale(
    found: Sequence[Differing], allowed: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, str]]:
    """List explanations that are about no difference as it is now; the newest of each alone."""
    newest: dict[tuple[object, object], Mapping[str, Any]] = {}
    for each in allowed:
        newest.setdefault((each.get("factor"), each.get("path")), each)
    for named, each in newest.items():
        about = [one for one in found if one.named == named]
        if any(fits(one, each) for one in about):
            continue
        yield {
            "code": DIFFERS,
            "severity": "warning",
            "subject": str(each.get("factor") or each.get("path")),
            "verdict": "fail",
            "seen": _BEYOND if about else _MENDED,
        }
