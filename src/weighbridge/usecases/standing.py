"""`registry status`: who owns a registry, whom it trusts, what waits, and where its log stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from weighbridge.model.custody import Whereabouts
from weighbridge.model.standing import Standing, Waiting
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.control import pending
from weighbridge.usecases.custody import every_custody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.ports import Registry
    from weighbridge.usecases.believed import BelievedLog


def standing(registry: Registry, *, log_key: str) -> Standing:
    """Look at a registry.

    Raises:
        OwnerlessError: It has no owners yet.
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        log = believe(view, log_key=log_key)
        waiting = tuple(waiting_in(log, registry))
        state = control_state(log, registry.blobs)
        custody = Counter(one.where for one in every_custody(view).values())
        releases = view.releases()
        held = {digest: said.reason for digest, said in state.holds.items()}
        return Standing(
            trust=state.trust,
            log=log.state,
            time=log.time,
            releases=len(releases),
            waiting=waiting,
            store=registry.store,
            archived=custody[Whereabouts.ARCHIVED],
            erased=custody[Whereabouts.ERASED],
            held=tuple((f"{n}@{v}", held[digest]) for n, v, digest in releases if digest in held),
        )


def waiting_in(log: BelievedLog, registry: Registry) -> Iterator[Waiting]:
    """List the changes that too few owners have signed."""
    for found in pending(log, registry):
        yield Waiting(
            action=found.proposal.change.action.value,
            subject=found.proposal.change.subject[0],
            subject_digest=found.proposal.change.subject[1],
            signers=tuple(sorted({s.person for s in found.authorisation.signers})),
            missing=found.authorisation.missing,
        )
