"""Envelopes and bundles of others: what was signed stays, whatever was around it."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

import pytest

from tests.predicates import EXAMPLES
from tests.seal.signing import (
    ALICE,
    BOB,
    CAROL,
    DIGEST,
    PrivateKey,
    identity,
    signature,
    signed,
    spki,
    trusted,
)
from weighbridge.model.trust import TrustedKey, TrustSnapshot
from weighbridge.seal.bundle import LARGEST, read_bundle
from weighbridge.seal.dsse import PAYLOAD_TYPE, EnvelopeError, pre_authentication_encoding
from weighbridge.seal.envelope import as_bundles
from weighbridge.seal.judging import Reason, Refusal, Signer, judge
from weighbridge.seal.statement import Statement, StatementError, read_statement, statement_around

KIND = "https://slsa.dev/provenance/v1"
# As another tool writes it: in its own layout, with more than we would.
PAYLOAD = json.dumps(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": "model.onnx",
                "uri": "https://example.com/model.onnx",
                "mediaType": "application/octet-stream",
                "annotations": {"a": 1},
                "digest": {"sha512": "22" * 64, "sha256": DIGEST.removeprefix("sha256:")},
            }
        ],
        "predicateType": KIND,
        "predicate": EXAMPLES[KIND],
    },
    indent=2,
).encode()
SNAPSHOT = TrustSnapshot(
    as_of=1,
    owners=("ann",),
    threshold=1,
    keys=tuple(
        sorted(
            (
                TrustedKey(key=b"no key at all", person="zed", roles=("builder",)),
                trusted(spki(ALICE)),
                trusted(spki(BOB), person="bob"),
            ),
            key=lambda key: key.spki,
        )
    ),
)


def envelope(key: PrivateKey = BOB, payload: bytes = PAYLOAD, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members
    made = signature(key, pre_authentication_encoding(payload))
    plain = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": "a key of bob's", "sig": base64.b64encode(made).decode()}],
    }
    return plain | changes


def bundle(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members
    material: dict[str, Any] = {
        "publicKey": {"hint": "as cosign has it"},
        "tlogEntries": [],
        "timestampVerificationData": None,
    }
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "verificationMaterial": material | changes,
        "dsseEnvelope": envelope(),
    }


def taken(tree: object) -> bytes:
    (data,) = as_bundles(json.dumps(tree).encode(), SNAPSHOT)
    return data


def judged(data: bytes) -> Signer | Refusal:
    return judge(
        read_bundle(data),
        snapshot=SNAPSHOT,
        at="2026-11-28T10:00:00Z",
        roles=["builder"],
        subject_digests=[DIGEST],
        predicate_type=KIND,
    )


def test_an_envelope_becomes_a_bundle_by_the_key_that_signed_it() -> None:
    for tree in (envelope(), bundle(), envelope(CAROL)):
        inner = tree.get("dsseEnvelope", tree)
        data = taken(tree)
        found = read_bundle(data)
        assert found.payload == PAYLOAD
        assert base64.b64encode(found.signature).decode() == inner["signatures"][0]["sig"]
    assert isinstance(judged(taken(envelope())), Signer)
    assert isinstance(judged(taken(bundle())), Signer)


def test_whom_nobody_trusts_has_signed_as_nobody() -> None:
    verdict = judged(taken(envelope(CAROL)))
    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.UNKNOWN_KEY
    assert verdict.seen == f"sha256:{sha256(b'').hexdigest()}"


def test_base64_of_either_alphabet_and_without_padding_is_read() -> None:
    made = signature(BOB, pre_authentication_encoding(PAYLOAD))
    tree = envelope() | {
        "payload": base64.urlsafe_b64encode(PAYLOAD).decode().rstrip("="),
        "signatures": [{"sig": base64.urlsafe_b64encode(made).decode().rstrip("=")}],
    }
    assert isinstance(judged(taken(tree)), Signer)


def test_a_bundle_of_ours_stays_as_it_is() -> None:
    data = signed(ALICE, PAYLOAD)
    assert as_bundles(data, SNAPSHOT) == (data,)
    stranger = signed(CAROL, PAYLOAD)
    assert as_bundles(stranger, SNAPSHOT) == (stranger,)


def test_a_hint_spelt_in_another_way_is_put_right() -> None:
    tree = json.loads(signed(BOB, PAYLOAD))
    other = base64.b64encode(sha256(b"the PEM").digest()).decode()
    tree["verificationMaterial"]["publicKey"]["hint"] = other
    data = taken(tree)
    assert f"sha256:{read_bundle(data).hint.hex()}" == identity(BOB)


def test_a_hint_of_another_trusted_key_is_left_to_be_refused() -> None:
    tree = json.loads(signed(BOB, PAYLOAD))
    hint = base64.b64encode(sha256(spki(ALICE)).digest()).decode()
    tree["verificationMaterial"]["publicKey"]["hint"] = hint
    verdict = judged(taken(tree))
    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.WRONG_HINT


@pytest.mark.parametrize(
    "tree",
    [
        {},
        [],
        1,
        {"payload": "", "signatures": []},
        envelope(more=1),
        envelope(payloadType="text/plain"),
        envelope(payloadType=None),
        envelope(signatures=[]),
        envelope(signatures=[*envelope()["signatures"], *envelope(ALICE)["signatures"]]),
        envelope(signatures=["x"]),
        envelope(signatures=[{"sig": "AA==", "cert": "x"}]),
        envelope(signatures=[{}]),
        envelope() | {"payload": "?"},
        envelope() | {"payload": 1},
        envelope() | {"payload": "é"},
        envelope() | {"payload": "A"},
        bundle(tlogEntries=[{"logIndex": "1"}]),
        bundle(certificate={"rawBytes": "AA=="}),
        bundle(publicKey=None),
        bundle() | {"verificationMaterial": 1},
        bundle() | {"dsseEnvelope": []},
    ],
)
def test_what_is_neither_is_refused(tree: object) -> None:
    with pytest.raises(EnvelopeError):
        taken(tree)


@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b" " * (LARGEST + 1)])
def test_bytes_that_are_no_json_are_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeError):
        as_bundles(data, SNAPSHOT)


def test_a_flipped_byte_of_the_payload_is_signed_by_nobody() -> None:
    other = base64.b64encode(PAYLOAD.replace(b"model", b"mobel")).decode()
    tree = envelope() | {"payload": other}
    verdict = judged(taken(tree))
    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.UNKNOWN_KEY


def statement(**changes: object) -> bytes:
    return json.dumps(json.loads(PAYLOAD) | changes).encode()


def test_subjects_of_others_are_read_by_their_sha256() -> None:
    assert read_statement(PAYLOAD).subjects == (("model.onnx", DIGEST),)


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ({"digest": {"gitCommit": "d20a"}}, ("", "gitCommit:d20a")),
        ({"digest": {"sha512": "2", "gitTree": "1"}, "name": "a"}, ("a", "gitTree:1")),
    ],
)
def test_a_subject_without_a_sha256_is_read_and_stands_for_nothing_of_ours(
    subject: object, read: tuple[str, str]
) -> None:
    assert read_statement(statement(subject=[subject])).subjects == (read,)


@pytest.mark.parametrize("predicate", [None, "left out"])
def test_a_publisher_says_nothing_beside_that_it_is_his(predicate: object) -> None:
    tree = json.loads(statement(predicate=None))
    if predicate is not None:
        del tree["predicate"]
    assert read_statement(json.dumps(tree).encode()).predicate == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": [{"name": "a"}]},
        {"subject": [{"name": "a", "digest": {}}]},
        {"subject": [{"name": "a", "digest": []}]},
        {"subject": [{"name": 1, "digest": {"sha256": "1" * 64}}]},
        {"subject": [{"name": "a", "digest": {"sha256": "1" * 63}}]},
        {"subject": [{"name": "a", "digest": {"sha256": "A" * 64}}]},
        {"subject": [{"name": "a", "digest": {"sha1": 1}}]},
        {"subject": [{"name": "a", "digest": {"sha1": "a b"}}]},
        {"subject": [{"name": "a", "digest": {"sha:256": "1"}, "x": 1}]},
        {"subject": [1]},
        {"predicate": []},
        {"more": 1},
        {"predicateType": "https://weighbridge.dev/release/v1"},
        {"predicateType": "https://weighbridge.dev/release/v1", "predicate": None},
    ],
)
def test_a_statement_of_others_is_still_a_statement(changes: dict[str, object]) -> None:
    with pytest.raises(StatementError):
        read_statement(statement(**changes))


def test_nothing_is_written_about_a_subject_without_a_sha256() -> None:
    for subjects in ((("a", "gitCommit:1"),), (("", DIGEST),)):
        assert Statement(KIND, subjects=subjects, predicate={}).subjects == subjects
        with pytest.raises(StatementError, match="no sha256"):
            statement_around(b"{}", predicate_type="https://example.com/x", subjects=subjects)


def test_what_has_not_the_shape_of_its_type_is_not_signed() -> None:
    with pytest.raises(StatementError, match="/ has no member buildDefinition"):
        statement_around(b"{}", predicate_type=KIND, subjects=(("a", DIGEST),))
