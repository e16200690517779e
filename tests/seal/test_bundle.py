from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.seal.signing import ALICE, DIGEST, STATEMENT, identity, signed, snapshot, spki, trusted
from weighbridge.model.base64text import write_base64
from weighbridge.model.predicates import RELEASE
from weighbridge.seal.bundle import LARGEST, MEDIA_TYPE, read_bundle, write_bundle
from weighbridge.seal.dsse import PAYLOAD_TYPE, EnvelopeError
from weighbridge.seal.judging import Signer, judge

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "golden.bundle.json"
SIGNED = signed(ALICE)

Tree = dict[str, Any]


def judged(data: bytes) -> object:
    return judge(
        read_bundle(data),
        snapshot=snapshot(trusted(spki(ALICE))),
        at="2026-11-22T00:00:00Z",
        roles={"builder"},
        subject_digests={DIGEST},
        predicate_type=RELEASE,
    )


def test_a_bundle_is_written_as_ever() -> None:
    assert GOLDEN.read_bytes() == SIGNED


def test_an_old_bundle_still_counts() -> None:
    signer = Signer(person="alice", roles=("builder",), spki=identity(ALICE))
    assert judged(GOLDEN.read_bytes()) == signer


def test_a_bundle_has_the_members_other_readers_expect() -> None:
    tree = json.loads(SIGNED)
    assert tree["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert tree["dsseEnvelope"]["payloadType"] == "application/vnd.in-toto+json"
    assert bytes.fromhex(identity(ALICE).removeprefix("sha256:")) == read_bundle(SIGNED).hint
    assert len(tree["dsseEnvelope"]["signatures"]) == 1


@given(st.binary(), st.binary(), st.binary())
def test_a_bundle_is_read_as_it_was_written(payload: bytes, signature: bytes, key: bytes) -> None:
    bundle = read_bundle(write_bundle(payload, signature=signature, spki=key))
    assert (bundle.payload, bundle.signature) == (payload, signature)
    assert bundle.payload_type == PAYLOAD_TYPE


def test_another_layout_of_the_same_members_is_read() -> None:
    tree = dict(reversed(json.loads(SIGNED).items()))
    assert read_bundle(json.dumps(tree, indent=2).encode()) == read_bundle(SIGNED)


def test_no_byte_of_a_bundle_is_without_meaning() -> None:
    counted = []
    for place, byte in enumerate(SIGNED):
        for flipped in {byte ^ (1 << bit) for bit in range(8)} | {0, 0x20, 0x22, 0x41, 0x61}:
            data = SIGNED[:place] + bytes([flipped]) + SIGNED[place + 1 :]
            try:
                counts = isinstance(judged(data), Signer)
            except EnvelopeError:
                counts = False
            if counts and data != SIGNED:
                counted.append((place, flipped))
    assert counted == []


@pytest.mark.parametrize("cut", [0, 1, len(SIGNED) // 2, len(SIGNED) - 1])
def test_a_bundle_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(EnvelopeError):
        read_bundle(SIGNED[:cut])


@pytest.mark.parametrize("trailing", [b"x", b"\x00", SIGNED, b"{}", b","])
def test_nothing_may_follow(trailing: bytes) -> None:
    with pytest.raises(EnvelopeError, match="the bundle cannot be read"):
        read_bundle(SIGNED + trailing)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"\xef\xbb\xbf{}", b"{", b"NaN", b'{"a":Infinity}', b'{"a":1.5}', b'{"a":1e3}',
     b'{"a":1,"a":2}', b'{"a":9007199254740992}', b'"\\ud800"', b"1" * 5000,
     b"[" * 10**5, b"[" * 10**5 + b"]" * 10**5, b'{"a":' * 10**5 + b"1" + b"}" * 10**5],
)  # fmt: skip
def test_what_is_not_plain_json_is_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeError, match="the bundle cannot be read"):
        read_bundle(data)


def test_a_key_that_stands_twice_is_refused() -> None:
    member = b'"mediaType":"' + MEDIA_TYPE.encode() + b'",'
    assert member in SIGNED
    with pytest.raises(EnvelopeError, match="a key stands twice"):
        read_bundle(SIGNED.replace(member, member * 2))


def test_a_bundle_too_large_is_not_parsed() -> None:
    with pytest.raises(EnvelopeError, match=f"larger than {LARGEST} bytes"):
        read_bundle(SIGNED + b" " * LARGEST)


CHANGES: dict[str, tuple[Callable[[Tree], object], str]] = {
    "an unknown member": (lambda t: t.update(more=1), "the bundle does not have exactly"),
    "a member gone": (lambda t: t.pop("mediaType"), "the bundle does not have exactly"),
    "another version": (
        lambda t: t.update(mediaType="application/vnd.dev.sigstore.bundle.v0.2+json"),
        "media type",
    ),
    "no material": (lambda t: t.update(verificationMaterial=None), "verification material"),
    "a certificate": (
        lambda t: t["verificationMaterial"].update(certificate={"rawBytes": ""}),
        "verification material",
    ),
    "a log entry": (
        lambda t: t["verificationMaterial"].update(tlogEntries=[{}]),
        "entries of a foreign log",
    ),
    "a key beside the hint": (
        lambda t: t["verificationMaterial"]["publicKey"].update(rawBytes=""),
        "the key does not have exactly hint",
    ),
    "a short hint": (
        lambda t: t["verificationMaterial"]["publicKey"].update(hint="QQ=="),
        "the key hint is not a sha256",
    ),
    "no hint": (
        lambda t: t["verificationMaterial"]["publicKey"].update(hint=None),
        "the key hint is not text",
    ),
    "a second garbage signature": (
        lambda t: t["dsseEnvelope"]["signatures"].append({"sig": "AAAA"}),
        "not exactly one signature",
    ),
    "the same signature again": (
        lambda t: t["dsseEnvelope"]["signatures"].append(t["dsseEnvelope"]["signatures"][0]),
        "not exactly one signature",
    ),
    "no signature": (
        lambda t: t["dsseEnvelope"]["signatures"].clear(),
        "not exactly one signature",
    ),
    "signatures that are no list": (
        lambda t: t["dsseEnvelope"].update(signatures={"sig": "AAAA"}),
        "not exactly one signature",
    ),
    "a key id": (
        lambda t: t["dsseEnvelope"]["signatures"][0].update(keyid="a"),
        "the signature does not have exactly sig",
    ),
    "a type that is no text": (
        lambda t: t["dsseEnvelope"].update(payloadType=1),
        "the payload's type is not text",
    ),
    "a payload in another spelling": (
        lambda t: t["dsseEnvelope"].update(payload="QUG="),
        "the payload is base64 in other than its canonical spelling",
    ),
    "a payload in the alphabet of addresses": (
        lambda t: t["dsseEnvelope"].update(payload="-_-_"),
        "the payload is not base64",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_bundle_is_refused(change: str) -> None:
    apply, message = CHANGES[change]
    tree = json.loads(SIGNED)
    apply(tree)
    with pytest.raises(EnvelopeError, match=message):
        read_bundle(json.dumps(tree).encode())


def test_a_second_garbage_signature_is_refused() -> None:
    good = json.loads(SIGNED)["dsseEnvelope"]["signatures"][0]
    garbage = {"sig": write_base64(b"garbage")}
    for signatures in ([good, garbage], [garbage, good]):
        tree = json.loads(SIGNED)
        tree["dsseEnvelope"]["signatures"] = signatures
        with pytest.raises(EnvelopeError, match="not exactly one signature"):
            judged(json.dumps(tree).encode())


def test_a_signature_in_non_canonical_base64_is_refused() -> None:
    text = json.loads(SIGNED)["dsseEnvelope"]["signatures"][0]["sig"]
    assert text.endswith("==")
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    respelt = text[:-3] + digits[digits.index(text[-3]) + 1] + "=="
    assert b64decode(respelt, validate=True) == b64decode(text, validate=True)
    with pytest.raises(EnvelopeError, match="other than its canonical spelling"):
        judged(SIGNED.replace(text.encode(), respelt.encode()))


def test_the_payload_is_what_was_signed_not_what_it_means() -> None:
    tree = json.loads(SIGNED)
    spaced = json.dumps(json.loads(STATEMENT)).encode()
    assert json.loads(spaced) == json.loads(STATEMENT)
    tree["dsseEnvelope"]["payload"] = write_base64(spaced)
    assert not isinstance(judged(json.dumps(tree).encode()), Signer)
