from __future__ import annotations

import dataclasses
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.usecases.packs import (
    PRODUCTION,
    SINGLE,
    bundle_name,
    complaints,
    edited,
    entry_of,
    events,
    exported,
    judged,
)
from tests.usecases.promoted import FIRST, SECOND, promoted, promoted_folder
from tests.usecases.workshop import clean_environ, command
from weighbridge.gate.case import Act
from weighbridge.ledger.note import (
    NoteSignature,
    VerifierKey,
    read_note,
    write_note,
    write_verifier_key,
)
from weighbridge.ledger.proof import read_proof, write_proof
from weighbridge.model.errors import NotFoundError
from weighbridge.model.event import Kind
from weighbridge.packing.evidence_pack import (
    CHECKPOINT,
    evidence_name,
    proof_name,
    proofs_in,
    read_pack,
    write_pack,
)
from weighbridge.usecases import deciding_again
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.usecases.promoted import Promoted

__all__ = ["promoted", "promoted_folder"]


def test_a_pack_verifies_with_the_log_key_alone(promoted: Promoted) -> None:
    for name in (FIRST, SECOND):
        for environment in ("staging", PRODUCTION):
            found = judged(promoted, exported(promoted, name, environment))
            assert found.problems == ()
            assert found.ok


def test_a_pack_tells_who_decided_what_when_on_which_evidence(promoted: Promoted) -> None:
    told = judged(promoted, exported(promoted, SECOND)).told
    assert told is not None
    assert (told.decision.name, told.decision.version) == ("demo", "1.1.0")
    assert (told.decision.environment, told.generation) == (PRODUCTION, 2)
    assert told.previous == promoted.digest(FIRST)
    assert (told.decided.person, told.decided.roles) == ("max", ("releaser",))
    assert [(word.person, word.about) for word in told.evidence] == [
        ("carl", promoted.digest(FIRST)),
        ("bea", promoted.digest(SECOND)),
    ]
    assert [(word.person, word.what) for word in told.acts] == [
        ("cat", "approve"),
        ("dora", "approve"),
    ]
    assert {word.person for word in told.control} == {"ann, ben"}


def test_a_pack_holds_what_it_needs_and_nothing_else(promoted: Promoted) -> None:
    pack = exported(promoted)
    assert {event.kind for event in events(pack).values()} == {
        Kind.REGISTRY_INITIALISED,
        Kind.RELEASE_SEALED,
        Kind.CONTROL_APPLIED,
        Kind.EVIDENCE_ADDED,
        Kind.PROMOTION_DONE,
        Kind.PROMOTION_BLOCKED,
        Kind.ACT_SAID,
    }
    # That max had asked before changes nothing: he asked again.
    spare = {proof_name(entry_of(pack, Kind.PROMOTION_BLOCKED))}
    evidence = read_pack(pack)[0].keys() - SINGLE
    assert {name for name in evidence if judged(promoted, edited(pack, **{name: None})).ok} == spare


def test_two_exports_are_the_same_bytes_wherever_they_are_made(
    promoted: Promoted, tmp_path: Path
) -> None:
    packs = [exported(promoted)]
    words = ("evidence", "export", FIRST, "--to", PRODUCTION, "--output", str(tmp_path / "pack"))
    for folder, environ in (
        (promoted.folder, {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}),
        (tmp_path, {"TZ": "America/Lima", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}),
    ):
        subprocess.run(
            command("--registry", str(promoted.folder / ".weighbridge"), *words),
            cwd=folder,
            env=clean_environ() | environ,
            check=True,
            capture_output=True,
        )
        packs.append((tmp_path / "pack").read_bytes())
    assert len(set(packs)) == 1


def test_a_later_pack_tells_the_same_under_a_later_checkpoint(promoted: Promoted) -> None:
    before = exported(promoted)
    promoted.say_of(FIRST, {"later": True}, by="carl")
    promoted.roll_back()
    promoted.approve(FIRST, "dora", act=Act.REJECT)
    after = exported(promoted)
    assert judged(promoted, after).ok
    assert [*events(after)] == [*events(before)]
    assert after != before


def test_a_promotion_after_a_rollback_rests_on_it(promoted: Promoted) -> None:
    promoted.roll_back()
    promoted.approve(SECOND, "max", act=Act.LIFT)
    promoted.approve(SECOND, "cat", "dora")
    assert promoted.promote(SECOND, PRODUCTION)
    pack = exported(promoted, SECOND)
    found = judged(promoted, pack)
    assert found.problems == ()
    assert Kind.ROLLBACK_DONE in {event.kind for event in events(pack).values()}
    lift = next(i for i, e in events(pack).items() if e.body.get("act") == "lift")
    papers = {proof_name(lift): None, bundle_name(pack, lift): None}
    assert not judged(promoted, edited(pack, **papers)).ok


def test_an_older_promotion_is_packed_by_its_entry(promoted: Promoted) -> None:
    promoted.roll_back()
    promoted.approve(SECOND, "max", act=Act.LIFT)
    promoted.approve(SECOND, "cat", "dora")
    assert promoted.promote(SECOND, PRODUCTION)
    first, second = promoted.digest(FIRST), promoted.digest(SECOND)
    registry = promoted.registry
    newest = export_pack(second, PRODUCTION, registry=registry)
    moves = [i for i, e in events(newest).items() if e.body.get("environment") == PRODUCTION]
    older = next(i for i in moves if events(newest)[i].body.get("generation") == 2)
    pack = export_pack(second, PRODUCTION, registry=registry, entry=older)
    told = judged(promoted, pack).told
    assert told is not None
    assert (told.generation, told.decided.entry) == (2, older)
    with pytest.raises(NotFoundError, match=f"never promoted to production by entry {older}"):
        export_pack(first, PRODUCTION, registry=registry, entry=older)


def test_what_was_never_promoted_is_not_packed(promoted: Promoted) -> None:
    with pytest.raises(NotFoundError, match="demo was never promoted to elsewhere"):
        exported(promoted, FIRST, "elsewhere")


def flips(pack: bytes, step: int) -> list[int]:
    """Choose bytes to flip: of every header, of every file, and all about the end."""
    return sorted({*range(0, len(pack), step), *range(len(pack) - 1100, len(pack), 7)})


def test_a_flipped_byte_is_seen(promoted: Promoted) -> None:
    _all_seen(promoted, exported(promoted), step=331)


@pytest.mark.slow
def test_a_flipped_byte_is_seen_wherever_it_is(promoted: Promoted) -> None:
    _all_seen(promoted, exported(promoted, FIRST, "staging"), step=5)  # all of them: minutes


def _all_seen(promoted: Promoted, pack: bytes, *, step: int) -> None:
    for position in flips(pack, step):
        changed = bytearray(pack)
        changed[position] ^= 1 << position % 8
        assert not judged(promoted, bytes(changed)).ok, position


@pytest.mark.parametrize("length", [0, 1, 511, 512, 600, 50_000, -1024, -512, -1])
def test_a_cut_pack_is_refused(length: int, promoted: Promoted) -> None:
    assert not judged(promoted, exported(promoted)[:length]).ok


def test_nothing_may_stand_behind_a_pack(promoted: Promoted) -> None:
    pack = exported(promoted)
    assert not judged(promoted, pack + b"\0").ok
    assert not judged(promoted, pack + pack).ok


def test_the_key_of_another_log_proves_nothing(promoted: Promoted) -> None:
    raw = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    origin = promoted.registry.log_key.partition("+")[0]
    for name in ("example.com/other", origin):
        key = write_verifier_key(VerifierKey(name=name, public_key=raw))
        found = verify_pack(exported(promoted), log_key=key)
        (complaint,) = complaints(found)
        assert complaint.startswith(f"WB135 ledger: the note is not signed by the key of {name}")
        assert found.told is None


def test_a_removed_approval_is_missed(promoted: Promoted) -> None:
    pack = exported(promoted)
    index = entry_of(pack, Kind.ACT_SAID)
    bundle = bundle_name(pack, index)
    digest = events(pack)[index].body["bundle"]
    assert complaints(judged(promoted, edited(pack, **{bundle: None}))) == [
        f"WB130 pack: {digest} is needed and not there"
    ]
    without = edited(pack, **{bundle: None, proof_name(index): None})
    found = complaints(judged(promoted, without))
    assert "WB135 entry 16: its verdict is not what follows from what was there before it" in found
    assert "WB135 decision.json: the signed decision is not what the gate decides" in str(found)


@pytest.mark.parametrize(
    "kind", [Kind.REGISTRY_INITIALISED, Kind.CONTROL_APPLIED, Kind.RELEASE_SEALED]
)
def test_no_entry_can_be_left_out(kind: Kind, promoted: Promoted) -> None:
    pack = exported(promoted)
    without = edited(pack, **{proof_name(entry_of(pack, kind)): None})
    assert not judged(promoted, without).ok


def test_evidence_of_one_pack_is_none_in_another(promoted: Promoted) -> None:
    first, second = exported(promoted, FIRST), exported(promoted, SECOND)
    ours, theirs = (read_pack(pack)[0] for pack in (first, second))
    for name in ("decision.json", "outcome.json", "manifest.json", "report.html"):
        assert not judged(promoted, edited(first, **{name: theirs[name]})).ok, name
    index = next(
        index
        for index, event in events(second).items()
        if event.kind is Kind.ACT_SAID and event.body["release"] == promoted.digest(SECOND)
    )
    theirs_only = {bundle_name(second, index), proof_name(index)}
    assert theirs_only.isdisjoint(ours)
    added = edited(first, **{name: theirs[name] for name in theirs_only})
    surplus = "it is no paper of this decision, or its signature does not count"
    assert complaints(judged(promoted, added)) == [
        f"WB137 {name}: {surplus}" for name in sorted(theirs_only)
    ]


def test_a_paper_under_another_name_is_refused(promoted: Promoted) -> None:
    pack = exported(promoted)
    name = bundle_name(pack, entry_of(pack, Kind.ACT_SAID))
    data = read_pack(pack)[0][name]
    renamed = edited(pack, **{name: None, evidence_name("0" * 64): data})
    assert [line.partition(":")[0] for line in complaints(judged(promoted, renamed))] == [
        "WB137 " + each for each in sorted((evidence_name("0" * 64), name))
    ]


def test_the_decision_of_another_environment_is_refused(promoted: Promoted) -> None:
    pack, staging = exported(promoted), exported(promoted, FIRST, "staging")
    theirs = read_pack(staging)[0]
    names = ("decision.json", "environment.json", "outcome.json", "report.html")
    assert not judged(promoted, edited(pack, **{name: theirs[name] for name in names})).ok
    papers, about = read_pack(pack)
    _, other = read_pack(staging)
    claimed = write_pack(papers, about=other)
    assert not judged(promoted, claimed).ok
    assert not judged(promoted, write_pack({**papers, **theirs}, about=about)).ok


@pytest.mark.parametrize(
    "changes",
    [
        {"entry": 10_000},
        {"entry": -1},
        {"entry": "16"},
        {"entry": None},
        {"entry": True},
        {"entry": 0},
        {"at": "2026-02-01T00:00:00Z"},
        {"verdict": "denied"},
        {"digest": "sha256:" + "0" * 64},
        {"more": 1},
    ],
    ids=str,
)
def test_the_index_is_not_believed(changes: Mapping[str, object], promoted: Promoted) -> None:
    papers, about = read_pack(exported(promoted))
    said = {**about, "decision": {**about["decision"], **changes}}
    assert not judged(promoted, write_pack(papers, about=said)).ok


@pytest.mark.parametrize("about", [{}, {"decision": {}}, {"decision": []}, {"decision": None}])
def test_an_index_about_nothing_is_refused(about: dict[str, Any], promoted: Promoted) -> None:
    papers, _ = read_pack(exported(promoted))
    assert judged(promoted, write_pack(papers, about=about)).told is None


def test_a_proof_of_one_entry_is_none_of_another(promoted: Promoted) -> None:
    pack = exported(promoted)
    papers, _ = read_pack(pack)
    one, other = sorted(proofs_in(papers))[:2]
    swapped = {proof_name(one): papers[proof_name(other)]}
    assert complaints(judged(promoted, edited(pack, **swapped))) == [
        f"WB135 ledger: entry {one} is not proven by the checkpoint"
    ]


def test_an_entry_that_was_written_anew_is_not_proven(promoted: Promoted) -> None:
    pack = exported(promoted)
    index = entry_of(pack, Kind.PROMOTION_DONE)
    proof = read_proof(read_pack(pack)[0][proof_name(index)])
    forged = dataclasses.replace(proof, extra=proof.extra.replace(b'"max"', b'"mia"'))
    assert complaints(judged(promoted, edited(pack, **{proof_name(index): write_proof(forged)})))


def test_all_proofs_are_under_the_one_checkpoint(promoted: Promoted) -> None:
    before = exported(promoted)
    promoted.say_of(FIRST, {"later": True}, by="carl")
    later = exported(promoted)
    index = entry_of(before, Kind.RELEASE_SEALED)
    mixed = {proof_name(index): read_pack(later)[0][proof_name(index)]}
    assert complaints(judged(promoted, edited(before, **mixed))) == [
        f"WB135 ledger: entry {index} is not proven by the checkpoint"
    ]


def test_a_signature_nobody_judges_may_not_stand_under_the_checkpoint(promoted: Promoted) -> None:
    pack = exported(promoted)
    papers, about = read_pack(pack)
    note = read_note(papers[CHECKPOINT])
    extra = NoteSignature(name="witness", key_id=b"abcd", signature=bytes(64))
    checkpoint = write_note(dataclasses.replace(note, signatures=(*note.signatures, extra)))
    for index, data in proofs_in(papers).items():
        proof = dataclasses.replace(read_proof(data), checkpoint=checkpoint)
        papers[proof_name(index)] = write_proof(proof)
    papers[CHECKPOINT] = checkpoint
    assert complaints(judged(promoted, write_pack(papers, about=about))) == [
        "WB135 checkpoint: nobody here can judge the signature of witness"
    ]


def test_a_pack_is_verified_by_the_version_that_decided_or_a_later_one(
    promoted: Promoted, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = exported(promoted)
    told: dict[str, list[str]] = {}
    for version in ("0.1.0", "0.1.1", "0.10.0", "1.0.0", "0.0.9"):
        monkeypatch.setattr(deciding_again, "__version__", version)
        told[version] = [problem.seen for problem in judged(promoted, pack).problems]
    assert told.pop("0.0.9") == ["decided by weighbridge 0.1.0"]
    assert {str(seen) for seen in told.values()} == {"[]"}


@pytest.mark.parametrize("version", ["0.1", "0.1.0.dev1", "01.0.0", "1.0.0 ", "", "9" * 9 + ".0.0"])
def test_a_version_in_another_form_is_older_than_none(version: str) -> None:
    assert deciding_again._numbers(version) > deciding_again._numbers("999.0.0")


def test_the_page_tells_it_to_people(promoted: Promoted) -> None:
    page = read_pack(exported(promoted))[0]["report.html"].decode()
    for words in ("demo", "1.0.0", "production", "cat", "dora", "max", "approved", "ann, ben"):
        assert words in page
    assert promoted.digest(FIRST) in page
