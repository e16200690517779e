from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.canonical import digest
from weighbridge.codec.listing import ListingError, listing_bytes, listing_digest, read_listing
from weighbridge.model.fact import ListingEntry

DIGEST = "sha256:" + "0" * 64
ENTRIES = st.lists(
    st.builds(
        ListingEntry,
        path=st.text(min_size=1),
        size=st.integers(0, 2**53 - 1),
        digest=st.just(DIGEST),
    ),
    unique_by=lambda entry: entry.path,
)


def test_a_listing_is_these_bytes() -> None:
    entries = [
        ListingEntry(path="b/é", size=2, digest="sha256:bb"),
        ListingEntry(path="B", size=0, digest="sha256:aa"),
        ListingEntry(path="b", size=1, digest="sha256:cc"),
    ]
    assert (
        listing_bytes(entries)
        == (
            '{"files":[{"digest":"sha256:aa","path":"B","size":0},'
            '{"digest":"sha256:cc","path":"b","size":1},'
            '{"digest":"sha256:bb","path":"b/é","size":2}]}'
        ).encode()
    )
    assert listing_digest(entries) == digest(listing_bytes(entries))


@given(st.data())
def test_a_listing_reads_back_whatever_the_order(data: st.DataObject) -> None:
    entries = data.draw(ENTRIES)
    written = listing_bytes(data.draw(st.permutations(entries)))
    assert written == listing_bytes(entries)
    assert read_listing(written) == tuple(sorted(entries, key=lambda entry: entry.path))
    assert listing_digest(read_listing(written)) == listing_digest(entries)


def _files(*files: object) -> bytes:
    return json.dumps({"files": list(files)}, separators=(",", ":"), sort_keys=True).encode()


FILE: dict[str, Any] = {"digest": DIGEST, "path": "a", "size": 1}


def test_the_sample_is_a_listing() -> None:
    assert read_listing(_files(FILE)) == (ListingEntry(path="a", size=1, digest=DIGEST),)
    assert read_listing(_files()) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'{"files":{}}',
        b'{"files":null}',
        b"[" * 100_000,
        b'{"files":' + b"[" * 100_000,
        _files(FILE) + b"\n",
        b" " + _files(FILE),
        json.dumps({"files": [FILE]}).encode(),
        json.dumps({"files": [], "more": 1}, separators=(",", ":")).encode(),
        _files(FILE, FILE),
        _files(FILE, {**FILE, "path": "A"}),
        _files({**FILE, "mode": 493}),
        _files({"path": "a", "size": 1}),
        _files({**FILE, "size": "1"}),
        _files({**FILE, "size": True}),
        _files({**FILE, "size": 1.0}),
        _files({**FILE, "size": 2**53}),
        _files({**FILE, "path": 1}),
        _files({**FILE, "path": "\ud800"}),
        _files({**FILE, "digest": None}),
        _files("a"),
        _files(["a", 1, DIGEST]),
        _files(None),
    ],
)
def test_what_is_not_exactly_a_listing_is_refused(data: bytes) -> None:
    with pytest.raises(ListingError) as raised:
        read_listing(data)
    assert str(raised.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(ListingError):
        read_listing(data)
