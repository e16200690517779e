"""Saying no, and logging it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.errors import CustodyError
from weighbridge.model.event import Kind
from weighbridge.usecases.refusing import Refused

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.usecases.archiving.choosing import Bound, Reason


def about(release: Bound) -> dict[str, str]:
    """Name a release in an entry."""
    return {"digest": release.digest, "name": release.name, "version": release.version}


def refusal(release: Bound, act: str, reason: Reason) -> CustodyError:
    """Make the error that says why something is not done with the files of a release."""
    word, full = reason
    return CustodyError(
        f"{release.title} stays: {full}" if act == "add" else f"{act} {release.title}: {full}",
        cause=f"{word}; the refusal is in the ledger",
        help=[f"weighbridge history {release.name}", "weighbridge registry archive status"],
    )


def refused(transaction: Transaction, release: Bound, act: str, reason: Reason) -> Refused:
    """Log that something is not done, and return what is to be raised."""
    body = {**about(release), "act": act, "reason": reason[0]}
    transaction.append(Kind.ARCHIVE_REFUSED, body)
    return Refused(refusal(release, act, reason))


def refuse(
    registry: Registry, release: Bound, act: str, reason: Reason, *, dry_run: bool
) -> CustodyError:
    """Log a refusal in a transaction of its own (not in a dry run), and return the error."""
    if not dry_run:
        registry.change(lambda found: refused(found, release, act, reason))
    return refusal(release, act, reason)
