"""Attestations of Python packages (PEP 740): the proofs of a Sigstore bundle, in other words.

They are put into a bundle as they are: statement and signature keep their bytes, and so does what
proves them. Who published a package, as a provenance object says it, is nobody's signed word and is
not read; the certificate says it.
"""

from __future__ import annotations

from typing import Any

from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.seal.bundle import LARGEST, MEDIA_TYPE, read_bundle
from weighbridge.seal.dsse import PAYLOAD_TYPE, EnvelopeError
from weighbridge.seal.material import members

PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
"""What is said of a file by whoever uploads it; all is said by the type."""
VERSION = 1
MOST = 64
"""Attestations of one file; PyPI takes one of each kind from a publisher."""

_MARKS = {"attestation_bundles", "verification_material"}


def holds_attestations(data: bytes) -> bool:
    """Tell whether this means to be an attestation or a provenance object, whole or not."""
    if len(data) > LARGEST:
        return False
    try:
        tree = read_json(data)
    except NotCanonicalError:
        return False
    return isinstance(tree, dict) and not tree.keys().isdisjoint(_MARKS)


def read_attestations(data: bytes) -> tuple[bytes, ...]:
    """Read an attestation object, or a provenance object with several, as Sigstore bundles.

    Raises:
        EnvelopeError: It is neither, or one of them makes no bundle.
    """
    if len(data) > LARGEST:
        raise EnvelopeError(f"the attestation is larger than {LARGEST} bytes")
    try:
        tree = read_json(data)
    except NotCanonicalError as error:
        raise EnvelopeError(f"the attestation cannot be read: {error}") from error
    if isinstance(tree, dict) and "attestation_bundles" in tree:
        return tuple(_bundle(one) for one in _attestations(tree))
    return (_bundle(tree),)


def _attestations(tree: dict[str, Any]) -> list[object]:
    """List what a provenance object holds."""
    members(tree, "the provenance", {"attestation_bundles", "version"})
    _check_version(tree)
    found: list[object] = []
    for one in _list(tree["attestation_bundles"]):
        held = members(one, "a group of attestations", {"attestations", "publisher"})
        found.extend(_list(held["attestations"]))
    if not found:
        raise EnvelopeError("the provenance holds no attestation")
    if len(found) > MOST:
        raise EnvelopeError(f"the provenance holds more than {MOST} attestations")
    return found


def _bundle(tree: object) -> bytes:
    """Put one attestation into a bundle; what is read back from it is what it is worth."""
    held = members(tree, "the attestation", {"envelope", "verification_material", "version"})
    _check_version(held)
    envelope = members(held["envelope"], "the envelope", {"signature", "statement"})
    names = {"certificate", "transparency_entries"}
    material = members(held["verification_material"], "the verification material", names)
    data = canonical_bytes(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {
                "certificate": {"rawBytes": material["certificate"]},
                "tlogEntries": material["transparency_entries"],
            },
            "dsseEnvelope": {
                "payload": envelope["statement"],
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": envelope["signature"]}],
            },
        }
    )
    read_bundle(data)
    return data


def _check_version(tree: dict[str, Any]) -> None:
    if tree["version"] != VERSION or isinstance(tree["version"], bool):
        raise EnvelopeError(f"its version is not {VERSION}")


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise EnvelopeError("the provenance holds no lists of attestations")
    return value
