from __future__ import annotations

import struct

import pytest

from tests.rpm import header
from weighbridge.formats.image.rpm_header import RpmHeaderError, installed
from weighbridge.model.image import InstalledPackage


def test_a_header_names_its_package() -> None:
    found = installed(header("bash", "5.1.8", release="9.el9", architecture="x86_64"))

    assert found == InstalledPackage(
        manager="rpm", name="bash", version="5.1.8-9.el9", architecture="x86_64"
    )


def test_an_epoch_is_part_of_the_version() -> None:
    found = installed(header("a", "1", release="2", epoch=3))

    assert found is not None
    assert found.version == "3:1-2"


def test_a_key_is_no_package() -> None:
    assert installed(header("gpg-pubkey", "1", release="2")) is None


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        struct.pack(">II", 1 << 20, 0),
        header("a", "1")[:-1],
        header("", "1"),
        struct.pack(">IIIIII", 1, 0, 1000, 6, 900, 1),
        struct.pack(">IIIIII", 1, 4, 1000, 9, 0, 1) + b"abc\0",
        struct.pack(">IIIIII", 1, 4, 1000, 6, 0, 1) + b"abcd",
        struct.pack(">IIIIII", 1, 2, 1003, 4, 0, 1) + b"ab",
    ],
)
def test_what_is_no_header_is_refused(blob: bytes) -> None:
    with pytest.raises(RpmHeaderError):
        installed(blob)
