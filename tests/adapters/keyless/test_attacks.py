"""Whatever is wrong with a keyless bundle, it is not proven, or it is not of whom it names."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.seal.signing import DIGEST, STATEMENT
from tests.sigstore_stand_in import ISSUER, LASTS, NOON, SUBJECT, StandIn, text
from weighbridge.adapters.keyless.verifying import RootVerifier
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.keyless import KeylessError
from weighbridge.model.predicates import RELEASE
from weighbridge.model.trust import TrustedIdentity, TrustSnapshot
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.judging import Reason, Refusal, Signer, judge

if TYPE_CHECKING:
    from weighbridge.model.sigstore_root import SigstoreRoot

Tree = dict[str, Any]
AT = "2026-11-22T13:00:00Z"
BEFORE = "2026-11-22T12:59:59Z"
OTHER = "sha256:" + "b2" * 32


@pytest.fixture(scope="module")
def services() -> StandIn:
    return StandIn()


@pytest.fixture(scope="module")
def good(services: StandIn) -> Tree:
    return services.bundle(STATEMENT)


def trusting(**changes: object) -> TrustSnapshot:
    values: Tree = {
        "issuer": ISSUER,
        "subject": SUBJECT,
        "person": "release job",
        "roles": ("builder",),
    }
    identity = TrustedIdentity(**values | changes)
    return TrustSnapshot(as_of=7, owners=("olga",), threshold=1, identities=(identity,))


def judged(tree: Tree, root: SigstoreRoot, **changes: Any) -> Signer | Refusal:  # noqa: ANN401
    asked: Tree = {
        "snapshot": trusting(),
        "at": AT,
        "roles": {"builder"},
        "subject_digests": {DIGEST},
        "predicate_type": RELEASE,
        "keyless": RootVerifier(root),
    }
    return judge(read_bundle(canonical_bytes(tree)), **asked | changes)


def reason(tree: Tree, root: SigstoreRoot, **changes: Any) -> Reason:  # noqa: ANN401
    found = judged(tree, root, **changes)
    assert isinstance(found, Refusal)
    return found.reason


def why(tree: Tree, root: SigstoreRoot) -> str:
    with pytest.raises(KeylessError) as error:
        RootVerifier(root).verify(canonical_bytes(tree), issuer=ISSUER, subject=SUBJECT)
    assert reason(tree, root) is Reason.NOT_PROVEN
    return str(error.value)


def entry(tree: Tree) -> Tree:
    found: Tree = tree["verificationMaterial"]["tlogEntries"][0]
    return found


def test_an_identity_counts_as_the_person_it_is_trusted_as(services: StandIn, good: Tree) -> None:
    digest = trusting().identities[0].spki
    assert judged(good, services.root()) == Signer(
        person="release job", roles=("builder",), spki=digest
    )


def test_the_time_of_signing_is_what_the_log_says(services: StandIn, good: Tree) -> None:
    data = canonical_bytes(good)
    said = RootVerifier(services.root()).verify(data, issuer=ISSUER, subject=SUBJECT)
    assert said == "2026-11-22T12:01:00Z"


def test_an_address_of_a_person_counts_too(services: StandIn) -> None:
    tree = services.bundle(STATEMENT, subject="ann@example.org")
    trust = trusting(subject="ann@example.org")
    assert isinstance(judged(tree, services.root(), snapshot=trust), Signer)


def test_another_subject_is_unknown(services: StandIn) -> None:
    tree = services.bundle(STATEMENT, subject=SUBJECT.replace("main", "mine"))
    assert reason(tree, services.root()) is Reason.UNKNOWN_IDENTITY


def test_another_issuer_is_unknown(services: StandIn) -> None:
    tree = services.bundle(STATEMENT, issuer="https://ci.example.com")
    assert reason(tree, services.root()) is Reason.UNKNOWN_IDENTITY


def test_whoever_is_asked_for_must_be_named(services: StandIn, good: Tree) -> None:
    verifier = RootVerifier(services.root())
    for issuer, subject in ((ISSUER, "ann@example.org"), ("https://ci.example.com", SUBJECT)):
        with pytest.raises(KeylessError):
            verifier.verify(canonical_bytes(good), issuer=issuer, subject=subject)
    assert isinstance(judged(good, services.root()), Signer)


@pytest.mark.parametrize("late", [LASTS + timedelta(seconds=1), -timedelta(seconds=1)])
def test_a_certificate_must_be_valid_when_the_log_saw_it(
    services: StandIn, late: timedelta
) -> None:
    tree = services.bundle(STATEMENT, logged=NOON + late)
    assert "valid" in why(tree, services.root())


def test_a_payload_that_was_changed_is_not_signed(services: StandIn, good: Tree) -> None:
    tree = copy.deepcopy(good)
    tree["dsseEnvelope"]["payload"] = text(STATEMENT.replace(b"1.0.0", b"1.0.1"))
    assert "invalid signature" in why(tree, services.root())


def test_a_payload_of_another_type_is_not_a_statement(services: StandIn, good: Tree) -> None:
    tree = copy.deepcopy(good)
    tree["dsseEnvelope"]["payloadType"] = "text/plain"
    assert reason(tree, services.root()) is Reason.WRONG_PAYLOAD_TYPE


def test_a_certificate_no_log_has_seen_proves_nothing(services: StandIn) -> None:
    tree = services.bundle(STATEMENT, stamped=False)
    assert "timestamp extension" in why(tree, services.root())


def test_a_certificate_another_log_has_seen_proves_nothing(services: StandIn, good: Tree) -> None:
    other = StandIn().root().data["ctlogs"]
    assert "SCT" in why(good, services.root(ctlogs=other))


def test_an_entry_of_another_bundle_proves_nothing(services: StandIn, good: Tree) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = services.certify(key.public_key())
    held: Tree = {"certificate": certificate, "key": key}
    tree = services.bundle(STATEMENT, **held)
    other = services.bundle(STATEMENT.replace(b"1.0.0", b"1.0.1"), **held)
    again = services.bundle(STATEMENT, **held)
    for one in (other, again, good):
        tree["verificationMaterial"]["tlogEntries"] = one["verificationMaterial"]["tlogEntries"]
        assert "log entry" in why(tree, services.root())


@pytest.mark.parametrize("member", ["rootHash", "hashes", "treeSize", "logIndex"])
def test_a_proof_that_was_changed_proves_nothing(
    services: StandIn, good: Tree, member: str
) -> None:
    tree = copy.deepcopy(good)
    other = entry(services.bundle(STATEMENT))["inclusionProof"]
    proof = entry(tree)["inclusionProof"]
    proof[member] = "0" if member == "logIndex" else other[member]
    assert "proof" in why(tree, services.root())


def test_a_checkpoint_of_another_log_proves_nothing(services: StandIn, good: Tree) -> None:
    tree = copy.deepcopy(good)
    other = StandIn()
    other.bundle(STATEMENT)
    other.signatures.leaves = services.signatures.leaves
    note = entry(other.bundle(STATEMENT))["inclusionProof"]["checkpoint"]
    entry(tree)["inclusionProof"]["checkpoint"] = note
    assert "checkpoint" in why(tree, services.root())


def test_a_time_that_was_changed_is_not_promised(services: StandIn, good: Tree) -> None:
    tree = copy.deepcopy(good)
    entry(tree)["integratedTime"] = str(int(entry(tree)["integratedTime"]) + 60)
    assert "promise" in why(tree, services.root())


def test_without_a_promise_nobody_says_when(services: StandIn, good: Tree) -> None:
    tree = copy.deepcopy(good)
    del entry(tree)["inclusionPromise"]
    assert "promise" in why(tree, services.root())


def test_a_bundle_has_one_signature(good: Tree) -> None:
    tree = copy.deepcopy(good)
    tree["dsseEnvelope"]["signatures"] *= 2
    with pytest.raises(EnvelopeError, match="exactly one signature"):
        read_bundle(canonical_bytes(tree))


def test_a_signature_by_another_key_is_not_the_certificates(services: StandIn) -> None:
    certificate = services.certify(ec.generate_private_key(ec.SECP256R1()).public_key())
    tree = services.bundle(STATEMENT, certificate=certificate)
    assert "invalid signature" in why(tree, services.root())


def test_another_root_vouches_for_nobody(services: StandIn, good: Tree) -> None:
    assert "certificate chain" in why(good, StandIn().root())
    other = StandIn().root().data["tlogs"]
    assert "log entry" in why(good, services.root(tlogs=other))


@pytest.mark.parametrize("who", ["certificateAuthorities", "tlogs", "ctlogs"])
def test_whoever_did_not_count_then_proves_nothing(services: StandIn, good: Tree, who: str) -> None:
    for period in ({"end": "2026-11-22T12:00:59Z"}, {"start": "2026-11-22T12:01:01Z"}):
        listed = copy.deepcopy(services.root().data[who])
        (listed[0] if who == "certificateAuthorities" else listed[0]["publicKey"])["validFor"] = (
            period
        )
        assert why(good, services.root(**{who: listed}))


def test_an_identity_counts_from_and_until_and_before_it_was_revoked(
    services: StandIn, good: Tree
) -> None:
    root = services.root()
    for changes, at, wanted in (
        ({"revoked_at": AT, "reason": "the runner was broken into"}, AT, Reason.REVOKED),
        ({"until": AT}, AT, Reason.EXPIRED),
        ({"since": AT}, BEFORE, Reason.NOT_YET_VALID),
    ):
        assert reason(good, root, snapshot=trusting(**changes), at=at) is wanted
    for changes, at in (
        ({"revoked_at": AT, "reason": "the runner was broken into"}, BEFORE),
        ({"until": AT}, BEFORE),
        ({"since": AT}, AT),
    ):
        assert isinstance(judged(good, root, snapshot=trusting(**changes), at=at), Signer)


def test_role_subject_and_type_are_judged_as_for_keys(services: StandIn, good: Tree) -> None:
    root = services.root()
    assert reason(good, root, roles={"checker"}) is Reason.WRONG_ROLE
    assert reason(good, root, subject_digests={OTHER}) is Reason.OTHER_SUBJECT
    assert reason(good, root, predicate_type="https://example.org/x") is Reason.OTHER_PREDICATE


def test_a_bundle_of_a_bare_key_is_no_keyless_one(services: StandIn, good: Tree) -> None:
    tree = copy.deepcopy(good)
    tree["verificationMaterial"]["publicKey"] = {"hint": "AA=="}
    with pytest.raises(EnvelopeError):
        read_bundle(canonical_bytes(tree))
    with pytest.raises(KeylessError):
        RootVerifier(services.root()).verify(
            json.dumps({"mediaType": tree["mediaType"]}).encode(), issuer=ISSUER, subject=SUBJECT
        )
