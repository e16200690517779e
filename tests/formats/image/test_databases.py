from __future__ import annotations

import pytest

from weighbridge.formats.image.databases import (
    apk_packages,
    dpkg_packages,
    os_release,
    python_distribution,
)
from weighbridge.model.image import InstalledPackage, OsRelease

STATUS = b"""\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9
Description: GNU C Library
 Package: not a field

Package: gone
Status: deinstall ok config-files
Version: 1

Package: bare
Version: 2
"""


def test_dpkg_lists_what_is_installed() -> None:
    assert list(dpkg_packages(STATUS)) == [
        InstalledPackage(manager="dpkg", name="libc6", version="2.36-9", architecture="amd64"),
        InstalledPackage(manager="dpkg", name="bare", version="2"),
    ]


def test_apk_lists_what_is_installed() -> None:
    raw = b"C:Q1x\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:ld\n\nV:1\n\nP:zlib\nV:1.3\n\n"

    assert [(one.name, one.version) for one in apk_packages(raw)] == [
        ("musl", "1.2.4-r2"),
        ("zlib", "1.3"),
    ]


def test_a_distribution_is_what_its_metadata_says_first() -> None:
    raw = b"Metadata-Version: 2.1\nName: Foo.Bar_x\nVersion: 1.0\nVersion: 2\n\nName: other\n"
    found = python_distribution(raw)

    assert found is not None
    assert (found.name, found.version) == ("foo-bar-x", "1.0")


@pytest.mark.parametrize("raw", [b"", b"Name: x\n", b"\xff\xfe", b"Version: 1\n\nName: x\n"])
def test_metadata_without_a_name_or_version_says_nothing(raw: bytes) -> None:
    assert python_distribution(raw) is None


def test_os_release_is_read_with_quotes_and_without() -> None:
    raw = b"# a comment\nNAME=x\nID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian 12'\n"

    assert os_release(raw) == OsRelease(id="debian", version="12", name="Debian 12")
    assert os_release(b"VERSION_ID=1\n") is None
