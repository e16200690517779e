"""A release found damaged goes nowhere, until all of it was read again and nothing found.

Whoever reads what is stored of a release and finds something wrong enters that in the ledger; the
gate lets it go nowhere from then on, and says so wherever it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.errors import LedgerError, UnsealedError
from weighbridge.model.event import EventError, Kind
from weighbridge.model.unverified import body_of, fold_unverified, found_in
from weighbridge.usecases.believed import believe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.model.event import Event
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.model.unverified import Unverified
    from weighbridge.model.verification import Problem
    from weighbridge.usecases.believed import BelievedLog


def unverified_among(events: Iterable[tuple[int, Event]], release: str) -> Unverified | None:
    """Fold whether a release is unverified from proven entries about its name.

    Raises:
        LedgerError: One of them does not say what it must.
    """
    try:
        return fold_unverified(events).get(release)
    except EventError as error:
        raise LedgerError(f"the ledger does not say what is unverified: {error}") from error


def unverified_in(log: BelievedLog, name: str, release: str) -> Unverified | None:
    """Look up what was found wrong with a release and not in order since; None if nothing was.

    Args:
        log: The ledger.
        name: Name of the release, with its version or without.
        release: Its digest.

    Raises:
        LedgerError: The ledger does not prove it, or not say it.
    """
    return unverified_among(log.found(f"release:{name.partition('@')[0]}"), release)


def unverified_of(name: str, release: str, registry: Registry) -> Unverified | None:
    """Look up the same in a registry as it is now; without a ledger nothing was found."""
    with registry.reading() as view:
        if not view.size:
            return None
        return unverified_in(believe(view, log_key=registry.log_key), name, release)


def unverify(
    name: str,
    version: str,
    digest: str,
    *,
    found: Sequence[Problem],
    by: str,
    registry: Registry,
) -> int:
    """Enter that something is wrong with a release; the gate lets it go nowhere from then on.

    What is known already is not entered again.

    Args:
        name: Name of the release.
        version: Its version.
        digest: Its digest.
        found: What was found; at least one problem.
        by: Who or what found it: a person, or empty.
        registry: The registry.

    Returns:
        Index of the entry that says so: a new one, or the first of those that stand.

    Raises:
        UnsealedError: No release is bound as that.
        OwnerlessError: The registry has no owners yet, and so no ledger.
        LedgerError: The ledger does not prove what it says.
    """
    if not found:
        raise ValueError("nothing was found")
    told = body_of(found)
    body = {"by": by, "name": name, "release": digest, "version": version, **told}

    def change(transaction: Transaction) -> int:
        log = believe(transaction, log_key=registry.log_key)
        check_bound(transaction, name, version, digest)
        known = unverified_in(log, name, digest)
        wrong, _ = found_in(told)
        if known is not None and set(wrong) <= set(known.found):
            return known.entry
        return transaction.append(Kind.RELEASE_UNVERIFIED, body)

    return registry.change(change)


def check_bound(transaction: Transaction, name: str, version: str, digest: str) -> None:
    """Refuse to say something of a release there is not: the gate would never look at it."""
    if (name, version) not in transaction.names_of(digest):
        title = f"{name}@{version}"
        raise UnsealedError(f"no release {title} is sealed as that", seen=digest)
