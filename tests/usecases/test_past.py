from __future__ import annotations

import pytest

from weighbridge.model.errors import LedgerError, NotFoundError
from weighbridge.model.event import Event, Kind, write_event
from weighbridge.usecases.past import EntriesView, HeldBlobs

SEALED = write_event(
    Event(
        kind=Kind.RELEASE_SEALED,
        time="2026-01-01T00:00:00Z",
        control=0,
        body={"name": "demo", "version": "1", "digest": "sha256:" + "1" * 64},
    )
)
ENTRIES = {9: SEALED, 3: SEALED, 5: SEALED, 4: SEALED}


@pytest.fixture
def view() -> EntriesView:
    return EntriesView(ENTRIES, now=5, checkpoint=b"note")


def test_the_past_ends_before_now(view: EntriesView) -> None:
    assert (view.size, view.checkpoint, view.faults()) == (6, b"note", [])
    assert view.found("release:demo") == [3, 4]
    assert list(view.topics()) == [("release:demo", 3), ("release:demo", 4)]
    assert view.releases() == [("demo", "1", "sha256:" + "1" * 64)]
    assert list(view.entries()) == [SEALED] * 3
    assert list(view.entries(4, 5)) == [SEALED]
    assert view.entry(5) == SEALED


@pytest.mark.parametrize("index", [0, 6, 9])
def test_what_is_not_there_is_missed(index: int, view: EntriesView) -> None:
    with pytest.raises(LedgerError, match=f"entry {index} is needed and not there"):
        view.entry(index)


def test_there_is_no_tree(view: EntriesView) -> None:
    assert list(view.nodes()) == []
    with pytest.raises(LedgerError, match="there is no node 2 of level 1"):
        view.node(1, 2)


def test_bytes_are_held_by_their_digest() -> None:
    blobs = HeldBlobs([b""])
    empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert blobs.has(empty)
    assert blobs.read(empty) == b""
    assert not blobs.has("sha256:" + "0" * 64)
    with pytest.raises(NotFoundError, match="is needed and not there"):
        blobs.read("sha256:" + "0" * 64)
    with pytest.raises(NotFoundError, match="is not read in pieces"):
        blobs.open(empty)
