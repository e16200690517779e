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
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.gate.times import moment
from weighbridge.ledger.drafting import Drafting, outdated, placed
from weighbridge.model.errors import (
    ConflictError,
    Fault,
    NotAllowedError,
    RequestError,
    UnprovenError,
    WeighbridgeError,
)
from weighbridge.model.event import Event, Kind, read_event, topics
from weighbridge.model.team.account import Scope
from weighbridge.model.team.change import Taken
from weighbridge.model.trust import TrustError, check_time
from weighbridge.usecases.verify import stored_files
from weighbridge.usecases.weighing import Weighing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.model.team.account import Identity
    from weighbridge.model.team.change import Reads, RemoteChange
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A change whose papers bear it out.

    Attributes:
        reads: What that rests on.
        turns: The times from which a key counts, or counts no longer.
    """

    reads: Reads
    turns: frozenset[str]


class Turn(Protocol):
    """Whose turn it is to take a change that may have been sent more than once."""

    @property
    def again(self) -> bool:
        """Whether somebody may have taken it before."""

    def holds(self) -> bool:
        """Tell whether it is still this one's turn."""


class Alone:
    """Takes a change that nobody sent before."""

    again = False

    def holds(self) -> bool:
        """Tell that it is."""
        return True


def take(
    change: RemoteChange,
    *,
    by: Identity,
    registry: Registry,
    turn: Turn | None = None,
    asks_roles: bool = False,
    span: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Taken:
    """Take a change, or say why not; a refusal leaves nothing behind.

    One that was taken before is not taken again: where it stands is said.

    Args:
        change: What is to be kept.
        by: Who brings it.
        registry: The registry.
        turn: Whose turn it is, if it may have been sent more than once.
        asks_roles: Whether the roles of his login must allow it, too.
        span: Is told what it is busy with, for as long as a context lasts.

    Raises:
        NotAllowedError: He may not bring such entries.
        RequestError: It is no change: its time or an entry is none.
        ConflictError: What it rests on is not so any more.
        UnprovenError: Its papers do not bear it out.
    """
    _check_kinds(change, by)
    turn = turn or Alone()
    for _ in range(_TRIES):
        with span("weigh a change"), registry.reading() as view:
            if (found := _taken_before(change, turn, view)) is not None:
                return _told(found, view)
            _check_fresh(change, view)
            weighed = _weigh(change, view, registry, by=by, asks_roles=asks_roles)
        with span("enter a change"):
            taken = registry.change(partial(_enter, change, weighed, turn))
        if taken is not None:
            with registry.reading() as view:
                return _told(taken, view)
    raise ConflictError("others were faster each time", help=["run it again"])


def entered(change: RemoteChange, registry: Registry) -> Taken | None:
    """Say where a change that was sent before stands; None if it does not, or not yet."""
    with registry.reading() as view:
        first = placed(change, view, change.reads.size)
        return None if first is None else _told((first, [False] * len(change.bindings)), view)


def _taken_before(
    change: RemoteChange, turn: Turn, view: LedgerView
) -> tuple[int, list[bool]] | None:
    first = placed(change, view, change.reads.size) if turn.again else None
    return None if first is None else (first, [False] * len(change.bindings))


def _told(taken: tuple[int, list[bool]], view: LedgerView) -> Taken:
    first, bound = taken
    return Taken(first=first, size=view.size, checkpoint=view.checkpoint, bound=tuple(bound))


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
    change: RemoteChange, weighed: Weighed, turn: Turn, transaction: Transaction
) -> tuple[int, list[bool]] | None:
    """Append, if all that was read and weighed is still so; None to weigh it again."""
    # Nobody else enters anything meanwhile: who took over later looks for what is entered here.
    if not turn.holds():
        raise ConflictError("the same change was sent again, and is taken there", help=[])
    if (found := _taken_before(change, turn, transaction)) is not None:
        return found
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
