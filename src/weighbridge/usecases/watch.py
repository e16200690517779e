"""`watch`: judge again what stands in an environment, and log the verdicts that changed.

Newer advisories are asked about sealed releases first; policy, trust, waivers and what people said
since the gate sees by itself. A second run over the same facts logs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.gate.compliance import why
from weighbridge.model.decision import ENFORCE, STANDING, GateVerdict
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.event import Kind
from weighbridge.model.foresight import Watched
from weighbridge.model.permissions import Operation, Where, allowed
from weighbridge.seal.judging import refuse_holder
from weighbridge.usecases.deciding import Deciding
from weighbridge.usecases.evidence import add_evidence
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.overseeing import Overseer
from weighbridge.usecases.reweighing import Reweighing, is_behind, reweighed, whole_report
from weighbridge.usecases.rollback import roll_back, target_of
from weighbridge.usecases.saying import speaking
from weighbridge.usecases.signing import holder, identity_of, not_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import AdvisorySource, Progress, Registry
    from weighbridge.model.report import RuleSet
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.usecases.overseeing import Standing
    from weighbridge.usecases.saying import Speaker

ROLLBACK = "rollback"
_NONE = "none"
_TRIED = frozenset({Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE, Kind.ROLLBACK_BLOCKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who looks at what, and what he looks at it with.

    Attributes:
        environment: The environment.
        registry: The registry.
        advisories: The advisories of this place.
        rule_set: What the rules of this version are called together.
        clock: Tells the time it is judged at.
        progress: Who watches stored bytes being read again.
    """

    environment: str
    registry: Registry
    advisories: AdvisorySource
    rule_set: RuleSet
    clock: Callable[[], str]
    progress: Progress

    def once(self, signer: AnySigner) -> list[Watched]:
        """Look at all that stands there, until nothing changes any more.

        Args:
            signer: Key of who watches: a checker, and a deployer where the policy rolls back.

        Raises:
            NotFoundError: There is no such environment.
            NotAllowedError: He is no checker, whether or not there is something to sign. The
                refusal is logged.
            UnavailableError: The advisories of this place cannot be read.
        """
        self._admit(signer)
        found: dict[str, Watched] = {}
        while True:
            anew = self._refresh(signer)
            moved = False
            for seen in self.look():
                known = found.get(seen.name)
                one = replace(seen, reweighed=seen.release in anew)
                one = self._record(one, signer) if one.changed else one
                one = self._act(one, signer)
                moved = moved or bool(one.back_to)
                found[seen.name] = _joined(known, one)
            if not moved:
                return list(found.values())

    def _admit(self, signer: AnySigner) -> None:
        """Refuse whoever is no checker before anything is looked at, and log that."""
        speaking(signer, self.registry, self._admitted)

    def _admitted(self, speaker: Speaker) -> None:
        speaker.gathering.environment(self.environment)
        refusal = refuse_holder(
            identity_of(speaker.signer),
            snapshot=speaker.gathering.state.trust,
            at=speaker.now,
            roles=allowed(Operation.WATCH),
        )
        if refusal is not None:
            body = {"act": Operation.WATCH.value, "environment": self.environment}
            raise speaker.refused(body, refusal.reason.value, not_allowed(refusal))

    def look(self, *, supposing: bool = False) -> list[Watched]:
        """Judge all that stands there, by what is in the ledger; nothing is signed or logged.

        Args:
            supposing: Whether reports count as if they had been made with today's advisories.

        Raises:
            NotFoundError: There is no such environment.
        """
        with self.registry.reading() as view:
            gathering = Gathering.of(view, self.registry)
            overseer = Overseer(gathering, now=self.clock())
            places = overseer.places(environment=self.environment)
            return [
                self._looked(gathering, overseer, name, supposing=supposing) for _, name in places
            ]

    def _looked(
        self, gathering: Gathering, overseer: Overseer, name: str, *, supposing: bool
    ) -> Watched:
        move = gathering.pointer(self.environment, name).moves[-1]
        found = Watched(
            environment=self.environment,
            name=name,
            version=move.version,
            release=move.release,
            before=overseer.recorded(self.environment, name).verdict,
            after=None,
        )
        try:
            standing = overseer.look(self.environment, name)
            if supposing and self._is_behind(standing):
                standing = self._supposed(standing, overseer)
                found = replace(found, reweighed=True)
        except WeighbridgeError as error:
            return replace(found, why=str(error))
        decision = standing.decision
        return replace(
            found, after=decision.verdict, why=why(decision), action=self._sets_off(standing)
        )

    def _is_behind(self, standing: Standing) -> bool:
        data = self.advisories.data()
        return data is not None and is_behind(standing.case, data)

    def _supposed(self, standing: Standing, overseer: Overseer) -> Standing:
        case = reweighed(
            standing.case,
            self.advisories,
            blobs=self.registry.blobs,
            rule_set=self.rule_set,
        )
        return replace(standing, case=case, decision=overseer.decide(case))

    def _sets_off(self, standing: Standing) -> str:
        """Say what a verdict sets off: only what is known to be wrong does, and where it blocks."""
        rule = standing.case.policy.on_change
        enforces = standing.case.environment["spec"].get("enforcement", ENFORCE) == ENFORCE
        denied = standing.decision.verdict is GateVerdict.DENIED
        changed = standing.recorded.verdict is not GateVerdict.DENIED
        return rule.action if rule is not None and enforces and denied and changed else _NONE

    def _refresh(self, signer: AnySigner) -> set[str]:
        """Have reports made with older advisories carried over into new ones; return whose."""
        payloads = dict(self._outdated())
        for release, payload in payloads.items():
            add_evidence(
                payload,
                release=release,
                signers=[signer],
                registry=self.registry,
                operation=Operation.CHECK,
            )
        return set(payloads)

    def _outdated(self) -> Iterator[tuple[str, bytes]]:
        data = self.advisories.data()
        if data is None:
            return
        with self.registry.reading() as view:
            gathering = Gathering.of(view, self.registry)
            overseer = Overseer(gathering, now=self.clock())
            for _, name in overseer.places(environment=self.environment):
                case = gathering.standing(self.environment, name, now=overseer.now)
                base = whole_report(case) if is_behind(case, data) else None
                if base is not None:
                    weighed = Reweighing(
                        case,
                        blobs=self.registry.blobs,
                        advisories=self.advisories,
                        rule_set=self.rule_set,
                    )
                    yield case.release, weighed.carried(base, after=gathering.log.size)

    def _record(self, seen: Watched, signer: AnySigner) -> Watched:
        """Log a changed verdict, by what is there in the transaction that logs it."""
        return speaking(signer, self.registry, lambda speaker: self._recorded(speaker, seen))

    def _recorded(self, speaker: Speaker, seen: Watched) -> Watched:
        overseer = Overseer(speaker.gathering, now=speaker.now)
        standing = overseer.look(self.environment, seen.name)
        decision, before = standing.decision, standing.recorded
        if decision.verdict is before.verdict:
            return replace(seen, before=before.verdict, after=decision.verdict, action=_NONE)
        deciding = Deciding(speaker=speaker, case=standing.case)
        bundle = deciding.sign(decision, mode=STANDING, act=Operation.WATCH)
        action = self._sets_off(standing)
        entry = deciding.log(
            Kind.VERDICT_CHANGED,
            decision,
            bundle=bundle,
            mode=STANDING,
            action=action,
            before=before.verdict.value,
            why=why(decision),
        )
        return replace(
            seen,
            release=decision.release,
            version=decision.version,
            before=before.verdict,
            after=decision.verdict,
            why=why(decision),
            entry=entry,
            action=action,
        )

    def _act(self, one: Watched, signer: AnySigner) -> Watched:
        """Roll back what a verdict says is to be rolled back, and was not since."""
        with self.registry.reading() as view:
            gathering = Gathering.of(view, self.registry)
            cause = _pending(gathering, self.environment, one.name)
            _, record = gathering.environment(self.environment)
            trust = gathering.state.trust
            where = Where(environment=record, name=one.name)
            may = {*_roles(signer, trust)} & {*allowed(Operation.ROLLBACK, where)}
        if cause is None:
            return one
        one = replace(one, action=ROLLBACK)
        if not may:
            return replace(one, problem=f"whoever watches may not deploy to {self.environment}")
        return self._roll_back(one, signer, cause)

    def _roll_back(self, one: Watched, signer: AnySigner, cause: int) -> Watched:
        try:
            release, expected = target_of(one.name, self.environment, registry=self.registry)
            done = roll_back(
                one.name,
                self.environment,
                release=release,
                expected=expected,
                signer=signer,
                registry=self.registry,
                progress=self.progress,
                cause=cause,
            )
        except WeighbridgeError as error:
            return replace(one, problem=str(error))
        if not done.moved:
            return replace(one, problem=why(done.decision) or "another was faster")
        return replace(one, back_to=done.decision.version)


def _roles(signer: AnySigner, trust: TrustSnapshot) -> tuple[str, ...]:
    person = holder(signer, trust)
    found = [one for one in trust.holdings if one.person == person and not one.revoked_at]
    return tuple(role for one in found for role in one.roles)


def _pending(gathering: Gathering, environment: str, name: str) -> int | None:
    """Find the verdict that demands a rollback which nobody has tried since."""
    for index, event in reversed(gathering.found(f"gate:{environment}/{name}")):
        refused = event.kind is Kind.ACT_REFUSED and event.body.get("act") == ROLLBACK
        if refused or event.kind in _TRIED:
            return None
        if event.kind is Kind.VERDICT_CHANGED:
            return index if event.body.get("action") == ROLLBACK else None
    return None


def _joined(known: Watched | None, one: Watched) -> Watched:
    """Tell of a name that was rolled back what came first, unless the next is worse."""
    return one if known is None or one.changed or one.back_to else known
