"""A stand-in for Sigstore's services: a CA, a certificate log and a transparency log of our own.

What they hand out is signed for real and proven for real, at any time a test states; only whom
they believe is up to the test.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.sigstore_root import SigstoreRoot, read_root
from weighbridge.seal.dsse import PAYLOAD_TYPE, pre_authentication_encoding

ISSUER = "https://ci.example.org"
SUBJECT = "https://ci.example.org/acme/models/release.yml@refs/heads/main"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LASTS = timedelta(minutes=10)

_ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_ISSUER_V2 = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_STAMPS = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def spki(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sign(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(SHA256()))


@dataclass
class Log:
    """A log, of certificates or of signatures."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    tree: MerkleTree = field(default_factory=lambda: MerkleTree([leaf_hash(b"the first entry")]))
    leaves: list[bytes] = field(default_factory=lambda: [leaf_hash(b"the first entry")])

    @property
    def name(self) -> bytes:
        return hashlib.sha256(spki(self.key.public_key())).digest()

    def instance(self, url: str) -> dict[str, Any]:
        return {
            "baseUrl": url,
            "hashAlgorithm": "SHA2_256",
            "logId": {"keyId": text(self.name)},
            "publicKey": {
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "rawBytes": text(spki(self.key.public_key())),
                "validFor": {"start": "2026-01-01T00:00:00Z"},
            },
        }


class StandIn:
    """All of it, with one root."""

    def __init__(self) -> None:
        self.ca = ec.generate_private_key(ec.SECP256R1())
        self.certificates = Log()
        self.signatures = Log()
        self.authority = self._authority()

    def root(self, **changes: Any) -> SigstoreRoot:  # noqa: ANN401 - members of the document
        tree = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "certificateAuthorities": [
                {
                    "certChain": {
                        "certificates": [
                            {"rawBytes": text(self.authority.public_bytes(Encoding.DER))}
                        ]
                    },
                    "subject": {"commonName": "stand-in", "organization": "example.org"},
                    "uri": "https://fulcio.example.org",
                    "validFor": {"start": "2026-01-01T00:00:00Z"},
                }
            ],
            "ctlogs": [self.certificates.instance("https://ct.example.org")],
            "timestampAuthorities": [],
            "tlogs": [self.signatures.instance("https://rekor.example.org")],
        }
        return read_root(tree | changes)

    def _authority(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
        key = self.ca.public_key()
        usage = _usage(key_cert_sign=True, crl_sign=True)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .sign(self.ca, SHA256())
        )

    def certify(
        self,
        key: ec.EllipticCurvePublicKey,
        *,
        at: datetime = NOON,
        subject: str = SUBJECT,
        issuer: str = ISSUER,
        stamped: bool = True,
    ) -> x509.Certificate:
        """Issue a certificate that lasts ten minutes; a log of certificates has seen it."""
        name = x509.RFC822Name if "://" not in subject else x509.UniformResourceIdentifier
        issued = issuer.encode()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.authority.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at)
            .not_valid_after(at + LASTS)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([name(subject)]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER, issued), critical=False)
            .add_extension(
                x509.UnrecognizedExtension(_ISSUER_V2, bytes([0x0C, len(issued)]) + issued),
                critical=False,
            )
        )
        if not stamped:
            return builder.sign(self.ca, SHA256())
        before = builder.sign(self.ca, SHA256()).tbs_certificate_bytes
        stamp = x509.UnrecognizedExtension(_STAMPS, self._stamp(before, at))
        return builder.add_extension(stamp, critical=False).sign(self.ca, SHA256())

    def _stamp(self, certificate: bytes, at: datetime) -> bytes:
        """Stamp a certificate that has no stamp yet (RFC 6962, section 3.2)."""
        time = int(at.timestamp() * 1000)
        issuer = hashlib.sha256(spki(self.ca.public_key())).digest()
        length = len(certificate).to_bytes(3, "big")
        seen = struct.pack("!BBQH", 0, 0, time, 1) + issuer + length + certificate + b"\0\0"
        signature = sign(self.certificates.key, seen)
        stamp = struct.pack("!B32sQHBBH", 0, self.certificates.name, time, 0, 4, 3, len(signature))
        stamp += signature
        listed = struct.pack("!HH", len(stamp) + 2, len(stamp)) + stamp
        assert len(listed) < 0x80, "DER writes a greater length in another way"
        return bytes([0x04, len(listed)]) + listed

    def log(self, envelope: bytes, certificate: x509.Certificate, at: datetime) -> dict[str, Any]:
        """Log an envelope and return the entry, as Rekor answers."""
        held = json.loads(envelope)
        verifier = text(certificate.public_bytes(Encoding.PEM))
        spec = {
            "envelopeHash": _hash(envelope),
            "payloadHash": _hash(base64.b64decode(held["payload"])),
            "signatures": [
                {"signature": one["sig"], "verifier": verifier} for one in held["signatures"]
            ],
        }
        body = canonical_bytes({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
        log = self.signatures
        index = len(log.leaves)
        log.leaves.append(leaf_hash(body))
        tree = MerkleTree(log.leaves)
        entry: dict[str, Any] = {
            "body": text(body),
            "integratedTime": int(at.timestamp()),
            "logID": log.name.hex(),
            "logIndex": index,
        }
        promise = sign(log.key, canonical_bytes(entry))
        proof = {
            "checkpoint": self._checkpoint(len(log.leaves), tree.root()),
            "hashes": [one.hex() for one in tree.inclusion(index)],
            "logIndex": index,
            "rootHash": tree.root().hex(),
            "treeSize": len(log.leaves),
        }
        verification = {"inclusionProof": proof, "signedEntryTimestamp": text(promise)}
        return entry | {"verification": verification}

    def _checkpoint(self, size: int, root: bytes) -> str:
        note = f"rekor.example.org - 1\n{size}\n{text(root)}\n"
        log = self.signatures
        signature = log.name[:4] + sign(log.key, note.encode())
        return f"{note}\n\N{EM DASH} rekor.example.org {text(signature)}\n"

    def bundle(
        self,
        payload: bytes,
        *,
        at: datetime = NOON,
        logged: datetime | None = None,
        certificate: x509.Certificate | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
        **named: Any,  # noqa: ANN401 - what `certify` takes
    ) -> dict[str, Any]:
        """Sign a statement, have it logged, and return the bundle as plain values.

        Args:
            payload: The statement.
            at: When the certificate is issued.
            logged: When the signature is logged; a minute later if None.
            certificate: The certificate, if it is there already.
            key: The key of it.
            named: Whom a new certificate names.
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        certificate = certificate or self.certify(key.public_key(), at=at, **named)
        signature = sign(key, pre_authentication_encoding(payload))
        envelope = {
            "payload": text(payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": text(signature)}],
        }
        time = logged or at + timedelta(minutes=1)
        entry = self.log(canonical_bytes(envelope), certificate, time)
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": text(certificate.public_bytes(Encoding.DER))},
                "tlogEntries": [_in_bundle(entry)],
            },
            "dsseEnvelope": envelope,
        }


def _hash(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


def _in_bundle(entry: dict[str, Any]) -> dict[str, Any]:
    """Write an entry of Rekor's as bundles hold it."""
    proof = entry["verification"]["inclusionProof"]
    return {
        "canonicalizedBody": entry["body"],
        "inclusionPromise": {"signedEntryTimestamp": entry["verification"]["signedEntryTimestamp"]},
        "inclusionProof": {
            "checkpoint": {"envelope": proof["checkpoint"]},
            "hashes": [text(bytes.fromhex(one)) for one in proof["hashes"]],
            "logIndex": str(proof["logIndex"]),
            "rootHash": text(bytes.fromhex(proof["rootHash"])),
            "treeSize": str(proof["treeSize"]),
        },
        "integratedTime": str(entry["integratedTime"]),
        "kindVersion": {"kind": "dsse", "version": "0.0.1"},
        "logId": {"keyId": text(bytes.fromhex(entry["logID"]))},
        "logIndex": str(entry["logIndex"]),
    }


def _usage(**used: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**(dict.fromkeys(names, False) | used))
