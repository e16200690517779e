"""Opening a key where it lies, and signing with it there.

Whatever a place signs is verified with the public half we hold before anybody gets it: one that is
broken, or another's, makes no evidence.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.adapters.deadline import PATIENCE
from weighbridge.adapters.elsewhere.asking import SERVICES, ask
from weighbridge.adapters.hsm import token_signer
from weighbridge.model.errors import KeyFileError, KeyMismatchError
from weighbridge.model.key_place import KeyPlaceError, read_key_place
from weighbridge.seal.keys import UnusableKeyError, read_public_key, verify_signature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.adapters.elsewhere.interface import Sign
    from weighbridge.model.key_place import KeyPlace
    from weighbridge.seal.keys import PublicKey

_CHALLENGE = b"weighbridge key new\n"
"""What a challenge begins with, so that it is never a statement (DSSE's begin `DSSEv1`)."""


@dataclass(frozen=True, slots=True)
class CheckedSigner:
    """Signs where the key lies, and verifies what comes back.

    Attributes:
        public: The public half, as we hold it.
        place: Where the private half lies.
    """

    public: PublicKey
    place: KeyPlace
    _sign: Sign

    @property
    def spki(self) -> bytes:
        """The public half: SubjectPublicKeyInfo (RFC 5280), DER."""
        return self.public.spki_der

    def sign(self, message: bytes) -> bytes:
        """Sign a message: Ed25519 (RFC 8032), or ECDSA with the curve's usual hash.

        Raises:
            KeyMismatchError: What came back is no signature of this key over the message.
            UnavailableError: Nothing came back.
        """
        signature = self._sign(message)
        if not verify_signature(self.public, message, signature):
            raise KeyMismatchError(
                "what was signed elsewhere is no signature of the key",
                seen=self.place.uri,
                wanted=f"a signature of {self.public.spki_digest}",
                cause="another key lies there now, or the place is not what it says it is",
                help=["nothing was used; find out who changed the key before you go on"],
            )
        return signature


@contextlib.contextmanager
def open_elsewhere(
    place: KeyPlace, public: PublicKey, *, pin: str = "", patience: float = PATIENCE
) -> Iterator[CheckedSigner]:
    """Get ready to sign with a key where it lies; a token is logged out of at the end.

    Args:
        place: Where it lies.
        public: The public half, as we hold it.
        pin: The PIN, if it lies on a token.
        patience: Seconds a service may take for one answer.

    Raises:
        KeyMismatchError: Another key lies there.
        KeyFileError: There is none, or one the place does not sign with.
        PassphraseError: The PIN is not the token's.
        LoginError: The service does not know who asks, or does not let him.
        UnavailableError: The place is not to be had.
    """
    if place.token is not None:
        with token_signer(place.token, pin) as signer:
            if signer.spki != public.spki_der:
                raise _another(place, public)
            yield CheckedSigner(public, place, signer.sign)
        return
    service = SERVICES[place.service]
    if public.algorithm not in service.algorithms:
        raise _another(place, public)
    sign = ask(place, lambda: service.open(place, public), patience=patience)
    yield CheckedSigner(
        public, place, lambda message: ask(place, lambda: sign(message), patience=patience)
    )


def find_elsewhere(
    place: KeyPlace, *, pin: str = "", patience: float = PATIENCE
) -> tuple[KeyPlace, PublicKey]:
    """Ask for the public half of a key where it lies, and have a random challenge signed with it.

    Returns:
        The place with the version of the key, and the public half.

    Raises:
        KeyFileError: There is no such key, or one that is not relied on.
        KeyMismatchError: It signs something else.
        PassphraseError: The PIN is not the token's.
        LoginError: The service does not know who asks, or does not let him.
        UnavailableError: The place is not to be had.
    """
    challenge = _CHALLENGE + secrets.token_bytes(32)
    if place.token is not None:
        with token_signer(place.token, pin) as signer:
            public = _relied_on(place, signer.spki)
            CheckedSigner(public, place, signer.sign).sign(challenge)
        return place, public
    service = SERVICES[place.service]
    uri, data = ask(place, lambda: service.fetch(place), patience=patience)
    public = _relied_on(place, data)
    try:
        whole = read_key_place(uri)
    except KeyPlaceError as error:
        message = f"{service.title} calls the key what cannot be kept: {error}"
        raise KeyFileError(message, seen=place.uri, wanted=error.wanted) from None
    with open_elsewhere(whole, public, patience=patience) as checked:
        checked.sign(challenge)
    return whole, public


def _relied_on(place: KeyPlace, data: bytes) -> PublicKey:
    try:
        return read_public_key(data)
    except UnusableKeyError as error:
        wanted = "an Ed25519 key, or one on P-256 or P-384"
        message = f"the key elsewhere cannot be used: {error}"
        raise KeyFileError(message, seen=place.uri, wanted=wanted) from error


def _another(place: KeyPlace, public: PublicKey) -> KeyMismatchError:
    return KeyMismatchError(
        "another key lies elsewhere than that of the public half here",
        seen=place.uri,
        wanted=public.spki_digest,
        help=["find out who changed the key before you go on"],
    )
