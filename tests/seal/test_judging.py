from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.seal.signing import (
    ALICE,
    BOB,
    CAROL,
    DIGEST,
    MALLORY,
    STATEMENT,
    PrivateKey,
    identity,
    signature,
    signed_bundle,
    snapshot,
    spki,
    trusted,
)
from weighbridge.model.predicates import RELEASE, VSA
from weighbridge.model.trust import TrustError
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.judging import (
    _REMEDIES,
    Reason,
    Refusal,
    Signer,
    count,
    judge,
    reaches,
    refuse,
    refuse_holder,
)
from weighbridge.seal.statement import Statement, write_statement

if TYPE_CHECKING:
    from random import Random

    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.seal.bundle import Bundle

NOW = "2026-11-22T04:00:00Z"
LATER = "2026-11-22T04:00:01Z"
BEFORE = "2026-11-22T03:59:59Z"
OTHER = "sha256:" + "b2" * 32
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519 = spki(ALICE)[:-32]


def judged(bundle: Bundle | None = None, **changes: object) -> Signer | Refusal:
    asked: dict[str, Any] = {
        "snapshot": snapshot(trusted(spki(ALICE))),
        "at": NOW,
        "roles": {"builder"},
        "subject_digests": {DIGEST},
        "predicate_type": RELEASE,
    }
    return judge(bundle or signed_bundle(ALICE), **asked | changes)


def refused(bundle: Bundle | None = None, **changes: object) -> Refusal:
    seen = judged(bundle, **changes)
    assert isinstance(seen, Refusal)
    return seen


def held(**changes: object) -> TrustSnapshot:
    """Change what the snapshot says of the signer's key."""
    return snapshot(trusted(spki(ALICE), **changes))


def signer(person: str, key: str) -> Signer:
    return Signer(person=person, roles=(), spki=key)


@pytest.mark.parametrize("key", [ALICE, BOB, CAROL], ids=["ed25519", "p-256", "p-384"])
def test_a_good_signature_counts_as_its_holder(key: PrivateKey) -> None:
    keys = snapshot(
        trusted(spki(key), person="kim", roles=("builder", "ml-lead")), trusted(spki(MALLORY))
    )
    signer = Signer(person="kim", roles=("builder", "ml-lead"), spki=identity(key))
    assert judged(signed_bundle(key), snapshot=keys) == signer
    assert judged(signed_bundle(key), snapshot=keys, subject_digests=None) == signer


def test_a_key_nobody_trusts_is_refused() -> None:
    refusal = refused(signed_bundle(MALLORY))
    assert (refusal.code, refusal.reason) == ("INT006", Reason.UNKNOWN_KEY)
    assert refusal.seen == identity(MALLORY)
    assert "weighbridge key trust" in refusal.remediation
    assert refused(snapshot=snapshot()).reason == Reason.UNKNOWN_KEY


def test_a_signature_of_other_bytes_is_refused() -> None:
    bundle = dataclasses.replace(signed_bundle(ALICE), payload=STATEMENT + b" ")
    refusal = refused(bundle)
    assert (refusal.code, refusal.reason) == ("INT005", Reason.BAD_SIGNATURE)


def test_a_claim_to_be_another_is_a_bad_signature() -> None:
    bundle = dataclasses.replace(signed_bundle(MALLORY), hint=signed_bundle(ALICE).hint)
    assert refused(bundle).reason == Reason.BAD_SIGNATURE


def test_a_hint_changed_after_signing_does_not_go_unnoticed() -> None:
    keys = snapshot(trusted(spki(ALICE)), trusted(spki(BOB), person="bob"))
    for hint in (bytes(32), signed_bundle(BOB).hint):
        bundle = dataclasses.replace(signed_bundle(ALICE), hint=hint)
        refusal = refused(bundle, snapshot=keys)
        assert (refusal.code, refusal.reason) == ("INT005", Reason.WRONG_HINT)
        assert (refusal.seen, refusal.wanted) == (f"sha256:{hint.hex()}", identity(ALICE))


@pytest.mark.parametrize("payload_type", ["application/json", "", "\ud800"])
def test_another_payload_type_is_refused_before_anything_is_parsed(payload_type: str) -> None:
    bundle = dataclasses.replace(signed_bundle(ALICE, b"{"), payload_type=payload_type)
    refusal = refused(bundle)
    assert (refusal.code, refusal.reason) == ("INT005", Reason.WRONG_PAYLOAD_TYPE)


@pytest.mark.parametrize("revoked_at", [NOW, BEFORE])
def test_a_key_revoked_before_is_refused(revoked_at: str) -> None:
    refusal = refused(snapshot=held(revoked_at=revoked_at, reason="lost"))
    assert (refusal.code, refusal.reason) == ("INT006", Reason.REVOKED)
    assert refusal.seen == f"alice's, revoked at {revoked_at}, lost"
    assert refusal.wanted == f"a key that counts at {NOW}"
    assert refused(snapshot=held(revoked_at=revoked_at)).seen == refusal.seen[: -len(", lost")]


def test_a_key_revoked_after_counts_for_what_came_before() -> None:
    assert isinstance(judged(snapshot=held(revoked_at=LATER)), Signer)


@pytest.mark.parametrize("until", [NOW, BEFORE])
def test_an_expired_key_is_refused(until: str) -> None:
    refusal = refused(snapshot=held(until=until))
    assert (refusal.code, refusal.reason) == ("INT006", Reason.EXPIRED)


def test_a_key_not_yet_valid_is_refused() -> None:
    refusal = refused(snapshot=held(since=LATER))
    assert (refusal.code, refusal.reason) == ("INT006", Reason.NOT_YET_VALID)


def test_a_key_counts_from_its_first_second_to_its_last() -> None:
    assert isinstance(judged(snapshot=held(since=NOW, until=LATER)), Signer)


@pytest.mark.parametrize("roles", [{"checker"}, {"build", "builders"}, set()])
def test_a_key_without_the_role_is_refused(roles: set[str]) -> None:
    refusal = refused(roles=roles)
    assert (refusal.code, refusal.reason) == ("INT006", Reason.WRONG_ROLE)
    assert refusal.seen == "builder"


def test_a_key_without_any_role_is_refused() -> None:
    assert refused(snapshot=held(roles=())).seen == "no role"


@pytest.mark.parametrize(
    "key",
    [
        b"not a key",
        ED25519 + bytes(32),
        ED25519 + b"\xff" * 32,
        bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
        + BOB.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint),
        ec.derive_private_key(7, ec.SECP521R1())
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["no key", "small order", "not canonical", "another spelling", "p-521"],
)
def test_a_weak_key_is_refused_even_if_it_is_trusted(key: bytes) -> None:
    bundle = dataclasses.replace(signed_bundle(BOB), hint=hashlib.sha256(key).digest())
    keys = snapshot(trusted(key), trusted(spki(ALICE), person="bob"))
    refusal = refused(bundle, snapshot=keys)
    assert (refusal.code, refusal.reason) == ("INT006", Reason.WEAK_KEY)
    assert isinstance(judged(snapshot=keys), Signer)


def test_a_key_of_small_order_is_refused_though_its_signatures_verify() -> None:
    point = (1).to_bytes(32, "little")  # the neutral element: it "signs" anything
    forged = point + bytes(32)
    message = pre_authentication_encoding(STATEMENT)
    Ed25519PublicKey.from_public_bytes(point).verify(forged, message)
    key = ED25519 + point
    bundle = dataclasses.replace(
        signed_bundle(ALICE), signature=forged, hint=hashlib.sha256(key).digest()
    )
    refusal = refused(bundle, snapshot=snapshot(trusted(key)))
    assert (refusal.code, refusal.reason) == ("INT006", Reason.WEAK_KEY)


def test_one_key_under_two_ids_counts_once() -> None:
    point = BOB.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    respelt = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    keys = snapshot(trusted(spki(BOB), person="bob"), trusted(respelt, person="rob"))
    assert len({key.spki for key in keys.keys}) == 2
    bundle = signed_bundle(BOB)
    under_another_id = dataclasses.replace(bundle, hint=hashlib.sha256(respelt).digest())
    seen = [judged(bundle, snapshot=keys), judged(under_another_id, snapshot=keys)]
    signers = [signer for signer in seen if isinstance(signer, Signer)]
    assert (len(signers), count(signers)) == (1, 1)
    # Even if both had counted, under the name each of them was listed with.
    assert count([signer("bob", identity(BOB)), signer("rob", identity(BOB))]) == 1


@pytest.mark.parametrize("payload", [b"", b"{}", b"[" * 10**5, b'{"a":1,"a":2}', b'{"a":0.5}'])
def test_a_signed_thing_that_is_no_statement_is_refused(payload: bytes) -> None:
    refusal = refused(signed_bundle(ALICE, payload))
    assert (refusal.code, refusal.reason) == ("INT005", Reason.NOT_A_STATEMENT)


def test_a_statement_of_another_kind_is_refused() -> None:
    refusal = refused(predicate_type=VSA)
    assert (refusal.code, refusal.reason) == ("INT005", Reason.OTHER_PREDICATE)
    assert (refusal.seen, refusal.wanted) == (RELEASE, VSA)


@pytest.mark.parametrize("subject_digests", [{OTHER}, set(), {DIGEST.removeprefix("sha256:")}])
def test_a_statement_about_another_release_is_refused(subject_digests: set[str]) -> None:
    refusal = refused(subject_digests=subject_digests)
    assert (refusal.code, refusal.reason) == ("INT005", Reason.OTHER_SUBJECT)
    assert refusal.seen == DIGEST


def test_one_of_several_subjects_is_enough() -> None:
    payload = write_statement(
        Statement(
            RELEASE,
            subjects=(("a", OTHER), ("b", DIGEST)),
            predicate={"name": "a", "sections": {}, "version": "1"},
        )
    )
    assert isinstance(judged(signed_bundle(ALICE, payload)), Signer)


@pytest.mark.parametrize("at", ["", "now", "2026-11-22", "2026-11-22T04:00:00+00:00"])
def test_the_time_has_one_form(at: str) -> None:
    with pytest.raises(TrustError):
        judged(at=at)


def test_another_valid_signature_can_be_made_from_any_and_is_the_same_evidence() -> None:
    bundle = signed_bundle(BOB)
    r, s = decode_dss_signature(bundle.signature)
    other = dataclasses.replace(bundle, signature=encode_dss_signature(r, P256_ORDER - s))
    keys = snapshot(trusted(spki(BOB), person="bob"))
    seen = [judged(bundle, snapshot=keys), judged(other, snapshot=keys)]
    signers = [signer for signer in seen if isinstance(signer, Signer)]
    assert other.signature != bundle.signature
    assert (len(signers), count(signers)) == (2, 1)
    # Evidence is known by its payload, which is the same; nothing of the bundle's own is.
    assert hashlib.sha256(other.payload).digest() == hashlib.sha256(bundle.payload).digest()


def test_every_reason_has_a_remedy_and_a_rule() -> None:
    assert set(_REMEDIES) == set(Reason)
    assert {code for code, _ in _REMEDIES.values()} == {"INT005", "INT006"}


@pytest.mark.parametrize(
    ("pairs", "number"),
    [
        ([], 0),
        (["a1"], 1),
        (["a1", "a1"], 1),
        (["a1", "a2"], 1),  # one person, two keys
        (["a1", "b1"], 1),  # one key, listed under two persons
        (["a1", "b2"], 2),
        (["a1", "b2", "b1"], 1),  # who holds 1 may have made all three
        (["a1", "b2", "a2", "c3"], 2),
        (["a1", "b2", "c3"], 3),
    ],
)
def test_different_people_with_different_keys_are_counted(pairs: list[str], number: int) -> None:
    signers = [signer(pair[0], pair[1]) for pair in pairs]
    assert count(signers) == number
    assert reaches(signers, number) == (number > 0)
    assert not reaches(signers, number + 1)


PAIRS = st.tuples(st.sampled_from("abcd"), st.sampled_from("1234"))


@given(st.lists(PAIRS, max_size=8), st.randoms())
def test_the_order_does_not_count(pairs: list[tuple[str, str]], chance: Random) -> None:
    signers = [signer(*pair) for pair in pairs]
    number = count(signers)
    chance.shuffle(signers)
    assert count(signers) == number
    assert count(signers * 2) == number
    assert number <= min(len({p for p, _ in pairs}), len({k for _, k in pairs}))


@pytest.mark.parametrize("threshold", [0, -1])
def test_nobody_is_never_enough(threshold: int) -> None:
    assert not reaches([], threshold)
    assert not reaches([signer("a", "1")], threshold)


def test_a_refusal_names_its_rule_and_what_to_do() -> None:
    seen = refuse(Reason.OTHER_STATEMENT, "this", "that")
    assert (seen.code, seen.seen, seen.wanted) == ("INT005", "this", "that")
    assert seen.remediation


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"roles": ("checker",)}, Reason.WRONG_ROLE),
        ({"since": LATER}, Reason.NOT_YET_VALID),
        ({"until": NOW}, Reason.EXPIRED),
        ({"revoked_at": NOW}, Reason.REVOKED),
    ],
)
def test_that_no_signature_would_count_is_known_before_there_is_one(
    changes: dict[str, object], reason: Reason | None
) -> None:
    keys = held(**changes)
    seen = refuse_holder(identity(ALICE), snapshot=keys, at=NOW, roles={"builder"})
    assert (seen.reason if seen else None) == reason
    signed = judged(snapshot=keys)
    assert isinstance(signed, Refusal) == (seen is not None)


def test_a_stranger_is_refused_before_he_signs() -> None:
    seen = refuse_holder(identity(MALLORY), snapshot=held(), at=NOW, roles={"builder"})
    assert seen is not None
    assert (seen.reason, seen.seen) == (Reason.UNKNOWN_KEY, identity(MALLORY))


def test_the_encoding_that_is_signed_covers_the_type() -> None:
    bare = dataclasses.replace(signed_bundle(ALICE), signature=signature(ALICE, STATEMENT))
    assert refused(bare).reason == Reason.BAD_SIGNATURE
    other = signature(ALICE, pre_authentication_encoding(STATEMENT, "application/json"))
    typed = dataclasses.replace(signed_bundle(ALICE), signature=other)
    assert refused(typed).reason == Reason.BAD_SIGNATURE
