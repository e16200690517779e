"""`attest --bundle` of what cosign writes: statements count, bare signatures of bytes do not."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.predicates import SARIF
from tests.usecases.cast import PASSPHRASES, RELEASE
from tests.usecases.foreign import SARIF_TYPE, dsse, statement
from tests.usecases.workshop import WEIGHTS, sha256
from weighbridge.adapters.keys import KeyFolder

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ENTRY = {"logIndex": "1", "logId": {"keyId": "AA=="}, "integratedTime": "1767225600"}


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def envelope(cast: Cast) -> dict[str, Any]:
    """Have bea sign a statement about the model, as `cosign attest-blob --key` does."""
    payload = statement(SARIF_TYPE, SARIF, sha256(WEIGHTS))
    made: dict[str, Any] = json.loads(dsse(payload, by="bea", keys=KeyFolder(cast.keys)))
    made["signatures"][0].pop("keyid")  # protobuf leaves out what is empty
    return made


def bundle(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - members
    """Write a bundle by a key, with the hint cosign gives (base64 of the sha256 of the key)."""
    material = {"publicKey": {"hint": text(b"h" * 32)}, **more.pop("material", {})}
    return {"mediaType": MEDIA_TYPE, "verificationMaterial": material, **more}


def give(cast: Cast, document: object) -> Ran:
    path = cast.folder.parent / "cosign.json"
    path.write_text(json.dumps(document))
    return cast("attest", RELEASE, f"--bundle={path}")


def test_a_statement_by_a_key_counts(envelope: dict[str, Any], cast: Cast) -> None:
    ran = give(cast, bundle(dsseEnvelope=envelope))
    assert ran.code == 0, ran.err
    assert cast.last()["body"]["person"] == "bea"


def test_with_an_entry_of_a_public_log_the_envelope_alone_counts(
    envelope: dict[str, Any], cast: Cast
) -> None:
    """Nothing of what somebody brings is dropped without a word; what to drop is said."""
    whole = bundle(material={"tlogEntries": [ENTRY]}, dsseEnvelope=envelope)
    ran = give(cast, whole)
    assert ran.code == 2
    assert "a key made it, and an entry of a public log is beside it" in ran.err
    assert "jq .dsseEnvelope FILE" in ran.err
    assert give(cast, whole["dsseEnvelope"]).code == 0


def test_a_signature_of_bytes_is_no_evidence(cast: Cast) -> None:
    """Made as `cosign sign-blob --key --bundle` makes it, and it is a good one."""
    key = KeyFolder(cast.keys).locked("bea").unlock(PASSPHRASES["bea"])
    digest = base64.b64encode(bytes.fromhex(sha256(WEIGHTS).removeprefix("sha256:"))).decode()
    message = {
        "messageDigest": {"algorithm": "SHA2_256", "digest": digest},
        "signature": text(key.sign(WEIGHTS)),
    }
    before = cast.kinds()
    ran = give(cast, bundle(messageSignature=message))
    assert (ran.code, ran.out) == (2, "")
    assert "it signs the bytes of a file, and says nothing of them" in ran.err
    assert "cosign attest-blob" in ran.err
    assert cast.kinds() == before


def test_the_former_format_is_told_and_its_envelope_counts(
    envelope: dict[str, Any], cast: Cast
) -> None:
    held = text(json.dumps(envelope).encode())
    former = {
        "base64Signature": held,
        "cert": "",
        "rekorBundle": {"SignedEntryTimestamp": "AA==", "Payload": {"logIndex": 1}},
    }
    ran = give(cast, former)
    assert ran.code == 2
    assert "it is in cosign's former format" in ran.err
    assert "jq -r .base64Signature FILE | base64 -d" in ran.err
    assert give(cast, json.loads(base64.b64decode(held))).code == 0


@pytest.mark.parametrize("document", [[], {}, {"verificationMaterial": 1}, 3])
def test_anything_else_is_told_as_before(document: object, cast: Cast) -> None:
    ran = give(cast, document)
    assert ran.code == 2
    assert "give a Sigstore bundle, a DSSE envelope with one signature, or PEP 740" in ran.err


def test_a_signature_of_a_model_for_others_is_no_evidence(cast: Cast) -> None:
    """Its subject is a digest over digests, which stands in no manifest."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    place = cast.folder.parent
    (place / "key.pem").write_bytes(pem)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (place / "key.pub").write_bytes(public)
    cast.done("key", "trust", "../key.pub", "--person=dora", "--role=builder", by="ann ben")
    (place / "model").mkdir()
    (place / "model" / "model.bin").write_bytes(WEIGHTS)
    words = ("--format=oms", "--key=../key.pem", "--output=../model.sig")
    cast.done("sign", "../model", *words)
    ran = cast("attest", RELEASE, f"--bundle={place / 'model.sig'}")
    assert (ran.code, ran.out) == (4, "")
    assert cast.last()["body"]["reason"] == "other-subject"
