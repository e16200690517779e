"""Distributions: the C library and the C++ library each release comes with.

What is admitted are the symbol versions a binary may ask for: `GLIBC_2.36` is 2.36 here, and
`GLIBCXX_3.4.30` is 3.4.30.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.compatibility_data import Kind, Row
from weighbridge.rules.compatibility.tables.making import Source, series, words

if TYPE_CHECKING:
    from collections.abc import Iterator

# Release, glibc, newest GLIBCXX of its libstdc++ (a dash where it was not verified).
_RELEASES: Final = {
    "debian": (
        "https://packages.debian.org/search?keywords=libc6",
        """
        10 2.28 3.4.25
        11 2.31 3.4.28
        12 2.36 3.4.30
        13 2.41 3.4.33
        """,
    ),
    "ubuntu": (
        "https://packages.ubuntu.com/search?keywords=libc6",
        """
        18.04 2.27 3.4.25
        20.04 2.31 3.4.28
        22.04 2.35 3.4.30
        24.04 2.39 3.4.33
        25.04 2.41 -
        25.10 2.42 -
        """,
    ),
    "rhel": (
        "https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/",
        """
        7 2.17 3.4.19
        8 2.28 3.4.25
        9 2.34 3.4.29
        10 2.39 3.4.32
        """,
    ),
    "amzn": (
        "https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html",
        """
        2 2.26 3.4.24
        2023 2.34 -
        """,
    ),
    "fedora": (
        "https://packages.fedoraproject.org/pkgs/glibc/glibc/",
        """
        40 2.39 -
        41 2.40 -
        42 2.41 -
        43 2.42 -
        """,
    ),
    "sles": (
        "https://www.suse.com/support/kb/doc/?id=000019587",
        """
        12 2.22 -
        15 2.31 -
        """,
    ),
}
_LIKE: Final = {"rocky": "rhel", "almalinux": "rhel", "ubi": "rhel"}
"""Rebuilds: what is true of the one is true of the other."""

_ALPINE: Final = """
3.17 1.2.3
3.18 1.2.4
3.19 1.2.4
3.20 1.2.5
3.21 1.2.5
3.22 1.2.5
3.23 1.2.5
"""


def rows() -> Iterator[Row]:
    """Make the rows."""
    for name, (url, lines) in _RELEASES.items():
        source = Source(url=url, confidence="medium")
        for known in (name, *(other for other, like in _LIKE.items() if like == name)):
            for release, glibc, libstdcxx in words(lines):
                where = f"{known}/{release}"
                yield source.row(Kind.GLIBC, where, known, series(release), f"<={glibc}")
                if libstdcxx != "-":
                    yield source.row(
                        Kind.LIBSTDCXX, where, known, series(release), f"<={libstdcxx}"
                    )
    alpine = Source(url="https://pkgs.alpinelinux.org/package/edge/main/x86_64/musl")
    for release, musl in words(_ALPINE):
        yield alpine.row(Kind.MUSL, f"alpine/{release}", "alpine", series(release), f"<={musl}")
