"""`registry init`: name the owners, make the log's key, adopt the releases that are bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.base64text import write_base64
from weighbridge.model.errors import RegistryError, UsageError
from weighbridge.model.event import Kind
from weighbridge.seal.control import ControlError, initial_trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.model.trust import TrustSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """A registry that has owners now.

    Attributes:
        trust: The trust it begins with.
        adopted: How many releases were bound before.
    """

    trust: TrustSnapshot
    adopted: int


def initialise(
    owners: Sequence[tuple[str, bytes]],
    *,
    threshold: int,
    origin: str,
    registry: Registry,
    dry_run: bool = False,
) -> Initialised:
    """Give a registry its owners, once for ever.

    Args:
        owners: Persons and their public keys (SubjectPublicKeyInfo, DER).
        threshold: How many of them must sign a change.
        origin: Name of the log, or empty for one taken from its key.
        registry: The registry.
        dry_run: Check only.

    Raises:
        UsageError: The owners or the threshold do not fit together.
        RegistryError: The registry has owners already.
    """
    with registry.reading() as view:
        _check_new(view.size)
        bound = len(view.releases())
    trust = _trust(owners, threshold, registry.log_key)
    if dry_run:
        return Initialised(trust=trust, adopted=bound)
    trust = _trust(owners, threshold, registry.make_log_key(origin))
    adopted = registry.change(lambda transaction: _begin(transaction, trust, registry))
    return Initialised(trust=trust, adopted=adopted)


def _begin(transaction: Transaction, trust: TrustSnapshot, registry: Registry) -> int:
    _check_new(transaction.size)
    body = {
        "logKey": trust.log_key,
        "owners": [{"key": write_base64(key.key), "person": key.person} for key in trust.keys],
        "threshold": trust.threshold,
    }
    transaction.append(Kind.REGISTRY_INITIALISED, body)
    releases = transaction.releases()
    for name, version, digest in releases:
        body = {"digest": digest, "name": name, "version": version}
        transaction.append(Kind.RELEASE_ADOPTED, body)
    if (store := registry.store) is not None:
        transaction.append(Kind.STORE_SETTLED, store.plain())
    return len(releases)


def _trust(owners: Sequence[tuple[str, bytes]], threshold: int, log_key: str) -> TrustSnapshot:
    try:
        return initial_trust(owners, threshold=threshold, log_key=log_key)
    except ControlError as error:
        help_ = ["weighbridge registry init --owner PERSON=KEY --owner PERSON=KEY --threshold 2"]
        raise UsageError(str(error), help=help_) from error


def _check_new(size: int) -> None:
    if size:
        raise RegistryError(
            "the registry has owners already",
            seen=f"{size} entries in its ledger",
            help=["owners are changed by `weighbridge key trust` and `weighbridge key revoke`"],
        )
