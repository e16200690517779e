"""A pack leads from any key the log had up to its decision to the one that signed it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tests.usecases.cosigned import cosigned_note, policy_of
from tests.usecases.packs import PRODUCTION, complaints, edited, events, exported
from tests.usecases.promoted import FIRST, promoted, promoted_folder
from weighbridge.adapters.log_key import open_log_key
from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.note import read_note, read_verifier_key
from weighbridge.ledger.proof import LogProof, read_proof, write_proof
from weighbridge.packing.evidence_pack import proof_name, proofs_in, read_pack
from weighbridge.seal.control import trust_key
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack
from weighbridge.usecases.log_rotation import rotation

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from weighbridge.adapters.log_key import LogKey
    from weighbridge.ledger.quorum import QuorumPolicy

__all__ = ["promoted", "promoted_folder"]


def rotate(promoted: Promoted) -> str:
    """Rotate the log's key and return the new one."""
    change = rotation(promoted.registry)
    assert change is not None
    promoted.owners(change)
    return promoted.registry.log_key


def test_every_key_of_the_log_leads_to_the_checkpoint(promoted: Promoted) -> None:
    keys = [promoted.registry.log_key, rotate(promoted)]
    spki = promoted.keys.public("cat").spki_der
    promoted.owners(trust_key(spki, person="cat", roles=["ml-lead", "sre"]))
    keys.append(rotate(promoted))
    promoted.owners(trust_key(spki, person="cat", roles=["ml-lead"]))
    pack = exported(promoted)
    for key in keys:
        found = verify_pack(pack, log_key=key)
        assert (found.ok, found.problems) == (True, ())
    assert len(set(keys)) == 3
    # What owners did after the newest rotation leads nowhere, and is not in it.
    assert [event.body.get("action") for event in events(pack).values()][-3:] == [
        "log.rotate",
        "key.trust",
        "log.rotate",
    ]


def test_an_older_pack_is_verified_by_the_key_of_then(promoted: Promoted) -> None:
    old, pack = promoted.registry.log_key, exported(promoted)
    new = rotate(promoted)
    assert verify_pack(pack, log_key=old).ok
    (complaint,) = complaints(verify_pack(pack, log_key=new))
    assert "has it been rotated?" in complaint


def test_no_step_of_the_way_can_be_left_out_or_added(promoted: Promoted) -> None:
    old, new = promoted.registry.log_key, rotate(promoted)
    pack = exported(promoted)
    last = max(events(pack))
    for key in (old, new):
        assert not verify_pack(edited(pack, **{proof_name(last): None}), log_key=key).ok
    spki = promoted.keys.public("cat").spki_der
    promoted.owners(trust_key(spki, person="cat", roles=["ml-lead", "sre"]))
    rotate(promoted)
    longer = exported(promoted)
    papers = read_pack(longer)[0]
    for gone in (max(events(longer)), last + 1, last):
        cut = edited(longer, **{proof_name(gone): None})
        for key in (old, new, promoted.registry.log_key):
            assert not verify_pack(cut, log_key=key).ok
    assert len(proofs_in(papers)) == len(proofs_in(read_pack(pack)[0])) + 2


def signed_again(pack: bytes, key: LogKey) -> bytes:
    """Have another key sign the checkpoint of a pack."""
    papers = read_pack(pack)[0]
    state = read_checkpoint(read_note(papers["checkpoint"]).text)
    note = key.sign(state.size, state.root)
    proofs = {
        proof_name(index): write_proof(
            LogProof(index=index, path=old.path, checkpoint=note, extra=old.extra)
        )
        for index, data in proofs_in(papers).items()
        for old in [read_proof(data)]
    }
    return edited(pack, checkpoint=note, **proofs)


def test_a_key_that_was_replaced_vouches_for_no_later_checkpoint(promoted: Promoted) -> None:
    stolen, old = open_log_key(promoted.registry.root), promoted.registry.log_key
    new = rotate(promoted)
    pack = signed_again(exported(promoted), stolen)
    for key in (old, new):
        assert not verify_pack(pack, log_key=key).ok


def test_a_checkpoint_of_before_a_rotation_makes_a_pack_for_the_key_of_then(
    promoted: Promoted,
) -> None:
    old, note, policy = promoted.registry.log_key, cosigned_note(promoted, 21), policy_of(promoted)
    new = rotate(promoted)
    lenient = dataclasses.replace(policy, groups={}, quorum="w21")
    pack = witnessed_pack(promoted, note, lenient)
    assert read_pack(pack)[0]["checkpoint"] == note
    assert verify_pack(pack, log_key=old, policy=lenient).ok
    (complaint,) = complaints(verify_pack(pack, log_key=new))
    assert "has it been rotated?" in complaint
    assert complaints(verify_pack(pack, log_key=old, policy=policy)) == [
        "WB135 checkpoint: too few witnesses cosigned it: w22, w23 did not"
    ]


def test_cosignatures_count_for_who_holds_an_older_key(promoted: Promoted) -> None:
    old, new = promoted.registry.log_key, rotate(promoted)
    policy = policy_of(promoted)
    pack = witnessed_pack(promoted, cosigned_note(promoted, 21, 22), policy)
    for key in (old, new):
        found = verify_pack(pack, log_key=key, policy=policy)
        assert (found.problems, len(found.cosigners)) == ((), 2)
    # The policy names the newer key; who is given another policy learns that it is of another log.
    before = dataclasses.replace(policy, logs=(read_verifier_key(old),))
    assert "WB135 policy: it does not name the key of this log" in complaints(
        verify_pack(pack, log_key=old, policy=before)
    )


def witnessed_pack(promoted: Promoted, note: bytes, policy: QuorumPolicy) -> bytes:
    return export_pack(
        promoted.digest(FIRST),
        PRODUCTION,
        registry=promoted.registry,
        checkpoint=note,
        policy=policy,
    )
