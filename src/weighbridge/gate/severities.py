"""What blocks, warns or is left out in one environment at one time.

A policy's exceptions end at a day, and each one that plays a part is told by name with its reason.
None of them covers what is known to do harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from weighbridge.gate.times import after, moment
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.policy.exceptions import STRICTEST
from weighbridge.model.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.gate.case import Case
    from weighbridge.model.policy import Condition, PolicyException
    from weighbridge.model.policy.exceptions import Excepted
    from weighbridge.model.policy.periods import Dated

_OPEN = {Outcome.UNMET, Outcome.INCONCLUSIVE}

FirstSeen = dict[tuple[str, str], str]
"""The ledger's time of the first report that counted and had a finding: by code and subject."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a condition or a rule does, here and now.

    Attributes:
        severity: What it does.
        told: By which exception, until when and why; empty if by none.
    """

    severity: Excepted
    told: str = ""


class Severities:
    """The exceptions of a case's policy that count in its environment at its time."""

    def __init__(self, case: Case) -> None:
        """Leave out those of other environments, and those that have ended."""
        self._standing = [
            (f"exceptions:{index}", one)
            for index, one in enumerate(case.policy.exceptions or ())
            if case.environment_name in one.environments and not _is_reached(one.expires_on, case)
        ]

    def of_condition(self, condition: Condition) -> Ruling:
        """Say what a condition does."""
        found = self._strictest(
            (name, one) for name, one in self._standing if condition.id in (one.conditions or ())
        )
        return found or Ruling(condition.severity or "block")

    def of_rule(self, code: str) -> Ruling | None:
        """Say what the findings of a rule do, if anything is excepted of them."""
        return self._strictest(
            (name, one) for name, one in self._standing if code in (one.rules or ())
        )

    def of_finding(self, finding: Mapping[str, Any]) -> Ruling | None:
        """Say what a finding of a report does; of what does harm nothing is excepted."""
        ruling = self.of_rule(str(finding.get("code")))
        spared = ruling is not None and ruling.severity != "block"
        return None if spared and does_harm(finding) else ruling

    def settle(self, judged: Judged) -> Judged:
        """Apply exceptions to what the gate itself finds: only if they cover all of it."""
        rulings = [self.of_rule(one["code"]) for one in judged.findings]
        known = [one for one in rulings if one is not None]
        if not known:
            return judged
        strictest = max(known, key=_rank)
        if strictest.severity == "block":
            outcome = Outcome.UNMET if judged.warns else judged.outcome
            return replace(judged, outcome=outcome, warns=False)
        return applied(judged, strictest) if len(known) == len(rulings) else judged

    def _strictest(self, found: Iterable[tuple[str, PolicyException]]) -> Ruling | None:
        rulings = [Ruling(one.severity, _told(name, one)) for name, one in found]
        return max(rulings, key=_rank, default=None)


def _rank(ruling: Ruling) -> int:
    return STRICTEST.index(ruling.severity)


def _told(name: str, one: PolicyException) -> str:
    until = f" until {one.expires_on}" if one.expires_on is not None else ""
    return f"{name}{until} ({one.reason})"


def _is_reached(time: str | None, case: Case) -> bool:
    return time is not None and moment(time) <= moment(case.now)


def does_harm(finding: Mapping[str, Any]) -> bool:
    """Tell whether a finding is of what is known to do harm."""
    threat = finding.get("threat")
    return isinstance(threat, dict) and threat.get("level") != "needs-review"


def applied(judged: Judged, ruling: Ruling) -> Judged:
    """Return what was judged, with what its severity makes of it."""
    if judged.outcome not in _OPEN or ruling.severity == "block":
        return judged
    if ruling.severity == "off":
        why = f"left out by {ruling.told}"
        return replace(judged, outcome=Outcome.WAIVED, why=why, excluded=(ruling.told,))
    by = f", by {ruling.told}" if ruling.told else ""
    told = (ruling.told,) if ruling.told else ()
    return _warned(judged, f"it only warns{by}", excluded=told)


def left_out(name: str, ruling: Ruling) -> Judged:
    """Say that a condition was not asked, and by which exception."""
    why = f"left out by {ruling.told}"
    return Judged(id=name, outcome=Outcome.WAIVED, why=why, excluded=(ruling.told,))


def in_time(found: Iterable[Judged], demand: Dated, now: str) -> Iterator[Judged]:
    """Let what is demanded later warn until then."""
    start = demand.effective_on
    if start is None or moment(start) <= moment(now):
        yield from found
        return
    for one in found:
        yield _warned(one, f"blocks from {start}") if one.outcome in _OPEN else one


def is_over(demand: Dated, now: str) -> bool:
    """Tell whether something is demanded no longer."""
    return demand.expires_on is not None and moment(demand.expires_on) <= moment(now)


def over(name: str, demand: Dated) -> Judged:
    """Say that something is demanded no longer: it was not looked at."""
    why = f"not demanded since {demand.expires_on}"
    return Judged(id=name, outcome=Outcome.MET, why=why, binds=False, excluded=(why,))


def _warned(judged: Judged, why: str, *, excluded: tuple[str, ...] = ()) -> Judged:
    return replace(
        judged,
        outcome=Outcome.MET,
        why=f"{judged.why}; {why}",
        warns=True,
        excluded=(*judged.excluded, *excluded),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """How long findings may stay before they block.

    Attributes:
        most: For how long; None if they block at once.
        first_seen: When each was seen first.
        now: The time.
        rules: Codes of the rules it is for; None for all.
    """

    most: str | None
    first_seen: Mapping[tuple[str, str], str]
    now: str
    rules: frozenset[str] | None = None

    def left(self, finding: Mapping[str, Any]) -> str:
        """Say from when a finding blocks, and how long that is; empty if it does now.

        What could not be decided, or is known to do harm, never waits.
        """
        code, subject = str(finding.get("code")), str(finding.get("subject"))
        seen = self.first_seen.get((code, subject))
        spared = self.rules is None or code in self.rules
        certain = finding.get("verdict") != "inconclusive" and not does_harm(finding)
        if self.most is None or seen is None or not spared or not certain:
            return ""
        end = after(seen, self.most)
        left = moment(end) - moment(self.now)
        if left <= timedelta(0):
            return ""
        days = plural(left.days, "day") if left.days else "less than a day"
        return f"blocks from {end}, {days} left"

    def warned(self, judged: Judged, finding: Mapping[str, Any]) -> Judged:
        """Let what is judged of a finding warn until its time is over."""
        left = self.left(finding) if judged.outcome is Outcome.UNMET else ""
        return _warned(judged, left) if left else judged
