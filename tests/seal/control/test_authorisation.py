from __future__ import annotations

import dataclasses

import pytest

from tests.seal.control.owning import (
    BEFORE,
    KEYS,
    LATER,
    LOG_KEY,
    NOW,
    OWNERS,
    PUBLISHING,
    proposed,
    registry,
    signed_by,
    trusting,
)
from tests.seal.signing import ALICE, BOB, DIGEST, STATEMENT, identity, signed_bundle
from weighbridge.model.trust import TrustError
from weighbridge.seal.control import (
    Action,
    Authorisation,
    Change,
    ControlError,
    Obstacle,
    apply,
    authorise,
    initial_trust,
    revoke_key,
)
from weighbridge.seal.judging import Reason, Signer

PAYLOAD = proposed(trusting("dave", "builder"))
FOR_ALICE = proposed(trusting("alice", "builder", "owner"))
REVOKE_BOB = proposed(revoke_key(identity(BOB), person="bob", revoked_at=NOW, reason="lost"))
SOLE = initial_trust(OWNERS[:2], threshold=1, log_key=LOG_KEY)


def asked(*names: str, payload: bytes = PAYLOAD, threshold: int = 2) -> Authorisation:
    return signed_by(*names, payload=payload, snapshot=registry(threshold))


def reasons(authorisation: Authorisation) -> list[tuple[int, Reason]]:
    return [(index, refusal.reason) for index, refusal in authorisation.refusals]


def test_enough_owners_grant_a_change() -> None:
    seen = asked("bob", "alice")
    assert seen.granted
    assert (seen.missing, seen.refusals) == (0, ())
    assert seen.signers == (
        Signer(person="alice", roles=("owner",), spki=identity(ALICE)),
        Signer(person="bob", roles=("owner",), spki=identity(BOB)),
    )
    assert seen == asked("alice", "bob")


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ([], 3),
        (["alice"], 2),
        (["alice", "alice"], 2),  # one key twice
        (["alice", "alice2"], 2),  # two keys of one person
        (["alice", "bob"], 1),
        (["alice", "alice2", "bob", "bob"], 1),
        (["alice", "bob", "carol"], 0),
    ],
)
def test_different_owners_are_counted(names: list[str], missing: int) -> None:
    seen = asked(*names, threshold=3)
    assert (seen.missing, seen.granted) == (missing, missing == 0)
    assert not seen.impossible


def test_the_beneficiary_alone_is_never_enough() -> None:
    for names in (["alice"], ["alice", "alice2"], ["alice2"] * 3):
        seen = asked(*names, payload=FOR_ALICE, threshold=1)
        assert (seen.beneficiary, seen.missing) == ("alice", 1)
        assert not seen.granted
    assert asked("bob", payload=FOR_ALICE, threshold=1).granted


def test_the_beneficiary_is_one_of_enough_owners() -> None:
    assert asked("alice", payload=FOR_ALICE).missing == 1
    assert asked("alice", "bob", payload=FOR_ALICE).granted
    assert asked("bob", "carol", payload=FOR_ALICE).granted


def test_a_key_of_the_beneficiarys_own_does_not_help_him() -> None:
    # A second key of alice's is for alice, too.
    payload = proposed(trusting("mallory", "builder", person="alice"))
    assert asked("alice", payload=payload, threshold=1).missing == 1


def test_a_sole_owner_can_never_give_himself_a_role() -> None:
    seen = signed_by("alice", payload=FOR_ALICE, snapshot=SOLE)
    assert seen.impossible
    assert not seen.granted
    assert signed_by(payload=FOR_ALICE, snapshot=SOLE).impossible
    assert not asked("alice", payload=FOR_ALICE, threshold=1).impossible


def test_a_sole_owner_can_do_the_rest() -> None:
    for payload in (PAYLOAD, REVOKE_BOB):
        seen = signed_by("alice", payload=payload, snapshot=SOLE)
        assert seen.granted
        assert not seen.impossible


@pytest.mark.parametrize("action", PUBLISHING)
def test_what_is_published_has_no_beneficiary(action: Action) -> None:
    parameters = {"person": "alice"}
    payload = proposed(Change(action, subject=("it", DIGEST), parameters=parameters))
    seen = asked("alice", payload=payload, threshold=1)
    assert (seen.beneficiary, seen.granted) == ("", True)


def test_revoking_has_no_beneficiary() -> None:
    seen = asked("bob", payload=REVOKE_BOB, threshold=1)
    assert (seen.beneficiary, seen.granted) == ("", True)


def test_nobody_else_may_sign() -> None:
    seen = asked("alice", "mallory", "bob")
    assert reasons(seen) == [(1, Reason.UNKNOWN_KEY)]
    assert (seen.missing, seen.granted) == (0, False)


def test_another_role_is_not_enough() -> None:
    snapshot = apply(registry(), trusting("dave", "releaser", "witness"), as_of=2, at=NOW)
    payload = proposed(trusting("mallory", "builder"))
    seen = signed_by("alice", "dave", payload=payload, snapshot=snapshot)
    assert reasons(seen) == [(1, Reason.WRONG_ROLE)]
    assert seen.missing == 1


def test_an_owner_whose_key_was_revoked_signs_no_longer() -> None:
    revoke = revoke_key(identity(BOB), person="bob", revoked_at=BEFORE, reason="lost")
    snapshot = apply(registry(), revoke, as_of=2, at=NOW)
    seen = signed_by("alice", "bob", payload=PAYLOAD, snapshot=snapshot)
    assert reasons(seen) == [(1, Reason.REVOKED)]
    assert not seen.granted


def test_an_owner_signs_while_his_key_is_valid() -> None:
    snapshot = apply(registry(), trusting("bob", "owner", since=NOW, until=LATER), as_of=2, at=NOW)
    ats = {BEFORE: [(0, Reason.NOT_YET_VALID)], NOW: [], LATER: [(0, Reason.EXPIRED)]}
    for at, expected in ats.items():
        assert reasons(signed_by("bob", payload=PAYLOAD, snapshot=snapshot, at=at)) == expected


def test_a_signature_of_another_proposal_does_not_count() -> None:
    others = [
        proposed(trusting("dave", "builder", "owner")),
        proposed(trusting("dave", "builder"), after=8),
        proposed(trusting("dave", "builder"), log="example.org/other"),
        STATEMENT,
        PAYLOAD + b" ",
    ]
    for other in others:
        bundles = [signed_bundle(KEYS["alice"], PAYLOAD), signed_bundle(KEYS["bob"], other)]
        seen = authorise(bundles, payload=PAYLOAD, snapshot=registry(), at=NOW)
        assert reasons(seen) == [(1, Reason.OTHER_STATEMENT)]
        assert seen.refusals[0][1].code == "INT005"
        assert (seen.missing, seen.granted) == (1, False)


def test_a_payload_moved_under_a_signature_does_not_count() -> None:
    moved = dataclasses.replace(signed_bundle(ALICE, FOR_ALICE), payload=PAYLOAD)
    seen = authorise([moved], payload=PAYLOAD, snapshot=registry(1), at=NOW)
    assert reasons(seen) == [(0, Reason.BAD_SIGNATURE)]


@pytest.mark.parametrize("log_key", ["", "example.org/other+9abe4127+AAAA", "example.org"])
def test_a_proposal_for_another_log_is_none_here(log_key: str) -> None:
    snapshot = dataclasses.replace(registry(), log_key=log_key)
    with pytest.raises(ControlError) as refused:
        signed_by("alice", "bob", payload=PAYLOAD, snapshot=snapshot)
    assert refused.value.reason is Obstacle.OTHER_LOG


def test_what_is_no_proposal_is_not_judged() -> None:
    with pytest.raises(ControlError) as refused:
        signed_by("alice", "bob", payload=STATEMENT, snapshot=registry())
    assert refused.value.reason is Obstacle.NOT_A_PROPOSAL


def test_the_time_has_one_form_even_if_nobody_signed() -> None:
    with pytest.raises(TrustError):
        signed_by(payload=PAYLOAD, snapshot=registry(), at="now")
