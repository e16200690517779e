"""What is asked of whoever verifies keyless signatures, and of whoever makes them.

Such a signature is by a key that lived for minutes; a certificate bound it to an identity, and a
transparency log saw it in time (Sigstore). The judges know no more of that than stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from weighbridge.model.ports import Signer


class KeylessError(ValueError):
    """A keyless signature is not proven."""


class RootlessError(ValueError):
    """Owners have not published whom keyless signatures are proven by."""


class KeylessVerifier(Protocol):
    """Verifies keyless bundles by the root that owners published, and by nothing else."""

    def verify(self, document: bytes, *, issuer: str, subject: str) -> str:
        """Verify a bundle: its certificate, its place in the logs, and its signature.

        Args:
            document: The bundle, as stored.
            issuer: Who must vouch for the signer.
            subject: Whom that must name.

        Returns:
            When it was signed (`check_time`), as a log or timestamp authority says.

        Raises:
            KeylessError: Something of it does not hold.
            RootlessError: No root is published.
            UnavailableError: What verifies them is not installed.
        """


@runtime_checkable
class IdentitySigner(Protocol):
    """An identity that signs with a new key each time."""

    @property
    def digest(self) -> str:
        """What stands for its key: `identity_digest`."""

    def bundle(self, payload: bytes) -> bytes:
        """Sign a statement and return the whole bundle.

        Raises:
            UnavailableError: Who issues certificates or keeps the log does not answer.
        """


AnySigner: TypeAlias = "Signer | IdentitySigner"
