"""Laws of the control plane, over any sequence of changes and any signatures."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.seal.control.owning import (
    BEFORE,
    KEYS,
    LATER,
    LOG_KEY,
    NOW,
    PUBLISHING,
    proposed,
    registry,
    signed_by,
    trusting,
)
from tests.seal.signing import DIGEST, identity, signed_bundle, spki
from weighbridge.model.trust import (
    TrustSnapshot,
    owners_of,
    read_snapshot,
    write_snapshot,
)
from weighbridge.seal.control import (
    Change,
    ControlError,
    apply,
    authorise,
    initial_trust,
    read_proposal,
    revoke_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

NAMES = st.sampled_from(sorted(KEYS))
PERSONS = st.sampled_from(["alice", "bob", "carol", "dave"])
ROLES = st.sets(st.sampled_from(["owner", "builder", "releaser", "ml-lead"]), min_size=1)
TRUSTED = st.builds(
    lambda name, person, roles, times: trusting(
        name, *roles, person=person, since=times[0], until=times[1]
    ),
    NAMES,
    PERSONS,
    ROLES,
    st.sampled_from([("", ""), (BEFORE, ""), (LATER, ""), ("", NOW), ("", LATER), (NOW, LATER)]),
)
REVOKED = st.builds(
    lambda name, person, at: revoke_key(
        identity(KEYS[name]), person=person, revoked_at=at, reason="lost"
    ),
    NAMES,
    PERSONS,
    st.sampled_from([BEFORE, NOW, LATER]),
)
PUBLISHED = st.sampled_from(
    [Change(action, subject=("it", DIGEST), parameters={}) for action in PUBLISHING]
)
CHANGES = TRUSTED | REVOKED | PUBLISHED


def fold(snapshot: TrustSnapshot, changes: list[Change]) -> Iterator[TrustSnapshot]:
    """Apply what can be applied."""
    for change in changes:
        with contextlib.suppress(ControlError):
            snapshot = apply(snapshot, change, as_of=snapshot.as_of + 1, at=NOW)
            yield snapshot


@given(st.integers(1, 3), st.lists(CHANGES, max_size=8))
def test_every_trust_that_comes_of_changes_is_sound(threshold: int, changes: list[Change]) -> None:
    for before, after in itertools.pairwise(
        [registry(threshold), *fold(registry(threshold), changes)]
    ):
        assert read_snapshot(write_snapshot(after)) == after
        assert after.owners == owners_of(after.keys)
        assert len(owners_of(after.keys, at=NOW)) >= after.threshold == threshold
        assert (after.as_of, after.log_key) == (before.as_of + 1, LOG_KEY)
        holders = {key.spki: key for key in after.keys}
        for key in before.keys:
            assert holders[key.spki].person == key.person
            assert not key.revoked_at or holders[key.spki] == key


@given(CHANGES, st.lists(NAMES, max_size=6), NAMES, st.integers(1, 3))
def test_one_more_signature_never_lowers(
    change: Change, names: list[str], name: str, threshold: int
) -> None:
    snapshot, payload = registry(threshold), proposed(change)
    fewer = signed_by(*names, payload=payload, snapshot=snapshot)
    more = signed_by(*names, name, payload=payload, snapshot=snapshot)
    assert set(fewer.signers) <= set(more.signers)
    assert set(fewer.refusals) <= set(more.refusals)
    assert fewer.missing >= more.missing >= fewer.missing - 1
    assert more.granted >= (fewer.granted and more.refusals == fewer.refusals)


@given(CHANGES, st.lists(NAMES, max_size=6), st.randoms(), st.integers(1, 3))
def test_neither_order_nor_repetition_counts(
    change: Change, names: list[str], chance: Random, threshold: int
) -> None:
    snapshot, payload = registry(threshold), proposed(change)
    once = signed_by(*names, payload=payload, snapshot=snapshot)
    shuffled = names * 2
    chance.shuffle(shuffled)
    again = signed_by(*shuffled, payload=payload, snapshot=snapshot)
    assert (once.signers, once.missing) == (again.signers, again.missing)
    assert once.granted == again.granted
    persons = {signer.person for signer in once.signers}
    assert once.missing >= threshold - len(persons)


@given(
    st.integers(1, 3), st.sampled_from(sorted(KEYS)), ROLES, st.lists(st.integers(0, 5), max_size=8)
)
def test_the_beneficiary_never_grants_whatever_number_of_keys_he_has(
    threshold: int, name: str, roles: set[str], signing: list[int]
) -> None:
    *hers, bobs, carols = KEYS.values()
    owners = [("bob", spki(bobs)), ("carol", spki(carols)), *(("alice", spki(k)) for k in hers)]
    snapshot = initial_trust(owners, threshold=threshold, log_key=LOG_KEY)
    payload = proposed(trusting(name, *roles, person="alice"))
    bundles = [signed_bundle(hers[index % len(hers)], payload) for index in signing]
    seen = authorise(bundles, payload=payload, snapshot=snapshot, at=NOW)
    assert not seen.granted
    assert seen.missing >= 1
    assert {signer.person for signer in seen.signers} <= {"alice"}


def held(snapshot: TrustSnapshot, person: str) -> set[tuple[str, str]]:
    return {(key.spki, role) for key in snapshot.keys if key.person == person for role in key.roles}


def alone(snapshot: TrustSnapshot, changes: list[Change]) -> Iterator[TrustSnapshot]:
    """Apply what alice can get applied with all keys of her own and nobody else's."""
    for change in changes:
        hers = {key.spki for key in snapshot.keys if key.person == "alice"}
        names = [name for name, key in KEYS.items() if identity(key) in hers]
        payload = proposed(change)
        # A key of hers that does not count would only be refused; she leaves it out.
        names = [
            name
            for name in names
            if not signed_by(name, payload=payload, snapshot=snapshot).refusals
        ]
        if signed_by(*names, payload=payload, snapshot=snapshot).granted:
            with contextlib.suppress(ControlError):
                signed = read_proposal(payload).change
                snapshot = apply(snapshot, signed, as_of=snapshot.as_of + 1, at=NOW)
                yield snapshot


@given(st.integers(1, 3), st.lists(CHANGES, max_size=8))
def test_no_changes_of_one_owner_alone_give_that_owner_a_role(
    threshold: int, changes: list[Change]
) -> None:
    first = registry(threshold)
    for snapshot in alone(first, changes):
        assert held(snapshot, "alice") <= held(first, "alice")
    if threshold > 1:
        assert not list(alone(first, changes))


def test_the_law_above_is_about_an_owner_who_can_do_something() -> None:
    revoke = revoke_key(identity(KEYS["bob"]), person="bob", revoked_at=NOW, reason="lost")
    wanted = [trusting("dave", "builder"), revoke, trusting("alice", "builder", "owner")]
    assert len(list(alone(registry(1), wanted))) == 2


@given(CHANGES, CHANGES, st.sampled_from([7, 8]), st.sampled_from(["", "example.org/other"]))
def test_signatures_of_other_bytes_never_count(
    change: Change, other: Change, after: int, log: str
) -> None:
    payload = proposed(change)
    signed = proposed(other, after=after, log=log) if log else proposed(other, after=after)
    bundles = [signed_bundle(KEYS[name], signed) for name in ("alice", "bob", "carol")]
    seen = authorise(bundles, payload=payload, snapshot=registry(), at=NOW)
    assert seen.granted == (signed == payload)
    assert len(seen.refusals) == (0 if signed == payload else 3)
