"""Take a change that was made elsewhere: hold it against the ledger as its auditor would.

What is drafted is weighed with no lock held, on one moment of the registry: signatures, the trust
of that moment, decisions made again. The commit then only compares what was read, by who drafted
it and by us, with what is there: it is short however much there was to weigh.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from weighbridge.gate.times import moment
from weighbridge.ledger.drafting import Drafting, outdated
from weighbridge.model.errors import (
    ConflictError,
    Fault,
    NotAllowedError,
    RequestError,
    UnprovenError,
    WeighbridgeError,
)
from weighbridge.model.event import Event, Kind, read_event, topics
from weighbridge.model.permissions import Operation, Where, allowed
from weighbridge.model.team.account import Scope
from weighbridge.model.team.change import Taken
from weighbridge.model.trust import TrustError, check_time
from weighbridge.usecases.audit_custody import Movements
from weighbridge.usecases.audit_deliveries import Deliveries
from weighbridge.usecases.audit_papers import Papers
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.believed import Fold, believe
from weighbridge.usecases.deciding_again import DECIDING, Again
from weighbridge.usecases.entitlement import refuse_unentitled
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.verify import stored_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.model.team.account import Identity
    from weighbridge.model.team.change import Reads, RemoteChange
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.model.verification import Problem

OLDEST: Final = timedelta(seconds=60)
"""How long a change may have taken since its time."""
_TRIES: Final = 5
_PERSONAL: Final = frozenset(
    {Kind.ACT_SAID, Kind.CONTROL_PROPOSED, Kind.CONTROL_APPLIED, Kind.CONTROL_REFUSED}
)
"""Kinds only a person brings who logged in himself: no token approves or changes trust."""
_OF_THE_PLACE: Final = frozenset(
    {Kind.RELEASE_ARCHIVED, Kind.RELEASE_RESTORED, Kind.RELEASE_ERASED, Kind.STORE_SETTLED}
)
"""Kinds that say what was done with bytes: nobody can tell of those from elsewhere."""
_UNSIGNED: Final[Mapping[Kind, Operation]] = {
    Kind.DELIVERY_MOVED: Operation.DELIVER,
    Kind.DELIVERY_MEASURED: Operation.DELIVER,
    Kind.RELEASE_UNVERIFIED: Operation.CHECK,
    Kind.RELEASE_VERIFIED: Operation.CHECK,
    Kind.VERDICT_CHANGED: Operation.WATCH,
}
"""Kinds whose entries no signature bears out: who brings them must be known for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A change whose papers bear it out.

    Attributes:
        reads: What that rests on.
        turns: The times from which a key counts, or counts no longer.
    """

    reads: Reads
    turns: frozenset[str]


def take(
    change: RemoteChange,
    *,
    by: Identity,
    registry: Registry,
    asks_roles: bool = False,
    span: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Taken:
    """Take a change, or say why not; a refusal leaves nothing behind.

    Args:
        change: What is to be kept.
        by: Who brings it.
        registry: The registry.
        asks_roles: Whether the roles of his login must allow it, too.
        span: Is told what it is busy with, for as long as a context lasts.

    Raises:
        NotAllowedError: He may not bring such entries.
        RequestError: It is no change: its time or an entry is none.
        ConflictError: What it rests on is not so any more.
        UnprovenError: Its papers do not bear it out.
    """
    _check_kinds(change, by)
    for _ in range(_TRIES):
        with span("weigh a change"), registry.reading() as view:
            _check_fresh(change, view)
            weighed = _weigh(change, view, registry, by=by, asks_roles=asks_roles)
        with span("enter a change"):
            taken = registry.change(partial(_enter, change, weighed))
        if taken is not None:
            first, bound = taken
            with registry.reading() as view:
                return Taken(
                    first=first, size=view.size, checkpoint=view.checkpoint, bound=tuple(bound)
                )
    raise ConflictError("others were faster each time", help=["run it again"])


def _check_kinds(change: RemoteChange, by: Identity) -> None:
    kinds = {draft.kind for draft in change.entries}
    begins = Kind.REGISTRY_INITIALISED in kinds
    elsewhere = _OF_THE_PLACE - ({Kind.STORE_SETTLED} if begins else set())
    if found := sorted(kinds & elsewhere):
        raise NotAllowedError(
            f"{found[0]} is not entered from elsewhere",
            help=["run it where the registry lies"],
        )
    if (change.rotates or begins) and Scope.ADMIN not in by.scopes:
        raise NotAllowedError(
            "a ledger is begun, and its key changed, by who runs the server",
            wanted="a credential with the scope `admin`",
            help=["run it where the registry lies, or have a token made there"],
        )
    if not by.is_person and (found := sorted(kinds & _PERSONAL)):
        raise NotAllowedError(
            "a token does not approve, waive or change trust",
            seen=f"{found[0]}, by {by.via}",
            wanted="a person who logged in",
            help=["weighbridge login"],
        )


def _check_fresh(change: RemoteChange, view: LedgerView) -> None:
    """Compare what the change rests on with what is there."""
    _refuse_outdated(change.reads, view)
    size = change.reads.size
    if size and read_event(view.entry(size - 1)).time > change.time:
        raise ConflictError("the change is older than what it rests on", seen=change.time)


def _refuse_outdated(reads: Reads, view: LedgerView) -> None:
    if what := outdated(reads, view):
        raise ConflictError(
            f"{what} has changed since it was read",
            seen=f"{view.size} entries",
            wanted=f"{reads.size} entries",
            help=["run it again"],
        )


def _enter(
    change: RemoteChange, weighed: Weighed, transaction: Transaction
) -> tuple[int, list[bool]] | None:
    """Append, if all that was read and weighed is still so; None to weigh it again."""
    _check_time(change.time, transaction.now)
    _refuse_outdated(change.reads, transaction)
    if outdated(weighed.reads, transaction):
        return None
    if any(change.time < turn <= transaction.now for turn in weighed.turns):
        raise ConflictError("a key began or ceased to count meanwhile", help=["run it again"])
    first = transaction.size
    bound = [transaction.bind(one.name, one.version, one.digest) for one in change.bindings]
    if change.rotates:
        transaction.rotate_log_key(change.rotates)
    for draft in change.entries:
        transaction.append(draft.kind, draft.body)
    return first, bound


def _check_time(time: str, now: str) -> None:
    try:
        passed = moment(now) - moment(check_time(time))
    except TrustError as error:
        raise RequestError(str(error), help=["ask for the time: GET /v1/registry"]) from error
    if passed < timedelta():
        raise RequestError("the change is of a time to come", seen=time, wanted=f"{now} at most")
    if passed > OLDEST:
        raise ConflictError(
            "the change took too long", seen=f"{passed.seconds} s", wanted=f"{OLDEST.seconds} s"
        )


def _weigh(
    change: RemoteChange,
    view: LedgerView,
    registry: Registry,
    *,
    by: Identity,
    asks_roles: bool,
) -> Weighed:
    """Hold each entry against those before it.

    Raises:
        NotAllowedError: He may not enter one.
        UnprovenError: They do not bear it out.
    """
    drafting = Drafting(view, now=change.time)
    for binding in change.bindings:
        drafting.bind(binding.name, binding.version, binding.digest)
    faults = [*_unbound(change, registry)]
    weighing = Weighing(drafting, registry, by, asks_roles=asks_roles)
    for draft in change.entries:
        index = drafting.size
        event = Event(kind=draft.kind, time=change.time, control=None, body=draft.body)
        try:
            topics(event)
            faults += map(_fault, weighing.problems(index, event))
        except NotAllowedError:
            raise
        except WeighbridgeError as error:
            faults += error.faults
        except (KeyError, TypeError, ValueError) as error:
            message = f"entry {index} of {draft.kind} is not what such an entry is"
            faults.append(Fault(UnprovenError.code, message, cause=str(error)))
        if faults:
            raise UnprovenError.from_faults(faults)
        drafting.append(draft.kind, draft.body)
    if faults:
        raise UnprovenError.from_faults(faults)
    return Weighed(reads=drafting.reads, turns=frozenset(weighing.turns))


def _unbound(change: RemoteChange, registry: Registry) -> Iterator[Fault]:
    """Say which releases are to be bound that are not here whole, or bear another name."""
    entered = {
        (str(draft.body.get("name")), str(draft.body.get("version")), str(draft.body.get("digest")))
        for draft in change.entries
        if draft.kind in {Kind.RELEASE_SEALED, Kind.RELEASE_ADOPTED}
    }
    bound = {(one.name, one.version, one.digest) for one in change.bindings}
    if change.reads.size and entered != bound:
        yield Fault(UnprovenError.code, "a release is bound and not entered, or entered and not")
    for name, version, digest in sorted(bound):
        title = f"{name}@{version}"
        try:
            metadata = json.loads(registry.blobs.read(digest))["metadata"]
            seen = f"{metadata['name']}@{metadata['version']}"
            lacking = [
                path
                for path, file in stored_files(digest, registry.blobs)
                if not registry.blobs.has(file)
            ]
        except (WeighbridgeError, KeyError, TypeError, ValueError) as error:
            yield Fault(UnprovenError.code, f"{title} has no sealed manifest", cause=str(error))
            continue
        if seen != title:
            yield Fault(
                UnprovenError.code, "a manifest bears another name", seen=seen, wanted=title
            )
        for path in lacking:
            yield Fault(UnprovenError.code, f"{path} of {title} is not stored", seen=digest)


def _fault(problem: Problem) -> Fault:
    return Fault(
        UnprovenError.code,
        f"{problem.subject}: {problem.message}",
        seen=problem.seen,
        wanted=problem.wanted,
        cause=problem.code,
        help=problem.remediation,
    )


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
