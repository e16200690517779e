"""What others signed, and the bundles it becomes: envelopes, attestations of packages.

Nothing that was signed is touched: payload, its type and the signature stay, byte for byte. What is
around them was signed by nobody: which key made the signature is looked for among those trusted,
not believed from a key id or a hint, since everybody spells those in a way of his own.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.seal.bundle import LARGEST, read_bundle, write_bundle
from weighbridge.seal.dsse import PAYLOAD_TYPE, EnvelopeError, pre_authentication_encoding
from weighbridge.seal.keys import UnusableKeyError, read_public_key, verify_signature
from weighbridge.seal.pep740 import holds_attestations, read_attestations

if TYPE_CHECKING:
    from weighbridge.model.trust import TrustSnapshot

_BARE_KEY = {"publicKey"}
_EMPTY: tuple[object, ...] = (None, [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A DSSE envelope with one signature; nothing of it is verified yet.

    Attributes:
        payload: The bytes that were signed.
        signature: The one signature.
    """

    payload: bytes
    signature: bytes


def as_bundles(data: bytes, snapshot: TrustSnapshot) -> tuple[bytes, ...]:
    """Return the bundles that what somebody else signed is kept as, one a signature.

    A bundle that is read here stays as it is. A bare DSSE envelope, or a bundle by a bare key whose
    hint is written in another way, is put into a bundle of ours; nobody's key, if none fits. The
    attestations of a package (PEP 740) are put into bundles that hold the same proofs.

    Args:
        data: A bundle, an envelope, an attestation or several, JSON.
        snapshot: Whose keys are tried.

    Raises:
        EnvelopeError: It is none of them, has not exactly one signature, or holds another payload.
    """
    try:
        bundle = read_bundle(data)
    except EnvelopeError as why:
        if holds_attestations(data):
            return read_attestations(data)
        return (_wrapped(read_envelope(data, why), snapshot),)
    if bundle.keyless is not None:
        return (data,)  # what proves it is in it, and a key that lasts has no part in that
    held = Envelope(payload=bundle.payload, signature=bundle.signature)
    known = {key.spki for key in snapshot.keys}
    # A sha256 that is no key's may still be a hint: of a PEM, say.
    if bundle.signer in known or not _key_of(held, snapshot):
        return (data,)
    return (_wrapped(held, snapshot),)


def read_envelope(data: bytes, why: EnvelopeError) -> Envelope:
    """Read a bare DSSE envelope, or that of a bundle by a bare key.

    Args:
        data: The bytes.
        why: Why it is no bundle, for a bundle that is of another kind than that.

    Raises:
        EnvelopeError: It is neither.
    """
    if len(data) > LARGEST:
        raise why
    try:
        tree = read_json(data)
    except NotCanonicalError:
        raise why from None
    if isinstance(tree, dict) and "dsseEnvelope" in tree:
        if not _by_bare_key(tree.get("verificationMaterial")):
            raise why
        tree = tree["dsseEnvelope"]
    if not isinstance(tree, dict) or tree.keys() != {"payload", "payloadType", "signatures"}:
        raise why
    if tree["payloadType"] != PAYLOAD_TYPE:
        raise EnvelopeError(f"the payload is {str(tree['payloadType'])[:80]}, not {PAYLOAD_TYPE}")
    signatures = tree["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise EnvelopeError("the envelope has not exactly one signature")
    signature = signatures[0]
    if not isinstance(signature, dict) or signature.keys() - {"keyid", "sig"}:
        raise EnvelopeError("the signature has a member nobody knows")
    return Envelope(
        payload=_decode(tree["payload"], "the payload"),
        signature=_decode(signature.get("sig"), "the signature"),
    )


def _by_bare_key(material: Any) -> bool:  # noqa: ANN401 - nobody has looked at it yet
    """Tell whether nothing but a key is named; what else there may be must not be dropped."""
    if not isinstance(material, dict):
        return False
    said = {name for name, value in material.items() if value not in _EMPTY}
    return said == _BARE_KEY


def _decode(text: object, what: str) -> bytes:
    """Read base64 of either alphabet, padded or not (DSSE, section Parameters)."""
    if not isinstance(text, str) or not text.isascii():
        raise EnvelopeError(f"{what} is not base64")
    plain = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise EnvelopeError(f"{what} is not base64") from error


def _wrapped(held: Envelope, snapshot: TrustSnapshot) -> bytes:
    spki = _key_of(held, snapshot)
    return write_bundle(held.payload, signature=held.signature, spki=spki)


def _key_of(held: Envelope, snapshot: TrustSnapshot) -> bytes:
    """Find the trusted key that made a signature; nothing if none did."""
    message = pre_authentication_encoding(held.payload)
    for key in snapshot.keys:
        try:
            public_key = read_public_key(key.key)
        except UnusableKeyError:
            continue
        if verify_signature(public_key, message, held.signature):
            return key.key
    return b""
