"""How a registry stands: owners, trust, proposals that wait, and its log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.model.verification import LogState


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A change of the control plane too few owners have signed.

    Attributes:
        action: What it does: `key.trust`, `key.revoke` …
        subject: What it is about, in words.
        subject_digest: Digest of that.
        signers: Owners who have signed it, sorted.
        missing: How many more must.
    """

    action: str
    subject: str
    subject_digest: str
    signers: tuple[str, ...]
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where blobs lie that lie elsewhere than in the registry's folder, or are encrypted.

    Attributes:
        address: An object store or a folder; empty for the registry's own.
        identity: What the store calls the registry it belongs to.
        encrypted: Whether all that is put there is encrypted.
        conditional: Whether the store can put something only where nothing is (If-None-Match).
    """

    address: str
    identity: str
    encrypted: bool
    conditional: bool = True

    def plain(self) -> dict[str, object]:
        """Return it as plain values, as the entry has it that says so."""
        return {
            "address": self.address,
            "conditional": self.conditional,
            "encrypted": self.encrypted,
            "identity": self.identity,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a registry stands.

    Attributes:
        trust: Owners and keys.
        log: State of the log.
        time: Time of its newest entry.
        releases: How many releases are sealed.
        waiting: Changes that wait for signatures.
        store: Where blobs lie; None if in the registry's folder, as they are.
        archived: Of how many releases the files are archived.
        erased: Of how many they were erased.
        held: Releases owners hold, `name@version`, and why.
    """

    trust: TrustSnapshot
    log: LogState
    time: str
    releases: int
    waiting: tuple[Waiting, ...] = ()
    store: Store | None = None
    archived: int = 0
    erased: int = 0
    held: tuple[tuple[str, str], ...] = ()
