from __future__ import annotations

import base64
import hashlib

import pytest

from weighbridge.formats.image.listings import Listings, package
from weighbridge.formats.image.looked import Looked
from weighbridge.model.structure import Structure

ROOT = "opt/lib/site-packages"
RECORD = f"{ROOT}/demo_a-1.0.dist-info/RECORD"
SUMS = "var/lib/dpkg/info/demo.md5sums"
DATA = b"content"


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def looked(data: bytes = DATA) -> Looked:
    return Looked(
        size=len(data),
        structure=Structure(format="pickle", status="complete"),
        digests={"sha256": hashlib.sha256(data).hexdigest(), "md5": md5(data)},
    )


def row(name: str, data: bytes = DATA) -> bytes:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"other.py,,\n{name},sha256={digest},{len(data)}\nbad,sha256=?,1\n".encode()


def line(name: str, data: bytes = DATA) -> bytes:
    return f"{md5(data)}  {name}\n".encode()


@pytest.mark.parametrize("behind", [True, False])
@pytest.mark.parametrize(
    ("listing", "raw", "path"),
    [
        (RECORD, row("demo/a.pkl"), f"{ROOT}/demo/a.pkl"),
        (SUMS, line("usr/share/a.pkl"), "usr/share/a.pkl"),
        (SUMS, line("lib/demo/a.pkl"), "usr/lib/demo/a.pkl"),
    ],
)
def test_a_file_is_listed_before_or_behind_its_list(
    listing: str, raw: bytes, path: str, *, behind: bool
) -> None:
    file, listings = looked(), Listings()
    if behind:
        listings.add_file(path, file)
    listings.add_list(listing, raw)
    if not behind:
        listings.add_file(path, file)

    assert file.listed_by == listing


@pytest.mark.parametrize(
    ("listing", "raw", "path"),
    [
        (RECORD, row("demo/a.pkl", b"other"), f"{ROOT}/demo/a.pkl"),
        (RECORD, row("demo/a.pkl"), "srv/demo/a.pkl"),
        (RECORD, row("demo/b.pkl"), f"{ROOT}/demo/a.pkl"),
        (RECORD, b"demo/a.pkl,,\n", f"{ROOT}/demo/a.pkl"),
        (SUMS, line("usr/share/a.pkl", b"other"), "usr/share/a.pkl"),
        (SUMS, b"\xff\n", "usr/share/a.pkl"),
    ],
)
def test_a_file_that_is_another_is_not_listed(listing: str, raw: bytes, path: str) -> None:
    file, listings = looked(), Listings()
    listings.add_file(path, file)
    listings.add_list(listing, raw)

    assert file.listed_by == ""


def test_a_large_file_is_in_no_list_of_debian() -> None:
    file, listings = looked(), Listings()
    file.digests = {"sha256": file.digests["sha256"]}
    listings.add_file("usr/a", file)
    listings.add_list(SUMS, line("usr/a") + b"  usr/a\n")

    assert file.listed_by == ""


def test_lists_are_kept_within_bounds() -> None:
    file, listings = looked(), Listings()
    listings.add_list(RECORD, row("demo/a.pkl"))
    listings.add_list(SUMS, bytes(9 << 20))
    listings.add_file(f"{ROOT}/demo/a.pkl", file)

    assert file.listed_by == ""


def test_a_list_names_its_package() -> None:
    assert [package(RECORD), package(SUMS)] == ["demo_a 1.0", "demo"]
