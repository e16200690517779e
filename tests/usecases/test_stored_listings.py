"""What verifying and `registry fsck` read of the listings of folders."""

from __future__ import annotations

import json

import pytest

from bench.listing import entries
from tests.adapters.memory import MemoryBlobs
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.listing import listing_blobs
from weighbridge.model.errors import NotFoundError, RegistryError
from weighbridge.model.listing import INDEX_MEDIA_TYPE, MEDIA_TYPE
from weighbridge.model.ports import NoProgress
from weighbridge.usecases.verify import stored_files, stored_problems


def sealed(blobs: MemoryBlobs, listing: str, media_type: str) -> str:
    """Put the part of a sealed manifest that matters into a store."""
    artifact = {"path": "model", "digest": listing, "mediaType": media_type}
    return blobs.put(canonical_bytes({"spec": {"artifacts": [artifact], "dependencies": {}}}))


@pytest.mark.parametrize(("count", "media_type"), [(3, MEDIA_TYPE), (10_001, INDEX_MEDIA_TYPE)])
def test_every_page_and_every_file_is_named(count: int, media_type: str) -> None:
    blobs, files = MemoryBlobs(), entries(count)
    kept = [blobs.put(data) for _, data in listing_blobs(files)]
    found = list(stored_files(sealed(blobs, kept[-1], media_type), blobs))
    named = [(f"model/{file.path}", file.digest) for file in files]
    assert sorted(set(found)) == sorted([*named, *(("model", digest) for digest in kept)])


@pytest.mark.parametrize("data", [b"{}", b'{"files":[1]}', b'{"files": []}'])
def test_what_was_sealed_as_a_listing_and_is_none_is_a_problem(data: bytes) -> None:
    blobs = MemoryBlobs()
    release = sealed(blobs, blobs.put(data), MEDIA_TYPE)
    with pytest.raises(RegistryError, match="the listing of model cannot be read"):
        list(stored_files(release, blobs))
    (problem,) = stored_problems(release, blobs, NoProgress())
    assert (problem.code, problem.subject) == ("INT001", release)


def test_a_page_that_is_gone_is_a_problem() -> None:
    blobs = MemoryBlobs()
    *_, listing = [blobs.put(data) for _, data in listing_blobs(entries(10_001))]
    release = sealed(blobs, listing, INDEX_MEDIA_TYPE)
    del blobs.held[json.loads(blobs.held[listing])["pages"][1]["digest"]]
    with pytest.raises(NotFoundError):
        list(stored_files(release, blobs))
    (problem,) = stored_problems(release, blobs, NoProgress())
    assert (problem.code, problem.subject) == ("INT002", release)
