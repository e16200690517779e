"""What could be done about each condition that is not met: ways, each a list of actions.

A condition that is not known here has one way: what its own remedy says. Whether a way leads where
it should is found out by looking ahead (`gate.foreseen`), not here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.covers import Places
from weighbridge.gate.evidence import demands
from weighbridge.gate.exclusion import excluded
from weighbridge.gate.kinds import TYPES, is_of, ours
from weighbridge.gate.parity import COMPARE, PARITY_TYPES
from weighbridge.gate.people import holders
from weighbridge.gate.rejections import standing_rejections
from weighbridge.gate.replays import REPLAY_TYPES, REPLAYING
from weighbridge.gate.waivers import waivable
from weighbridge.model.decision import Outcome
from weighbridge.model.finding import Severity
from weighbridge.model.permissions import Operation, allowed, waiving
from weighbridge.model.predicates import RELEASE
from weighbridge.model.step import Action, Do

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision, Judged
    from weighbridge.model.policy import Condition
    from weighbridge.model.policy import Evidence as Demand

Way = tuple[Action, ...]
"""Actions that meet a condition if all of them are taken."""

SEAL = Action(do=Do.SEAL, command="weighbridge seal")
_CHECK = "weighbridge check REF{targets} --sign --key NAME"
_WAIVE = "weighbridge waive {code} REF --to ENV --reason WHY --expires 30d --key NAME"
_FINDINGS = "/findings/"


class Ways:
    """The ways out of one decision."""

    def __init__(self, case: Case, decision: Decision) -> None:
        """Take what was decided, and on what."""
        self._case = case
        self._findings = [one for judged in decision.conditions for one in judged.findings]
        self._demands = dict(demands(case.policy))
        self._conditions = {one.condition.id: one.condition for one in case.bundle.conditions()}
        self._evidence = {one.statement: one for one in case.evidence}
        self._targets = _unvalidated(decision)

    def of(self, judged: Judged) -> tuple[Way, ...]:
        """List the ways to meet a condition that is open, the plainest first."""
        by_name: Mapping[str, Callable[[Judged], Iterable[Way]]] = {
            "not-held": self._lift,
            "not-rejected": self._unreject,
            "promoted-before": self._promote,
            "signed-by-builder": self._sign,
            "soaked": self._soak,
            "targets": self._validate,
        }
        kind = judged.id.partition(":")[0]
        if judged.id in by_name:
            return tuple(by_name[judged.id](judged))
        if kind in {"evidence", "fresh"}:
            return tuple(self._give(judged))
        if kind in {"dependencies", "risk", "signature"}:
            found = [one for one in judged.findings if one.get("verdict") != "waived"]
            codes = {one["code"] for one in found}
            return (self._change(judged), *self._answer(found, codes))
        if judged.id in self._conditions:
            return tuple(self._hold(judged, self._conditions[judged.id]))
        return (_told(judged),)

    def _by(self, do: Do, command: str, roles: Iterable[str], *, about: str = "") -> Action:
        """Have something done by whoever holds one of some roles; by anybody if there are none."""
        named = tuple(sorted(roles))
        people = tuple(sorted(holders(self._case.trust, named, at=self._case.now)))
        return Action(do=do, command=command, about=about, roles=named, people=people)

    def _taking(self, action: Action, *, number: int = 1) -> Way:
        """Have somebody take an action; owners trust somebody first, where too few could."""
        lacking = number - len(action.people) if action.roles else 0
        trusted = (trusting(action.roles[0], place) for place in range(lacking))
        several = (replace(action, number=place) for place in range(number))
        return (*trusted, *several)

    def _lift(self, _: Judged) -> Iterator[Way]:
        command = "weighbridge lift RELEASE --in ENV --reason TEXT --key NAME"
        roles = allowed(Operation.LIFT_HOLD, self._case.where())
        yield self._taking(self._by(Do.LIFT, command, roles))

    def _unreject(self, _: Judged) -> Iterator[Way]:
        """Have another lift the rejections: who rejected it cannot, nor who judges his own."""
        out = {*excluded(self._case), *(said.person for said in standing_rejections(self._case))}
        command = "weighbridge lift REF --to ENV --reason TEXT --key NAME"
        roles = allowed(Operation.LIFT_REJECTION, self._case.where())
        action = self._by(Do.LIFT_REJECTION, command, roles)
        people = tuple(person for person in action.people if person not in out)
        yield self._taking(replace(action, people=people))

    def _promote(self, _: Judged) -> Iterator[Way]:
        before = self._case.environment["spec"]["promotesFrom"]
        command = f"weighbridge promote REF --to {before} --key NAME"
        yield (Action(do=Do.PROMOTE, command=command, about=before),)

    def _soak(self, judged: Judged) -> Iterator[Way]:
        yield (waiting(judged),) if judged.waits else next(iter(self._promote(judged)))

    def _sign(self, _: Judged) -> Iterator[Way]:
        command = "weighbridge sign REF --key NAME"
        roles = allowed(Operation.AUTHOR, self._case.where())
        yield self._taking(self._by(Do.SIGN, command, roles, about=RELEASE))

    def _validate(self, judged: Judged) -> Iterator[Way]:
        reports = [one for one in self._demands.values() if one.type == "report"]
        yield self._checked(reports[0]) if reports else _told(judged)

    def _anew(self, demand: Demand) -> Way:
        """Have evidence made anew."""
        if demand.type == "report":
            return self._checked(demand)
        kind = TYPES.get(demand.type, demand.type)
        attest = f"weighbridge attest REF --predicate FILE --type {kind} --key NAME"
        command = COMPARE if demand.type in PARITY_TYPES else attest
        command = REPLAYING if demand.type in REPLAY_TYPES else command
        return self._made(demand, Do.ATTEST, command)

    def _checked(self, demand: Demand) -> Way:
        """Have it checked anew, for every target that is still to be validated."""
        targets = "".join(f" --for-target {target}" for target in self._targets)
        return self._made(demand, Do.CHECK, _CHECK.format(targets=targets))

    def _made(self, demand: Demand, do: Do, command: str) -> Way:
        """Have evidence made and signed, by as many as the policy asks for."""
        roles = {demand.signed_by.role.removeprefix("role:")} if demand.signed_by else ()
        about = ",".join((demand.type, *self._targets)) if do is Do.CHECK else demand.type
        action = self._by(do, command, roles, about=about)
        if demand.signers == 1:
            return self._taking(action)
        # Each of several has to be another than those who have signed already and still count.
        signed = {one.person for one in self._evidence.values() if is_of(demand.type, one)}
        people = sorted(action.people, key=lambda one: (one not in signed, one))[: demand.signers]
        lacking = range(len(people), demand.signers)
        return (
            *(trusting(role, place) for role in action.roles for place in lacking),
            *(replace(action, people=(person,)) for person in people),
            *(replace(action, number=place) for place in lacking),
        )

    def _give(self, judged: Judged) -> Iterator[Way]:
        """Give evidence that is missing, too old or does not say enough; mend what it found."""
        demand = self._demands.get(judged.id.replace("fresh:", "evidence:", 1))
        if demand is None:
            yield _told(judged)
            return
        failed = judged.statements and judged.outcome is Outcome.UNMET
        if judged.id.startswith("fresh:") or not failed:
            yield self._anew(demand)
        elif demand.type == "report":
            blocking = [one for one in judged.findings if _blocks(one, demand)]
            yield (*(mending(one) for one in blocking), SEAL, *self._anew(demand))
            yield from self._waive(blocking)
        else:
            said = f"change the release until its {demand.type} passes: it says {judged.seen}"
            changed = Action(do=Do.CHANGE, command=said, about=demand.type)
            yield (changed, SEAL, *self._anew(demand))

    def _waive(self, blocking: Iterable[Mapping[str, str]]) -> Iterator[Way]:
        """Have somebody answer for all that blocks, where the policy lets him for each of it."""
        made = [one for one in self._evidence.values() if is_of("report", one)]
        found = [one for each in made for one in _reported(each.predicate)]
        open_ = {(one["code"], one["subject"]) for one in blocking}
        told = [one for one in found if (str(one.get("code")), str(one.get("subject"))) in open_]
        yield from self._answer(told, {code for code, _ in open_})

    def _answer(self, told: Sequence[Mapping[str, Any]], codes: Iterable[str]) -> Iterator[Way]:
        """Have somebody answer for findings, if there are any and he may for each of them."""
        roles = {code: self._waiving(code) for code in sorted(codes)}
        places = Places(self._case.manifest, self._case.release)
        if told and all(map(places.covered, told)) and all(roles.values()):
            yield tuple(
                self._by(Do.WAIVE, _WAIVE.format(code=code), roles[code], about=code)
                for code in roles
            )

    def _waiving(self, code: str) -> set[str]:
        entries = waivable(self._case, code)
        return {role for entry in entries for role in waiving(code, entry.roles)}

    def _hold(self, judged: Judged, condition: Condition) -> Iterator[Way]:
        """Meet a condition of the policy's own."""
        reports = [one for one in self._demands.values() if one.type == "report"]
        if condition.for_each == "findings" and reports:
            finding = self._finding(judged.pointer)
            if judged.outcome is Outcome.INCONCLUSIVE or finding is None:
                yield self._checked(reports[0])
            else:
                yield (mending(finding), SEAL, *self._checked(reports[0]))
                yield from self._waive([finding])
        elif condition.for_each == "evidence" or not _is_of_release(condition):
            yield _told(judged)
        else:
            yield self._change(judged)

    def _finding(self, pointer: str) -> Mapping[str, str] | None:
        place = pointer.removeprefix(_FINDINGS)
        if not place.isdecimal() or int(place) >= len(self._findings):
            return None
        return self._findings[int(place)]

    def _change(self, judged: Judged) -> Way:
        """Change what the manifest says, or what it is of, and seal it as another release."""
        where = f" at {judged.pointer}" if judged.pointer else ""
        steps = "; ".join(judged.remedy) or f"change the release{where}: {judged.wanted}"
        about = f"{judged.id} {judged.pointer}".strip()
        return (Action(do=Do.CHANGE, command=steps, about=about), SEAL)


def _is_of_release(condition: Condition) -> bool:
    """Tell whether another release could meet a condition: it asks about nothing else."""
    return condition.for_each is not None or "release" in condition.expr


def trusting(role: str, number: int) -> Action:
    """Have owners trust one person more with a role."""
    command = f"weighbridge key trust PEM --person PERSON --role {role} --key OWNER"
    return Action(do=Do.TRUST, command=command, about=role, roles=("owner",), number=number)


def waiting(judged: Judged) -> Action:
    """Wait for what time alone will meet, or say by which command others can."""
    until = judged.need.until if judged.need is not None else ""
    told = ": ".join(["wait", judged.wanted or judged.why, *judged.remedy[:1]])
    told = f"wait until {until}" if until else told
    return Action(do=Do.WAIT, command=told, about="" if until else judged.id, until=until)


def mending(finding: Mapping[str, str]) -> Action:
    """Change what a rule found, in another release."""
    code, subject = finding.get("code", ""), finding.get("subject", "")
    return Action(
        do=Do.CHANGE,
        command=f"mend what {code} found in {subject}: weighbridge explain {code}",
        about=f"{code} {subject}",
    )


def _told(judged: Judged) -> Way:
    """Do what a condition says itself."""
    if judged.waits:
        return (waiting(judged),)
    command = judged.remedy[0] if judged.remedy else judged.wanted or judged.why
    return (Action(do=Do.OTHER, command=command, about=f"{judged.id} {judged.pointer}".strip()),)


def _unvalidated(decision: Decision) -> tuple[str, ...]:
    """Name the targets no report is good enough for."""
    return tuple(
        finding["subject"]
        for judged in decision.conditions
        for finding in judged.findings
        if judged.id == "targets" and judged.is_open
    )


def _blocks(finding: Mapping[str, str], demand: Demand) -> bool:
    severity = finding.get("severity", "")
    known = severity in set(Severity)
    rank = Severity(severity).rank if known else Severity.ERROR.rank
    floor = Severity(demand.none_above or "warning").rank
    return finding.get("verdict") not in {"inconclusive", "waived"} and rank > floor


def _reported(predicate: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    report = ours(predicate).get("report")
    found = report.get("findings") if isinstance(report, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
