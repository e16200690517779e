"""Cosigned checkpoints in audits, proofs and packs, judged by trust and by policies."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.ledger import signing
from tests.usecases.cosigned import (
    NOW,
    SEEDS,
    cosigned_note,
    policy_of,
    policy_text,
    say_more,
)
from tests.usecases.packs import PRODUCTION, complaints, judged
from tests.usecases.promoted import FIRST, promoted, promoted_folder
from tests.witnesses import LOG_KEY, Key, name_of, vkey
from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.cosignature import WitnessKey, cosign, with_lines
from weighbridge.ledger.note import NoteError, read_note, write_note
from weighbridge.ledger.proof import read_proof, write_proof
from weighbridge.model.errors import LedgerError, NotFoundError, PackError
from weighbridge.model.trust import TrustedKey, TrustSnapshot
from weighbridge.packing.evidence_pack import (
    CHECKPOINT,
    proof_name,
    proofs_in,
    read_pack,
    write_pack,
)
from weighbridge.seal.control import trust_key
from weighbridge.usecases.audit import audit
from weighbridge.usecases.cosigners import judge_cosigners, load_policy
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack
from weighbridge.usecases.prove import prove, verify_entry
from weighbridge.usecases.witnessed import witnessed

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from weighbridge.ledger.quorum import QuorumPolicy

__all__ = ["promoted", "promoted_folder"]


def snapshot(*keys: TrustedKey) -> TrustSnapshot:
    ordered = tuple(sorted(keys, key=lambda key: key.spki))
    return TrustSnapshot(as_of=1, owners=("ann",), threshold=1, keys=ordered)


def trusted(seed: int, *roles: str, **times: str) -> TrustedKey:
    person = times.pop("person", f"person {seed}")
    return TrustedKey(key=Key(seed).spki, person=person, roles=roles or ("witness",), **times)


def test_owners_and_policies_both_say_who_is_a_witness(promoted: Promoted) -> None:
    note, key = cosigned_note(promoted, 21, 22), promoted.registry.log_key
    trust, policy = snapshot(trusted(21)), policy_of(promoted)
    found = judge_cosigners(note, log_key=key, trust=trust, policy=policy, strict=True)
    assert found.problems == ()
    assert [(one.name, one.person, one.at) for one in found.cosigners] == [
        (name_of(21), "person 21", NOW),
        (name_of(22), "", NOW),
    ]
    assert [one.key for one in found.cosigners] == [vkey(21), vkey(22)]
    alone = judge_cosigners(note, log_key=key, trust=trust, policy=None, strict=True)
    assert [problem.message for problem in alone.problems] == [
        f"nobody here can judge the signature of {name_of(22)}"
    ]
    lenient = judge_cosigners(note, log_key=key, trust=trust, policy=None)
    assert (lenient.problems, len(lenient.cosigners)) == ((), 1)


def test_no_byte_of_a_cosignature_is_without_meaning(promoted: Promoted) -> None:
    note, key = cosigned_note(promoted, 21), promoted.registry.log_key
    trust = snapshot(trusted(21))

    def holds(data: bytes) -> bool:
        try:
            found = judge_cosigners(data, log_key=key, trust=trust, policy=None, strict=True)
        except NoteError:
            return False
        return not found.problems

    start = note.rindex("— ".encode())
    head, line = note[:start], note[start:]
    assert holds(note)
    assert [bad for bad in signing.spoiled(line) if bad != b"" and holds(head + bad)] == []


def under(pack: bytes, checkpoint: bytes) -> bytes:
    """Put another note into a pack, and into all its proofs."""
    papers, about = read_pack(pack)
    for index, data in proofs_in(papers).items():
        proof = dataclasses.replace(read_proof(data), checkpoint=checkpoint)
        papers[proof_name(index)] = write_proof(proof)
    return write_pack({**papers, CHECKPOINT: checkpoint}, about=about)


def test_one_key_counts_once_whatever_it_is_called(promoted: Promoted) -> None:
    twice = read_note(cosigned_note(promoted, 21)).signatures[1:]
    note = with_lines(read_note(cosigned_note(promoted, 21, name="alias")), twice)
    trust, key = snapshot(trusted(21)), promoted.registry.log_key
    found = judge_cosigners(note, log_key=key, trust=trust, policy=None)
    assert len(found.cosigners) == 1
    assert [problem.message for problem in found.problems] == [
        f"{name_of(21)} is a second name of one key"
    ]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (trusted(21, "builder"), "nobody here can judge"),
        (trusted(22), "nobody here can judge"),
        (trusted(21, revoked_at="2027-01-01T00:00:00Z", reason="lost"), "was revoked at 2027"),
        (trusted(21, since="2026-05-01T00:00:01Z"), "does not count at 2026-05-01T00:00:00Z"),
        (trusted(21, until=NOW), "does not count at 2026-05-01T00:00:00Z"),
        (dataclasses.replace(trusted(21), key=b"no key"), "nobody here can judge"),
    ],
    ids=["role", "another", "revoked", "early", "late", "none"],
)
def test_a_key_that_owners_do_not_trust_does_not_count(
    key: TrustedKey, message: str, promoted: Promoted
) -> None:
    public = generate_private_key(SECP256R1()).public_key()
    p256 = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    other = TrustedKey(key=p256, person="other", roles=("witness",))
    found = judge_cosigners(
        cosigned_note(promoted, 21),
        log_key=promoted.registry.log_key,
        trust=snapshot(key, other),
        policy=None,
        strict=True,
    )
    assert found.cosigners == ()
    assert message in found.problems[0].message


def test_the_log_is_no_witness_of_itself() -> None:
    note = signing.signed(signing.CHECKPOINT.text())
    own = WitnessKey(name="own", public_key=signing.verifier_key().public_key)
    line = cosign(signing.CHECKPOINT.text(), own, at=1, sign=Key(1).sign)
    found = judge_cosigners(
        with_lines(read_note(note), [line]),
        log_key=LOG_KEY,
        trust=snapshot(trusted(1)),
        policy=None,
        strict=True,
    )
    assert found.cosigners == ()
    assert len(found.problems) == 1


def test_a_policy_of_another_log_takes_nothing(promoted: Promoted) -> None:
    text = policy_text(promoted).replace(promoted.registry.log_key, LOG_KEY)
    policy = load_policy(text.encode(), file="policy")
    note, key = cosigned_note(promoted, *SEEDS), promoted.registry.log_key
    found = judge_cosigners(note, log_key=key, trust=None, policy=policy)
    assert [problem.message for problem in found.problems] == [
        "it does not name the key of this log"
    ]


# Audits and proofs.


def test_an_audit_says_who_is_missing(promoted: Promoted) -> None:
    registry, policy = promoted.registry, policy_of(promoted)
    note = cosigned_note(promoted, 21, 23)
    say_more(promoted)

    def problems(checkpoint: bytes | None) -> list[str]:
        key = registry.log_key
        found = audit(registry, log_key=key)
        found = witnessed(found, registry, log_key=key, checkpoint=checkpoint, policy=policy)
        return [problem.message for problem in found.problems]

    assert problems(note) == []
    assert problems(None) == ["too few witnesses cosigned it: w21, w22, w23 did not"]
    assert problems(cosigned_note(promoted, 22)) == [
        "too few witnesses cosigned it: w21, w23 did not"
    ]
    assert problems(b"") == ["the checkpoint is not one of this ledger"]
    short = write_note(
        dataclasses.replace(read_note(note), signatures=read_note(note).signatures[1:])
    )
    assert problems(short) == ["the checkpoint is not one of this ledger"]


def test_a_proof_is_under_the_checkpoint_that_was_cosigned(promoted: Promoted) -> None:
    registry, policy = promoted.registry, policy_of(promoted)
    note, key = cosigned_note(promoted, 21, 22), registry.log_key
    size = read_checkpoint(read_note(note).text).size
    say_more(promoted)
    for index in (0, size // 2, size - 1):
        proof = prove(index, ledger=registry, log_key=key, checkpoint=note)
        assert read_proof(proof).checkpoint == note
        proven = verify_entry(proof, log_key=key, policy=policy)
        assert (proven.index, proven.checkpoint.size) == (index, size)
        assert [one.name for one in proven.cosigners] == [name_of(21), name_of(22)]
    with pytest.raises(NotFoundError, match="no such entry"):
        prove(size, ledger=registry, log_key=key, checkpoint=note)
    plain = prove(0, ledger=registry, log_key=key)
    with pytest.raises(LedgerError, match="too few witnesses cosigned it"):
        verify_entry(plain, log_key=key, policy=policy)
    for wrong in (b"", signing.signed(signing.CHECKPOINT.text())):
        with pytest.raises(LedgerError, match="not one of this ledger"):
            prove(0, ledger=registry, log_key=key, checkpoint=wrong)


# Packs.


def cosigned_pack(promoted: Promoted, note: bytes, policy: QuorumPolicy | None = None) -> bytes:
    digest, registry = promoted.digest(FIRST), promoted.registry
    return export_pack(digest, PRODUCTION, registry=registry, checkpoint=note, policy=policy)


def test_a_pack_keeps_its_cosignatures(promoted: Promoted) -> None:
    note, policy = cosigned_note(promoted, 21, 22), policy_of(promoted)
    say_more(promoted)
    pack = cosigned_pack(promoted, note, policy)
    assert read_pack(pack)[0][CHECKPOINT] == note
    found = verify_pack(pack, log_key=promoted.registry.log_key, policy=policy)
    assert found.problems == ()
    assert [one.name for one in found.cosigners] == [name_of(21), name_of(22)]
    assert complaints(judged(promoted, pack)) == [
        f"WB135 checkpoint: nobody here can judge the signature of {name_of(seed)}"
        for seed in (21, 22)
    ]
    with pytest.raises(PackError, match="nobody here can judge"):
        cosigned_pack(promoted, note)


def test_a_pack_without_its_cosignatures_does_not_satisfy_a_policy(promoted: Promoted) -> None:
    policy, key = policy_of(promoted), promoted.registry.log_key
    pack = cosigned_pack(promoted, cosigned_note(promoted, 21, 22), policy)
    bare = under(pack, cosigned_note(promoted))
    assert judged(promoted, bare).ok
    found = verify_pack(bare, log_key=key, policy=policy)
    assert complaints(found) == [
        "WB135 checkpoint: too few witnesses cosigned it: w21, w22, w23 did not"
    ]
    note = read_note(cosigned_note(promoted, 21, 22))
    swapped = dataclasses.replace(note.signatures[1], signature=note.signatures[2].signature)
    lines = (note.signatures[0], swapped, note.signatures[2])
    forged = under(pack, write_note(dataclasses.replace(note, signatures=lines)))
    found = verify_pack(forged, log_key=key, policy=policy)
    assert f"WB135 checkpoint: the cosignature of {name_of(21)} is not valid" in complaints(found)


def test_a_witness_owners_trusted_needs_no_policy(promoted: Promoted) -> None:
    promoted.owners(trust_key(Key(21).spki, person="wes", roles=["witness"]))
    assert promoted.promote(FIRST, "staging")
    note = cosigned_note(promoted, 21)
    registry = promoted.registry
    pack = export_pack(promoted.digest(FIRST), "staging", registry=registry, checkpoint=note)
    found = judged(promoted, pack)
    assert found.problems == ()
    assert [(one.name, one.person) for one in found.cosigners] == [(name_of(21), "wes")]
    with pytest.raises(PackError, match="nobody here can judge"):
        cosigned_pack(promoted, note)  # a promotion before he was trusted


def test_the_page_names_the_witnesses_owners_trusted_and_no_others(promoted: Promoted) -> None:
    promoted.owners(trust_key(Key(21).spki, person="wes <w>", roles=["witness"]))
    assert promoted.promote(FIRST, "staging")
    registry, policy = promoted.registry, policy_of(promoted)
    note = cosigned_note(promoted, 21, 22)
    pack = export_pack(
        promoted.digest(FIRST), "staging", registry=registry, checkpoint=note, policy=policy
    )
    page = read_pack(pack)[0]["report.html"].decode()
    assert "<dt>Witnessed by</dt><dd><b><bdi>wes &lt;w&gt;</bdi></b>" in page
    assert (name_of(21) in page, name_of(22) in page) == (True, False)
    assert verify_pack(pack, log_key=registry.log_key, policy=policy).problems == ()
    bare = under(pack, cosigned_note(promoted))
    assert "report.html: it is not what follows" in " ".join(complaints(judged(promoted, bare)))


def test_a_checkpoint_of_another_time_or_log_makes_no_pack(promoted: Promoted) -> None:
    note = read_note(cosigned_note(promoted))
    assert note.signatures
    with pytest.raises(LedgerError, match="not one of this ledger"):
        cosigned_pack(promoted, signing.signed(signing.CHECKPOINT.text()))
    early = cosigned_note(promoted)
    assert promoted.promote(FIRST, "staging")
    registry = promoted.registry
    with pytest.raises(NotFoundError, match="the promotion came after that checkpoint"):
        export_pack(promoted.digest(FIRST), "staging", registry=registry, checkpoint=early)
