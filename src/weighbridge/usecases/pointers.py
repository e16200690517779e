"""`NAME@ENV`: the release an environment points to, by the ledger alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.pointer import fold, halts
from weighbridge.model.errors import NotFoundError
from weighbridge.usecases.believed import believe

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry


def pointed_release(name: str, environment: str, *, registry: Registry) -> str:
    """Return the digest of the release an environment points to, or empty if it points to none.

    Raises:
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        if not view.size:
            return ""
        log = believe(view, log_key=registry.log_key)
        return fold(log.found(f"gate:{environment}/{name}"), ()).release


def pointed(name: str, environment: str, *, registry: Registry) -> str:
    """Return the digest of the release an environment points to, or is held for.

    Raises:
        NotFoundError: It points to none of that name, or there is no such environment.
    """
    found = pointed_release(name, environment, registry=registry) or _halted(
        name, environment, registry
    )
    if not found:
        help_ = ["weighbridge status"]
        raise NotFoundError(f"{environment} points to no release of {name}", help=help_)
    return found


def _halted(name: str, environment: str, registry: Registry) -> str:
    """Return the release whose denial holds an environment where none of its name is, or empty."""
    with registry.reading() as view:
        if not view.size:
            return ""
        log = believe(view, log_key=registry.log_key)
        events = (event for _, event in log.found(f"gate:{environment}/{name}"))
        halting = [str(event.body["release"]) for event in events if halts(event)]
    return halting[-1] if halting else ""
