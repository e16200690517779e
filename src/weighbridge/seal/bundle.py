"""Sigstore bundles v0.3 that hold one DSSE envelope with one signature.

By a bare key, as ours are; or keyless, by a key a certificate binds to an identity, as Sigstore's
clients write them. The stored bytes are what is verified: a bundle is read strictly and never
written again from what was read. Every field is known, so nothing in a bundle is without meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from weighbridge.model.base64text import write_base64
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.trust import identity_digest
from weighbridge.seal.certificates import read_identity
from weighbridge.seal.dsse import PAYLOAD_TYPE, EnvelopeError, decode
from weighbridge.seal.material import Keyless, members, read_material

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
LARGEST = 16 << 20
"""Bytes; a report over 100,000 artifacts is smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle, taken apart; nothing of it is verified yet.

    Attributes:
        payload: The statement's bytes, as they were signed.
        payload_type: What the payload says it is.
        signature: The signature over the payload's pre-authentication encoding.
        hint: Whose it is, as the bundle claims: sha256 of the signer's SubjectPublicKeyInfo, or
            what stands for it where a certificate names an identity (`identity_digest`).
        keyless: Whom that certificate names; None for a bare key.
    """

    payload: bytes
    payload_type: str
    signature: bytes
    hint: bytes
    keyless: Keyless | None = None

    @property
    def signer(self) -> str:
        """The hint as digests are written: `sha256:` and 64 digits."""
        return f"sha256:{self.hint.hex()}"


def write_bundle(payload: bytes, *, signature: bytes, spki: bytes) -> bytes:
    """Write a bundle.

    Args:
        payload: The statement.
        signature: Signature over its pre-authentication encoding.
        spki: The signer's SubjectPublicKeyInfo, DER.
    """
    return canonical_bytes(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {
                "publicKey": {"hint": write_base64(sha256(spki).digest())},
                "tlogEntries": [],
            },
            "dsseEnvelope": {
                "payload": write_base64(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": write_base64(signature)}],
            },
        }
    )


def read_bundle(data: bytes) -> Bundle:
    """Read a bundle.

    Raises:
        EnvelopeError: It is not one, holds more than one signature, or anything unknown.
    """
    names = {"mediaType", "verificationMaterial", "dsseEnvelope"}
    tree = members(_parse(data), "the bundle", names)
    if tree["mediaType"] != MEDIA_TYPE:
        raise EnvelopeError(f"the bundle's media type is not {MEDIA_TYPE}")
    envelope = members(
        tree["dsseEnvelope"], "the envelope", {"payload", "payloadType", "signatures"}
    )
    if not isinstance(envelope["payloadType"], str):
        raise EnvelopeError("the payload's type is not text")
    material = tree["verificationMaterial"]
    keyless = _keyless(material, data)
    return Bundle(
        payload=decode(envelope["payload"], "the payload"),
        payload_type=envelope["payloadType"],
        signature=_signature(envelope["signatures"]),
        hint=_hint(material) if keyless is None else _identity(keyless),
        keyless=keyless,
    )


def _keyless(material: object, data: bytes) -> Keyless | None:
    if not isinstance(material, dict) or "certificate" not in material:
        return None
    issuer, subject = read_identity(read_material(material))
    return Keyless(issuer=issuer, subject=subject, document=data)


def _identity(keyless: Keyless) -> bytes:
    digest = identity_digest(keyless.issuer, keyless.subject)
    return bytes.fromhex(digest.removeprefix("sha256:"))


def _parse(data: bytes) -> object:
    if len(data) > LARGEST:
        raise EnvelopeError(f"the bundle is larger than {LARGEST} bytes")
    try:
        return read_json(data)
    except NotCanonicalError as error:
        raise EnvelopeError(f"the bundle cannot be read: {error}") from error


def _signature(tree: object) -> bytes:
    if not isinstance(tree, list) or len(tree) != 1:
        raise EnvelopeError("the envelope has not exactly one signature")
    return decode(members(tree[0], "the signature", {"sig"})["sig"], "the signature")


def _hint(tree: object) -> bytes:
    material = members(tree, "the verification material", {"publicKey", "tlogEntries"})
    if material["tlogEntries"] != []:
        raise EnvelopeError("entries of a foreign log are not read here")
    hint = decode(members(material["publicKey"], "the key", {"hint"})["hint"], "the key hint")
    if len(hint) != sha256().digest_size:
        raise EnvelopeError("the key hint is not a sha256")
    return hint
