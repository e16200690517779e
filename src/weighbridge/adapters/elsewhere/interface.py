"""What a key management service must do for us, and the troubles there are with all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol

from cryptography.hazmat.primitives.serialization import load_der_public_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.key_place import KeyPlace
    from weighbridge.seal.keys import Algorithm, PublicKey

Sign = Callable[[bytes], bytes]
"""Signs a message: Ed25519, or ECDSA with the curve's usual hash, DER."""


class Trouble(Enum):
    """Why a service does not do what it is asked."""

    NOBODY = auto()
    """It is not told who asks, or where it is."""
    DENIED = auto()
    THROTTLED = auto()
    AWAY = auto()
    NO_KEY = auto()
    DISABLED = auto()
    UNFIT = auto()
    """The key is of a kind that cannot be used."""


class KeyService(Protocol):
    """A key management service. Its SDK is an extra, and imported with the first question.

    Attributes:
        title: What people call it.
        extra: The extra that brings its SDK.
        algorithms: Keys it signs with for us.
        login: How it is told who asks.
    """

    title: str
    extra: str
    algorithms: frozenset[Algorithm]
    login: str

    def fetch(self, place: KeyPlace) -> tuple[str, bytes]:
        """Ask for the public half of a key.

        Returns:
            The URI of the key with its version, and the public half, PEM or DER.
        """

    def open(self, place: KeyPlace, public: PublicKey) -> Sign:
        """Get ready to sign; nothing is signed yet."""

    def trouble(self, error: BaseException) -> Trouble | None:
        """Tell what an error of the SDK's means, or None for one it should never raise."""


def named(
    error: BaseException, words: Iterable[str], meaning: Mapping[str, Trouble]
) -> Trouble | None:
    """Look an error up by some words of its own, then by the names of its classes.

    By name, so that no SDK is imported to tell what its errors mean.
    """
    classes = [kind.__name__ for kind in type(error).__mro__]
    return next((meaning[word] for word in (*words, *classes) if word in meaning), None)


def signers() -> Any:  # noqa: ANN401 - it does not say what it exports
    """Import the signers of securesystemslib: an extra, and it looks for the SDK of each."""
    import securesystemslib.signer  # noqa: PLC0415 - only who has such a key pays for it

    # It prints what it logs, whoever imports it; what is worth saying is said in our errors.
    logging.getLogger("securesystemslib").handlers = [logging.NullHandler()]
    return securesystemslib.signer


def their_key(public: PublicKey) -> Any:  # noqa: ANN401 - as above
    """Turn a public key into one of securesystemslib's."""
    return signers().SSlibKey.from_crypto(load_der_public_key(public.spki_der))
