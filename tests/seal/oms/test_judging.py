from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.seal.oms.papers import (
    KEY,
    NOW,
    OTHER,
    P384,
    P521,
    der,
    leaf,
    middle,
    public_pem,
    root,
    sign,
    spki,
)
from weighbridge.seal.dsse import EnvelopeError, pre_authentication_encoding
from weighbridge.seal.keys import UnusableKeyError
from weighbridge.seal.oms import bundle as bundles
from weighbridge.seal.oms.bundle import read_model_bundle, write_model_bundle
from weighbridge.seal.oms.judging import judge_certificates, judge_key
from weighbridge.seal.oms.keys import ModelKey, read_model_key
from weighbridge.seal.oms.manifest import HISTORIC, Manifest, Method, write_manifest
from weighbridge.seal.oms.refusal import RefusedError, UntrustedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.seal.oms.papers import Private

    Tree = dict[str, Any]

PAYLOAD = write_manifest(Manifest(name="m", method=Method(), files={"a": ("a" * 64,)}))


def public(key: Private) -> ModelKey:
    return read_model_key(spki(key))


def signed(key: Private, *, certificates: list[bytes] | None = None) -> bytes:
    signature = sign(key, pre_authentication_encoding(PAYLOAD))
    return write_model_bundle(
        PAYLOAD, signature=signature, hint=public(key).hint, certificates=certificates or []
    )


def changed(change: Callable[[Tree], object], data: bytes = b"") -> bytes:
    tree: Tree = json.loads(data or signed(KEY))
    change(tree)
    return json.dumps(tree).encode()


@pytest.mark.parametrize("key", [KEY, P384, P521], ids=["p256", "p384", "p521"])
def test_a_key_verifies_its_own_signature_and_no_other(key: Private) -> None:
    read = read_model_bundle(signed(key))
    assert read.payload == PAYLOAD
    assert judge_key(read, public(key)).key_digest == f"sha256:{sha256(spki(key)).hexdigest()}"
    with pytest.raises(RefusedError, match="names another key"):
        judge_key(read, public(OTHER))


def test_the_hint_is_the_digest_of_the_pem_or_what_others_write() -> None:
    key = public(KEY)
    assert key.hint == sha256(public_pem(KEY)).hexdigest()
    raw = sha256(spki(KEY)).digest()
    for hint in (key.hint, raw.hex(), b64encode(raw).decode()):
        data = changed(material(publicKey={"hint": hint}))
        assert judge_key(read_model_bundle(data), key).name == ""


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (public_pem(KEY), ""),
        (spki(KEY), ""),
        (spki(OTHER), "holds another key"),
        (b"junk", "cannot be read"),
    ],
)
def test_the_key_itself_may_stand_in_the_bundle(raw: bytes, why: str) -> None:
    material = {"publicKey": {"rawBytes": b64encode(raw).decode(), "keyDetails": "x"}}
    read = read_model_bundle(changed(lambda tree: tree.update(verificationMaterial=material)))
    if why:
        with pytest.raises(RefusedError, match=why):
            judge_key(read, public(KEY))
    else:
        assert judge_key(read, public(KEY)).name == ""


def test_a_changed_statement_is_not_signed() -> None:
    other = b64encode(PAYLOAD.replace(b'"m"', b'"n"')).decode()
    read = read_model_bundle(changed(lambda tree: tree["dsseEnvelope"].update(payload=other)))
    with pytest.raises(RefusedError, match="not this key's"):
        judge_key(read, public(KEY))


def test_a_certificate_verifies_what_it_signed() -> None:
    read = read_model_bundle(signed(KEY, certificates=der(leaf(), middle())))
    found = judge_certificates(read, [root()], at=NOW)
    assert found.path == ("CN=signer", "CN=middle", "CN=root")
    with pytest.raises(UntrustedError):
        judge_certificates(read, [leaf(OTHER)], at=NOW)


def test_the_signature_must_be_the_certificates() -> None:
    read = read_model_bundle(signed(OTHER, certificates=der(leaf(), middle())))
    with pytest.raises(RefusedError, match="not this key's"):
        judge_certificates(read, [root()], at=NOW)
    edwards = leaf(ed25519.Ed25519PrivateKey.generate())
    read = read_model_bundle(signed(OTHER, certificates=der(edwards, middle())))
    with pytest.raises(RefusedError, match="cannot be used"):
        judge_certificates(read, [root()], at=NOW)


def test_keys_and_certificates_are_not_taken_for_each_other() -> None:
    with pytest.raises(RefusedError, match="signed with a certificate"):
        judge_key(read_model_bundle(signed(KEY, certificates=der(leaf()))), public(KEY))
    with pytest.raises(RefusedError, match="signed with a bare key"):
        judge_certificates(read_model_bundle(signed(KEY)), [root()], at=NOW)


def test_the_mistake_of_v02_counts_for_its_own_statements_alone() -> None:
    written = f"DSSEV1 28 application/vnd.in-toto+json {len(PAYLOAD)} {PAYLOAD!r}".encode()
    data = write_model_bundle(PAYLOAD, signature=sign(KEY, written), hint=public(KEY).hint)
    with pytest.raises(RefusedError):
        judge_key(read_model_bundle(data), public(KEY))
    old = json.dumps({"predicateType": HISTORIC}).encode()
    written = f"DSSEV1 28 application/vnd.in-toto+json {len(old)} {old!r}".encode()
    data = write_model_bundle(old, signature=P384.sign(written, ec.ECDSA(SHA256())))
    material = {"publicKey": {"rawBytes": b64encode(spki(P384)).decode()}}
    data = changed(lambda tree: tree.update(verificationMaterial=material), data)
    assert judge_key(read_model_bundle(data), public(P384)).name == ""
    junk = write_model_bundle(b"junk", signature=b"junk", hint=public(KEY).hint)
    with pytest.raises(RefusedError):
        judge_key(read_model_bundle(junk), public(KEY))


def material(**changes: object) -> Callable[[Tree], object]:
    return lambda tree: tree["verificationMaterial"].update(changes)


def envelope(**changes: object) -> Callable[[Tree], object]:
    return lambda tree: tree["dsseEnvelope"].update(changes)


SIG = {"sig": "AA=="}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda tree: tree.update(mediaType="application/vnd.dev.sigstore.bundle.v0.1"), "media"),
        (lambda tree: tree.update(more=1), "is not of"),
        (lambda tree: tree.pop("dsseEnvelope"), "is not of"),
        (lambda tree: tree.update(dsseEnvelope=[]), "not a mapping"),
        (envelope(payloadType="text/plain"), "payload's type"),
        (envelope(payload="not base64"), "base64"),
        (envelope(payload=None), "not text"),
        (envelope(signatures=[]), "has 0 signatures"),
        (envelope(signatures=[SIG, SIG]), "has 2 signatures"),
        (envelope(signatures={}), "has no signatures"),
        (envelope(signatures=[{"sig": "AB=="}]), "base64"),
        (envelope(signatures=[{"sig": "AA==", "keyid": "x"}]), "says more"),
        (envelope(signatures=[{"sig": "AA==", "keyid": {}}]), "says more"),
        (envelope(signatures=[{"sig": "AA==", "cert": ""}]), "says more"),
        (lambda tree: tree.update(verificationMaterial={}), "exactly one kind"),
        (material(x509CertificateChain={}), "exactly one kind"),
        (lambda tree: tree.update(verificationMaterial={"certificate": {}}), "keyless"),
        (material(publicKey={}), "neither a hint nor bytes"),
        (material(publicKey={"hint": 7}), "hint is not text"),
        (lambda tree: tree.update(verificationMaterial={"x509CertificateChain": {}}), "1 to 16"),
    ],
)
def test_what_is_no_such_bundle_is_refused(change: Callable[[Tree], object], why: str) -> None:
    with pytest.raises(EnvelopeError, match=why):
        read_model_bundle(changed(change))


def test_what_others_leave_out_or_add_is_borne_with() -> None:
    for keyid in ({}, {"keyid": None}, {"keyid": ""}):
        signature = json.loads(signed(KEY))["dsseEnvelope"]["signatures"][0]["sig"]
        data = changed(envelope(signatures=[{"sig": signature, **keyid}]))
        data = changed(lambda tree: tree["verificationMaterial"].pop("tlogEntries"), data)
        data = changed(material(timestampVerificationData={}), data)
        assert judge_key(read_model_bundle(data), public(KEY)).name == ""


def test_a_bundle_that_is_too_large_is_neither_read_nor_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundles, "LARGEST", 100)
    with pytest.raises(EnvelopeError, match="larger"):
        read_model_bundle(b" " * 101)
    with pytest.raises(EnvelopeError, match="would be larger"):
        signed(KEY)


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(EnvelopeError):
        read_model_bundle(junk)


def test_only_three_curves_sign_models() -> None:
    edwards = ed25519.Ed25519PrivateKey.generate().public_key()
    data = edwards.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(UnusableKeyError, match="P-256, P-384 or P-521"):
        read_model_key(data)
    koblitz = ec.generate_private_key(ec.SECP256K1())
    with pytest.raises(UnusableKeyError, match="P-256, P-384 or P-521"):
        read_model_key(spki(koblitz))
    with pytest.raises(UnusableKeyError, match="not a public key"):
        read_model_key(b"junk")
    assert read_model_key(public_pem(P521)).spki == spki(P521)
