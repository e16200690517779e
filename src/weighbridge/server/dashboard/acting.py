"""Doing what a form says, as the verb of the same name does: with a key, in one transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import UsageError
from weighbridge.model.event import Event, Kind
from weighbridge.model.trust import TrustError, check_time
from weighbridge.report.problem import fault_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.model.team.account import Identity
    from weighbridge.server.dashboard.page import Asked

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def signer_of(asked: Asked) -> AnySigner:
    """Return what signs for who asks.

    Raises:
        LoginError: He has to log in, or to do so again.
        NotAllowedError: Nothing signs for him.
    """
    return asked.services.signers.signer(asked.identity, now=asked.now)


def person_of(asked: Asked) -> str:
    """Name who asks, as the ledger knows his key, or else as he logged in."""
    return asked.standing.person or asked.identity.person


def signature_json(asked: Asked) -> dict[str, Any]:
    """Say with what would be signed, and why nothing would be."""
    found = asked.standing
    return {
        "person": found.person,
        "keyDigest": found.key,
        "heldBy": found.held_by,
        "freshUntil": found.fresh_until,
        "fault": None if found.fault is None else fault_json(found.fault),
    }


def day_of(fields: Mapping[str, str], name: str) -> str:
    """Read a day of a form, which begins at midnight UTC; empty if none was given.

    Raises:
        UsageError: It is no day.
    """
    text = fields.get(name, "").strip()
    if not text:
        return ""
    try:
        return check_time(f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text)
    except TrustError as error:
        wanted = "a day such as 2027-01-31"
        raise UsageError(f"this is no day: {name}", seen=text[:80], wanted=wanted) from error


def registry_for(asked: Asked) -> Registry:
    """Return the registry as who asks may change it.

    Where groups of a login must stand for a role, they must for what a form enters, too: as for
    what his command line brings.
    """
    if not asked.services.asks_roles:
        return asked.services.registry
    return _Entitled(asked.services.registry, asked.identity)


class _Entitled:
    """A registry to which somebody enters only what his login stands for."""

    def __init__(self, registry: Registry, by: Identity) -> None:
        self._registry, self._by = registry, by

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a registry has
        return getattr(self._registry, name)

    def change(self, change: Callable[[Transaction], Any]) -> Any:  # noqa: ANN401 - what it returns
        return self._registry.change(
            lambda transaction: change(_Entering(transaction, self._registry, self._by))
        )


@dataclass(frozen=True, slots=True)
class _Entering:
    """A transaction that asks of each entry whether it may be made."""

    transaction: Transaction
    registry: Registry
    by: Identity

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transaction has
        return getattr(self.transaction, name)

    def append(self, kind: Kind, body: Mapping[str, Any]) -> int:
        from weighbridge.usecases.entitlement import refuse_unentitled  # noqa: PLC0415
        from weighbridge.usecases.gathering import Gathering  # noqa: PLC0415

        event = Event(kind=kind, time=self.transaction.now, control=None, body=body)
        refuse_unentitled(event, self.by, Gathering.of(self.transaction, self.registry))
        return self.transaction.append(kind, body)
