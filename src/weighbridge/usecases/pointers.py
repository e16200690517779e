"""`NAME@ENV`: the release an environment points to, by the ledger alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.pointer import fold
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
    """Return the digest of the release an environment points to.

    Raises:
        NotFoundError: It points to none of that name, or there is no such environment.
    """
    found = pointed_release(name, environment, registry=registry)
    if not found:
        help_ = ["weighbridge status"]
        raise NotFoundError(f"{environment} points to no release of {name}", help=help_)
    return found
