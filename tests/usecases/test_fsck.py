from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import LABELS, WEIGHTS, sha256

if TYPE_CHECKING:
    from tests.usecases.cast import Cast


def blobs(cast: Cast) -> int:
    return sum(path.is_file() for path in (cast.store / "blobs").rglob("*"))


def test_a_sound_store(cast: Cast) -> None:
    found = cast.done("registry", "fsck")
    assert (found.out, found.err) == (f"sound: {blobs(cast)} blobs read\n", "")
    assert cast.done("registry", "fsck", "--output-format=json").json == {
        "schemaVersion": 1,
        "ok": True,
        "blobs": blobs(cast),
        "problems": [],
        "unread": [],
        "leftovers": 0,
    }


def test_a_store_that_was_never_used(ownerless: Cast) -> None:
    found = ownerless.done("registry", "fsck")
    assert found.out == "sound: 0 blobs read\n"
    assert not ownerless.store.exists()


def test_owners_are_not_needed(ownerless: Cast) -> None:
    ownerless.done("seal")
    assert ownerless.done("registry", "fsck").out == "sound: 4 blobs read\n"


@pytest.mark.parametrize("content", [WEIGHTS, LABELS], ids=["weights", "labels"])
def test_damaged_bytes_are_found(content: bytes, cast: Cast) -> None:
    cast.overwrite(sha256(content), content[:-1] + bytes([content[-1] ^ 1]))
    found = cast("registry", "fsck", "--output-format=json")
    (problem,) = found.json["problems"]
    assert (found.code, found.json["ok"]) == (1, False)
    assert (problem["code"], problem["subject"]) == ("INT001", sha256(content))
    text = cast("registry", "fsck")
    assert text.code == 1
    assert text.out.startswith("error[INT001]: ")
    assert text.out.endswith(f"damaged: {blobs(cast)} blobs read\n")


def test_missing_bytes_are_found(cast: Cast) -> None:
    cast.blob(sha256(LABELS)).unlink()
    (problem,) = cast("registry", "fsck", "--output-format=json").json["problems"]
    assert (problem["code"], problem["subject"]) == ("INT002", "demo@1.0.0")
    assert problem["message"] == "labels.json is not stored"
    assert problem["wanted"] == sha256(LABELS)
    cast.done("seal")
    cast.done("registry", "fsck")


def test_a_missing_manifest_is_found(cast: Cast) -> None:
    cast.blob(cast.digest).unlink()
    (problem,) = cast("registry", "fsck", "--output-format=json").json["problems"]
    assert (problem["code"], problem["subject"]) == ("INT002", "demo@1.0.0")


def test_a_damaged_manifest_is_named_once(cast: Cast) -> None:
    digest = cast.digest
    cast.overwrite(digest, b"{}")
    (problem,) = cast("registry", "fsck", "--output-format=json").json["problems"]
    assert (problem["code"], problem["subject"]) == ("INT001", digest)


def test_damaged_evidence_is_found(cast: Cast) -> None:
    bundle = cast.entries()[2]["body"]["bundles"][0]
    cast.overwrite(bundle, b"{}")
    (problem,) = cast("registry", "fsck", "--output-format=json").json["problems"]
    assert problem["subject"] == bundle


def test_what_killed_runs_left_behind_is_harmless(cast: Cast) -> None:
    incoming = cast.registry.blobs.incoming()
    incoming.write(b"half a bl")
    incoming.close()
    found = cast.done("registry", "fsck")
    assert found.out.startswith("sound: ")
    assert found.err == "1 file of killed runs, 9 B; harmless\n"
    assert cast.done("registry", "fsck", "--output-format=json").json["leftovers"] == 1
    incoming.discard()


def test_a_damaged_database_is_named(cast: Cast) -> None:
    path = cast.store / "registry.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096 + path.read_bytes()[8192:])
    found = cast("registry", "fsck")
    assert found.code in {1, 2}
    assert "registry.db" in found.out + found.err


def test_nothing_is_written(cast: Cast) -> None:
    before = cast.everything()
    cast.done("registry", "fsck")
    assert cast.everything() == before
