"""What ends by itself within some time, and what stands where on it: from one moment of a registry.

What counts is not told anew here: the gate is asked, and what it says holds is looked at for when
that ends. Nothing is written; whoever wants to show or to tell it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.gate.approvals import standing_words
from weighbridge.gate.case import Act
from weighbridge.gate.dated import made_at
from weighbridge.gate.evidence import demands, fresh_name
from weighbridge.gate.kinds import carried_from
from weighbridge.gate.people import counts, holders
from weighbridge.gate.times import after, moment
from weighbridge.model.decision import Exceptional
from weighbridge.model.expiring import Ending, Expiring
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.overseeing import Overseer
from weighbridge.usecases.waivers import waivers_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.model.advisory import AdvisoryData
    from weighbridge.model.decision import Decision
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry

_DAY: Final = 86_400
_APPROVALS: Final = "approvals:"
_IN_USE: Final = frozenset({Exceptional.IN_FORCE, Exceptional.EXPIRING, Exceptional.EXPIRED})


def expiring(
    view: LedgerView,
    *,
    registry: Registry,
    now: str,
    within: str,
    advisories: AdvisoryData | None = None,
    oldest: int = 0,
) -> tuple[Expiring, ...]:
    """List what ends within some time or has ended while something stands on it, soonest first.

    Args:
        view: One moment of the ledger.
        registry: Whose it is.
        now: The time; that of the newest entry if that is later.
        within: That time, a duration (`86400s`).
        advisories: Which advisories this place has; None if none.
        oldest: Days from which those are too old, where no policy says so; 0 to leave them out.

    Raises:
        OwnerlessError: The registry has no owners yet.
        LedgerError: The ledger does not prove what it says.
    """
    gathering = Gathering.of(view, registry)
    looking = _Looking(gathering, now=max(now, gathering.log.time), within=within)
    found = [*looking.all(), *looking.old(advisories, oldest)]
    return tuple(sorted(found, key=lambda one: (one.ends, one.kind, one.environment, one.what)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a release stands, or waits."""

    environment: str
    name: str
    version: str
    release: str
    stands: bool

    @property
    def words(self) -> str:
        waits = "" if self.stands else " (waits for more)"
        return f"{self.name}@{self.version} in {self.environment}{waits}"


class _Looking:
    """One look; each place is asked about once."""

    def __init__(self, gathering: Gathering, *, now: str, within: str) -> None:
        self._gathering = gathering
        self._now = now
        self._horizon = after(now, within)
        self._overseer = Overseer(gathering, now=now)
        self._standing: list[tuple[_Place, Case]] = []

    def all(self) -> Iterator[Expiring]:
        """List what ends of what people and owners said and signed."""
        for environment, name in self._overseer.places():
            move = self._gathering.pointer(environment, name).moves[-1]
            place = _Place(
                environment=environment,
                name=name,
                version=move.version,
                release=move.release,
                stands=True,
            )
            stands = self._overseer.look(environment, name)
            self._standing.append((place, stands.case))
            yield from self._approvals(place, stands.case, stands.decision)
            yield from self._evidence(place)
        yield from self._waiting()
        yield from self._waivers()
        yield from self._keys()
        yield from self._freezes()

    def old(self, data: AdvisoryData | None, oldest: int) -> Iterator[Expiring]:
        """Say that advisories are older than a policy, or else this place, wants them.

        Where nothing stands, they are of no use, and nothing is said.
        """
        for place, case in self._standing:
            limits = [
                demand.max_age
                for demand in case.policy.evidence or ()
                if demand.type == "advisories" and demand.max_age
            ]
            wanted = min(limits, key=lambda one: after(self._now, one), default="")
            if not wanted and not oldest:
                continue
            ends = f"{self._now[:10]}T00:00:00Z"
            told = "advisories: none were ever loaded here, which counts as too old"
            if data is not None:
                # Both must be recent: what was compiled today may be a copy from last year.
                at = min(data.newest, data.fetched or data.newest, key=moment)
                ends = after(at, wanted or f"{oldest * _DAY}s")
                told = f"{data.name}: too old"
            if ends <= self._now:
                yield self._made(Ending.ADVISORIES, told, ends, place)

    def _made(self, kind: Ending, what: str, ends: str, place: _Place, *, by: str = "") -> Expiring:
        return Expiring(
            kind=kind,
            what=what,
            ends=ends,
            is_over=ends <= self._now,
            environment=place.environment,
            name=place.name,
            version=place.version,
            release=place.release,
            person=by,
            stands=(place.words,),
        )

    def _is_soon(self, ends: str) -> bool:
        return bool(ends) and ends <= self._horizon

    def _approvals(self, place: _Place, case: Case, decision: Decision) -> Iterator[Expiring]:
        """List the approvals that count for something and end, each once."""
        known, seen = case.policy.approvals or (), set[tuple[str, str]]()
        for judged in decision.conditions:
            index = judged.id.removeprefix(_APPROVALS)
            if not judged.id.startswith(_APPROVALS) or not index.isdecimal():
                continue
            demand = known[int(index)]
            for said in case.acts if demand.valid_for else ():
                ends = after(said.at, demand.valid_for or "0s")
                counted = said.act is Act.APPROVE and said.statement in judged.statements
                if counted and self._is_soon(ends) and (said.statement, ends) not in seen:
                    seen.add((said.statement, ends))
                    what = f"approval of {said.person}"
                    yield self._made(Ending.APPROVAL, what, ends, place, by=said.person)

    def _evidence(self, place: _Place) -> Iterator[Expiring]:
        """List the evidence that would be too old if the release were promoted there again."""
        case = self._gathering.case(place.environment, place.release, now=self._now)
        aged = {
            fresh_name(name): (demand.type, demand.max_age)
            for name, demand in demands(case.policy)
            if demand.max_age
        }
        if not aged:
            return
        signed = {one.statement: one for one in case.evidence}
        for judged in self._overseer.decide(case).conditions:
            kind, most = aged.get(judged.id, ("", ""))
            for statement in judged.statements if kind else ():
                one = signed[statement]
                ends = after(_made(one, signed), most)
                if self._is_soon(ends):
                    what = f"freshness of {kind} by {one.person}"
                    yield self._made(Ending.EVIDENCE, what, ends, place, by=one.person)

    def _waiting(self) -> Iterator[Expiring]:
        """List approvals that end of releases which were approved and are not there yet."""
        gathering = self._gathering
        for environment in sorted(gathering.state.environments):
            _, record = gathering.environment(environment)
            policy = gathering.bundle(record["policyDigest"]).policy.spec
            if not any(one.valid_for for one in policy.approvals or ()):
                continue
            for name in gathering.names:
                moves = {move.release for move in gathering.pointer(environment, name).moves}
                acts = gathering.acts(environment, name)
                said = {one.release for one in acts if one.act is Act.APPROVE}
                for release in sorted(said - moves):
                    yield from self._of_waiting(environment, name, release)

    def _of_waiting(self, environment: str, name: str, release: str) -> Iterator[Expiring]:
        case = self._gathering.case(environment, release, now=self._now)
        if not any(said.act is Act.APPROVE for said in standing_words(case).values()):
            return
        place = _Place(
            environment=environment,
            name=name,
            version=str(case.manifest["metadata"]["version"]),
            release=release,
            stands=False,
        )
        yield from self._approvals(place, case, self._overseer.decide(case))

    def _waivers(self) -> Iterator[Expiring]:
        """List the waivers something that stands needs, each with what that is."""
        here = {(place.environment, place.name): place for place, _ in self._standing}
        for one in waivers_in(self._gathering, name=None, environment=None, now=self._now):
            place = here.get((one.environment, one.name))
            is_needed = one.state is Exceptional.EXPIRED or (
                place is not None and place.version in one.used_by
            )
            if place is None or one.state not in _IN_USE or not is_needed:
                continue
            if self._is_soon(one.expires):
                what = f"waiver of {one.rule} by {one.person}"
                yield self._made(Ending.WAIVER, what, one.expires, place, by=one.person)

    def _keys(self) -> Iterator[Expiring]:
        """List keys that end, each with the roles nobody holds then."""
        trust = self._gathering.state.trust
        for one in trust.holdings:
            if not counts(one, at=self._now) or not self._is_soon(one.until):
                continue
            lonely = [role for role in one.roles if not holders(trust, [role], at=one.until)]
            stands = [f"nobody else is {role} then" for role in lonely]
            if "owner" in one.roles:
                left = len(holders(trust, ["owner"], at=one.until))
                if left < trust.threshold:
                    stands.append(f"{left} owners are left of {trust.threshold} who must sign")
            yield Expiring(
                kind=Ending.KEY,
                what=f"key {one.spki[:19]} of {one.person}",
                ends=one.until,
                person=one.person,
                stands=tuple(stands),
            )

    def _freezes(self) -> Iterator[Expiring]:
        """List freezes that end, each with what stands there."""
        state = self._gathering.state
        for environment, said in sorted(state.freezes.items()):
            # One that is over stops nothing any more.
            if self._now < said.until and self._is_soon(said.until):
                yield Expiring(
                    kind=Ending.FREEZE,
                    what=f"freeze of {environment}",
                    ends=said.until,
                    environment=environment,
                    stands=self._words_in(environment),
                )

    def _words_in(self, environment: str) -> tuple[str, ...]:
        return tuple(p.words for p, _ in self._standing if p.environment == environment)


def _made(one: Evidence, signed: dict[str, Evidence]) -> str:
    """Say when evidence was made; what carries an older report over is no younger than it."""
    base = signed.get(carried_from(one.predicate))
    return made_at(one) if base is None else min(made_at(one), made_at(base), key=moment)
