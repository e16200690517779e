"""`key trust --log`: ask owners for another key of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.seal.control import Action, log_rotation_of, rotate_log
from weighbridge.usecases.believed import believe
from weighbridge.usecases.control import pending

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry
    from weighbridge.seal.control import Change


def rotation(registry: Registry, *, dry_run: bool = False) -> Change | None:
    """Return the change that rotates the log's key: the one that waits, or a new one.

    Args:
        registry: The registry.
        dry_run: Make no key; None if one would be made.

    Raises:
        OwnerlessError: The registry has no owners yet.
        RegistryError: The keys that are there are not of this log.
        KeyFileError: Others may read a key, or its file holds none.
    """
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key)
        following, size = registry.next_log_key, log.size
        for found in pending(log, registry) if following else ():
            change = found.proposal.change
            if change.action is Action.LOG_ROTATE and log_rotation_of(change).key == following:
                return change
    if dry_run:
        return None
    key, endorsement = registry.propose_log_key(size)
    return rotate_log(key, endorsement=endorsement)
