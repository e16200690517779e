"""Requests that wait for people: what the gate says of each now, and whether somebody may help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.approvals import counted, refused
from weighbridge.gate.case import Act
from weighbridge.gate.people import roles_of
from weighbridge.gate.seats import seats
from weighbridge.model.decision import GateVerdict
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.permissions import Operation, Where, allowed
from weighbridge.usecases.barring import barred, supposed
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.overseeing import Overseer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision, Judged
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A release somebody asks to have let in.

    Attributes:
        entry: The newest entry in which he did.
        environment: Where.
        name: Its name.
        release: Its digest.
    """

    entry: int
    environment: str
    name: str
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """An approval.

    Attributes:
        person: Who gave it.
        at: When.
        why: Why it does not count, or empty.
    """

    person: str
    at: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the gate says of a request now.

    Attributes:
        asked: The request.
        decision: What the gate says; None if it could not be asked.
        approvals: The conditions that ask for approvals.
        given: Who has approved.
        barred: Why who looks may not approve it; empty if he may.
        help: What he could do about that.
        problem: Why the gate could not be asked, or empty.
    """

    asked: Asked
    decision: Decision | None = None
    approvals: tuple[Judged, ...] = ()
    given: tuple[Approved, ...] = ()
    barred: str = ""
    help: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_mine(self) -> bool:
        """Whether it waits for who looks: for approvals alone, and he may give one."""
        decision = self.decision
        needed = any(one.is_open for one in self.approvals)
        return (
            decision is not None
            and decision.verdict is GateVerdict.NEEDS
            and needed
            and not self.barred
        )


class Inbox:
    """Looks at requests for one person, from one moment of a registry."""

    def __init__(self, view: LedgerView, registry: Registry, *, person: str, now: str) -> None:
        """Take a moment.

        Args:
            view: The moment.
            registry: The registry.
            person: Who looks; empty for nobody.
            now: The time; that of the newest entry if that is later.
        """
        self._gathering = Gathering.of(view, registry)
        self._overseer = Overseer(self._gathering, now=now)
        self._person = person
        self._roles = roles_of(person, self._gathering.state.trust, at=self._overseer.now)
        self._approving: dict[tuple[str, str], bool] = {}

    def approves(self, environment: str, name: str) -> bool:
        """Tell whether who looks holds a role for releases of a name there; cheap, asked of all."""
        if environment not in self._gathering.state.environments:
            return False
        _, record = self._gathering.environment(environment)
        own = name if name in record["spec"].get("projects", {}) else ""
        if (environment, own) not in self._approving:
            policy = self._gathering.bundle(record["policyDigest"]).policy.spec
            where = Where(environment=record, name=own, policy=policy)
            may = not self._roles.isdisjoint(allowed(Operation.APPROVE, where))
            self._approving[environment, own] = may
        return self._approving[environment, own]

    def look(self, requests: Iterable[Asked]) -> list[Waiting]:
        """Ask the gate about some requests."""
        return [*map(self._look, requests)]

    def _look(self, asked: Asked) -> Waiting:
        gathering, overseer = self._gathering, self._overseer
        try:
            case = gathering.case(asked.environment, asked.release, now=overseer.now)
            decision = overseer.decide(case)
        except WeighbridgeError as error:
            return Waiting(asked=asked, problem=str(error), barred=str(error))
        approvals = tuple(one for one in decision.conditions if one.id.startswith("approvals:"))
        why, help_ = self._barred(case, decision)
        return Waiting(
            asked=asked,
            decision=decision,
            approvals=approvals,
            given=(*_given(case, decision.outcome_digest),),
            barred=why,
            help=help_,
        )

    def _barred(self, case: Case, decision: Decision) -> tuple[str, tuple[str, ...]]:
        """Say why who looks may not approve a case, and what helps; empty if he may."""
        if not self._roles:
            who = self._person or "nobody"
            return f"no key of {who} is trusted here", ("weighbridge key trust, by owners",)
        outcome = decision.outcome_digest
        if self._person in {one.person for one in counted(case, outcome)}:
            return f"{self._person} has approved it", ()
        said = supposed(
            Act.APPROVE,
            case,
            outcome,
            person=self._person,
            roles=self._roles,
            entry=self._gathering.log.size,
        )
        roles = allowed(Operation.APPROVE, case.where())
        if not seats(said, roles, case):
            wanted = ", ".join(sorted(roles)) or "nobody"
            return f"{self._person} holds no role that approves here: {wanted}", ()
        error = barred(said, case)
        return ("", ()) if error is None else (str(error), tuple(error.faults[0].help))


def _given(case: Case, outcome: str) -> Sequence[Approved]:
    """List approvals, those that count first."""
    void = [Approved(person=one.person, at=one.at, why=why) for one, why in refused(case, outcome)]
    return [*(Approved(person=one.person, at=one.at) for one in counted(case, outcome)), *void]
