from __future__ import annotations

import json
from hashlib import sha256

import pytest

from weighbridge.model.canonical import canonical_bytes
from weighbridge.packing.evidence_pack import (
    INDEX,
    LARGEST_INDEX,
    PackFormatError,
    evidence_name,
    proof_name,
    proofs_in,
    read_pack,
    write_pack,
)
from weighbridge.packing.tar import read_tar, write_tar

SINGLE = (
    "manifest.json decision.json policy.json environment.json trust.json outcome.json checkpoint"
    " report.html controls.json"
)
EVIDENCE = evidence_name("sha256:" + "a" * 64)
PAPERS = {
    **{name: name.encode() for name in SINGLE.split()},
    EVIDENCE: b"bundle",
    proof_name(7): b"proof",
}
ABOUT = {"environment": "production"}


def test_a_pack_is_read_as_it_was_written() -> None:
    assert read_pack(write_pack(PAPERS, about=ABOUT)) == (PAPERS, ABOUT)


def test_the_index_lists_every_file_with_type_digest_and_size() -> None:
    index = json.loads(read_tar(write_pack(PAPERS, about=ABOUT))[INDEX])
    assert (index["schemaVersion"], index["about"]) == (2, ABOUT)
    assert [file["path"] for file in index["files"]] == sorted(PAPERS)
    assert index["files"][0] == {
        "mediaType": "text/vnd.c2sp.tlog-checkpoint",
        "path": "checkpoint",
        "sha256": sha256(b"checkpoint").hexdigest(),
        "size": 10,
    }
    types = {file["path"]: file["mediaType"] for file in index["files"]}
    assert types[EVIDENCE] == types["decision.json"]
    assert types[proof_name(7)] == "text/vnd.c2sp.tlog-proof"


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (1, "it is of format 1, this is 2: verify it with the version that made it"),
        (3, "it is of format 3, this is 2: upgrade weighbridge"),
        ("2", "its index is not that of its files"),
        (True, "its index is not that of its files"),
        (None, "its index is not that of its files"),
    ],
)
def test_a_pack_of_another_format_is_not_guessed_at(seen: object, said: str) -> None:
    files = read_tar(write_pack(PAPERS, about=ABOUT))
    index = json.loads(files[INDEX]) | {"schemaVersion": seen}
    with pytest.raises(PackFormatError, match=said):
        read_pack(write_tar({**files, INDEX: canonical_bytes(index)}))


@pytest.mark.parametrize("name", SINGLE.split())
def test_no_paper_may_be_missing(name: str) -> None:
    papers = {key: data for key, data in PAPERS.items() if key != name}
    with pytest.raises(PackFormatError, match=f"{name} is missing"):
        write_pack(papers, about=ABOUT)


@pytest.mark.parametrize(
    "name",
    [
        "readme.txt",
        "evidence/a.json",
        "ledger/07.proof",
        "ledger/-1.proof",
        "ledger/x.proof",
        f"ledger/{10**19}.proof",
    ],
)
def test_no_other_paper_may_be_there(name: str) -> None:
    with pytest.raises(PackFormatError, match="is no paper of an evidence pack"):
        write_pack({**PAPERS, name: b""}, about=ABOUT)


def test_what_has_no_canonical_form_is_not_packed() -> None:
    with pytest.raises(PackFormatError, match="cannot be packed"):
        write_pack(PAPERS, about={"half": 0.5})


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"about":[],"about":{}}',
        b'{"about":{"environment":"production"},"files":[]}',
        b"[" * 100_000,
    ],
)
def test_an_index_that_is_not_that_of_the_files_is_refused(index: bytes) -> None:
    with pytest.raises(PackFormatError):
        read_pack(write_tar({**PAPERS, INDEX: index}))


def test_an_index_in_another_spelling_is_refused() -> None:
    files = read_tar(write_pack(PAPERS, about=ABOUT))
    files[INDEX] = json.dumps(json.loads(files[INDEX])).encode()
    with pytest.raises(PackFormatError, match="not that of its files"):
        read_pack(write_tar(files))


def test_a_file_that_changed_is_refused() -> None:
    files = read_tar(write_pack(PAPERS, about=ABOUT))
    files[EVIDENCE] += b" "
    with pytest.raises(PackFormatError, match=f"not that of its files: {EVIDENCE}$"):
        read_pack(write_tar(files))


def test_an_index_too_large_to_be_one_is_not_parsed() -> None:
    index = b"[" * (LARGEST_INDEX + 1)
    with pytest.raises(PackFormatError, match=f"larger than {LARGEST_INDEX} bytes"):
        read_pack(write_tar({**PAPERS, INDEX: index}))


def test_an_index_that_lists_nothing_names_every_file() -> None:
    files = read_tar(write_pack(PAPERS, about=ABOUT))
    for listed, said in (([], "checkpoint, controls.json, .* and 6 more$"), ({}, "of its files$")):
        files[INDEX] = json.dumps({"about": ABOUT, "files": listed}).encode()
        with pytest.raises(PackFormatError, match=said):
            read_pack(write_tar(files))


def test_an_archive_without_an_index_is_refused() -> None:
    with pytest.raises(PackFormatError, match=r"it has no index\.json"):
        read_pack(write_tar(PAPERS))


def test_proofs_are_found_by_the_index_in_their_names() -> None:
    assert proofs_in(PAPERS) == {7: b"proof"}
