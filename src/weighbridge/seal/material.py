"""What a keyless bundle brings to prove whose signature it is: certificate, log entry, timestamps.

Read strictly and for its shape alone, so that nothing in a bundle is without meaning; what it
proves is for whoever verifies it (`model.keyless`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from weighbridge.seal.dsse import EnvelopeError, decode

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_ENTRY = {
    "canonicalizedBody",
    "inclusionProof",
    "kindVersion",
    "logId",
    "logIndex",
}
_ENTRY_OPTIONAL = {"inclusionPromise", "integratedTime"}
_MOST_HASHES = 64
_MOST_STAMPS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyless:
    """Who a keyless bundle says signed it.

    Attributes:
        issuer: Who vouches for the signer: the address of an OIDC provider.
        subject: Whom that names.
        document: The whole bundle, as stored.
    """

    issuer: str
    subject: str
    document: bytes


def read_material(tree: dict[str, Any]) -> bytes:
    """Read the verification material of a keyless bundle (Sigstore bundle v0.3).

    Returns:
        The signer's certificate, DER.

    Raises:
        EnvelopeError: It is none, has not exactly one log entry, or holds anything unknown.
    """
    members(
        tree,
        "the verification material",
        {"certificate", "tlogEntries"},
        optional={"timestampVerificationData"},
    )
    held = members(tree["certificate"], "the certificate", {"rawBytes"})
    entries = tree["tlogEntries"]
    if not isinstance(entries, list) or len(entries) != 1:
        raise EnvelopeError("the bundle has not exactly one entry of a log")
    _check_entry(entries[0])
    _check_stamps(tree.get("timestampVerificationData", {}))
    return decode(held["rawBytes"], "the certificate")


def members(
    tree: object, what: str, names: set[str], *, optional: set[str] | None = None
) -> dict[str, Any]:
    """Take a mapping that must have these members and no others.

    Raises:
        EnvelopeError: It is none, or has others.
    """
    if not isinstance(tree, dict) or not names <= tree.keys() <= names | (optional or set()):
        raise EnvelopeError(f"{what} does not have exactly {', '.join(sorted(names))}")
    return tree


def _check_entry(tree: object) -> None:
    entry = members(tree, "the log entry", _ENTRY, optional=_ENTRY_OPTIONAL)
    _check_number(entry["logIndex"])
    decode(members(entry["logId"], "the log's name", {"keyId"})["keyId"], "the log's name")
    kind = members(entry["kindVersion"], "the entry's kind", {"kind", "version"})
    _check_texts(kind["kind"], kind["version"])
    decode(entry["canonicalizedBody"], "the log entry")
    _check_proof(entry["inclusionProof"])
    if "integratedTime" in entry:
        _check_number(entry["integratedTime"])
    if "inclusionPromise" in entry:
        held = members(entry["inclusionPromise"], "the promise", {"signedEntryTimestamp"})
        decode(held["signedEntryTimestamp"], "the promise")


def _check_proof(tree: object) -> None:
    names = {"checkpoint", "hashes", "logIndex", "rootHash", "treeSize"}
    proof = members(tree, "the inclusion proof", names)
    _check_number(proof["logIndex"])
    _check_number(proof["treeSize"])
    decode(proof["rootHash"], "the root hash")
    _check_texts(members(proof["checkpoint"], "the checkpoint", {"envelope"})["envelope"])
    hashes = proof["hashes"]
    if not isinstance(hashes, list) or len(hashes) > _MOST_HASHES:
        raise EnvelopeError("the hashes of the inclusion proof are none")
    for one in hashes:
        decode(one, "a hash of the inclusion proof")


def _check_stamps(tree: object) -> None:
    held = members(tree, "the timestamps", set(), optional={"rfc3161Timestamps"})
    stamps = held.get("rfc3161Timestamps", [])
    if not isinstance(stamps, list) or len(stamps) > _MOST_STAMPS:
        raise EnvelopeError("the timestamps are none")
    for one in stamps:
        stamp = members(one, "a timestamp", {"signedTimestamp"})
        decode(stamp["signedTimestamp"], "a timestamp")


def _check_number(value: object) -> None:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise EnvelopeError("a number of the log entry is none")


def _check_texts(*values: object) -> None:
    if not all(isinstance(value, str) for value in values):
        raise EnvelopeError("a text of the log entry is none")
