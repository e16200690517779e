"""Who signs what somebody says in a browser: his own key beside the server, or one held for him.

What it comes to is judged as everywhere: by the ledger, in which owners gave roles to that key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

from weighbridge.model.errors import Fault, NotAllowedError, class_of

if TYPE_CHECKING:
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.model.team.account import Identity
    from weighbridge.model.trust import TrustSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What would sign for who asks.

    Attributes:
        person: Whom the ledger knows the key by; empty if nobody trusts it yet.
        key: Digest of its SubjectPublicKeyInfo (`sha256:…`); empty if there is none.
        held_by: Empty if the person holds it himself; the server's origin if the server does.
        fresh_until: Until when the session may sign (`YYYY-MM-DDTHH:MM:SSZ`); empty if that does
            not end, or there is nothing to sign with.
        fault: Why nothing can be signed now; None if it can.
    """

    person: str = ""
    key: str = ""
    held_by: str = ""
    fresh_until: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """The public half of a key that the server holds in somebody's name.

    Attributes:
        digest: Digest of its SubjectPublicKeyInfo (`sha256:…`).
        pem: The key (PEM), for owners.
        file: What to save it as, for `command`.
        command: What an owner runs to trust it.
    """

    digest: str
    pem: str
    file: str
    command: str


class Signers(Protocol):
    """Signs for who asks, or says why not."""

    @property
    def keeps(self) -> bool:
        """Whether keys can be made here, for people who have none."""

    def standing(self, identity: Identity, *, now: str) -> Standing:
        """Say what would sign; who may not sign is no error.

        This and all below read the ledger or files: to be called in a thread of their own.

        Raises:
            KeyFileError: The key held for who asks cannot be used.
            PassphraseError: The key held for who asks is locked with something else.
            LedgerError: The ledger does not prove whom owners trust.
        """

    def signer(self, identity: Identity, *, now: str) -> AnySigner:
        """Return what signs, for what is said in this request and not for later.

        Raises:
            LoginError: He has to log in, or to do so again: the fault of his standing.
            NotAllowedError: Nothing signs for him: the fault of his standing.
            OwnerlessError: The registry has no owners yet: the fault of his standing.
        """

    def kept(self, identity: Identity) -> KeptKey | None:
        """Return the key that the server holds in his name, trusted or not; None if none."""

    def make(self, identity: Identity, *, now: str) -> KeptKey:
        """Have the server hold a key in his name, if it does not yet.

        Raises:
            NotAllowedError: It does so for nobody, or not for who asks.
            StorageError: The key could not be kept.
        """


def login_again(after: str) -> str:
    """Return the path at which a person proves anew to be himself, and is led back.

    Args:
        after: Path of this server to come back to.
    """
    return f"/login?again=true&next={quote(after, safe='')}"


def trust_now(registry: Registry) -> TrustSnapshot:
    """Read whom owners trust at this moment.

    Raises:
        OwnerlessError: The registry has no owners yet.
        LedgerError: The ledger does not prove it.
    """
    from weighbridge.usecases.believed import believe, trust_in  # noqa: PLC0415 - heavy

    with registry.reading() as view:
        return trust_in(believe(view, log_key=registry.log_key), registry.blobs)


def refusal(fault: Fault) -> WeighbridgeError:
    """Return the error that a fault of somebody's standing is."""
    error = (class_of(fault.code) or NotAllowedError)(fault.message)
    error.faults = (fault,)
    return error


class _NoSigners:
    """Signs for nobody."""

    keeps = False
    _fault = Fault(
        NotAllowedError.code,
        "this server signs for nobody",
        help=(
            "say it with a key of yours at the command line",
            "weighbridge approve REF --to ENV --key NAME --registry URL",
        ),
    )

    def standing(self, identity: Identity, *, now: str) -> Standing:
        del identity, now
        return Standing(fault=self._fault)

    def signer(self, identity: Identity, *, now: str) -> AnySigner:
        del identity, now
        raise refusal(self._fault)

    def kept(self, identity: Identity) -> KeptKey | None:
        del identity
        return None

    def make(self, identity: Identity, *, now: str) -> KeptKey:
        del identity, now
        raise refusal(self._fault)


NO_SIGNERS: Final[Signers] = _NoSigners()
"""A server that signs for nobody."""
