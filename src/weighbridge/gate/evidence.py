"""The evidence a policy demands: there, by whom it must be, what it must say, and how old.

The newest statements count, one a person, so that a newer failing one supersedes an older pass.
How old something is, is asked apart from what it says: an approval is given for the latter and
outlives a refreshed report that says the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.codec.predicates import shape_fault
from weighbridge.codec.rule_pack import RulePackFormatError
from weighbridge.gate.conditions import applies
from weighbridge.gate.content import (
    Lenience,
    findings_of,
    judge_report,
    judge_said,
    targets_of,
)
from weighbridge.gate.dated import made_at
from weighbridge.gate.kinds import carried_from, is_of, newest, signed_by
from weighbridge.gate.making import called, command_for
from weighbridge.gate.packs import (
    codes_of_packs,
    demanded_codes,
    did_not_run,
    ran,
    unreadable,
)
from weighbridge.gate.parity import PARITY_TYPES, judge_parity
from weighbridge.gate.replays import REPLAY_TYPES, explanations, judge_replay
from weighbridge.gate.reuse import about, drilled_elsewhere
from weighbridge.gate.severities import Grace, Severities, does_harm, in_time, is_over, over
from weighbridge.gate.times import is_older
from weighbridge.gate.vex import Vex
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.permissions import Operation, roles_for
from weighbridge.model.predicates import PROVENANCE, RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.gate.conditions import Scope
    from weighbridge.gate.program import Program
    from weighbridge.gate.severities import FirstSeen
    from weighbridge.gate.waivers import Waivers
    from weighbridge.model.permissions import Who
    from weighbridge.model.policy import Evidence as Demand
    from weighbridge.model.policy import RulePackDemand, Spec

_NONE = "none"
_ATTEST = "weighbridge attest REF --predicate FILE --type URI"


def demands(policy: Spec) -> Iterator[tuple[str, Demand]]:
    """List what evidence a policy demands, each with the name of the condition it makes."""
    seen: set[str] = set()
    for index, demand in enumerate(policy.evidence or ()):
        repeated = f":{index}" if demand.type in seen else ""
        seen.add(demand.type)
        yield f"evidence:{demand.type}{repeated}", demand


def _counts(one: Evidence, role: str | None, here: Who) -> bool:
    """Tell whether a signer has the role a policy names, and one that the environment does."""
    of_policy = role is None or role in one.roles
    return of_policy and (here is None or not here.isdisjoint(one.roles))


def _signer(one: Evidence, but: str) -> str:
    """Name who signed a statement and his roles, and why it counts for nothing whoever he is."""
    who = f"{one.person} ({', '.join(one.roles)})"
    return f"{who}: {but}" if but else who


class EvidenceJudge:
    """Judges the demands of one policy; remembers which evidence it counted.

    Attributes:
        severities: What blocks here, and what only warns.
        first_seen: When each finding was seen first, in a report that may count.
        counted: That evidence, by the digest of its statement.
        reported: Whether a report was among it, so that findings are known.
        validated: Targets that a report which is good enough was made for.
    """

    def __init__(self, case: Case, waivers: Waivers) -> None:
        """Take the case, and what people answer for in it."""
        self.severities = Severities(case)
        self.first_seen: FirstSeen = {}
        self._case = case
        self._waivers = waivers
        self._known = tuple(about(case))
        self._vex = Vex(case, self._known)
        self.counted: dict[str, Evidence] = {}
        self.reported = False
        self.validated: frozenset[str] = frozenset()
        self._passed_over: dict[str, tuple[Evidence, str]] = {}
        self._stale: dict[str, tuple[Evidence, str]] = {}

    def judge(self, program: Program, scope: Scope) -> Iterator[Judged]:
        """Judge the author's signature, and every demand in its order."""
        yield self.signature()
        for name, demand in demands(self._case.policy):
            now = self._case.now
            if is_over(demand, now):
                yield over(name, demand)
                continue
            found = applies(demand.when, program, scope)
            if found.error:
                why = f"whether it is demanded could not be decided: {found.error}"
                open_ = Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why)
                yield from in_time([open_], demand, now)
            elif found.yes:
                yield from in_time(self._judge(name, demand), demand, now)

    def signature(self) -> Judged:
        """Judge whether a creator, which is a builder if none are named, signed this release."""
        this = self._case.release
        creators = roles_for(Operation.AUTHOR, self._case.where())
        creator = " or ".join(sorted(creators or ())) or "nobody"
        signed = [
            one
            for one in self._known
            if is_of(RELEASE, one) and this in one.subjects and _counts(one, None, creators)
        ]
        authors = {one.person: one for one in signed}
        self.counted.update((one.statement, one) for one in authors.values())
        self._pass_over(RELEASE, None, creators, authors.values())
        if authors:
            return Judged(
                id="signed-by-builder",
                outcome=Outcome.MET,
                why=f"a {creator} signed it",
                statements=tuple(sorted(one.statement for one in authors.values())),
            )
        return Judged(
            id="signed-by-builder",
            outcome=Outcome.UNMET,
            why=f"no {creator} signed the release",
            seen=self._others(RELEASE, None, creators),
            wanted=f"a signature by somebody with the role {creator}",
            remedy=("weighbridge sign REF --key NAME",),
        )

    def _permitted(self, kind: str, role: str | None) -> list[Evidence]:
        """List the statements of a kind by those who may sign it."""
        here = self._counting(kind)
        return [one for one in self._known if is_of(kind, one) and not self._unfit(one, role, here)]

    def _unfit(self, one: Evidence, role: str | None, here: Who) -> str:
        """Say why a statement cannot count whatever it says: of which gate, and by whom it is."""
        if elsewhere := drilled_elsewhere(one, self._case):
            return elsewhere
        if _counts(one, role, here):
            return ""
        roles = " and ".join(filter(None, (role, " or ".join(sorted(here or ())))))
        return f"it was signed without the role {roles}"

    def _counting(self, kind: str) -> Who:
        """Name the roles whose statements of a kind count here; None for all."""
        made = kind in {RELEASE, PROVENANCE, "provenance"}
        operation = Operation.PROVE if made else Operation.JUDGE
        return roles_for(operation, self._case.where())

    def _pass_over(
        self, kind: str, role: str | None, here: Who, chosen: Iterable[Evidence]
    ) -> None:
        """Remember which statements of a kind do not count, and why."""
        kept = {one.statement for one in chosen}
        for one in self._known:
            if not is_of(kind, one) or one.statement in kept:
                continue
            why = self._unfit(one, role, here) or "a newer one took its place"
            self._passed_over.setdefault(one.statement, (one, why))

    def left_out(self) -> list[tuple[Evidence, str]]:
        """List the evidence that did not count for what was demanded of it, oldest first."""
        over = {key: told for key, told in self._passed_over.items() if key not in self.counted}
        return sorted((over | self._stale).values(), key=lambda told: told[0].entry)

    def _others(self, kind: str, role: str | None, here: Who) -> str:
        """Say who signed such a statement without the roles for it, or of another gate."""
        others = {
            _signer(one, drilled_elsewhere(one, self._case))
            for one in self._known
            if is_of(kind, one) and self._unfit(one, role, here)
        }
        return ", ".join(sorted(others)) or _NONE

    def _judge(self, name: str, demand: Demand) -> Iterator[Judged]:
        role = demand.signed_by.role if demand.signed_by is not None else None
        # One newest word over all signers: an older pass of another does not outlive it.
        permitted = self._permitted(demand.type, role)
        if demand.type == "report":
            self._date(permitted)
        chosen = newest(permitted, demand.signers)
        self._pass_over(demand.type, role, self._counting(demand.type), chosen)
        if (seen := signed_by(chosen)) < demand.signers:
            yield self._missing(name, demand, role, seen)
            return
        self.counted.update((one.statement, one) for one in chosen)
        yield from (self._content(name, demand, one) for one in chosen)
        if demand.max_age is not None and not self._case.since:
            yield from (self._freshness(name, demand, one) for one in chosen)
        if demand.type == "report":
            for pack in self._case.policy.rule_packs or ():
                yield from self._pack(name, demand, role, pack)
            if self._case.policy.targets is not None:
                self._validate(name, demand, role)

    def _pack(
        self, name: str, demand: Demand, role: str | None, pack: RulePackDemand
    ) -> Iterator[Judged]:
        """Judge a demanded rule pack, by the newest reports it ran in."""
        name = name.replace("evidence:report", f"rule-pack:{pack.title}", 1)
        reports = self._permitted("report", role)
        chosen = newest([one for one in reports if ran(pack, one.predicate)], demand.signers)
        if signed_by(chosen) < demand.signers:
            yield did_not_run(name, pack, reports)
            return
        for one in chosen:
            yield self._by_pack(name, demand, pack, one)
            aged = demand.max_age is not None and not self._case.since
            if aged and one.statement not in self.counted:
                yield self._freshness(name, demand, one)
        self.counted.update((one.statement, one) for one in chosen)

    def _by_pack(self, name: str, demand: Demand, pack: RulePackDemand, one: Evidence) -> Judged:
        try:
            asked, own = demanded_codes(pack, ran(pack, one.predicate) or {}, self._case)
        except RulePackFormatError as error:
            return unreadable(name, pack, error)
        judged = judge_report(
            name,
            demand,
            one.predicate,
            codes=asked,
            inputs=tuple(sorted(one.subjects)),
            lenience=self._lenience(demand),
            concerns=own.__contains__,
        )
        self.counted |= self._vex.used
        return self._shaped(judged, demand, one)

    def _lenience(self, demand: Demand) -> Lenience:
        """Gather why a finding of a report may not block."""
        grace = Grace(
            most=demand.grace,
            first_seen=self.first_seen,
            now=self._case.now,
            rules=demand.spares,
        )
        return Lenience(
            waivers=self._waivers, vex=self._vex, severities=self.severities, grace=grace
        )

    def _date(self, reports: Iterable[Evidence]) -> None:
        """Remember when each finding was seen first; whoever finds it later changes nothing.

        Of what is known to do harm no time is remembered: nothing waits for it.
        """
        harmful: set[tuple[str, str]] = set()
        for one in reports:
            for finding in findings_of(one.predicate) or ():
                key = (str(finding.get("code")), str(finding.get("subject")))
                self.first_seen[key] = min(one.at, self.first_seen.get(key, one.at))
                harmful |= {key} if does_harm(finding) else set()
        for key in harmful:
            del self.first_seen[key]

    def _validate(self, name: str, demand: Demand, role: str | None) -> None:
        """Find the targets whose own newest report is good enough, and not too old.

        A report is for the targets it names: one for another target does not supersede it.
        """
        found: dict[str, list[Evidence]] = {}
        for one in self._permitted("report", role):
            for target in targets_of(one.predicate):
                found.setdefault(target, []).append(one)
        for target, signed in sorted(found.items()):
            chosen = newest(signed, demand.signers)
            if len(chosen) == demand.signers and all(
                self._is_good(name, demand, one) for one in chosen
            ):
                self.validated |= {target}
                self.counted.update((one.statement, one) for one in chosen)

    def _is_good(self, name: str, demand: Demand, one: Evidence) -> bool:
        aged = demand.max_age is not None and not self._case.since
        if aged and is_older(self._made(demand, one), self._case.now, demand.max_age or "0s"):
            return False
        return self._content(name, demand, one).outcome in {Outcome.MET, Outcome.WAIVED}

    def _missing(self, name: str, demand: Demand, role: str | None, seen: int) -> Judged:
        here = self._counting(demand.type)
        named = [role] if role else []
        named += [" or ".join(sorted(here))] if here and here != {role} else []
        by = f" by {' and '.join(named)}" if named else ""
        others = self._others(demand.type, role, here)
        return Judged(
            id=name,
            outcome=Outcome.UNMET,
            why=f"there is no such evidence{by}" if not seen else f"too few people signed it{by}",
            seen=f"{seen}; others: {others}" if by or others != _NONE else str(seen),
            wanted=f"{demand.signers} {called(demand)}{by}",
            remedy=(command_for(demand, self._case.policy, _ATTEST),),
        )

    def _freshness(self, name: str, demand: Demand, one: Evidence) -> Judged:
        most = demand.max_age or "0s"
        made = self._made(demand, one)
        stale = is_older(made, self._case.now, most)
        if stale:
            self._stale[one.statement] = (one, f"it is older than {most}")
        return Judged(
            id=fresh_name(name),
            outcome=Outcome.UNMET if stale else Outcome.MET,
            why="it is too old" if stale else "it is fresh",
            seen=f"of {made}",
            wanted=f"not older than {most} at {self._case.now}",
            remedy=(command_for(demand, self._case.policy),) if stale else (),
            statements=(one.statement,),
            binds=False,
        )

    def _content(self, name: str, demand: Demand, one: Evidence) -> Judged:
        return self._shaped(self._said(name, demand, one), demand, one)

    def _shaped(self, judged: Judged, demand: Demand, one: Evidence) -> Judged:
        """Let evidence count only in the shape of its type, and as old as what it rests on."""
        judged = replace(judged, statements=(one.statement,))
        fault = shape_fault(one.predicate_type, one.predicate)
        if fault and judged.outcome in {Outcome.MET, Outcome.WAIVED}:
            why = f"it has not the shape of its type: {fault}"
            remedy = (command_for(demand, self._case.policy),)
            return replace(judged, outcome=Outcome.INCONCLUSIVE, why=why, remedy=remedy)
        if carried_from(one.predicate) and self._carried(demand, one) is None:
            why = "it carries over a report that does not count"
            return replace(judged, outcome=Outcome.INCONCLUSIVE, why=why)
        return judged

    def _carried(self, demand: Demand, one: Evidence) -> Evidence | None:
        """Find the report whose answers another carries over, if it counts and is whole itself."""
        role = demand.signed_by.role if demand.signed_by is not None else None
        known = (
            other
            for other in self._permitted(demand.type, role)
            if other.entry < one.entry and not carried_from(other.predicate)
        )
        wanted = carried_from(one.predicate)
        return next((other for other in known if other.statement == wanted), None)

    def _made(self, demand: Demand, one: Evidence) -> str:
        """Say when evidence was made; what carries an older report over is no younger than it."""
        base = self._carried(demand, one)
        return made_at(one) if base is None else min(made_at(one), made_at(base))

    def _said(self, name: str, demand: Demand, one: Evidence) -> Judged:
        inputs = tuple(sorted(one.subjects))
        if demand.type in PARITY_TYPES:
            found = judge_parity(name, demand, one.predicate, inputs=inputs)
            return self.severities.settle(next(self._waivers.over([found])))
        if demand.type in REPLAY_TYPES:
            said = explanations(self._known, self._counting(demand.type))
            self.counted.update((each.statement, each) for each in said)
            found = judge_replay(name, demand, one.predicate, inputs=inputs, explanations=said)
            return self.severities.settle(next(self._waivers.over([found])))
        if demand.type != "report":
            outcome, why, seen, wanted = judge_said(demand, one.predicate)
            return Judged(
                id=name, outcome=outcome, why=why, seen=seen, wanted=wanted, inputs=inputs
            )
        packed = codes_of_packs(one.predicate)
        judged = judge_report(
            name,
            demand,
            one.predicate,
            codes=self._case.bundle.rules.codes,
            inputs=inputs,
            lenience=self._lenience(demand),
            concerns=lambda code: code not in packed,
        )
        self.counted |= self._vex.used
        self.reported = True
        return judged


def fresh_name(name: str) -> str:
    """Name what is asked of the age of evidence, or of a rule pack's report."""
    return f"fresh:{name.removeprefix('evidence:')}"
