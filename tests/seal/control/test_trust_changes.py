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
    registry,
    trusting,
)
from tests.seal.signing import ALICE, BOB, DIGEST, identity, spki
from weighbridge.model.trust import TrustedKey, TrustError, TrustSnapshot
from weighbridge.seal.control import (
    Action,
    Change,
    ControlError,
    Obstacle,
    apply,
    initial_trust,
    revoke_key,
)


def revoking(name: str, *, person: str = "", at: str = NOW) -> Change:
    return revoke_key(
        identity(KEYS[name]), person=person or name, revoked_at=at, reason="laptop stolen"
    )


def applied(*changes: Change, threshold: int = 2, at: str = NOW) -> TrustSnapshot:
    snapshot = registry(threshold)
    for change in changes:
        snapshot = apply(snapshot, change, as_of=snapshot.as_of + 1, at=at)
    return snapshot


def key(snapshot: TrustSnapshot, name: str) -> TrustedKey:
    return next(key for key in snapshot.keys if key.spki == identity(KEYS[name]))


def refused(*changes: Change, threshold: int = 2, at: str = NOW) -> Obstacle:
    applied(*changes[:-1], threshold=threshold, at=at)  # all but the last are taken
    with pytest.raises(ControlError) as error:
        applied(*changes, threshold=threshold, at=at)
    return error.value.reason


def test_a_registry_begins_with_its_owners() -> None:
    snapshot = registry()
    assert snapshot.owners == ("alice", "bob", "carol")
    assert (snapshot.as_of, snapshot.threshold, snapshot.log_key) == (1, 2, LOG_KEY)
    assert {(key.person, key.key) for key in snapshot.keys} == set(OWNERS)
    assert {key.roles for key in snapshot.keys} == {("owner",)}
    assert initial_trust(OWNERS[::-1], threshold=2, log_key=LOG_KEY) == snapshot


@pytest.mark.parametrize(
    ("owners", "threshold", "reason"),
    [
        ([], 1, Obstacle.THRESHOLD),
        (OWNERS, 0, Obstacle.THRESHOLD),
        (OWNERS, -1, Obstacle.THRESHOLD),
        (OWNERS, True, Obstacle.THRESHOLD),
        (OWNERS, 4, Obstacle.THRESHOLD),  # four keys, three persons
        ([*OWNERS, ("bob", spki(BOB))], 2, Obstacle.KEY_TWICE),
        ([*OWNERS, ("eve", spki(BOB))], 2, Obstacle.KEY_TWICE),
        ([("eve", spki(ALICE)[:-32] + bytes(32))], 1, Obstacle.UNUSABLE_KEY),
        ([("eve", b"no key")], 1, Obstacle.UNUSABLE_KEY),
        ([("", spki(BOB))], 1, Obstacle.NOT_IN_FORM),
        ([("eve\n", spki(BOB))], 1, Obstacle.NOT_IN_FORM),
    ],
)
def test_a_registry_does_not_begin_with_such_owners(
    owners: list[tuple[str, bytes]], threshold: int, reason: Obstacle
) -> None:
    with pytest.raises(ControlError) as error:
        initial_trust(owners, threshold=threshold, log_key=LOG_KEY)
    assert error.value.reason is reason


def test_a_new_key_is_added() -> None:
    snapshot = applied(trusting("dave", "builder", "ml-lead", since=NOW, until=LATER))
    assert key(snapshot, "dave") == TrustedKey(
        key=spki(KEYS["dave"]), person="dave", roles=("builder", "ml-lead"), since=NOW, until=LATER
    )
    assert len(snapshot.keys) == len(registry().keys) + 1
    assert snapshot.owners == registry().owners
    assert snapshot.as_of == 2


def test_a_known_key_gets_other_roles_and_times() -> None:
    first = trusting("dave", "builder", "ml-lead", since=NOW, until=LATER)
    snapshot = applied(first, trusting("dave", "checker", until=NOW))
    assert key(snapshot, "dave") == TrustedKey(
        key=spki(KEYS["dave"]), person="dave", roles=("checker",), until=NOW
    )


def test_a_new_owner_is_one_of_the_owners() -> None:
    assert applied(trusting("dave", "owner")).owners == ("alice", "bob", "carol", "dave")


def test_an_owner_is_one_no_longer_when_his_last_key_is_not_an_owners() -> None:
    assert applied(trusting("bob", "builder")).owners == ("alice", "carol")
    assert applied(revoking("bob")).owners == ("alice", "carol")
    one_left = trusting("alice2", "builder", person="alice")
    assert applied(one_left).owners == ("alice", "bob", "carol")


def test_a_key_has_one_holder_for_ever() -> None:
    assert refused(trusting("bob", "builder", person="eve")) is Obstacle.HELD_BY_ANOTHER
    assert refused(revoking("bob", person="carol")) is Obstacle.HELD_BY_ANOTHER


def test_a_key_revoked_at_no_stated_time_is_revoked_with_the_entry() -> None:
    assert key(applied(revoking("bob", at=""), at=LATER), "bob").revoked_at == LATER


def test_a_revoked_key_never_comes_back() -> None:
    assert refused(revoking("bob"), trusting("bob", "builder")) is Obstacle.REVOKED
    assert refused(revoking("bob"), trusting("bob", "owner", person="eve")) is Obstacle.REVOKED


def test_a_key_is_revoked_once() -> None:
    assert refused(revoking("bob"), revoking("bob")) is Obstacle.REVOKED


def test_a_key_nobody_trusts_cannot_be_revoked() -> None:
    assert refused(revoking("mallory")) is Obstacle.UNKNOWN_KEY


def test_a_key_is_revoked_from_when_it_got_into_other_hands() -> None:
    revoked = key(applied(revoking("bob", at=BEFORE)), "bob")
    assert (revoked.revoked_at, revoked.reason) == (BEFORE, "laptop stolen")
    assert revoked.roles == ("owner",)
    assert key(applied(revoking("bob", at=NOW)), "bob").revoked_at == NOW
    assert refused(revoking("bob", at=LATER)) is Obstacle.IN_THE_FUTURE


@pytest.mark.parametrize(
    "change",
    [
        revoking("carol"),
        trusting("carol", "builder"),
        trusting("carol", "owner", until=NOW),
        trusting("carol", "owner", until=BEFORE),
        trusting("carol", "owner", since=LATER),
    ],
)
def test_enough_owners_must_be_left_who_can_sign(change: Change) -> None:
    assert refused(revoking("bob"), change) is Obstacle.TOO_FEW_OWNERS
    assert refused(change, threshold=3) is Obstacle.TOO_FEW_OWNERS
    assert applied(revoking("bob"), change, threshold=1).threshold == 1


def test_another_owner_makes_room_for_one_to_go() -> None:
    snapshot = applied(revoking("bob"), trusting("dave", "owner"), revoking("carol"))
    assert snapshot.owners == ("alice", "dave")


def test_the_last_owner_stays() -> None:
    leaving = [revoking("bob"), revoking("carol"), revoking("alice")]
    last = revoking("alice2", person="alice")
    assert refused(*leaving, last, threshold=1) is Obstacle.TOO_FEW_OWNERS


@pytest.mark.parametrize("action", PUBLISHING)
def test_policies_and_environments_change_no_trust(action: Action) -> None:
    change = Change(action, subject=("it", DIGEST), parameters={"any": 1})
    seen = apply(registry(), change, as_of=9, at=NOW)
    assert seen == dataclasses.replace(registry(), as_of=9)


def test_trust_does_not_move_backwards() -> None:
    snapshot = applied(trusting("dave", "builder"))
    with pytest.raises(ControlError) as error:
        apply(snapshot, trusting("dave", "checker"), as_of=1, at=NOW)
    assert error.value.reason is Obstacle.BACKWARDS
    # Whoever only wants to know whether a change could be made may ask at the same entry.
    assert apply(snapshot, trusting("dave", "checker"), as_of=2, at=NOW).as_of == 2


@pytest.mark.parametrize("at", ["", "now", "2026-11-22"])
def test_the_time_of_a_change_has_one_form(at: str) -> None:
    with pytest.raises(TrustError):
        apply(registry(), trusting("dave", "builder"), as_of=2, at=at)


def test_a_change_made_by_hand_is_not_applied() -> None:
    for change in (trusting("dave", "builder"), revoking("bob")):
        loose = dataclasses.replace(change, parameters={**change.parameters, "more": ""})
        assert refused(loose) is Obstacle.NOT_IN_FORM
