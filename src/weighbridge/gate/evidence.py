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
from weighbridge.gate.content import judge_report, judge_said, targets_of
from weighbridge.gate.dated import made_at
from weighbridge.gate.kinds import TYPES, is_of, newest, ours, signed_by
from weighbridge.gate.packs import (
    CHECK,
    codes_of_packs,
    demanded_codes,
    did_not_run,
    ran,
    unreadable,
)
from weighbridge.gate.times import is_older
from weighbridge.model.decision import Judged, Outcome, Reused
from weighbridge.model.predicates import PROVENANCE, RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.gate.conditions import Scope
    from weighbridge.gate.program import Program
    from weighbridge.gate.waivers import Waivers
    from weighbridge.model.policy import Evidence as Demand
    from weighbridge.model.policy import RulePackDemand

_BUILT_FROM = frozenset({"source", "build", "environment", "dependencies", "artifacts"})
_DEPENDS_ON = {
    TYPES["replay"]: _BUILT_FROM,
    TYPES["behaviour"]: _BUILT_FROM | {"evaluation", "processing", "signature", "parameters"},
}
"""Sections evidence of a type depends on; of any other type, all there are."""

_COMMANDS = {
    "report": "weighbridge check REF --sign --key NAME",
    "provenance": f"weighbridge attest REF --predicate FILE --type {PROVENANCE}",
}


def about(case: Case) -> Iterator[Evidence]:
    """List the evidence that is about this release, or as good as about it, oldest first.

    What is about parts of it was given for it; `gate.signed` has seen that they are parts of it.
    Evidence about another release counts if it names the sections it depended on and each of them
    is the same here.
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
    named = ours(one.predicate).get("dependsOn")
    if not isinstance(named, dict) or not any(named.values()):
        return False
    needed = _DEPENDS_ON.get(one.predicate_type, frozenset(case.sections)) & case.sections.keys()
    return needed <= named.keys() <= case.sections.keys() and all(
        case.sections[name] == digest for name, digest in named.items()
    )


def reused(counted: Iterable[Evidence], case: Case) -> tuple[Reused, ...]:
    """List what was taken over from other releases."""
    return tuple(
        Reused(predicate_type=one.predicate_type, release=one.release, statement=one.statement)
        for one in counted
        if is_reused(one, case)
    )


class EvidenceJudge:
    """Judges the demands of one policy; remembers which evidence it counted.

    Attributes:
        counted: That evidence, by the digest of its statement.
        reported: Whether a report was among it, so that findings are known.
        validated: Targets that a report which is good enough was made for.
    """

    def __init__(self, case: Case, waivers: Waivers) -> None:
        """Take the case, and what people answer for in it."""
        self._case = case
        self._waivers = waivers
        self._known = tuple(about(case))
        self.counted: dict[str, Evidence] = {}
        self.reported = False
        self.validated: frozenset[str] = frozenset()

    def judge(self, program: Program, scope: Scope) -> Iterator[Judged]:
        """Judge the author's signature, and every demand in its order."""
        yield self.signature()
        for index, demand in enumerate(self._case.policy.evidence or ()):
            repeated = index != self._first(demand.type)
            name = f"evidence:{demand.type}:{index}" if repeated else f"evidence:{demand.type}"
            found = applies(demand.when, program, scope)
            if found.error:
                why = f"whether it is demanded could not be decided: {found.error}"
                yield Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why)
            elif found.yes:
                yield from self._judge(name, demand)

    def _first(self, kind: str) -> int:
        demands = self._case.policy.evidence or ()
        return next(index for index, demand in enumerate(demands) if demand.type == kind)

    def signature(self) -> Judged:
        """Judge whether a builder signed this very release."""
        this = self._case.release
        signed = [one for one in self._permitted(RELEASE, "builder") if this in one.subjects]
        authors = {one.person: one for one in signed}
        self.counted.update((one.statement, one) for one in authors.values())
        if authors:
            return Judged(id="signed-by-builder", outcome=Outcome.MET, why="a builder signed it")
        return Judged(
            id="signed-by-builder",
            outcome=Outcome.UNMET,
            why="no builder signed the release",
            seen=self._others(RELEASE, "builder"),
            wanted="a signature by somebody with the role builder",
            remedy=("weighbridge sign REF --key NAME",),
        )

    def _permitted(self, kind: str, role: str | None) -> list[Evidence]:
        """List the statements of a kind by those who may sign it."""
        return [
            one for one in self._known if is_of(kind, one) and (role is None or role in one.roles)
        ]

    def _others(self, kind: str, role: str | None) -> str:
        """Say who signed such a statement without the role for it."""
        others = {
            f"{one.person} ({', '.join(one.roles)})"
            for one in self._known
            if is_of(kind, one) and role not in one.roles
        }
        return ", ".join(sorted(others)) or "none"

    def _judge(self, name: str, demand: Demand) -> Iterator[Judged]:
        role = demand.signed_by.role if demand.signed_by is not None else None
        # One newest word over all signers: an older pass of another does not outlive it.
        chosen = newest(self._permitted(demand.type, role), demand.signers)
        if (seen := signed_by(chosen)) < demand.signers:
            yield self._missing(name, demand, role, seen)
            return
        self.counted.update((one.statement, one) for one in chosen)
        yield from (self._content(name, demand, one) for one in chosen)
        if demand.max_age is not None:
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
            if demand.max_age is not None and one.statement not in self.counted:
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
            waivers=self._waivers,
            concerns=own.__contains__,
        )
        return self._shaped(judged, demand, one)

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
        if demand.max_age is not None and is_older(made_at(one), self._case.now, demand.max_age):
            return False
        return self._content(name, demand, one).outcome in {Outcome.MET, Outcome.WAIVED}

    def _missing(self, name: str, demand: Demand, role: str | None, seen: int) -> Judged:
        by = f" by {role}" if role else ""
        return Judged(
            id=name,
            outcome=Outcome.UNMET,
            why=f"there is no such evidence{by}" if not seen else f"too few people signed it{by}",
            seen=f"{seen}; others: {self._others(demand.type, role)}" if role else str(seen),
            wanted=f"{demand.signers} {demand.type}{by}",
            remedy=(self._command(demand, "weighbridge attest REF --predicate FILE --type URI"),),
        )

    def _command(self, demand: Demand, other: str = "have it made and signed again") -> str:
        """Say how evidence is made; a report for a policy with rule packs says for which."""
        if demand.type == "report" and self._case.policy.rule_packs:
            return CHECK
        return _COMMANDS.get(demand.type, other)

    def _freshness(self, name: str, demand: Demand, one: Evidence) -> Judged:
        most = demand.max_age or "0s"
        made = made_at(one)
        stale = is_older(made, self._case.now, most)
        return Judged(
            id=_fresh(name),
            outcome=Outcome.UNMET if stale else Outcome.MET,
            why="it is too old" if stale else "it is fresh",
            seen=f"of {made}",
            wanted=f"not older than {most} at {self._case.now}",
            remedy=(self._command(demand),) if stale else (),
            binds=False,
        )

    def _content(self, name: str, demand: Demand, one: Evidence) -> Judged:
        return self._shaped(self._said(name, demand, one), demand, one)

    def _shaped(self, judged: Judged, demand: Demand, one: Evidence) -> Judged:
        """Let evidence count only in the shape of its type."""
        fault = shape_fault(one.predicate_type, one.predicate)
        if fault and judged.outcome in {Outcome.MET, Outcome.WAIVED}:
            why = f"it has not the shape of its type: {fault}"
            remedy = (self._command(demand),)
            return replace(judged, outcome=Outcome.INCONCLUSIVE, why=why, remedy=remedy)
        return judged

    def _said(self, name: str, demand: Demand, one: Evidence) -> Judged:
        inputs = tuple(sorted(one.subjects))
        if demand.type != "report":
            outcome, why, seen, wanted = judge_said(demand, one.predicate)
            return Judged(
                id=name, outcome=outcome, why=why, seen=seen, wanted=wanted, inputs=inputs
            )
        codes, packed = self._case.bundle.rules.codes, codes_of_packs(one.predicate)
        judged = judge_report(
            name,
            demand,
            one.predicate,
            codes=codes,
            inputs=inputs,
            waivers=self._waivers,
            concerns=lambda code: code not in packed,
        )
        self.reported = True
        return judged


def _fresh(name: str) -> str:
    """Name what is asked of the age of evidence, or of a rule pack's report."""
    return f"fresh:{name.removeprefix('evidence:')}"
