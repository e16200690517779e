"""Waivers: findings that somebody answers for until a day, where the policy lets him.

A waiver names what it is for: other bytes, or another finding in the same bytes, are not waived.
Nobody can waive what is known to do harm, or what could not be decided; nobody waives what he asked
for, or signed. The newest word of a person on a finding counts; those of several people stand side
by side.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.case import Act
from weighbridge.gate.covers import NEVER, WAIVED, Places, answered
from weighbridge.gate.exclusion import excluded
from weighbridge.gate.times import moment, span
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.permissions import waiving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.gate.case import Case, Waiver
    from weighbridge.gate.covers import Covered
    from weighbridge.model.policy import Waivable

    Key = tuple[str, Covered]

_WAIVE = "REF --to ENV --reason WHY --expires 30d --key NAME, if it is harmless"


class Words:
    """What stands of what people said of waivers in one environment, oldest first.

    Attributes:
        given: Of each rule and finding, who answers for it: the newest waiver of each person.
        asked: Who asked that it be waived, and nobody has since.
    """

    def __init__(self, words: Iterable[Waiver], environment: str) -> None:
        """Fold what was said."""
        self.given: dict[Key, dict[str, Waiver]] = {}
        self.asked: dict[Key, dict[str, Waiver]] = {}
        said: set[str] = set()
        for one in sorted(words, key=lambda one: one.entry):
            # Whoever brings a word again that was taken back has not had it said again.
            if one.environment == environment and one.statement not in said:
                for covered in one.findings:
                    self._take(one, (one.rule, covered))
            said |= {one.statement} - {""}

    def _take(self, one: Waiver, key: Key) -> None:
        given, asked = self.given.setdefault(key, {}), self.asked.setdefault(key, {})
        if one.act is Act.WITHDRAW_WAIVER:
            for person in one.people:
                given.pop(person, None)
                asked.pop(person, None)
        elif one.act is Act.WAIVE:
            given[one.person] = one
            asked.clear()
        else:
            asked[one.person] = one

    def waivers(self, key: Key) -> list[Waiver]:
        """List the waivers for a finding, the newest first."""
        found = self.given.get(key, {}).values()
        return sorted(found, key=lambda one: one.entry, reverse=True)


class Waivers:
    """The waivers of a case, as they are asked for.

    Attributes:
        words: What stands of what people said.
        used: Those that were of use, each with the finding it waived.
        lapsed: Those that would have been, had they not ended.
        found: What was found and somebody could answer for: of each rule and finding, its subject.
        ran: Codes of the rules that reports say ran.
    """

    def __init__(self, case: Case) -> None:
        """Fold what was said."""
        self._case = case
        self.words = Words(case.waivers, case.environment_name)
        self.used: list[tuple[Waiver, Covered]] = []
        self.lapsed: list[tuple[Waiver, Covered]] = []
        self.found: dict[Key, str] = {}
        self.ran: set[str] = set()
        self._void: dict[int, str] = {}

    def places(self, report: Mapping[str, Any] | None = None) -> Places:
        """Return who knows what the findings of a report are in, or those of the gate itself."""
        return Places(self._case.manifest, self._case.release, report)

    def standing(self, key: Key) -> list[Waiver]:
        """List the waivers that count for a finding here and now, the newest first."""
        return [one for one in self.words.waivers(key) if self.counts(one)]

    def counts(self, one: Waiver) -> bool:
        """Tell whether a waiver counts here and now; asked once of each."""
        if one.entry not in self._void:
            self._void[one.entry] = void(one, self._case)
        return not self._void[one.entry]

    def find(self, finding: Mapping[str, Any], places: Places) -> Waiver | None:
        """Find the newest waiver for a finding, and remember that it was of use."""
        covered = places.covered(finding)
        if covered is None:
            return None
        key = (str(finding["code"]), covered)
        self.found[key] = str(finding.get("subject"))
        one = next(iter(self.standing(key)), None)
        if one is not None:
            self.used.append((one, covered))
        return one

    def miss(self, findings: Iterable[Mapping[str, Any]], places: Places) -> None:
        """Remember which waivers findings would have that have none, had they not ended."""
        for finding in findings:
            covered = places.covered(finding)
            if covered is None or self.standing(key := (str(finding["code"]), covered)):
                continue
            ended = [one for one in self.words.waivers(key) if expired(one, self._case)]
            counted = [one for one in ended if not barred(one, self._case)]
            self.lapsed.extend((one, covered) for one in counted[:1])

    def ways(self, findings: Iterable[Mapping[str, Any]], places: Places) -> tuple[str, ...]:
        """List the commands by which somebody could waive findings, if he sees fit."""
        codes = {str(one["code"]) for one in findings if places.covered(one) is not None}
        able = sorted(code for code in codes if any(waivable(self._case, code)))
        return tuple(f"weighbridge waive {code} {_WAIVE}" for code in able)

    def over(self, judged: Iterable[Judged]) -> Iterator[Judged]:
        """Let what somebody answers for not block a condition of the gate's own."""
        for one in judged:
            yield self._over(one) if one.outcome is Outcome.UNMET and one.findings else one

    def _over(self, judged: Judged) -> Judged:
        places, location = self.places(), {"pointer": judged.pointer}
        located = [{**finding, "location": location} for finding in judged.findings]
        waivers = [self.find(finding, places) for finding in located]
        open_ = [one for one, found in zip(located, waivers, strict=True) if found is None]
        self.miss(open_, places)
        told = replace(
            judged,
            findings=tuple(
                finding if found is None else {**finding, "verdict": WAIVED}
                for finding, found in zip(judged.findings, waivers, strict=True)
            ),
        )
        if not open_:
            why = answered(one for one in waivers if one is not None)
            return replace(told, outcome=Outcome.WAIVED, why=why, seen="", remedy=())
        if all(one["verdict"] == "inconclusive" for one in open_):
            return replace(told, outcome=Outcome.INCONCLUSIVE)
        return replace(told, remedy=(*judged.remedy, *self.ways(open_, places)))

    def told(self) -> list[dict[str, str]]:
        """List what was waived for approvals to be given for: no times, and each once."""
        found = {
            (one.rule, covered, one.person): {
                **covered.paper,
                "person": one.person,
                "rule": one.rule,
            }
            for one, covered in self.used
        }
        return [found[key] for key in sorted(found)]


def waivable(case: Case, rule: str) -> Iterator[Waivable]:
    """List the entries of the policy that let findings of a rule be waived."""
    named = (entry for entry in case.policy.waivers or () if rule in entry.rules)
    return (entry for entry in named if rule not in NEVER and waiving(rule, entry.roles))


def permitting(waiver: Waiver, case: Case) -> list[Waivable]:
    """List the entries of the policy that let somebody with these roles waive."""
    rule, roles = waiver.rule, frozenset(waiver.roles)
    return [entry for entry in waivable(case, rule) if waiving(rule, entry.roles) & roles]


def void(waiver: Waiver, case: Case) -> str:
    """Say why a waiver does not count here and now, or empty."""
    if waiver.environment != case.environment_name:
        return "it is for another environment"
    if expired(waiver, case):
        return f"it expired at {waiver.expires}"
    return barred(waiver, case)


def expired(waiver: Waiver, case: Case) -> bool:
    """Tell whether the day of a waiver has come."""
    return case.now >= waiver.expires


def barred(waiver: Waiver, case: Case) -> str:
    """Say why a waiver does not count whatever the day, or empty."""
    if why := excluded(case).get(waiver.person):
        return f"{waiver.person} {why}"
    if waiver.person == waiver.requested_by or any(_asks_for(waiver, one) for one in case.waivers):
        return f"{waiver.person} asked for this waiver"
    return unpermitted(waiver, case)


def _asks_for(waiver: Waiver, word: Waiver) -> bool:
    """Tell whether somebody asked before for what he now grants himself.

    That he took the request back does not make it another's.
    """
    return (
        word.act is Act.REQUEST_WAIVER
        and word.entry < waiver.entry
        and (word.rule, word.environment) == (waiver.rule, waiver.environment)
        and (word.person == waiver.person or word.key == waiver.key)
        and not word.findings.isdisjoint(waiver.findings)
    )


def unpermitted(waiver: Waiver, case: Case) -> str:
    """Say why the policy does not permit a waiver, or what is asked of others, or empty."""
    if not any(waivable(case, waiver.rule)):
        return f"the policy lets nobody waive {waiver.rule}"
    entries = list(waivable(case, waiver.rule))
    if waiver.act is Act.WAIVE:
        entries = permitting(waiver, case)
    if not entries:
        return "none of his roles may waive it"
    lasts = moment(waiver.expires) - moment(waiver.at)
    if all(lasts > span(entry.longest) for entry in entries):
        return "it lasts longer than the policy lets it"
    return ""
