"""Keys that never leave a token (PKCS#11): a smart card, an HSM, or SoftHSM.

With ECDSA the token signs a digest; what is signed, and with what hash, is decided here.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from weighbridge.model.errors import KeyFileError, PassphraseError, UnavailableError
from weighbridge.seal.oms.keys import CURVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.pkcs11_uri import Pkcs11Uri

_OCTETS = b"\x04\x20"
"""What comes before the 32 bytes of an Ed25519 point: an OCTET STRING (DER)."""


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs with a key on a token.

    Attributes:
        spki: The public half: SubjectPublicKeyInfo (RFC 5280), DER.
    """

    spki: bytes
    _key: Any
    _hash: str

    def sign(self, message: bytes) -> bytes:
        """Sign a message: Ed25519 (RFC 8032), or ECDSA with the curve's usual hash.

        Raises:
            UnavailableError: The token does not sign.
        """
        from pkcs11 import Mechanism  # noqa: PLC0415 - only who has a token pays for it
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - as above

        try:
            if not self._hash:
                return bytes(self._key.sign(message, mechanism=Mechanism.EDDSA))
            digest = hashlib.new(self._hash, message).digest()
            raw: bytes = self._key.sign(digest, mechanism=Mechanism.ECDSA)
        except PKCS11Error as error:
            raise UnavailableError(f"the token does not sign: {_reason(error)}") from error
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))


@contextlib.contextmanager
def token_signer(uri: Pkcs11Uri, pin: str) -> Iterator[TokenSigner]:
    """Log in to a token and sign with a key on it; logged out of at the end.

    Raises:
        UnavailableError: The extra is not installed, or the token is not to be had.
        KeyFileError: The token has not exactly one such key, or one that cannot be used.
        PassphraseError: The PIN is not the token's.
    """
    try:
        import pkcs11  # noqa: PLC0415 - only who has a token pays for it
        from pkcs11 import exceptions  # noqa: PLC0415 - as above
    except ImportError as error:
        raise UnavailableError(
            "keys on tokens need an extra", help=['pip install "weighbridge[hsm]"']
        ) from error
    with contextlib.ExitStack() as stack:
        try:
            token = _token(pkcs11.lib(uri.module_path), uri)
            session = _session(token, pin)
            stack.callback(_close, session)
            signer = _signer(session, uri)
        except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange) as error:
            help_ = ["some tokens lock after a few wrong ones"]
            raise PassphraseError("that is not the PIN of the token", help=help_) from error
        except exceptions.PinLocked as error:
            raise PassphraseError("the token is locked: its PIN was wrong too often") from error
        except (exceptions.PKCS11Error, RuntimeError, OSError) as error:
            raise UnavailableError(
                f"the token is not to be had: {_reason(error)}",
                seen=uri.module_path,
                wanted="the PKCS#11 library of the token, as module-path",
            ) from error
        yield signer


def _session(token: Any, pin: str) -> Any:  # noqa: ANN401 - the library's types are its own
    from pkcs11.exceptions import UserAlreadyLoggedIn  # noqa: PLC0415 - as above

    try:
        return token.open(user_pin=pin)
    except UserAlreadyLoggedIn:
        # One logs in to a token, not to a key: another key on it is open to us already.
        return token.open()


def _close(session: Any) -> None:  # noqa: ANN401 - as above
    """Log out; a token that was pulled out meanwhile has done so by itself."""
    from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - as above

    with contextlib.suppress(PKCS11Error):
        session.close()


def _token(library: Any, uri: Pkcs11Uri) -> Any:  # noqa: ANN401 - the library's types are its own
    wanted = (uri.token, uri.manufacturer, uri.serial, uri.model)
    found = [
        token
        for token in library.get_tokens()
        if all(
            not want or want == seen for want, seen in zip(wanted, _described(token), strict=True)
        )
    ]
    if len(found) != 1:
        there = ", ".join(sorted(_described(token)[0] for token in library.get_tokens()))
        raise KeyFileError(
            f"{len(found)} tokens are as the URI says, and not exactly one",
            seen=f"tokens there are: {there or 'none'}",
            help=["name the token: pkcs11:token=LABEL;object=KEY"],
        )
    return found[0]


def _described(token: Any) -> tuple[str, str, str, str]:  # noqa: ANN401 - as above
    serial = token.serial
    text = serial.decode("ascii", "replace") if isinstance(serial, bytes) else str(serial)
    return (
        token.label.rstrip(),
        token.manufacturer_id.rstrip(),
        text.rstrip("\0 "),
        token.model.rstrip(),
    )


def _signer(session: Any, uri: Pkcs11Uri) -> TokenSigner:  # noqa: ANN401 - as above
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415 - as above

    named: dict[Any, Any] = {}
    if uri.label:
        named[Attribute.LABEL] = uri.label
    if uri.id:
        named[Attribute.ID] = uri.id
    halves = []
    for kind, what in ((ObjectClass.PRIVATE_KEY, "private"), (ObjectClass.PUBLIC_KEY, "public")):
        found = list(session.get_objects({Attribute.CLASS: kind, **named}))
        if len(found) != 1:
            message = f"the token holds {len(found)} {what} keys of this name, and not exactly one"
            help_ = ["name the key by object and id", "put its public half on the token, too"]
            raise KeyFileError(message, help=help_)
        halves.append(found[0])
    public = _public(halves[1])
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(public, ed25519.Ed25519PublicKey):
        return TokenSigner(spki, halves[0], "")
    return TokenSigner(spki, halves[0], CURVES[public.curve.name]().name)


def _public(half: Any) -> ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey:  # noqa: ANN401 - as above
    from pkcs11 import Attribute, KeyType  # noqa: PLC0415 - as above
    from pkcs11.util.ec import encode_ec_public_key  # noqa: PLC0415 - as above

    try:
        if half.key_type == KeyType.EC_EDWARDS:
            point = bytes(half[Attribute.EC_POINT])
            return ed25519.Ed25519PublicKey.from_public_bytes(point.removeprefix(_OCTETS))
        public = load_der_public_key(encode_ec_public_key(half))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise KeyFileError("the key on the token is none that can be read") from error
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name not in CURVES:
        wanted = "an Ed25519 key, or one on P-256, P-384 or P-521"
        raise KeyFileError("the key on the token is of another kind", wanted=wanted)
    return public


def _reason(error: Exception) -> str:
    words = str(error)
    return words or type(error).__name__
