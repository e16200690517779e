"""Where the files of a release are, by the ledger; and what is said to who needs them here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.custody import ACTIVE, Custody, Whereabouts, fold_custody
from weighbridge.model.errors import ArchivedError, CustodyError, LedgerError
from weighbridge.model.event import EventError, read_event
from weighbridge.model.verification import Problem
from weighbridge.usecases.believed import believe, control_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.event import Event
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry
    from weighbridge.seal.control import Said
    from weighbridge.usecases.believed import BelievedLog

_KINDS = (b'"kind":"release.archived"', b'"kind":"release.restored"', b'"kind":"release.erased"')


def custody_in(log: BelievedLog, name: str, digest: str) -> Custody:
    """Fold where the files of a release are.

    Args:
        log: The ledger.
        name: Name of the release, with its version or without.
        digest: Its release digest.

    Raises:
        LedgerError: The ledger does not prove or not say where they are.
    """
    found = log.found(f"release:{name.partition('@')[0]}")
    return folded(event for _, event in found).get(digest, ACTIVE)


def folded(events: Iterable[Event]) -> dict[str, Custody]:
    """Fold where files are from proven entries.

    Raises:
        LedgerError: One of them does not say what it must.
    """
    try:
        return fold_custody(events)
    except EventError as error:
        raise LedgerError(f"the ledger does not say where files are: {error}") from error


def custody_of(name: str, digest: str, registry: Registry) -> Custody:
    """Look up where the files of a release are; without a ledger nobody has moved any."""
    with registry.reading() as view:
        if not view.size:
            return ACTIVE
        return custody_in(believe(view, log_key=registry.log_key), name, digest)


def custody_and_hold(name: str, digest: str, registry: Registry) -> tuple[Custody, Said | None]:
    """Look up where the files of a release are, and what holds them there."""
    with registry.reading() as view:
        if not view.size:
            return ACTIVE, None
        log = believe(view, log_key=registry.log_key)
        holds = control_state(log, registry.blobs).holds
        return custody_in(log, name, digest), holds.get(digest)


def every_custody(view: LedgerView) -> dict[str, Custody]:
    """Walk all entries for releases whose files were ever moved.

    Raises:
        EventError: An entry that moves some is none.
    """
    entries = (data for data in view.entries() if any(kind in data for kind in _KINDS))
    return fold_custody(map(read_event, entries))


def require_here(name: str, digest: str, registry: Registry) -> None:
    """Refuse to go on with a release whose files are not here.

    Raises:
        ArchivedError: They lie in an archive.
        CustodyError: They were erased.
    """
    if (error := absence(name, custody_of(name, digest, registry))) is not None:
        raise error


def absence(name: str, custody: Custody) -> ArchivedError | CustodyError | None:
    """Say why the files of a release are not here; None if they are."""
    if custody.where is Whereabouts.ARCHIVED:
        return ArchivedError(
            f"the files of {name} are archived",
            seen=f"{custody.place}, since {custody.at}",
            help=[f"weighbridge registry archive restore {name}"],
        )
    if custody.where is Whereabouts.ERASED:
        return CustodyError(
            f"the files of {name} were erased",
            seen=f"by {', '.join(custody.by)} at {custody.at}",
            cause=custody.reason,
            help=["seal another version; nothing brings these back"],
        )
    return None


def absence_problems(name: str, custody: Custody) -> list[Problem]:
    """Say the same as what verifying found."""
    error = absence(name, custody)
    if error is None:
        return []
    (fault,) = error.faults
    archived = isinstance(error, ArchivedError)
    return [
        Problem(
            code=fault.code,
            subject=name,
            message="its files are archived" if archived else "its files were erased",
            seen=fault.seen,
            wanted="every sealed byte",
            remediation=fault.help,
        )
    ]
