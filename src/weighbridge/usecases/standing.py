"""`registry status`: who owns a registry, whom it trusts, what waits, and where its log stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.standing import Standing, Waiting
from weighbridge.usecases.believed import believe, trust_in
from weighbridge.usecases.control import pending

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry


def standing(registry: Registry, *, log_key: str) -> Standing:
    """Look at a registry.

    Raises:
        OwnerlessError: It has no owners yet.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        log = believe(view, log_key=log_key)
        waiting = tuple(
            Waiting(
                action=found.proposal.change.action.value,
                subject=found.proposal.change.subject[0],
                subject_digest=found.proposal.change.subject[1],
                signers=tuple(sorted({s.person for s in found.authorisation.signers})),
                missing=found.authorisation.missing,
            )
            for found in pending(log, registry)
        )
        return Standing(
            trust=trust_in(log, registry.blobs),
            log=log.state,
            time=log.time,
            releases=len(view.releases()),
            waiting=waiting,
            store=registry.store,
        )
