from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.adapters.memory import MemoryBlobs, MemorySource
from tests.probes.trees import release
from weighbridge.codec.canonical import digest
from weighbridge.codec.listing import listing_blobs, listing_digest
from weighbridge.model.fact import (
    MISSING,
    ObservedDirectory,
    ObservedFile,
    Unavailable,
)
from weighbridge.model.limits import ListingLimits
from weighbridge.model.listing import INDEX_MEDIA_TYPE, MEDIA_TYPE, Listing, ListingEntry
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.sealed_tree import SealedTree

A, B = b"bytes of a", b"bytes of b"
ENTRIES = (
    ListingEntry(path=".hidden/b", size=len(B), digest=digest(B)),
    ListingEntry(path="a", size=len(A), digest=digest(A)),
)
((_, LISTING),) = listing_blobs(ENTRIES)
NONE = "sha256:" + "0" * 64


def folder(path: str, listing: str) -> dict[str, object]:
    return {"path": path, "digest": listing, "mediaType": MEDIA_TYPE}


@pytest.fixture
def blobs() -> MemoryBlobs:
    store = MemoryBlobs()
    for data in (A, B, LISTING):
        store.put(data)
    return store


def content(tree: SealedTree, path: str) -> bytes:
    source = tree.open(path)
    assert isinstance(source, MemorySource)
    return source.data


def test_a_file_is_the_blob_of_its_digest(blobs: MemoryBlobs) -> None:
    tree = SealedTree(release({"path": "m/a", "digest": digest(A)}), blobs)
    assert tree.kind("m/a") == "file"
    assert content(tree, "m/a") == A
    tree.link("m/a")
    assert tree.kind("m") == Unavailable(MISSING)
    assert tree.open("m") == Unavailable(MISSING)
    assert list(tree.files("m")) == []


@pytest.mark.parametrize("path", ["model", "model/", "./model", "a/./b//c"])
def test_a_directory_is_the_blobs_of_its_listing(blobs: MemoryBlobs, path: str) -> None:
    listing = listing_digest(ENTRIES)
    tree = SealedTree(release(folder(path, listing)), blobs)
    assert tree.kind(path) == "directory"
    names = list(tree.files(path))
    assert [content(tree, str(name)) for name in names] == [B, A]
    probe = ArtifactProbe(tree, blobs=blobs)
    seen = probe.artifacts(release(folder(path, listing)).spec.artifacts)
    found = seen.directories[path]
    assert isinstance(found, ObservedDirectory)
    assert isinstance(found.declared, Listing)
    assert found.entries == tuple(found.declared) == ENTRIES
    assert found.digest == listing


def test_two_artifacts_share_a_blob(blobs: MemoryBlobs) -> None:
    listing = listing_digest(ENTRIES)
    manifest = release(
        {"path": "one", "digest": digest(A)},
        {"path": "two", "digest": digest(A)},
        folder("model", listing),
    )
    seen = ArtifactProbe(SealedTree(manifest, blobs), blobs=blobs).artifacts(
        manifest.spec.artifacts
    )
    files = [seen.files[path] for path in ("one", "two", "model/a")]
    assert [f.digest for f in files if isinstance(f, ObservedFile)] == [digest(A)] * 3


def test_a_blob_that_is_missing(blobs: MemoryBlobs) -> None:
    manifest = release({"path": "a", "digest": NONE})
    tree = SealedTree(manifest, blobs)
    found = tree.open("a")
    assert isinstance(found, Unavailable)
    assert found.reason.endswith("is not held")
    seen = ArtifactProbe(tree, blobs=blobs).artifacts(manifest.spec.artifacts)
    assert seen.files["a"] == found


def test_a_damaged_blob_shows_its_own_digest(blobs: MemoryBlobs) -> None:
    manifest = release({"path": "a", "digest": digest(A)})
    blobs.held[digest(A)] = b"other"
    found = ArtifactProbe(SealedTree(manifest, blobs)).artifacts(manifest.spec.artifacts).files
    assert isinstance(found["a"], ObservedFile)
    assert found["a"].digest == digest(b"other")


def not_canonical() -> bytes:
    return LISTING.replace(b":", b": ")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"files":[1]}', not_canonical(), b"\xff"])
def test_a_listing_that_is_none(blobs: MemoryBlobs, data: bytes) -> None:
    manifest = release(folder("model", blobs.put(data)))
    tree = SealedTree(manifest, blobs)
    found = tree.kind("model")
    assert isinstance(found, Unavailable)
    assert found.reason.startswith("its listing cannot be read")
    assert list(tree.files("model")) == []
    seen = ArtifactProbe(tree, blobs=blobs).artifacts(manifest.spec.artifacts)
    assert seen.files["model"] == found
    assert seen.directories == {}


def test_a_listing_that_is_missing_or_damaged(blobs: MemoryBlobs) -> None:
    listing = listing_digest(ENTRIES)
    assert isinstance(SealedTree(release(folder("m", NONE)), blobs).kind("m"), Unavailable)
    blobs.held[listing] = b"{}"
    assert isinstance(SealedTree(release(folder("m", listing)), blobs).kind("m"), Unavailable)


@pytest.mark.parametrize("hostile", ["sha256:../../../etc/passwd", "", "x" * 64])
def test_a_listing_whose_digests_are_none_reaches_nothing(blobs: MemoryBlobs, hostile: str) -> None:
    ((_, listing),) = listing_blobs([ListingEntry(path="a", size=1, digest=hostile)])
    manifest = release(folder("model", blobs.put(listing)))
    seen = ArtifactProbe(SealedTree(manifest, blobs), blobs=blobs).artifacts(
        manifest.spec.artifacts
    )
    found = [*seen.directories.values(), *seen.files.values()]
    assert found
    assert all(isinstance(fact, Unavailable) for fact in found)


def test_what_has_no_path_or_no_digest_is_not_there(blobs: MemoryBlobs) -> None:
    manifest = release({"uri": "https://example.com/x", "digest": digest(A)}, {"path": "a"})
    assert SealedTree(manifest, blobs).kind("a") == Unavailable(MISSING)
    seen = ArtifactProbe(SealedTree(manifest, blobs)).artifacts(manifest.spec.artifacts)
    assert seen.files == {"a": Unavailable(MISSING)}


FEW = ListingLimits(page=2, pages=2)
MANY = [ListingEntry(path=path, size=len(A), digest=digest(A)) for path in "xyz"]


def indexed(blobs: MemoryBlobs) -> str:
    """Put a listing of two pages into a store."""
    return [blobs.put(data) for _, data in listing_blobs(MANY, limits=FEW)][-1]


@pytest.mark.parametrize("media_type", [MEDIA_TYPE, INDEX_MEDIA_TYPE])
def test_a_directory_of_many_files_is_the_blobs_of_its_pages(
    blobs: MemoryBlobs, media_type: str
) -> None:
    listing = indexed(blobs)
    manifest = release({**folder("model", listing), "mediaType": media_type})
    tree = SealedTree(manifest, blobs, listings=FEW)
    assert list(tree.files("model")) == ["model/x", "model/y", "model/z"]
    probe = ArtifactProbe(tree, blobs=blobs, listings=FEW)
    found = probe.artifacts(manifest.spec.artifacts).directories["model"]
    assert isinstance(found, ObservedDirectory)
    assert isinstance(found.declared, Listing)
    assert found.entries == tuple(found.declared) == tuple(MANY)
    assert (found.digest, found.size) == (listing, 3 * len(A))


def test_a_page_that_is_missing_or_damaged(blobs: MemoryBlobs) -> None:
    listing = indexed(blobs)
    page = json.loads(blobs.held[listing])["pages"][1]["digest"]
    manifest = release({**folder("model", listing), "mediaType": INDEX_MEDIA_TYPE})
    for spoil in (lambda: blobs.held.update({page: b"{}"}), lambda: blobs.held.pop(page)):
        spoil()
        found = SealedTree(manifest, blobs, listings=FEW).kind("model")
        assert isinstance(found, Unavailable)
        assert found.reason.startswith("its listing cannot be read")


def test_a_directory_of_more_files_than_an_index_may_have(blobs: MemoryBlobs) -> None:
    manifest = release(folder("model", indexed(blobs)))
    tree = SealedTree(manifest, blobs, listings=FEW)
    probe = ArtifactProbe(tree, blobs=blobs, listings=replace(FEW, page=1))
    found = probe.artifacts(manifest.spec.artifacts).directories["model"]
    assert isinstance(found, Unavailable)
    assert found.reason == "3 files are more than the 2 a listing may have"
