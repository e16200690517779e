"""OMS bundles: Sigstore bundles v0.3 with one signature, by a bare key or with certificates.

Read strictly where meaning could hide: one kind of verification material, exactly one signature.
What a foreign log or timestamp would add is not judged here, so it is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.base64text import write_base64
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.seal.bundle import MEDIA_TYPE
from weighbridge.seal.dsse import PAYLOAD_TYPE, EnvelopeError, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 64 << 20
"""Bytes of a bundle; 300,000 files fit."""

MOST_CERTIFICATES = 16

_KINDS = {"publicKey", "x509CertificateChain", "certificate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBundle:
    """A bundle, taken apart; nothing of it is verified yet.

    Attributes:
        payload: The statement's bytes, as they were signed.
        signature: The signature.
        hint: What the bundle calls the key; empty for certificates and before v1.1.
        raw_key: The key itself, as bundles had it before v1.1; PEM or DER.
        certificates: The signer's certificate and those above it, DER; empty for a bare key.
    """

    payload: bytes
    signature: bytes
    hint: str = ""
    raw_key: bytes = b""
    certificates: tuple[bytes, ...] = ()


def write_model_bundle(
    payload: bytes, *, signature: bytes, hint: str = "", certificates: Sequence[bytes] = ()
) -> bytes:
    """Write a bundle.

    Args:
        payload: The statement.
        signature: Signature over its pre-authentication encoding.
        hint: What the key is called, if there are no certificates.
        certificates: The signer's certificate and those above it, DER.

    Raises:
        EnvelopeError: It is larger than any that would be read.
    """
    chain = [{"rawBytes": write_base64(one)} for one in certificates]
    material = {"x509CertificateChain": {"certificates": chain}}
    data = canonical_bytes(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {
                **(material if chain else {"publicKey": {"hint": hint}}),
                "tlogEntries": [],
            },
            "dsseEnvelope": {
                "payload": write_base64(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": write_base64(signature), "keyid": ""}],
            },
        }
    )
    if len(data) > LARGEST:
        raise EnvelopeError(f"the bundle would be larger than {LARGEST} bytes")
    return data


def read_model_bundle(data: bytes) -> ModelBundle:
    """Read a bundle.

    Raises:
        EnvelopeError: It is not one, or not one of a bare key or of certificates.
    """
    if len(data) > LARGEST:
        raise EnvelopeError(f"the bundle is larger than {LARGEST} bytes")
    try:
        tree = read_json(data, decimals=True)
    except NotCanonicalError as error:
        raise EnvelopeError(f"the bundle cannot be read: {error}") from error
    members = _mapping(tree, "the bundle")
    if members.keys() != {"mediaType", "verificationMaterial", "dsseEnvelope"}:
        raise EnvelopeError("the bundle is not of a media type, material and an envelope")
    if members["mediaType"] != MEDIA_TYPE:
        raise EnvelopeError(f"the bundle's media type is not {MEDIA_TYPE}")
    envelope = _mapping(members["dsseEnvelope"], "the envelope")
    if envelope.get("payloadType") != PAYLOAD_TYPE:
        raise EnvelopeError(f"the payload's type is not {PAYLOAD_TYPE}")
    hint, raw_key, certificates = _material(members["verificationMaterial"])
    return ModelBundle(
        payload=decode(envelope.get("payload"), "the payload"),
        signature=_signature(envelope.get("signatures")),
        hint=hint,
        raw_key=raw_key,
        certificates=certificates,
    )


def _signature(tree: object) -> bytes:
    if not isinstance(tree, list) or len(tree) != 1:
        number = len(tree) if isinstance(tree, list) else "no"
        raise EnvelopeError(f"the envelope has {number} signatures, and not exactly one")
    signature = _mapping(tree[0], "the signature")
    if not signature.keys() <= {"sig", "keyid"} or signature.get("keyid") not in (None, ""):
        raise EnvelopeError("the signature says more than itself")
    return decode(signature.get("sig"), "the signature")


def _material(tree: object) -> tuple[str, bytes, tuple[bytes, ...]]:
    """Read what the signature is to be verified with: hint, raw key, certificates."""
    material = _mapping(tree, "the verification material")
    kinds = _KINDS & material.keys()
    if len(kinds) != 1:
        raise EnvelopeError("the verification material is not of exactly one kind")
    if "certificate" in kinds:
        raise EnvelopeError("the bundle was signed without a key of one's own (Sigstore keyless)")
    if "publicKey" in kinds:
        return *_public_key(_mapping(material["publicKey"], "the key")), ()
    chain = _mapping(material["x509CertificateChain"], "the chain").get("certificates")
    if not isinstance(chain, list) or not 1 <= len(chain) <= MOST_CERTIFICATES:
        raise EnvelopeError(f"the chain is not of 1 to {MOST_CERTIFICATES} certificates")
    return "", b"", tuple(_certificate(one) for one in chain)


def _public_key(key: dict[str, Any]) -> tuple[str, bytes]:
    hint, raw = key.get("hint"), key.get("rawBytes")
    if hint is None and raw is None:
        raise EnvelopeError("the key has neither a hint nor bytes")
    if not isinstance(hint, str | None):
        raise EnvelopeError("the key's hint is not text")
    return hint or "", b"" if raw is None else decode(raw, "the key")


def _certificate(tree: object) -> bytes:
    return decode(_mapping(tree, "a certificate").get("rawBytes"), "a certificate")


def _mapping(tree: object, what: str) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise EnvelopeError(f"{what} is not a mapping")
    return tree
