"""Who holds the log's key can log and pack what never was; what was signed gives him away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.usecases.packs import PRODUCTION, SINGLE, complaints, events, exported, judged
from tests.usecases.promoted import FIRST, promoted, promoted_folder
from weighbridge.gate.case import Act
from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.ledger.note import (
    Note,
    NoteSignature,
    VerifierKey,
    write_note,
    write_verifier_key,
)
from weighbridge.ledger.proof import LogProof, write_proof
from weighbridge.model.errors import PackError
from weighbridge.model.event import Kind
from weighbridge.packing.evidence_pack import (
    CHECKPOINT,
    proof_name,
    proofs_in,
    read_pack,
    write_pack,
)
from weighbridge.seal.bundle import read_bundle
from weighbridge.usecases.evidence_export import promotion_dossier
from weighbridge.usecases.evidence_verify import verify_pack
from weighbridge.usecases.prove import prove
from weighbridge.usecases.signing import keep_signed

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted

__all__ = ["promoted", "promoted_folder"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"generation": 9}, "its generation is not what follows"),
        ({"previous": "sha256:" + "0" * 64}, "its previous is not what follows"),
        ({"verdict": "denied"}, "its verdict is not what follows"),
        ({"mode": "observe"}, "its mode is not what follows"),
        ({"person": "mia"}, "its person is not what follows"),
        ({"version": "9"}, "its version is not what follows"),
        ({"outcome": "sha256:" + "0" * 64}, "its outcome is not what follows"),
        ({"trust": "sha256:" + "0" * 64}, "its trust is not what follows"),
        ({}, "the signed decision is not what the gate decides on these papers"),
    ],
    ids=str,
)
def test_a_registry_that_lies_in_its_own_log_is_caught(
    changes: dict[str, object], said: str, promoted: Promoted
) -> None:
    """Who holds the log's key appends what the gate never decided, and packs it."""
    pack = forged(promoted, **changes)
    assert said in str(complaints(judged(promoted, pack)))
    with pytest.raises(PackError, match="the promotion cannot be proven"):
        exported(promoted)


def forged(promoted: Promoted, **changes: object) -> bytes:
    """Append the newest promotion of the first release again, changed, and pack it unseen."""
    done = [e for e in events(exported(promoted)).values() if e.kind is Kind.PROMOTION_DONE]
    registry, release = promoted.registry, promoted.digest(FIRST)
    body = {**done[-1].body, **changes}
    registry.change(lambda transaction: transaction.append(Kind.PROMOTION_DONE, body))
    dossier, _ = promotion_dossier(release, PRODUCTION, registry=registry)
    return write_pack(dossier.papers, about=dossier.about)


def test_a_move_the_gate_did_not_allow_is_caught(promoted: Promoted) -> None:
    promoted.approve(FIRST, "dora", act=Act.REJECT)
    found = complaints(judged(promoted, forged(promoted)))
    assert any("the release was moved, though the gate did not allow it" in line for line in found)


def test_a_decision_by_who_may_not_deploy_is_caught(promoted: Promoted) -> None:
    papers, _ = read_pack(exported(promoted))
    payload = read_bundle(papers["decision.json"]).payload
    bundle = keep_signed(payload, signer=promoted.key("bea"), registry=promoted.registry)
    found = complaints(judged(promoted, forged(promoted, decision=bundle)))
    assert "INT006 decision.json: its signature does not count: wrong role" in found


@pytest.mark.parametrize(
    "body",
    [
        {"environment": PRODUCTION, "name": "demo"},
        {"environment": PRODUCTION, "name": "demo", "release": 7, "person": "max"},
        {"environment": PRODUCTION, "name": "demo", "release": [], "person": {}},
    ],
    ids=str,
)
def test_an_entry_that_says_nothing_is_refused(body: dict[str, object], promoted: Promoted) -> None:
    pack = exported(promoted)
    registry = promoted.registry
    index = registry.change(lambda transaction: transaction.append(Kind.PROMOTION_DONE, body))
    promoted.say_of(FIRST, {"later": True}, by="carl")
    papers, about = read_pack(exported_before(promoted, pack))
    papers[proof_name(index)] = prove(index, ledger=registry, log_key=registry.log_key)
    said = {**about, "decision": {**about["decision"], "entry": index}}
    assert judged(promoted, write_pack(papers, about=said)).told is None


def exported_before(promoted: Promoted, pack: bytes) -> bytes:
    """Prove the entries of a pack under the newest checkpoint."""
    registry = promoted.registry
    papers, about = read_pack(pack)
    for index in proofs_in(papers):
        papers[proof_name(index)] = prove(index, ledger=registry, log_key=registry.log_key)
    with registry.reading() as view:
        papers[CHECKPOINT] = view.checkpoint
    return write_pack(papers, about=about)


@pytest.mark.parametrize("entry", [b"junk", b"{}", b"[" * 10_000, b"\xff"], ids=repr)
def test_an_entry_that_is_no_event_is_refused_though_it_is_proven(
    entry: bytes, promoted: Promoted
) -> None:
    papers, about = read_pack(exported(promoted))
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key = VerifierKey(name="other", public_key=private.public_key().public_bytes_raw())
    root = MerkleTree([leaf_hash(entry)]).root()
    text = Checkpoint(origin=key.name, size=1, root=root).text()
    line = NoteSignature(name=key.name, key_id=key.key_id, signature=private.sign(text))
    note = write_note(Note(text=text, signatures=(line,)))
    proof = write_proof(LogProof(index=0, path=(), checkpoint=note, extra=entry))
    kept = {name: data for name, data in papers.items() if name in SINGLE}
    said = {**about, "decision": {**about["decision"], "entry": 0}}
    pack = write_pack({**kept, CHECKPOINT: note, proof_name(0): proof}, about=said)
    found = verify_pack(pack, log_key=write_verifier_key(key))
    assert found.told is None
    assert [problem.code for problem in found.problems] in (["WB135"], ["WB137"])
