"""Identities in the control plane: trusted and revoked by the same two actions as keys."""

from __future__ import annotations

import dataclasses

import pytest

from tests.seal.control.owning import LOG, LOG_KEY, NOW, OWNERS, registry
from tests.seal.signing import ALICE, BOB, signed_bundle
from tests.sigstore_stand_in import ISSUER, SUBJECT, StandIn
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.trust import TrustSnapshot, identity_digest
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.control import (
    Action,
    Change,
    ControlError,
    ControlState,
    Obstacle,
    Proposal,
    apply,
    authorise,
    initial_trust,
    read_proposal,
    revoke_key,
    trust_identity,
    write_proposal,
)
from weighbridge.seal.judging import Reason

DIGEST = identity_digest(ISSUER, SUBJECT)


def trusting(*roles: str, person: str = "job", since: str = "", until: str = "") -> Change:
    return trust_identity(
        ISSUER, SUBJECT, person=person, roles=roles or ("builder",), since=since, until=until
    )


def applied(*changes: Change) -> TrustSnapshot:
    snapshot = registry()
    for change in changes:
        snapshot = apply(snapshot, change, as_of=snapshot.as_of + 1, at=NOW)
    return snapshot


def obstacle(*changes: Change) -> Obstacle:
    with pytest.raises(ControlError) as error:
        applied(*changes)
    return error.value.reason


def test_an_identity_is_trusted_beside_the_keys() -> None:
    after = applied(trusting("builder", "role:sre"))
    (identity,) = after.identities
    assert (identity.person, identity.roles, identity.spki) == ("job", ("builder", "sre"), DIGEST)
    assert after.keys == registry().keys
    assert after.owners == registry().owners


def test_the_change_is_about_what_stands_for_its_key() -> None:
    change = trusting()
    assert change.action is Action.KEY_TRUST
    assert change.subject == ("identity of job", DIGEST)
    assert change.parameters == {
        "from": "",
        "issuer": ISSUER,
        "person": "job",
        "roles": ["builder"],
        "subject": SUBJECT,
        "until": "",
    }


def test_repeating_replaces_roles_and_times() -> None:
    (identity,) = applied(trusting(), trusting("checker", until="2030-01-01T00:00:00Z")).identities
    assert (identity.roles, identity.until) == (("checker",), "2030-01-01T00:00:00Z")


def test_an_identity_is_revoked_as_a_key_is_and_for_ever() -> None:
    gone = revoke_key(DIGEST, person="job", reason="the runner was broken into")
    (identity,) = applied(trusting(), gone).identities
    assert (identity.revoked_at, identity.reason) == (NOW, "the runner was broken into")
    assert obstacle(trusting(), gone, trusting()) is Obstacle.REVOKED


def test_what_nobody_trusts_is_not_revoked() -> None:
    assert obstacle(revoke_key(DIGEST, person="job", reason="lost")) is Obstacle.UNKNOWN_KEY


def test_an_identity_has_one_holder() -> None:
    assert obstacle(trusting(), trusting(person="max")) is Obstacle.HELD_BY_ANOTHER


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ((), Obstacle.NO_ROLES),
        (("log",), Obstacle.LOG_ROLE),
        (("owner",), Obstacle.KEY_ONLY),
        (("builder", "role:witness"), Obstacle.KEY_ONLY),
    ],
)
def test_some_roles_an_identity_cannot_have(roles: tuple[str, ...], reason: Obstacle) -> None:
    with pytest.raises(ControlError) as error:
        trust_identity(ISSUER, SUBJECT, person="job", roles=roles)
    assert error.value.reason is reason


@pytest.mark.parametrize(
    ("issuer", "subject", "since"),
    [("", SUBJECT, ""), (ISSUER, "\N{ZERO WIDTH SPACE}", ""), (ISSUER, SUBJECT, "now")],
)
def test_an_identity_is_in_its_one_form(issuer: str, subject: str, since: str) -> None:
    with pytest.raises(ControlError) as error:
        trust_identity(issuer, subject, person="job", roles=["builder"], since=since)
    assert error.value.reason is Obstacle.NOT_IN_FORM


def test_an_identity_that_would_never_count_is_refused() -> None:
    with pytest.raises(ControlError) as error:
        trusting(since="2030-01-01T00:00:00Z", until="2029-01-01T00:00:00Z")
    assert error.value.reason is Obstacle.NEVER_VALID


def test_a_proposal_about_an_identity_is_read_as_it_was_written() -> None:
    proposal = Proposal(trusting(), log=LOG, after=3)
    assert read_proposal(write_proposal(proposal)) == proposal


@pytest.mark.parametrize(
    "change",
    [
        dataclasses.replace(trusting(), subject=("identity of job", "sha256:" + "a" * 64)),
        dataclasses.replace(trusting(), parameters={**trusting().parameters, "key": "AA=="}),
        dataclasses.replace(trusting(), parameters={**trusting().parameters, "subject": 1}),
        dataclasses.replace(trusting(), parameters={**trusting().parameters, "roles": ["owner"]}),
    ],
)
def test_a_change_that_was_not_built_here_is_refused(change: Change) -> None:
    with pytest.raises(ControlError):
        write_proposal(Proposal(change, log=LOG, after=3))


def test_the_beneficiary_of_an_identity_does_not_sign_alone() -> None:
    payload = write_proposal(Proposal(trusting(person="alice"), log=LOG, after=3))
    trust = initial_trust(OWNERS, threshold=1, log_key=LOG_KEY)
    mine = [signed_bundle(ALICE, payload)]
    found = authorise(mine, payload=payload, snapshot=trust, at=NOW)
    assert (found.beneficiary, found.missing) == ("alice", 1)
    both = [*mine, signed_bundle(BOB, payload)]
    assert authorise(both, payload=payload, snapshot=trust, at=NOW).granted


def test_no_identity_signs_for_owners() -> None:
    payload = write_proposal(Proposal(trusting("checker"), log=LOG, after=3))
    bundle = read_bundle(canonical_bytes(StandIn().bundle(payload)))
    found = authorise([bundle], payload=payload, snapshot=applied(trusting()), at=NOW)
    ((_, refusal),) = found.refusals
    assert refusal.reason is Reason.WRONG_ROLE
    assert not found.granted


def test_the_newest_data_of_a_kind_is_what_was_published_last() -> None:
    digests = {name: f"sha256:{name[-1] * 64}" for name in ("root@1", "other@2", "root@3")}
    state = ControlState(trust=registry(), data=digests)
    assert state.newest("root") == digests["root@3"]
    assert state.newest("other") == digests["other@2"]
    assert state.newest("roo") == ""
