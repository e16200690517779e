"""Until when each release of a product is supported, by its makers' own calendar.

Where a maker names a month, its last day counts. An `extended` end is of support that has to be
bought, or that others than the makers give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.rules.compatibility.tables.making import FOR_HALF_A_YEAR, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.lifecycle import Cycle

_DISTRO_INFO: Final = "https://salsa.debian.org/debian/distro-info-data"

# Product: source, name of extended support, lines of series, first release, end, extended end.
_PRODUCTS: Final = {
    "python": (
        "https://peps.python.org/api/release-cycle.json",
        "",
        """
        3.7 2018-06-27 2023-06-27
        3.8 2019-10-14 2024-10-07
        3.9 2020-10-05 2025-10-31
        3.10 2021-10-04 2026-10-31
        3.11 2022-10-24 2027-10-31
        3.12 2023-10-02 2028-10-31
        3.13 2024-10-07 2029-10-31
        3.14 2025-10-07 2030-10-31
        3.15 - 2031-10-31
        """,
    ),
    "debian": (
        _DISTRO_INFO,
        "Debian LTS",
        """
        9 2017-06-17 2020-07-18 2022-06-30
        10 2019-07-06 2022-09-10 2024-06-30
        11 2021-08-14 2024-08-14 2026-08-31
        12 2023-06-10 2026-07-11 2028-06-30
        13 2025-08-09 2028-08-09 2030-06-30
        """,
    ),
    "ubuntu": (
        _DISTRO_INFO,
        "Ubuntu Pro (ESM)",
        """
        16.04 2016-04-21 2021-04-30 2026-04-23
        18.04 2018-04-26 2023-05-31 2028-04-26
        20.04 2020-04-23 2025-05-29 2030-04-23
        22.04 2022-04-21 2027-06-01 2032-04-21
        23.10 2023-10-12 2024-07-11
        24.04 2024-04-25 2029-05-31 2034-04-25
        24.10 2024-10-10 2025-07-10
        25.04 2025-04-17 2026-01-15
        25.10 2025-10-09 2026-07-09
        26.04 2026-04-23 2031-05-29 2036-04-23
        """,
    ),
    "alpine": (
        "https://alpinelinux.org/releases/",
        "",
        """
        3.17 2022-11-22 2024-11-22
        3.18 2023-05-09 2025-05-09
        3.19 2023-12-07 2025-11-01
        3.20 2024-05-22 2026-04-01
        3.21 2024-12-05 2026-11-01
        3.22 2025-05-30 2027-05-01
        3.23 2025-12-03 2027-11-01
        """,
    ),
    "rhel": (
        "https://access.redhat.com/support/policy/updates/errata",
        "Extended Life Cycle Support",
        """
        7 2014-06-10 2024-06-30 2028-06-30
        8 2019-05-07 2029-05-31
        9 2022-05-17 2032-05-31
        10 2025-05-20 2035-05-31
        """,
    ),
    "rocky": (
        "https://wiki.rockylinux.org/rocky/version/",
        "",
        """
        8 2021-06-21 2029-05-31
        9 2022-07-14 2032-05-31
        10 2025-06-11 2035-05-31
        """,
    ),
    "amzn": (
        "https://aws.amazon.com/amazon-linux-2/faqs/",
        "",
        """
        2 2018-06-26 2026-06-30
        2023 2023-03-15 2029-06-30
        """,
    ),
    "kubernetes": (
        "https://kubernetes.io/releases/",
        "",
        """
        1.24 - 2023-07-28
        1.25 - 2023-10-28
        1.26 - 2024-02-28
        1.27 - 2024-07-16
        1.28 2023-08-15 2024-10-22
        1.29 2023-12-13 2025-02-28
        1.30 2024-04-17 2025-07-15
        1.31 2024-08-13 2025-11-11
        1.32 2024-12-11 2026-02-28
        1.33 2025-04-23 2026-06-28
        1.34 2025-08-27 2026-10-27
        1.35 2025-12-17 2027-02-28
        1.36 2026-04-22 2027-06-28
        1.37 2026-08-26 2027-10-28
        """,
    ),
    "containerd": (
        "https://github.com/containerd/containerd/blob/main/RELEASES.md",
        "the extended support of two of its maintainers",
        """
        1.5 2021-05-03 2023-02-28
        1.6 2022-02-15 2025-08-23
        1.7 2023-03-10 2026-03-10 2026-09-30
        2.0 2024-11-05 2025-11-07 2027-03-31
        2.1 2025-05-07 2026-07-03
        2.2 2025-11-05 2026-11-06
        2.3 2026-04-30 2028-04-30
        """,
    ),
    "nvidia-driver": (
        "https://docs.nvidia.com/datacenter/tesla/drivers/",
        "",
        """
        535 - 2026-06-30
        570 - 2026-02-28
        580 - 2028-06-30
        595 - 2027-03-31
        610 - 2026-08-31
        620 - 2029-09-30
        """,
    ),
    "pypi/numpy": (
        "https://scientific-python.org/specs/spec-0000/",
        "",
        """
        1.21 2021-06-22 2023-06-23
        1.22 2021-12-31 2024-01-01
        1.23 2022-06-22 2024-06-22
        1.24 2022-12-18 2024-12-18
        1.25 2023-06-17 2025-06-17
        1.26 2023-09-16 2025-09-16
        2.0 2024-06-16 2026-06-16
        2.1 2024-08-18 2026-08-18
        2.2 2024-12-08 2026-12-08
        2.3 2025-06-07 2027-06-07
        2.4 2025-12-20 2027-12-20
        2.5 2026-06-21 2028-06-21
        """,
    ),
    "pypi/django": (
        "https://endoflife.date/django",
        "",
        """
        3.2 2021-04-06 2024-04-01
        4.0 2021-12-07 2023-04-01
        4.1 2022-08-03 2023-12-01
        4.2 2023-04-03 2026-04-07
        5.0 2023-12-04 2025-04-02
        5.1 2024-08-07 2025-12-03
        5.2 2025-04-02 2028-04-30
        6.0 2025-12-03 2027-04-30
        """,
    ),
    "nodejs": (
        "https://github.com/nodejs/Release",
        "",
        """
        18 2022-04-19 2025-04-30
        20 2023-04-18 2026-04-30
        22 2024-04-24 2027-04-30
        24 2025-05-06 2028-04-30
        25 2025-10-15 2026-06-01
        26 2026-05-05 2029-04-30
        """,
    ),
    "postgresql": (
        "https://www.postgresql.org/support/versioning/",
        "",
        """
        13 2020-09-24 2025-11-13
        14 2021-09-30 2026-11-12
        15 2022-10-13 2027-11-11
        16 2023-09-14 2028-11-09
        17 2024-09-26 2029-11-08
        18 2025-09-25 2030-11-14
        """,
    ),
}


_READ: Final = {
    "python",
    "debian",
    "ubuntu",
    "kubernetes",
    "containerd",
    "nvidia-driver",
    "pypi/django",
    "nodejs",
}
"""Products whose calendar was read itself. Of the others the days are those that others give who
read it; PostgreSQL's are the second Thursday of November after five years, by its policy, and
numpy's the two years after which SPEC 0 advises to drop a release: its makers promise nothing."""


def cycles() -> Iterator[Cycle]:
    """Make the rows."""
    for product, (url, extended_by, lines) in _PRODUCTS.items():
        confidence = "high" if product in _READ else "medium"
        source = Source(url=url, until=FOR_HALF_A_YEAR, confidence=confidence)
        yield from source.cycles(product, lines, extended_by)
