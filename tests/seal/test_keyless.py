"""The shape of keyless bundles and of attestations, and what judges make of them unproven."""

from __future__ import annotations

import base64
import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.seal.signing import ALICE, DIGEST, STATEMENT, signed_bundle, snapshot, spki, trusted
from tests.sigstore_stand_in import ISSUER, NOON, SUBJECT, StandIn, text
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.errors import UnavailableError
from weighbridge.model.keyless import KeylessError, RootlessError
from weighbridge.model.predicates import PUBLISH, RELEASE
from weighbridge.model.trust import TrustedIdentity, TrustSnapshot, identity_digest
from weighbridge.seal.bundle import LARGEST, read_bundle
from weighbridge.seal.certificates import read_identity
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.envelope import as_bundles
from weighbridge.seal.judging import Reason, Refusal, Signer, count, judge
from weighbridge.seal.pep740 import MOST, read_attestations
from weighbridge.seal.statement import read_statement

if TYPE_CHECKING:
    from collections.abc import Callable

Tree = dict[str, Any]
SERVICES = StandIn()
GOOD: Tree = SERVICES.bundle(STATEMENT)
DATA = canonical_bytes(GOOD)
MATERIAL = "verificationMaterial"
STAMPS = "timestampVerificationData"


def entry(tree: Tree) -> Tree:
    found: Tree = tree[MATERIAL]["tlogEntries"][0]
    return found


def test_a_keyless_bundle_names_who_signed() -> None:
    bundle = read_bundle(DATA)
    assert bundle.keyless is not None
    assert (bundle.keyless.issuer, bundle.keyless.subject) == (ISSUER, SUBJECT)
    assert bundle.keyless.document == DATA
    assert bundle.signer == identity_digest(ISSUER, SUBJECT)
    assert bundle.payload == STATEMENT


def test_a_bundle_of_a_key_names_its_key_alone() -> None:
    bundle = signed_bundle(ALICE)
    assert bundle.keyless is None
    assert bundle.signer == trusted(spki(ALICE)).spki


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree[MATERIAL].pop("tlogEntries"),
        lambda tree: tree[MATERIAL].update(tlogEntries=[]),
        lambda tree: tree[MATERIAL].update(tlogEntries=[entry(tree)] * 2),
        lambda tree: tree[MATERIAL].update(tlogEntries={}),
        lambda tree: tree[MATERIAL].update(more=1),
        lambda tree: tree[MATERIAL].update(certificate={"rawBytes": "QUE"}),
        lambda tree: tree[MATERIAL].update(certificate={"rawBytes": "QUFB"}),
        lambda tree: tree[MATERIAL].update(certificate="QUFB"),
        lambda tree: tree[MATERIAL].update({STAMPS: {"rfc3161Timestamps": {}}}),
        lambda tree: tree[MATERIAL].update({STAMPS: {"rfc3161Timestamps": [{}]}}),
        lambda tree: tree[MATERIAL].update({STAMPS: {"rfc3161Timestamps": [{}] * 33}}),
        lambda tree: tree[MATERIAL].update({STAMPS: {"more": []}}),
        lambda tree: entry(tree).update(more=1),
        lambda tree: entry(tree).update(logIndex=1),
        lambda tree: entry(tree).update(logIndex="01"),
        lambda tree: entry(tree).update(integratedTime="-1"),
        lambda tree: entry(tree).update(kindVersion={"kind": 1, "version": "0.0.1"}),
        lambda tree: entry(tree)["inclusionProof"].update(hashes="QUFB"),
        lambda tree: entry(tree)["inclusionProof"].update(hashes=["QUFB"] * 65),
        lambda tree: entry(tree)["inclusionProof"].update(hashes=["QUG="]),
        lambda tree: entry(tree)["inclusionProof"].pop("checkpoint"),
        lambda tree: entry(tree)["inclusionPromise"].update(more=1),
        lambda tree: tree.update(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.2"),
        lambda tree: tree["dsseEnvelope"]["signatures"][0].update(keyid=""),
    ],
)
def test_what_is_not_in_its_one_form_is_no_bundle(change: Callable[[Tree], object]) -> None:
    tree = copy.deepcopy(GOOD)
    change(tree)
    with pytest.raises(EnvelopeError):
        read_bundle(canonical_bytes(tree))


@pytest.mark.parametrize("stamps", [{}, {"rfc3161Timestamps": []}])
def test_timestamps_may_be_none(stamps: Tree) -> None:
    tree = copy.deepcopy(GOOD)
    tree[MATERIAL][STAMPS] = stamps
    assert read_bundle(canonical_bytes(tree)).keyless is not None


def test_a_timestamp_is_read_for_its_shape() -> None:
    tree = copy.deepcopy(GOOD)
    tree[MATERIAL][STAMPS] = {"rfc3161Timestamps": [{"signedTimestamp": "QUFB"}]}
    del entry(tree)["integratedTime"], entry(tree)["inclusionPromise"]
    assert read_bundle(canonical_bytes(tree)).keyless is not None


def certificate(*extensions: x509.ExtensionType) -> bytes:
    """Issue a certificate to nobody but whom the extensions name."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOON)
        .not_valid_after(NOON)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def issued(value: bytes, place: int = 8) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{place}"), value)


ADDRESS = x509.SubjectAlternativeName([x509.RFC822Name("ann@example.org")])


@pytest.mark.parametrize("length", [5, 127, 128, 300])
def test_an_issuer_of_any_length_is_read(length: int) -> None:
    name = "i" * length
    size = bytes([length]) if length < 0x80 else b"\x82" + length.to_bytes(2, "big")
    der = certificate(ADDRESS, issued(b"\x0c" + size + name.encode()))
    assert read_identity(der) == (name, "ann@example.org")


def test_an_issuer_in_the_old_spelling_is_read() -> None:
    assert read_identity(certificate(ADDRESS, issued(b"https://old", 1)))[0] == "https://old"


@pytest.mark.parametrize(
    "extensions",
    [
        (ADDRESS,),
        (issued(b"\x0c\x01i"),),
        (ADDRESS, issued(b"\x0c\x01i"), issued(b"j", 1)),
        (ADDRESS, issued(b"\x0c\x02i")),
        (ADDRESS, issued(b"\x0c\x01ij")),
        (ADDRESS, issued(b"\x0c")),
        (ADDRESS, issued(b"\x04\x01i")),
        (ADDRESS, issued(b"\x0c\x00")),
        (ADDRESS, issued(b"\xff", 1)),
        (ADDRESS, issued(b" i", 1)),
        (x509.SubjectAlternativeName([x509.DNSName("example.org")]), issued(b"i", 1)),
        (
            x509.SubjectAlternativeName(
                [x509.RFC822Name("ann@example.org"), x509.RFC822Name("ben@example.org")]
            ),
            issued(b"i", 1),
        ),
    ],
)
def test_a_certificate_names_one_issuer_and_one_subject(
    extensions: tuple[x509.ExtensionType, ...],
) -> None:
    with pytest.raises(EnvelopeError, match="names nobody"):
        read_identity(certificate(*extensions))


class Verifier:
    """Proves everything, or fails as it is told to; remembers what it was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[tuple[bytes, str, str]] = []

    def verify(self, document: bytes, *, issuer: str, subject: str) -> str:
        self.asked.append((document, issuer, subject))
        if self.error is not None:
            raise self.error
        return "2026-11-22T12:01:00Z"


TRUST = TrustSnapshot(
    as_of=7,
    owners=("olga",),
    threshold=1,
    identities=(
        TrustedIdentity(issuer=ISSUER, subject=SUBJECT, person="alice", roles=("builder",)),
    ),
)


def judged(verifier: Verifier | None, trust: TrustSnapshot = TRUST) -> Signer | Refusal:
    return judge(
        read_bundle(DATA),
        snapshot=trust,
        at="2026-11-22T13:00:00Z",
        roles={"builder"},
        subject_digests={DIGEST},
        predicate_type=RELEASE,
        keyless=verifier,
    )


def test_the_very_bytes_are_proven_and_of_whom_they_name() -> None:
    verifier = Verifier()
    signer = judged(verifier)
    assert isinstance(signer, Signer)
    assert signer.spki == identity_digest(ISSUER, SUBJECT)
    assert verifier.asked == [(DATA, ISSUER, SUBJECT)]


def test_nothing_a_stranger_wrote_is_verified() -> None:
    verifier = Verifier()
    refused = judged(verifier, snapshot(trusted(spki(ALICE))))
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.code) == (Reason.UNKNOWN_IDENTITY, "INT006")
    assert SUBJECT in refused.seen
    assert "--identity" in refused.remediation
    assert verifier.asked == []


@pytest.mark.parametrize(
    ("verifier", "reason", "remedy"),
    [
        (None, Reason.NOT_JUDGED, "weighbridge[sigstore]"),
        (Verifier(UnavailableError("an extra is missing")), Reason.NOT_JUDGED, "sigstore"),
        (Verifier(RootlessError("there is none")), Reason.NO_ROOT, "advisories update"),
        (Verifier(KeylessError("no proof")), Reason.NOT_PROVEN, "signed again"),
    ],
)
def test_what_is_not_proven_never_counts(
    verifier: Verifier | None, reason: Reason, remedy: str
) -> None:
    refused = judged(verifier)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert remedy in refused.remediation


def test_a_key_and_an_identity_of_one_person_count_once() -> None:
    by_identity = judged(Verifier())
    assert isinstance(by_identity, Signer)
    by_key = Signer(person="alice", roles=("builder",), spki=trusted(spki(ALICE)).spki)
    other = Signer(person="bob", roles=("builder",), spki=by_identity.spki)
    assert count([by_identity, by_key]) == 1
    assert count([by_identity, other]) == 1
    assert count([by_identity, Signer(person="bob", roles=(), spki=by_key.spki)]) == 2


def attestation(**changes: object) -> Tree:
    return {
        "version": 1,
        "verification_material": {
            "certificate": GOOD[MATERIAL]["certificate"]["rawBytes"],
            "transparency_entries": GOOD[MATERIAL]["tlogEntries"],
        },
        "envelope": {
            "statement": text(STATEMENT),
            "signature": GOOD["dsseEnvelope"]["signatures"][0]["sig"],
        },
    } | changes


def provenance(*groups: object, **changes: object) -> bytes:
    return json.dumps({"version": 1, "attestation_bundles": list(groups)} | changes).encode()


def group(*attestations: Tree) -> Tree:
    return {"publisher": {"kind": "GitHub"}, "attestations": list(attestations)}


def test_an_attestation_is_the_bundle_in_other_words() -> None:
    (data,) = read_attestations(json.dumps(attestation()).encode())
    assert data == DATA


def test_a_provenance_object_holds_several() -> None:
    one = attestation()
    assert read_attestations(provenance(group(one), group(one, one))) == (DATA,) * 3


def test_attestations_others_signed_become_bundles() -> None:
    one = attestation()
    assert as_bundles(json.dumps(one).encode(), TRUST) == (DATA,)
    assert as_bundles(provenance(group(one, one)), TRUST) == (DATA,) * 2
    for broken in (provenance(), json.dumps(attestation(version=2)).encode()):
        with pytest.raises(EnvelopeError, match=r"holds no attestation|version is not 1"):
            as_bundles(broken, TRUST)


def test_a_keyless_bundle_stays_keyless_whatever_key_is_trusted() -> None:
    """Else an identity's signature could count as that of a key that was in its certificate."""
    leaf = x509.load_der_x509_certificate(read_der(GOOD))
    key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert as_bundles(DATA, snapshot(trusted(key))) == (DATA,)


def read_der(tree: Tree) -> bytes:
    return base64.b64decode(tree[MATERIAL]["certificate"]["rawBytes"])


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b'"attestation_bundles"',
        json.dumps(attestation(version=2)).encode(),
        json.dumps(attestation(version=True)).encode(),
        json.dumps(attestation(more=1)).encode(),
        json.dumps(attestation(envelope={"statement": "QUFB"})).encode(),
        json.dumps(attestation(envelope={"statement": "QUG=", "signature": "QUFB"})).encode(),
        provenance(),
        provenance(group()),
        provenance(group(*[attestation()] * (MOST + 1))),
        provenance(group(attestation()), version=2),
        provenance(group(attestation()), more=1),
        provenance({"attestations": []}),
        provenance({"publisher": None, "attestations": {}}),
        b" " * (LARGEST + 1),
    ],
)
def test_what_is_no_attestation_is_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeError):
        read_attestations(data)


def test_a_statement_without_a_predicate_says_all_by_its_type() -> None:
    tree = json.loads(STATEMENT)
    tree |= {"predicate": None, "predicateType": PUBLISH}
    assert read_statement(json.dumps(tree).encode()).predicate == {}
