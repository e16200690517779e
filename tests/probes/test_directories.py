from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryBlobs
from tests.children import public_folder, tell_as_nobody
from tests.probes.observing import (
    NONE,
    directory,
    observe,
    trouble,
)
from weighbridge.codec.canonical import digest
from weighbridge.codec.listing import listing_blobs, listing_digest
from weighbridge.model.fact import (
    MISSING,
    PathProblem,
    Unavailable,
)
from weighbridge.model.listing import ListingEntry

if TYPE_CHECKING:
    from weighbridge.model.ports import BlobReader


def test_a_directory_is_weighed_with_all_that_is_in_it(root: Path) -> None:
    (root / "model/link.bin").symlink_to("../a.bin")
    found = directory(observe(root, "model"))
    contents = {
        ".cache/extra.bin": b"extra",
        ".hidden": b"hidden",
        "link.bin": b"a",
        "weights.bin": b"weights",
    }
    expected = tuple(
        ListingEntry(path=path, size=len(data), digest=digest(data))
        for path, data in contents.items()
    )
    assert found.entries == expected
    assert found.digest == listing_digest(expected)
    assert found.size == sum(map(len, contents.values()))


@pytest.mark.parametrize("path", ["model/", "./model", "model/.", ".//model"])
def test_the_spelling_of_a_directory_does_not_change_its_digest(root: Path, path: str) -> None:
    plain = directory(observe(root, "model"))
    assert directory(observe(root, path), path) == plain


def test_the_order_of_a_listing_is_that_of_whole_paths(root: Path) -> None:
    (root / "model/a").mkdir()
    for name in ("a/x", "a.txt", "a-b"):
        (root / "model" / name).touch()
    paths = [entry.path for entry in directory(observe(root, "model")).entries]
    assert paths == sorted(paths)
    assert listing_digest(directory(observe(root, "model")).entries)


def test_an_empty_directory_is_nothing_to_seal(root: Path) -> None:
    (root / "empty/below").mkdir(parents=True)
    assert trouble(observe(root, "empty"), "empty") == "the directory is empty"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"caf\xe9", "encoding"),
        (unicodedata.normalize("NFD", "é").encode(), "not-nfc"),
        (b"WEIGHTS.bin", "collision"),
        (b"back\\slash", "foreign"),
    ],
)
def test_a_name_others_cannot_keep_spoils_the_directory(root: Path, name: bytes, kind: str) -> None:
    Path(os.fsdecode(os.fsencode(root / "model") + b"/" + name)).write_bytes(b"x")
    seen = observe(root, "model")
    assert trouble(seen).endswith(f"is not followed ({kind})")
    assert [problem.kind for problem in seen.problems] == [kind]
    # All but the name that cannot be written down is read all the same.
    assert len(seen.files) == (3 if kind == "encoding" else 4)
    assert all(path.encode() for path in seen.files)


def test_a_member_that_leads_out_spoils_the_directory(root: Path) -> None:
    (root / "model/out").symlink_to("/etc/hostname")
    seen = observe(root, "model")
    assert trouble(seen) == "the path model/out is not followed (outside)"
    assert list(seen.problems) == [
        PathProblem(path="model/out", kind="outside", target="/etc/hostname")
    ]


def test_a_member_that_may_not_be_read_spoils_the_directory() -> None:
    with public_folder() as folder:
        (folder / "model/closed").mkdir(parents=True)
        (folder / "model/file").touch()
        (folder / "model/closed").chmod(0)
        told = tell_as_nobody(lambda: trouble(observe(folder, "model")))
        (folder / "model/closed").chmod(0o700)
    assert told == "model/closed: it may not be read"


def test_the_first_trouble_is_told(root: Path) -> None:
    (root / "model/a").symlink_to("nothing")
    (root / "model/z").symlink_to("/")
    assert trouble(observe(root, "model")) == f"model/a: {MISSING}"


def test_the_listing_a_digest_stands_for(root: Path) -> None:
    blobs = MemoryBlobs()
    entries = (ListingEntry(path="a", size=1, digest=NONE),)
    ((_, data),) = listing_blobs(entries)
    known = blobs.put(data)
    damaged, odd = blobs.put(b"{}"), blobs.put(b"listing")
    blobs.held[damaged] = b"other"

    def declared(digest_: str | None, store: BlobReader | None = blobs) -> object:
        found = directory(observe(root, "model", declared=digest_, blobs=store)).declared
        return found.reason if isinstance(found, Unavailable) else tuple(found)

    assert declared(known) == entries
    assert declared(None) == "the manifest gives no digest for it"
    for nobody in (declared(NONE), declared(known, None)):
        assert nobody == "the registry does not hold the listing that digest stands for"
    for broken in (declared(damaged), declared(odd)):
        assert str(broken).startswith("the listing that digest stands for cannot be read")
