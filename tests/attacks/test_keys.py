"""Keys that pass for others, keys out of their time, and keys in the wrong hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.seal.oms.papers import leaf, middle, pem, root
from tests.usecases.models.signed import Signed
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.ledger.note import NoteError, VerifierKey, read_verifier_key, write_verifier_key
from weighbridge.model.errors import NotAllowedError, WeighbridgeError
from weighbridge.model.event import Kind
from weighbridge.seal.control import ControlError, trust_key

if TYPE_CHECKING:
    from tests.attacks.hands import Hands
    from tests.usecases.workshop import Bench

ED25519 = bytes.fromhex("302a300506032b6570032100")
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]


def test_one_key_for_two_people(hands: Hands) -> None:
    """Nor does a key that signs twice make two of one."""
    key = hands.keys.public("bea").spki_der
    with pytest.raises(WeighbridgeError) as caught:
        hands.owners(trust_key(key, person="mia", roles=["builder"]))
    assert "held by bea" in str(caught.value.faults)
    hands.sign(FIRST)
    for body in hands.bodies(Kind.EVIDENCE_ADDED, FIRST)[:1]:
        hands.append(Kind.EVIDENCE_ADDED, body | {"person": "mia"})
    assert hands.verified(FIRST).ok
    assert not hands.verified(FIRST, people=2).ok


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_key_anybody_can_sign_for(point: str, hands: Hands) -> None:
    raw = bytes.fromhex(point)
    with pytest.raises(ControlError, match="a point of small order"):
        hands.owners(trust_key(ED25519 + raw, person="mia", roles=["builder"]))
    with pytest.raises(NoteError):
        read_verifier_key(write_verifier_key(VerifierKey(name="log.example", public_key=raw)))


def test_a_certificate_out_of_its_time(run: Bench) -> None:
    """It is valid from March to September 2026."""
    model = Signed(run)
    (run.folder / "chain.pem").write_bytes(pem(leaf(), middle()))
    (run.folder / "root.pem").write_bytes(pem(root()))
    assert model.sign("--certificate-chain", "chain.pem").code == 0
    for year, code in (("2026", 0), ("2036", 1), ("2016", 1)):
        at = f"{year}-06-01T00:00:00Z"
        found = model.verify("--certificate-chain", "root.pem", "--at", at, key="")
        assert (found.code, found.json["ok"]) == (code, code == 0)


def test_a_revoked_key(hands: Hands) -> None:
    """What it signed before counts; what it signs after does not, nor what it signed since."""
    hands.owners_revoke("bea")
    assert hands.verified(FIRST).ok
    with pytest.raises(NotAllowedError):
        hands.sign(FIRST)
    other = hands.copied("backdated")
    other.owners_revoke("carl", at="2026-02-01T00:00:00Z")
    assert not other.asked(SECOND).moved
    stolen = hands.bodies(Kind.EVIDENCE_ADDED, FIRST)[0]
    before = len(hands.verified(FIRST).signatures)
    hands.append(Kind.EVIDENCE_ADDED, stolen)
    assert len(hands.verified(FIRST).signatures) == before


def test_a_wrong_passphrase(hands: Hands) -> None:
    locked = hands.keys.locked("ann")
    with pytest.raises(WeighbridgeError) as caught:
        locked.unlock("hunter2 and more")
    assert "that is not the passphrase of" in str(caught.value.faults)
    assert "hunter2" not in str(caught.value.faults)
