"""Entries somebody wants to enter, each held against all before it, as `log verify --deep` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import NotAllowedError
from weighbridge.model.event import Event, Kind, read_event, topics
from weighbridge.model.permissions import Operation, Where, allowed
from weighbridge.usecases.audit_custody import Movements
from weighbridge.usecases.audit_deliveries import Deliveries
from weighbridge.usecases.audit_papers import Papers
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.believed import Fold, believe
from weighbridge.usecases.deciding_again import DECIDING, Again
from weighbridge.usecases.entitlement import refuse_unentitled
from weighbridge.usecases.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.ledger.drafting import Drafting
    from weighbridge.model.ports import Registry
    from weighbridge.model.team.account import Identity
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.model.verification import Problem

_UNSIGNED: Final[Mapping[Kind, Operation]] = {
    Kind.DELIVERY_MOVED: Operation.DELIVER,
    Kind.DELIVERY_MEASURED: Operation.DELIVER,
    Kind.RELEASE_UNVERIFIED: Operation.CHECK,
    Kind.RELEASE_VERIFIED: Operation.CHECK,
    Kind.VERDICT_CHANGED: Operation.WATCH,
}
"""Kinds whose entries no signature bears out: who brings them must be known for that."""


class Weighing:
    """Entries that are to be, each held against all before it.

    Attributes:
        turns: The times from which a key that was known then counts, or counts no longer.
    """

    def __init__(
        self, drafting: Drafting, registry: Registry, by: Identity, *, asks_roles: bool
    ) -> None:
        """Take what there is before it.

        Args:
            drafting: The ledger, with what was drafted before.
            registry: The registry.
            by: Who brings it.
            asks_roles: Whether the roles of his login must allow it, too.
        """
        self._drafting, self._registry, self._by = drafting, registry, by
        self._asks_roles = asks_roles
        self.turns: set[str] = set()

    def problems(self, index: int, event: Event) -> Iterator[Problem]:
        """Say what speaks against it."""
        if not self._drafting.checkpoint:
            yield from self._beginning(index, event)
            return
        log = believe(self._drafting, log_key=self._registry.log_key)
        gathering = Gathering(log, self._registry.blobs)
        if self._asks_roles:
            refuse_unentitled(event, self._by, gathering)
        self._check_person(event, gathering)
        origin, blobs, state = log.checkpoint.origin, self._registry.blobs, gathering.state
        papers, movements, deliveries = Papers(blobs, origin), Movements(), Deliveries(blobs)
        papers.trust = state.trust
        self._rest_on(state.trust)
        for at, before in self._before(event):
            papers.recall(before)
            movements.recall(at, before)
            deliveries.recall(at, before)
        yield from papers.problems(index, event)
        bound = {
            (name, version): digest
            for name in {str(event.body.get("name"))}
            for version, digest in self._drafting.versions(name)
        }
        yield from movements.problems(index, event, bound=bound, state=state)
        yield from deliveries.problems(index, event, bound=bound, trust=state.trust)
        if event.kind is Kind.CONTROL_APPLIED:
            fold = Fold(blobs)
            for at, before in log.control:
                fold.take(at, before)
            fold.take(index, event)
            self._rest_on(fold.state.trust)
        if event.kind in DECIDING:
            yield from Again(index, event, gathering).problems()

    def _rest_on(self, trust: TrustSnapshot) -> None:
        times = (time for one in trust.holdings for time in (one.since, one.until))
        self.turns.update(filter(None, times))

    def _before(self, event: Event) -> Iterator[tuple[int, Event]]:
        """Read the entries that share a topic with one, in their order."""
        indices: set[int] = set()
        for topic in topics(event):
            indices.update(self._drafting.found(topic))
        for index in sorted(indices):
            yield index, read_event(self._drafting.entry(index))

    def _beginning(self, index: int, event: Event) -> Iterator[Problem]:
        """Compare what begins a ledger with the registry as it is."""
        subject, body = f"entry {index}", event.body
        wanted: object
        if not index:
            seen, wanted = body.get("logKey"), self._registry.log_key
        elif event.kind is Kind.STORE_SETTLED and (store := self._registry.store) is not None:
            seen, wanted = body, store.plain()
        elif event.kind is Kind.RELEASE_ADOPTED:
            seen = (body.get("version"), body.get("digest"))
            known = self._drafting.versions(str(body.get("name")))
            wanted = seen if seen in known else known
        else:
            seen, wanted = event.kind, Kind.REGISTRY_INITIALISED
        if not index and event.kind is not Kind.REGISTRY_INITIALISED:
            yield ledger_problem(subject, "a ledger begins with its owners", event.kind)
        elif seen != wanted:
            message = "it is not what the registry has before its ledger begins"
            yield ledger_problem(subject, message, str(seen), str(wanted))

    def _check_person(self, event: Event, gathering: Gathering) -> None:
        """Refuse what is unsigned from somebody who is not known for that.

        Raises:
            NotAllowedError: He is not.
        """
        operation = _UNSIGNED.get(event.kind)
        if operation is None:
            return
        trust = gathering.state.trust
        environment = event.body.get("environment")
        where = Where()
        if isinstance(environment, str):
            _, record = gathering.environment(environment)
            where = Where(environment=record, name=str(event.body.get("name")))
        roles = {
            role for one in trust.holdings if one.person == self._by.person for role in one.roles
        }
        wanted = set(allowed(operation, where, every=trust.roles))
        if not roles & wanted:
            raise NotAllowedError(
                f"{event.kind} is entered by whom owners trust with it",
                seen=f"{self._by.person or 'nobody'}: {', '.join(sorted(roles)) or 'no role'}",
                wanted=", ".join(sorted(wanted)),
            )
