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

# Release, glibc, newest GLIBCXX of its libstdc++ (a dash where nobody looked), how sure. Which
# GLIBCXX comes with which GCC is GCC's own list, see `rules/native.py`.
_RELEASES: Final = {
    "debian": (
        "https://packages.debian.org/search?keywords=libstdc%2B%2B6",
        """
        10 2.28 3.4.25 medium
        11 2.31 3.4.28 high
        12 2.36 3.4.30 high
        13 2.41 3.4.33 medium
        """,
    ),
    "ubuntu": (
        "https://packages.ubuntu.com/search?keywords=libc6",
        """
        18.04 2.27 3.4.25 medium
        20.04 2.31 3.4.28 medium
        22.04 2.35 3.4.30 medium
        24.04 2.39 3.4.33 high
        25.10 2.42 - high
        26.04 2.43 - high
        """,
    ),
    "rhel": (
        "https://gist.github.com/richardlau/6a01d7829cc33ddab35269dacc127680",
        """
        7 2.17 3.4.19 medium
        8 2.28 3.4.25 medium
        9 2.34 3.4.29 medium
        10 2.39 3.4.33 medium
        """,
    ),
    "amzn": (
        "https://docs.aws.amazon.com/linux/al2023/ug/glibc-gcc-and-binutils.html",
        """
        2 2.26 3.4.24 high
        2023 2.34 3.4.29 high
        """,
    ),
    "fedora": (
        "https://packages.fedoraproject.org/pkgs/glibc/glibc/",
        """
        40 2.39 - high
        41 2.40 - high
        42 2.41 - high
        43 2.42 - medium
        """,
    ),
    "sles": (
        "https://build.opensuse.org/project/show/SUSE:SLE-15-SP3:Update",
        """
        12.5 2.22 - medium
        15.0 2.26 - high
        15.1 2.26 - medium
        15.2 2.26 - medium
        15.3 2.31 - high
        15.4 2.31 - medium
        """,
    ),
}
_LIKE: Final = {"rocky": "rhel", "almalinux": "rhel", "ubi": "rhel"}
"""Rebuilds: what is true of the one is true of the other."""

_ALPINE: Final = """
3.17 1.2.3 medium
3.18 1.2.4 high
3.19 1.2.4 high
3.20 1.2.5 medium
3.21 1.2.5 high
3.22 1.2.5 high
3.23 1.2.5 high
3.24 1.2.6 high
"""


def rows() -> Iterator[Row]:
    """Make the rows."""
    for name, (url, lines) in _RELEASES.items():
        for known in (name, *(other for other, like in _LIKE.items() if like == name)):
            for release, glibc, libstdcxx, confidence in words(lines):
                source, where = Source(url=url, confidence=confidence), f"{known}/{release}"
                yield source.row(Kind.GLIBC, where, known, series(release), f"<={glibc}")
                if libstdcxx != "-":
                    yield source.row(
                        Kind.LIBSTDCXX, where, known, series(release), f"<={libstdcxx}"
                    )
    for release, musl, confidence in words(_ALPINE):
        url = f"https://pkgs.alpinelinux.org/package/v{release}/main/x86_64/musl"
        yield Source(url=url, confidence=confidence).row(
            Kind.MUSL, f"alpine/{release}", "alpine", series(release), f"<={musl}"
        )
