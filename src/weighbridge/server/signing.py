"""Who signs what somebody says in a browser: his own key beside the server, or one held for him.

What it comes to is judged as everywhere: by the ledger, in which owners gave roles to that key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.model.errors import Fault, LoginError, NotAllowedError

if TYPE_CHECKING:
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.team.account import Identity


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
        """Say what would sign; it never raises for who may not."""

    def signer(self, identity: Identity, *, now: str) -> AnySigner:
        """Return what signs, for what is said in this request and not for later.

        Raises:
            LoginError: He has to log in, or to do so again: the fault of his standing.
            NotAllowedError: Nothing signs for him: the fault of his standing.
        """

    def kept(self, identity: Identity) -> KeptKey | None:
        """Return the key that the server holds in his name, trusted or not; None if none."""

    def make(self, identity: Identity, *, now: str) -> KeptKey:
        """Have the server hold a key in his name, if it does not yet.

        Raises:
            NotAllowedError: It does so for nobody, or not for who asks.
            StorageError: The key could not be kept.
        """


def refusal(fault: Fault) -> LoginError | NotAllowedError:
    """Return the error that a fault of somebody's standing is."""
    kind = LoginError if fault.code == LoginError.code else NotAllowedError
    error = kind(fault.message)
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
