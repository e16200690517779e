"""Environments from the file to the registry: pinned to a published policy, applied, listed."""

from __future__ import annotations

import contextlib
import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec import faults
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.resolved import resolved
from weighbridge.gate.windows import hours, windows_of
from weighbridge.model.environment import Environment
from weighbridge.model.environment.applied import POLICY_DIGEST, AppliedEnvironment
from weighbridge.model.environment.time_zones import TimeZoneError
from weighbridge.model.errors import DocumentError, Fault, LedgerError, NotFoundError
from weighbridge.model.permissions import Operation, Where, projects, roles_for, roles_named
from weighbridge.model.recurrence import RecurrenceError
from weighbridge.probes.time_zones import SystemTimeZones
from weighbridge.seal.control import Action, Change
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.control import pending
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.documents import read_named, shown_as
from weighbridge.usecases.gathering import Gathering, blocks_in, freeze_of
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.published import advise_policy, stored_bundle
from weighbridge.usecases.zone_facts import never_open, unknown_zones, with_zones

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.document import Document
    from weighbridge.model.environment.time_zones import TimeZones
    from weighbridge.model.policy import Spec
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.ports import BlobReader, Registry
    from weighbridge.seal.control import ControlState
    from weighbridge.usecases.believed import BelievedLog

_POLICY = "/spec/policy"
_BEFORE = "/spec/promotesFrom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An environment, ready to be applied.

    Attributes:
        change: What owners sign.
        record: What it is about: the environment, pinned, as canonical JSON.
        in_force: Whether just this was applied last.
        vacant: Roles it or its policy names and nobody holds, sorted.
    """

    change: Change
    record: bytes
    in_force: bool
    vacant: tuple[str, ...]


def load_environment(path: Path, *, start: Path | None = None) -> tuple[Environment, Document]:
    """Read an environment.

    Args:
        path: The file.
        start: The folder messages write paths relative to.

    Raises:
        UnreadableError: There is no such file.
        DocumentError: With every fault of it.
    """
    return read_guarded(read_named(path, start=start), shown_as(path, start), Environment)


def application(
    environment: Environment,
    document: Document,
    registry: Registry,
    *,
    zones: TimeZones | None = None,
    now: str = "",
) -> Application:
    """Pin an environment to its policy, as the registry stands now, and to the clocks it goes by.

    Args:
        environment: The environment.
        document: Where its parts stand.
        registry: The registry.
        zones: The time zones windows may name; None for those of this machine.
        now: The time; that of the newest entry if that is later.

    Raises:
        UnavailableError: It has windows, and this machine knows no time zones.
        DocumentError: It refers to what is not there, or asks for what is not enforced.
        OutdatedPolicyError: The policy speaks of what is not what it was when it was published.
        OwnerlessError: The registry has no owners yet.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        state = control_state(log, registry.blobs)
        name, windows = environment.metadata.name, environment.spec.windows or ()
        earlier = [*_earlier(name, log, state, registry)] if windows else []
        at = max(now, log.time)
    zones = zones or SystemTimeZones()
    found = [*_faults(environment, document, state, registry.blobs)]
    found += unknown_zones(windows, document, zones) if windows else ()
    if found:
        raise DocumentError.from_faults(sorted(found, key=_place))
    policy = state.policies[environment.spec.policy]
    program_of(stored_bundle(policy, registry.blobs))  # what could decide nothing is not applied
    tree = {**resolved(environment), POLICY_DIGEST: policy}
    if windows:
        tree = with_zones(tree, zones=zones, now=at, earlier=earlier)
    if found := [*never_open(tree, document)]:
        raise DocumentError.from_faults(found)
    record = canonical_bytes(tree)
    change = Change(
        Action.ENVIRONMENT_APPLY,
        subject=(name, digest(record)),
        parameters={"policy": policy},
    )
    return Application(
        change=change,
        record=record,
        in_force=state.environments.get(name) == digest(record),
        vacant=_vacant(environment, policy, state, registry.blobs),
    )


def applied_environments(registry: Registry, *, now: str = "") -> list[AppliedEnvironment]:
    """List the environments as they were applied last, in the order of their names.

    Args:
        registry: The registry.
        now: The time they are asked about; that of the newest entry if that is later.

    Raises:
        OwnerlessError: The registry has no owners yet.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        names = sorted(gathering.state.environments)
        return [applied_environment(one, gathering, now=now) for one in names]


def applied_environment(name: str, gathering: Gathering, *, now: str = "") -> AppliedEnvironment:
    """Read an environment as it was applied last.

    Args:
        name: Its name.
        gathering: One moment of the registry.
        now: The time it is asked about; that of the newest entry if that is later.

    Raises:
        NotFoundError: There is no such environment.
        LedgerError: It is not what its owners applied.
    """
    found, record = gathering.environment(name)
    at, state = max(now, gathering.log.time), gathering.state
    try:
        windows = windows_of(record)
    except (RecurrenceError, TimeZoneError) as error:
        message = f"the windows of {name} cannot be read: {error}"
        raise LedgerError(message, seen=found, help=["weighbridge env apply FILE"]) from error
    frozen = freeze_of(name, state)
    return AppliedEnvironment(
        name=name,
        digest=found,
        record=record,
        hours=hours(windows, at) if windows else None,
        policy=gathering.bundle(record[POLICY_DIGEST]).policy.spec,
        frozen=None if frozen is None or frozen.is_over(at) else frozen,
        blocks=blocks_in(name, state),
    )


def _earlier(
    name: str, log: BelievedLog, state: ControlState, registry: Registry
) -> Iterator[dict[str, Any]]:
    """Read the records of an environment that are in force or wait for signatures."""
    digests = [state.environments[name]] if name in state.environments else []
    for waiting in pending(log, registry):
        change = waiting.proposal.change
        if change.action is Action.ENVIRONMENT_APPLY and change.subject[0] == name:
            digests.append(change.subject[1])
    for found in digests:
        # What waits was signed by one owner perhaps, and may name anything or nothing.
        with contextlib.suppress(NotFoundError, ValueError):
            record = json.loads(registry.blobs.read(found))
            if isinstance(record, dict):
                yield record


def _record(found: str, blobs: BlobReader) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(blobs.read(found))
    return record


def _place(fault: Fault) -> tuple[int, int]:
    return (fault.location.line, fault.location.column) if fault.location else (0, 0)


def _faults(
    environment: Environment, document: Document, state: ControlState, blobs: BlobReader
) -> Iterator[Fault]:
    spec = environment.spec
    if spec.policy not in state.policies:
        yield Fault(
            faults.WRONG_VALUE,
            f"the policy {spec.policy} is not published",
            document.location(_POLICY),
            seen=spec.policy,
            help=advise_policy(spec.policy, state.policies),
        )
    else:
        yield from _unreviewed(
            environment, document, stored_bundle(state.policies[spec.policy], blobs)
        )
    before = spec.promotes_from
    if before is None:
        return
    at = document.location(_BEFORE)
    if before not in state.environments:
        close = difflib.get_close_matches(before, state.environments, n=1)
        advice = f"did you mean `{close[0]}`?" if close else f"apply {before} first"
        message = f"there is no environment {before} to promote from"
        yield Fault(faults.WRONG_VALUE, message, at, seen=before, help=(advice,))
    elif environment.metadata.name in _chain(before, state, blobs):
        message = f"{before} itself waits for {environment.metadata.name}: neither could be reached"
        advice = "let one of them begin: without promotesFrom"
        yield Fault(faults.WRONG_VALUE, message, at, seen=before, help=(advice,))


def _chain(name: str | None, state: ControlState, blobs: BlobReader) -> list[str]:
    """List an environment and all that come before it."""
    found: list[str] = []
    while name is not None and name not in found and name in state.environments:
        found.append(name)
        name = _record(state.environments[name], blobs)["spec"].get("promotesFrom")
    return found


def _places(environment: Environment, policy: Spec) -> Iterator[tuple[Where, str]]:
    """List what an environment names roles for, each with its place: all releases, and projects."""
    record = resolved(environment)
    yield Where(environment=record, policy=policy), "/spec/roles"
    for name in projects(record):
        at = f"/spec/projects/{name}"
        yield Where(environment=record, name=name, policy=policy), at


def _unreviewed(
    environment: Environment, document: Document, bundle: PolicyBundle
) -> Iterator[Fault]:
    """Refuse glass that may be broken, and nobody may review that it was: all would stop there."""
    for where, at in _places(environment, bundle.policy.spec):
        if roles_for(Operation.BREAK_GLASS, where) and not roles_for(Operation.REVIEW, where):
            yield Fault(
                faults.WRONG_VALUE,
                "breakGlass is named, and nobody may review it",
                document.location(at, key=True),
                wanted="approvers here, or approvals in the policy, and a role both name",
                cause="after the glass was broken nothing would be let in any more",
                help=("name approvers, or remove breakGlass",),
            )


def _vacant(
    environment: Environment, policy: str, state: ControlState, blobs: BlobReader
) -> tuple[str, ...]:
    """List the roles that are named, or stand for those that are not, and that nobody holds."""
    demands = stored_bundle(policy, blobs).policy.spec
    named = {role for demand in demands.approvals or () for role in demand.roles}
    named |= {entry.signed_by.role for entry in demands.evidence or () if entry.signed_by}
    for where, _ in _places(environment, demands):
        named |= roles_named(where)
        for operation in (Operation.AUTHOR, Operation.PROMOTE):
            named |= roles_for(operation, where) or frozenset()
    held = {role for one in state.trust.holdings if not one.revoked_at for role in one.roles}
    return tuple(sorted(named - held))
