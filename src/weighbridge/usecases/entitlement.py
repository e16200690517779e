"""What an entry does, and whether the groups of the login that brings it stand for a role for that.

It is asked besides the ledger, which judges the key: a server with `[roles]` only takes away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.gate.case import Act
from weighbridge.model.delivery import Order
from weighbridge.model.errors import NotAllowedError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, Where, allowed
from weighbridge.model.predicates import (
    BEHAVIOUR,
    DELEGATION,
    DELIVERY,
    DELIVERY_ORDER,
    DRILL,
    PARITY,
    RELEASE,
    RENDERING,
    REPLAY,
    TEST_RESULT,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from weighbridge.model.event import Event
    from weighbridge.model.team.account import Identity
    from weighbridge.usecases.gathering import Gathering

_FREE: Final = frozenset(
    {
        Kind.REGISTRY_INITIALISED,
        Kind.RELEASE_ADOPTED,
        Kind.RELEASE_SEALED,
        Kind.RELEASE_REFUSED,
        Kind.RELEASE_ARCHIVED,
        Kind.RELEASE_RESTORED,
        Kind.RELEASE_ERASED,
        Kind.ARCHIVE_REFUSED,
        Kind.STORE_SETTLED,
    }
)
"""Kinds that need no role: sealing decides nothing, what is of the place has its own rules."""
_KINDS: Final[Mapping[Kind, Operation]] = {
    Kind.CONTROL_PROPOSED: Operation.CONTROL,
    Kind.CONTROL_APPLIED: Operation.CONTROL,
    Kind.CONTROL_REFUSED: Operation.CONTROL,
    Kind.PROMOTION_DONE: Operation.PROMOTE,
    Kind.PROMOTION_BLOCKED: Operation.PROMOTE,
    Kind.PROMOTION_OBSERVED: Operation.PROMOTE,
    Kind.ROLLBACK_DONE: Operation.ROLLBACK,
    Kind.ROLLBACK_BLOCKED: Operation.ROLLBACK,
    Kind.VERDICT_CHANGED: Operation.WATCH,
    Kind.DELIVERY_STARTED: Operation.DELIVER,
    Kind.DELIVERY_MOVED: Operation.DELIVER,
    Kind.DELIVERY_MEASURED: Operation.DELIVER,
    Kind.DELIVERY_ORDERED: Operation.DELIVER,
    Kind.DELIVERY_REFUSED: Operation.DELIVER,
    Kind.RELEASE_UNVERIFIED: Operation.CHECK,
    Kind.RELEASE_VERIFIED: Operation.CHECK,
}
_EVIDENCE: Final[Mapping[str, Operation]] = {
    RELEASE: Operation.SIGN,
    DELIVERY: Operation.DELIVER,
    DELIVERY_ORDER: Operation.DELIVER,
    **dict.fromkeys((TEST_RESULT, REPLAY, BEHAVIOUR, PARITY, RENDERING, DRILL), Operation.CHECK),
}
"""What the evidence of our own verbs is; all else is attested."""
_ACTS: Final[Mapping[str, Operation]] = {
    Act.APPROVE: Operation.APPROVE,
    Act.WITHDRAW: Operation.WITHDRAW,
    Act.REJECT: Operation.REJECT,
    Act.HOLD: Operation.HOLD,
    Act.LIFT: Operation.LIFT_HOLD,
    Act.LIFT_REJECTION: Operation.LIFT_REJECTION,
    Act.WAIVE: Operation.WAIVE,
    Act.REQUEST_WAIVER: Operation.REQUEST_WAIVER,
    # Anybody takes back what he said himself; whose it is, is judged by the ledger.
    Act.WITHDRAW_WAIVER: Operation.REQUEST_WAIVER,
    Act.DELEGATE: Operation.DELEGATE,
    Act.BREAK_GLASS: Operation.BREAK_GLASS,
    Act.REVIEW: Operation.REVIEW,
    **dict.fromkeys(Order, Operation.DELIVER),
    Operation.DELIVER: Operation.DELIVER,
    Operation.PROMOTE: Operation.PROMOTE,
    Operation.ROLLBACK: Operation.ROLLBACK,
    Operation.WATCH: Operation.WATCH,
}
"""What is said, or was refused; the last are only ever refused."""


def operation_of(event: Event) -> Operation | None:
    """Say what an entry does; None if that needs no role.

    Raises:
        KeyError: Nobody knows what it says.
    """
    if event.kind in _FREE:
        return None
    if event.kind in {Kind.EVIDENCE_ADDED, Kind.EVIDENCE_REFUSED}:
        return _EVIDENCE.get(str(event.body.get("predicateType")), Operation.ATTEST)
    if event.kind in {Kind.ACT_SAID, Kind.ACT_REFUSED}:
        if event.body.get("predicateType") == DELEGATION:
            return Operation.DELEGATE
        return _ACTS[str(event.body["act"])]
    return _KINDS[event.kind]


def refuse_unentitled(event: Event, by: Identity, gathering: Gathering) -> None:
    """Refuse an entry that the groups of a login stand for no role for.

    Args:
        event: What is to be entered.
        by: Who brings it.
        gathering: What the ledger proves before it.

    Raises:
        NotAllowedError: They do not.
        NotFoundError: It is about an environment there is not.
    """
    operation = operation_of(event)
    if operation is None:
        return
    wanted = set(
        allowed(operation, _where(event.body, gathering), every=gathering.state.trust.roles)
    )
    if not wanted & by.roles:
        raise NotAllowedError(
            f"the groups of this login stand for no role that may {operation.value} here",
            seen=f"{by.person or 'nobody'}: {', '.join(sorted(by.roles)) or 'no role'}",
            wanted=", ".join(sorted(wanted)) or "nobody may",
            help=["see [roles] in the server's settings; groups are read at login"],
        )


def _where(body: Mapping[str, Any], gathering: Gathering) -> Where:
    environment = body.get("environment")
    if not isinstance(environment, str):
        return Where()
    _, record = gathering.environment(environment)
    return Where(
        environment=record,
        name=str(body.get("name") or ""),
        policy=gathering.bundle(record["policyDigest"]).policy.spec,
        rule=str(body.get("rule") or ""),
    )
