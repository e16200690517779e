from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from bench.listing import entries
from tests.adapters.memory import MemoryBlobs, MemoryRegistry
from tests.usecases.workshop import LABELS, sha256
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.listing import listing_blobs
from weighbridge.model.errors import RegistryError
from weighbridge.model.listing import INDEX_MEDIA_TYPE, MEDIA_TYPE, ListingEntry
from weighbridge.model.ports import NoProgress
from weighbridge.usecases import gc
from weighbridge.usecases.gc import collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.stage import Stage

WASTE = b"nothing refers to this"


def grow_old(store: Path) -> None:
    """Make all that lies in a store older than any grace."""
    for path in (store / "blobs").rglob("*"):
        os.utime(path, (0, 0))


def names(store: Path) -> set[str]:
    return {path.name for path in (store / "blobs").rglob("*") if path.is_file()}


def waste(cast: Cast, data: bytes = WASTE) -> Path:
    return cast.blob(cast.registry.blobs.put(data))


def test_what_nothing_refers_to_is_removed_when_it_is_old(cast: Cast) -> None:
    kept = names(cast.store)
    path = waste(cast)
    found = cast.done("registry", "gc")
    assert found.out == (
        "removed: 0 blobs and 0 files of killed runs, 0 B\n"
        f"kept: {len(kept)} blobs something refers to\n"
        "left alone: 1 other put within the last 24h\n"
    )
    grow_old(cast.store)
    dry = cast.done("registry", "gc", "--dry-run")
    assert dry.out.startswith(f"would remove {sha256(WASTE)}  22 B\nwould remove: 1 blob and ")
    assert path.exists()
    assert cast.done("registry", "gc").out == (
        f"removed {sha256(WASTE)}  22 B\n"
        "removed: 1 blob and 0 files of killed runs, 22 B\n"
        f"kept: {len(kept)} blobs something refers to\n"
    )
    assert names(cast.store) == kept
    cast.done("registry", "fsck")


def test_as_plain_values(cast: Cast) -> None:
    waste(cast)
    incoming = cast.registry.blobs.incoming()
    incoming.write(b"half a bl")
    incoming.close()
    kept = len(names(cast.store)) - 2
    grow_old(cast.store)
    found = cast.done("registry", "gc", "--output-format=json", "--dry-run").json
    (leftover,) = found.pop("leftovers")
    assert (leftover["name"].startswith("incoming/"), leftover["size"]) == (True, 9)
    assert found == {
        "schemaVersion": 1,
        "dryRun": True,
        "kept": kept,
        "young": 0,
        "removed": [{"digest": sha256(WASTE), "size": len(WASTE)}],
        "youngLeftovers": 0,
        "bytes": len(WASTE) + 9,
    }
    cast.done("registry", "gc", "--output-format=json")
    assert len(names(cast.store)) == kept
    incoming.discard()


def test_a_registry_that_was_never_used(ownerless: Cast) -> None:
    found = ownerless.done("registry", "gc")
    assert found.out.endswith("kept: 0 blobs something refers to\n")
    assert not ownerless.store.exists()


@pytest.mark.parametrize(("grace", "code"), [("0s", 0), ("7d", 0), ("24", 2), ("-1h", 2), ("x", 2)])
def test_a_grace_is_a_duration(cast: Cast, grace: str, code: int) -> None:
    path = waste(cast)
    found = cast("registry", "gc", f"--grace={grace}")
    assert found.code == code
    assert path.exists() == (grace != "0s")
    assert ("nobody else writes" in found.err) == (grace == "0s")


def test_all_of_a_long_story_is_kept(stage: Stage) -> None:
    stage.approved()
    stage.arrive("demo@1.1.0", "demo@1.0.0")
    before = names(stage.store)
    grow_old(stage.store)
    stage.done("registry", "gc")
    after = names(stage.store)
    for words in (
        ("registry", "fsck"),
        ("log", "verify", "--deep"),
        ("registry", "status"),
        ("status",),
        ("verify", "demo@1.0.0"),
        ("evidence", "export", "demo@1.1.0", "--to=staging", "--output=pack.tar"),
    ):
        stage.done(*words)
    # What is gone is what refused commands left; no entry names it, and nobody misses it.
    entries = json.dumps(stage.entries())
    assert not any(name in entries for name in before - after)


def test_the_bundle_of_a_signature_that_was_refused_is_kept_with_the_refusal(cast: Cast) -> None:
    before = names(cast.store)
    assert cast("sign", "demo@1.0.0", by="mia").code != 0
    grow_old(cast.store)
    cast.done("registry", "gc")
    named = json.dumps(cast.entries())
    assert all(f"{name}" in named or name in before for name in names(cast.store))
    cast.done("log", "verify", "--deep")


def test_bytes_that_are_sealed_again_are_not_removed(ownerless: Cast) -> None:
    ownerless.registry.blobs.put(LABELS)
    grow_old(ownerless.store)
    ownerless.done("seal")
    ownerless.done("registry", "gc", "--grace=1h")
    ownerless.done("registry", "fsck")


def damage_manifest(cast: Cast) -> None:
    cast.overwrite(cast.digest, cast.blob(cast.digest).read_bytes() + b" ")


def lose_manifest(cast: Cast) -> None:
    cast.blob(cast.digest).unlink()


def lose_bundle(cast: Cast) -> None:
    cast.blob(cast.entries()[2]["body"]["bundles"][0]).unlink()


def spoil_entry(cast: Cast) -> None:
    cast.execute("UPDATE entry SET body = x'7b7d' WHERE idx = 2")


def lose_entry(cast: Cast) -> None:
    cast.execute("DELETE FROM entry WHERE idx = 1")


@pytest.mark.parametrize(
    "spoil",
    [damage_manifest, lose_manifest, lose_bundle, spoil_entry, lose_entry],
)
def test_nothing_is_removed_where_something_is_wrong(
    cast: Cast, spoil: Callable[[Cast], None]
) -> None:
    path = waste(cast)
    spoil(cast)
    grow_old(cast.store)
    before = names(cast.store)
    found = cast("registry", "gc")
    assert found.code in {1, 2}
    assert found.out == ""
    assert names(cast.store) == before
    assert path.exists()


def seal_in_memory(registry: MemoryRegistry, count: int) -> list[str]:
    """Seal a release of a directory of many files, and return its pages and their index."""
    blobs = registry.blobs
    kept = [blobs.put(data) for _, data in listing_blobs(entries(count))]
    artifact = {"path": "model", "digest": kept[-1], "mediaType": INDEX_MEDIA_TYPE}
    manifest = canonical_bytes({"spec": {"artifacts": [artifact], "dependencies": {}}})
    digest = blobs.put(manifest)
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", digest))
    return kept


def swept(registry: MemoryRegistry) -> set[str]:
    registry.blobs.time += 100
    found = collect(registry, grace=10, progress=NoProgress())
    return {held.name for held in found.removed}


def test_pages_of_a_large_directory_are_kept_and_one_that_is_missing_stops_all() -> None:
    registry = MemoryRegistry()
    kept = seal_in_memory(registry, 10_001)
    gone = registry.blobs.put(WASTE)
    assert swept(registry) == {gone}
    assert {*kept} <= {*registry.blobs.held}
    del registry.blobs.held[kept[0]]
    with pytest.raises(RegistryError, match="nothing was removed"):
        swept(registry)


@pytest.mark.parametrize("manifest", [b"{}", b"[]", b"no json", b'{"spec":{"artifacts":[{}]}}'])
def test_a_release_that_is_none_stops_all(manifest: bytes) -> None:
    registry = MemoryRegistry()
    digest = registry.blobs.put(manifest)
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", digest))
    with pytest.raises(RegistryError, match="nothing was removed"):
        swept(registry)


def chain(blobs: MemoryBlobs, *wraps: Callable[[str], bytes]) -> list[str]:
    """Put bytes of which each mentions the next, and return their digests from the last on."""
    found = [blobs.put(b"the end")]
    for wrap in wraps:
        found.append(blobs.put(wrap(found[-1])))
    return found


@pytest.mark.parametrize("whole", [1 << 20, 1])
def test_what_is_mentioned_at_third_hand_is_kept(
    monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    monkeypatch.setattr(gc, "WHOLE", whole)
    registry = MemoryRegistry()
    blobs = registry.blobs
    found = chain(
        blobs,
        lambda digest: b'\xef\xbb\xbf \n{"a": ["%s"]}' % digest.encode(),
        lambda digest: b'["%s"]' % digest.removeprefix("sha256:").encode(),
    )
    spec = {"artifacts": [], "dependencies": {}, "more": found[-1]}
    digest = blobs.put(canonical_bytes({"spec": spec}))
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", digest))
    gone = blobs.put(WASTE)
    assert swept(registry) == {gone}


def test_files_of_a_release_are_kept_unread() -> None:
    registry = MemoryRegistry()
    blobs = registry.blobs
    file, folder = blobs.put(b"[1]"), blobs.put(b"{}")
    (listing,) = [
        blobs.put(data)
        for _, data in listing_blobs([ListingEntry(path="x", size=2, digest=folder)])
    ]
    files = [
        {"path": "a", "digest": file},
        {"path": "b", "digest": listing, "mediaType": MEDIA_TYPE},
    ]
    digest = blobs.put(canonical_bytes({"spec": {"artifacts": files, "dependencies": {}}}))
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", digest))
    blobs.held[file] = blobs.held[folder] = b"whatever there is"
    gone = blobs.put(WASTE)
    assert swept(registry) == {gone}
    assert {file, folder, listing, digest} == blobs.held.keys()


def test_a_file_that_something_else_mentions_is_read_as_well() -> None:
    registry = MemoryRegistry()
    blobs = registry.blobs
    end = blobs.put(b"the end")
    file = blobs.put(json.dumps([end]).encode())
    other = blobs.put(json.dumps({"about": file}).encode())
    spec = {"artifacts": [{"path": "a", "digest": file}], "dependencies": {}, "more": other}
    digest = blobs.put(canonical_bytes({"spec": spec}))
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", digest))
    gone = blobs.put(WASTE)
    assert swept(registry) == {gone}
    blobs.held[file] = b"[]"
    with pytest.raises(RegistryError, match="nothing was removed"):
        swept(registry)


def test_a_manifest_that_is_a_file_of_another_release_is_followed() -> None:
    registry = MemoryRegistry()
    blobs = registry.blobs
    end = blobs.put(b"the end")
    below = {"spec": {"artifacts": [], "dependencies": {}, "more": end}}
    inner = blobs.put(canonical_bytes(below))
    spec = {"artifacts": [{"path": "a", "digest": inner}], "dependencies": {}}
    outer = blobs.put(canonical_bytes({"spec": spec}))
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", inner))
    registry.change(lambda transaction: transaction.bind("demo", "1.1.0", outer))
    gone = blobs.put(WASTE)
    assert swept(registry) == {gone}


def test_large_documents_are_checked_and_weights_are_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = MemoryRegistry()
    blobs = registry.blobs
    weights, document = blobs.put(b"w" * 400), blobs.put(b"[%s]" % (b"1," * 200 + b"1"))
    spec = {"artifacts": [], "dependencies": {}, "more": [weights, document]}
    digest = blobs.put(canonical_bytes({"spec": spec}))
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", digest))
    monkeypatch.setattr(gc, "WHOLE", 399)
    blobs.held[weights] = b"v" * 400
    assert swept(registry) == set()
    blobs.held[document] = b"[" + b" " * 400 + b"]"
    with pytest.raises(RegistryError, match="nothing was removed"):
        swept(registry)


def test_waste_that_mentions_what_is_needed_is_waste() -> None:
    registry = MemoryRegistry()
    blobs = registry.blobs
    digest = blobs.put(canonical_bytes({"spec": {"artifacts": [], "dependencies": {}}}))
    registry.change(lambda transaction: transaction.bind("demo", "1.0.0", digest))
    gone = blobs.put(json.dumps({"release": digest}).encode())
    assert swept(registry) == {gone}
    assert digest in blobs.held
    assert hashlib.sha256(blobs.held[digest]).hexdigest() in digest
