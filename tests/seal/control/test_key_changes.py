from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.seal.control.owning import BEFORE, LATER, NOW
from tests.seal.signing import ALICE, BOB, identity, spki
from weighbridge.model.base64text import write_base64
from weighbridge.model.trust import TrustedKey
from weighbridge.seal.control import Action, Change, ControlError, Obstacle, revoke_key, trust_key
from weighbridge.seal.control.key_changes import key_to_trust, revocation_of

ED25519 = spki(ALICE)[:-32]
TRUST = trust_key(spki(BOB), person="bob", roles=["ml-lead", "builder"], since=NOW, until=LATER)
REVOKE = revoke_key(identity(BOB), person="bob", revoked_at=NOW, reason="laptop stolen")


def test_trusting_a_key_says_all_there_is_to_say() -> None:
    assert TRUST.action == "key.trust"
    assert TRUST.subject == ("key of bob", identity(BOB))
    assert TRUST.parameters == {
        "from": NOW,
        "key": write_base64(spki(BOB)),
        "person": "bob",
        "roles": ["builder", "ml-lead"],
        "until": LATER,
    }
    assert key_to_trust(TRUST) == TrustedKey(
        key=spki(BOB), person="bob", roles=("builder", "ml-lead"), since=NOW, until=LATER
    )


def test_trusting_a_key_of_a_servers_says_whose_it_is() -> None:
    held = trust_key(spki(BOB), person="bob", roles=["ml-lead"], held_by="https://wb.example")
    assert held.parameters["heldBy"] == "https://wb.example"
    read = key_to_trust(held)
    assert isinstance(read, TrustedKey)
    assert read.held_by == "https://wb.example"
    empty = dataclasses.replace(held, parameters={**held.parameters, "heldBy": ""})
    with pytest.raises(ControlError) as refused:
        key_to_trust(empty)
    assert refused.value.reason is Obstacle.NOT_IN_FORM


def test_revoking_a_key_says_all_there_is_to_say() -> None:
    assert REVOKE.action == "key.revoke"
    assert REVOKE.subject == ("key of bob", identity(BOB))
    assert REVOKE.parameters == {"person": "bob", "reason": "laptop stolen", "revokedAt": NOW}
    assert revocation_of(REVOKE).spki == identity(BOB)


def test_a_key_is_the_same_however_it_is_written() -> None:
    point = BOB.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    compressed = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    pem = BOB.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for data in (compressed, pem):
        again = trust_key(data, person="bob", roles=["builder", "ml-lead"], since=NOW, until=LATER)
        assert again == TRUST


@pytest.mark.parametrize(
    "roles", [["ml-lead"], ["role:ml-lead"], ["ml-lead", "role:ml-lead", "ml-lead"]]
)
def test_a_role_is_the_same_with_and_without_its_prefix(roles: list[str]) -> None:
    assert trust_key(spki(BOB), person="bob", roles=roles).parameters["roles"] == ["ml-lead"]


def test_a_witness_is_a_role_as_any_other() -> None:
    assert trust_key(spki(BOB), person="bob", roles=["witness"]).parameters["roles"] == ["witness"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"roles": []}, Obstacle.NO_ROLES),
        ({"roles": ["log"]}, Obstacle.LOG_ROLE),
        ({"roles": ["role:log", "owner"]}, Obstacle.LOG_ROLE),
        ({"roles": ["role:"]}, Obstacle.NOT_IN_FORM),
        ({"roles": ["role:role:log"]}, Obstacle.NOT_IN_FORM),
        ({"roles": [" owner"]}, Obstacle.NOT_IN_FORM),
        ({"roles": ["own\u202eer"]}, Obstacle.NOT_IN_FORM),
        ({"roles": ["sre", "witness"], "held_by": "https://w"}, Obstacle.HELD_BY_SERVER),
        ({"held_by": "wb.example"}, Obstacle.NOT_IN_FORM),
        ({"person": ""}, Obstacle.NOT_IN_FORM),
        ({"person": "bob\x1b[2J"}, Obstacle.NOT_IN_FORM),
        ({"since": "yesterday"}, Obstacle.NOT_IN_FORM),
        ({"until": "2026-11-22"}, Obstacle.NOT_IN_FORM),
        ({"since": NOW, "until": NOW}, Obstacle.NEVER_VALID),
        ({"since": NOW, "until": BEFORE}, Obstacle.NEVER_VALID),
    ],
)
def test_a_key_that_cannot_be_trusted_so_is_refused(
    changes: dict[str, Any], reason: Obstacle
) -> None:
    asked: dict[str, Any] = {"person": "bob", "roles": ["builder"]}
    with pytest.raises(ControlError) as refused:
        trust_key(spki(BOB), **asked | changes)
    assert refused.value.reason is reason
    assert str(refused.value)


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"no key",
        ED25519 + bytes(32),
        ED25519 + b"\xff" * 32,
        rsa.generate_private_key(65537, 2048)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        ec.derive_private_key(7, ec.SECP521R1())
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "no key", "small order", "not canonical", "rsa", "p-521"],
)
def test_a_key_nobody_should_rely_on_is_not_trusted(key: bytes) -> None:
    with pytest.raises(ControlError) as refused:
        trust_key(key, person="bob", roles=["builder"])
    assert refused.value.reason is Obstacle.UNUSABLE_KEY


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reason": ""}, Obstacle.NO_REASON),
        ({"reason": " \t\n"}, Obstacle.NO_REASON),
        ({"reason": "lost\nand found"}, Obstacle.NOT_IN_FORM),
        ({"reason": "\x1b[2Jlost"}, Obstacle.NOT_IN_FORM),
        ({"reason": "\ud800"}, Obstacle.NOT_IN_FORM),
        ({"person": ""}, Obstacle.NOT_IN_FORM),
        ({"revoked_at": "now"}, Obstacle.NOT_IN_FORM),
        ({"spki": "sha256:zz"}, Obstacle.NOT_IN_FORM),
        ({"spki": identity(BOB).upper()}, Obstacle.NOT_IN_FORM),
    ],
)
def test_a_key_that_cannot_be_revoked_so_is_refused(
    changes: dict[str, str], reason: Obstacle
) -> None:
    asked = {"spki": identity(BOB), "person": "bob", "revoked_at": NOW, "reason": "lost"} | changes
    with pytest.raises(ControlError) as refused:
        revoke_key(asked.pop("spki"), **asked)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    "subject", [("", identity(BOB)), ("a\nb", identity(BOB)), ("a", "zz"), ("a", "sha512:00")]
)
def test_a_change_is_about_something(subject: tuple[str, str]) -> None:
    with pytest.raises(ControlError) as refused:
        Change(Action.POLICY_PUBLISH, subject=subject, parameters={})
    assert refused.value.reason is Obstacle.NOT_IN_FORM


@pytest.mark.parametrize(
    "parameters",
    [
        {"more": 1},
        {"key": None},
        {"key": "QUG="},
        {"key": write_base64(b"no key")},
        {"key": write_base64(spki(ALICE))},
        {"person": None},
        {"person": 5},
        {"person": "alice"},
        {"roles": None},
        {"roles": "builder"},
        {"roles": ["builder", 5]},
        {"roles": ("builder", "ml-lead")},
        {"roles": ["ml-lead", "builder"]},
        {"roles": ["builder", "builder"]},
        {"roles": ["role:builder"]},
        {"roles": []},
        {"roles": ["log"]},
        {"from": 0},
        {"until": None},
        {"until": BEFORE},
    ],
)
def test_a_key_trusted_in_any_other_words_is_refused(parameters: dict[str, Any]) -> None:
    change = dataclasses.replace(TRUST, parameters={**TRUST.parameters, **parameters})
    with pytest.raises(ControlError):
        key_to_trust(change)


@pytest.mark.parametrize(
    "parameters",
    [
        {"more": 1},
        {"person": None},
        {"person": "alice"},
        {"reason": ""},
        {"reason": 1},
        {"revokedAt": "now"},
    ],
)
def test_a_key_revoked_in_any_other_words_is_refused(parameters: dict[str, Any]) -> None:
    change = dataclasses.replace(REVOKE, parameters={**REVOKE.parameters, **parameters})
    with pytest.raises(ControlError):
        revocation_of(change)


@pytest.mark.parametrize("change", [TRUST, REVOKE], ids=lambda change: change.action)
def test_nothing_may_be_left_out_of_a_change(change: Change) -> None:
    read = key_to_trust if change is TRUST else revocation_of
    for name in change.parameters:
        rest = {key: value for key, value in change.parameters.items() if key != name}
        with pytest.raises(ControlError) as refused:
            read(dataclasses.replace(change, parameters=rest))
        assert refused.value.reason is Obstacle.NOT_IN_FORM


@pytest.mark.parametrize("subject", [("key of alice", identity(BOB)), ("key", identity(BOB))])
def test_a_change_is_about_the_key_it_names(subject: tuple[str, str]) -> None:
    with pytest.raises(ControlError):
        key_to_trust(dataclasses.replace(TRUST, subject=subject))
    with pytest.raises(ControlError):
        revocation_of(dataclasses.replace(REVOKE, subject=subject))
    with pytest.raises(ControlError):
        key_to_trust(dataclasses.replace(TRUST, subject=("key of bob", identity(ALICE))))
