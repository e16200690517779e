"""Native code of Linux: what it needs of the system, and what a wheel's tag promises it.

PEP 600 (manylinux), PEP 656 (musllinux), the symbol versions auditwheel allows each tag, and the
levels of the x86-64 psABI.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.rules.wheel_names import file_name, said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from weighbridge.model.structure import Structure

Number = tuple[int, ...]

PROCESSORS: Final = {
    "aarch64": frozenset({"aarch64"}),
    "armv6l": frozenset({"arm"}),
    "armv7l": frozenset({"arm"}),
    "i686": frozenset({"i386"}),
    "loongarch64": frozenset({"loongarch64"}),
    "ppc64": frozenset({"ppc64"}),
    "ppc64le": frozenset({"ppc64le"}),
    "riscv64": frozenset({"riscv64"}),
    "s390x": frozenset({"s390x"}),
    "x86_64": frozenset({"x86_64"}),
}
"""What an ELF file calls each architecture of wheels and targets."""

NOWHERE: Final = ""
"""The architecture of a system on which no ELF file runs."""

_KNOWN_PROCESSORS: Final = frozenset[str]().union(*PROCESSORS.values())
_ALIASES: Final = {"1": (2, 5), "2010": (2, 12), "2014": (2, 17)}
_PLATFORM: Final = re.compile(
    r"(?:manylinux(?P<alias>1|2010|2014)|(?P<libc>many|musl)linux_(?P<major>\d{1,4})_"
    r"(?P<minor>\d{1,4})|linux)_(?P<arch>\w+)",
    re.ASCII,
)
_VERSION: Final = re.compile(r"(?P<family>[A-Z]+)_(?P<number>\d{1,6}(?:\.\d{1,6})*)", re.ASCII)
_SINCE: Final[dict[str, Number]] = {"GLIBC_ABI_DT_RELR": (2, 36)}
"""Versions of glibc that name a feature, and since when there is one."""

_NEWER_THAN_ANY: Final = (1 << 30,)
_BOUNDLESS: Final = (1 << 31,)
_GLIBC: Final = frozenset(
    {
        "libc.so.6",
        "libm.so.6",
        "libpthread.so.0",
        "ld-linux-x86-64.so.2",
        "ld-linux-aarch64.so.1",
        "ld-linux.so.2",
        "ld-linux-armhf.so.3",
    }
)

CXX: Final[tuple[tuple[Number, Number, Number], ...]] = (
    ((2, 5), (3, 4, 8), (1, 3, 1)),
    ((2, 12), (3, 4, 13), (1, 3, 3)),
    ((2, 17), (3, 4, 19), (1, 3, 7)),
    ((2, 24), (3, 4, 22), (1, 3, 10)),
    ((2, 26), (3, 4, 24), (1, 3, 11)),
    ((2, 31), (3, 4, 28), (1, 3, 12)),
    ((2, 34), (3, 4, 29), (1, 3, 13)),
    ((2, 35), (3, 4, 30), (1, 3, 13)),
    ((2, 39), (3, 4, 33), (1, 3, 15)),
)
"""Newest GLIBCXX and CXXABI by glibc, as of auditwheel 6.8 (November 2026); where its
architectures differ, the newer one."""

DISTRIBUTIONS: Final[tuple[tuple[Number, Number, Number], ...]] = (
    ((2, 17), (3, 4, 19), (1, 3, 7)),  # CentOS 7
    ((2, 19), (3, 4, 20), (1, 3, 8)),  # Debian 8
    ((2, 23), (3, 4, 21), (1, 3, 9)),  # Ubuntu 16.04
    ((2, 24), (3, 4, 22), (1, 3, 10)),  # Debian 9
    ((2, 26), (3, 4, 24), (1, 3, 11)),  # Amazon Linux 2
    ((2, 28), (3, 4, 25), (1, 3, 11)),  # Debian 10, RHEL 8; Ubuntu 18.04 has it with glibc 2.27
    ((2, 31), (3, 4, 28), (1, 3, 12)),  # Debian 11, Ubuntu 20.04
    ((2, 34), (3, 4, 29), (1, 3, 13)),  # RHEL 9
    ((2, 36), (3, 4, 30), (1, 3, 13)),  # Debian 12; Ubuntu 22.04 has it with glibc 2.35
    ((2, 41), (3, 4, 33), (1, 3, 15)),  # Debian 13; Ubuntu 24.04 has it with glibc 2.39
)
"""Newest GLIBCXX and CXXABI of distributions by their glibc, after GCC's own list of what each of
its releases added (https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html), read up to GCC 14 in
November 2026, and the GCC each of them has; of Debian 12 as its library itself says. SUSE's
libstdc++ is newer than its glibc. Between two rows the newer one is meant; of a glibc newer than
the last row nothing is said."""

LEVELS: Final = ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4")
"""Levels of processors (x86-64 psABI), each with all that is before it."""

_ISA: Final = "isa-needed"
_LEVELED: Final = "x86_64"
_BACKPORTED: Final[dict[tuple[str, Number], Number]] = {("aarch64", (2, 17)): (2, 18)}
"""CentOS 7 on aarch64 has a version of the next glibc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A system native code is to run on.

    Attributes:
        name: What it is called: a platform tag, or a target.
        arch: Architecture, as wheels call it.
        libc: `glibc`, `musl`, or empty if nothing is said.
        version: Version of the C library; empty if nothing is said.
        cxx: By which table its version also says which libstdc++ it has; empty if by none.
        cpu: The level of processors it promises, or empty.
    """

    name: str
    arch: str
    libc: str = ""
    version: Number = ()
    cxx: tuple[tuple[Number, Number, Number], ...] = ()
    cpu: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something a library needs and a system lacks.

    Attributes:
        needed: What it needs.
        offered: What the system has instead.
        rank: How much is needed, to tell the most from less.
    """

    needed: str
    offered: str
    rank: Number = ()

    @property
    def of_processor(self) -> bool:
        """Whether it is the processor that lacks it."""
        return self.offered in LEVELS


def system_of(platform: str) -> System | None:
    """Read a platform tag of Linux; None for one of another system."""
    found = _PLATFORM.fullmatch(platform)
    if found is None:
        return None
    arch = found["arch"]
    if found["alias"]:
        version: Number = _ALIASES[found["alias"]]
    elif found["libc"]:
        version = (int(found["major"]), int(found["minor"]))
    else:
        return System(name=platform, arch=arch)
    libc = "musl" if found["libc"] == "musl" else "glibc"
    cxx = CXX if libc == "glibc" else ()
    cpu = LEVELS[0] if arch == _LEVELED else ""
    return System(name=platform, arch=arch, libc=libc, version=version, cxx=cxx, cpu=cpu)


def number(text: str) -> Number:
    """Read a dotted version; what is no number ends it."""
    found = re.match(r"\d{1,6}(?:\.\d{1,6})*", text, re.ASCII)
    return tuple(map(int, found.group().split("."))) if found else ()


def libraries(structure: Structure) -> list[Structure]:
    """List the ELF files in a file, itself included, that are for a processor known here."""
    return [
        part
        for part in structure.walk()
        if part.format == "elf" and _KNOWN_PROCESSORS.intersection(said(part, "machine"))
    ]


def runs_on(library: Structure, system: System) -> bool:
    """Whether a library is for the processor of a system; an unknown one may be any."""
    if system.arch == NOWHERE:
        return False
    known = PROCESSORS.get(system.arch)
    return known is None or not known.isdisjoint(said(library, "machine"))


def lacks(library: Structure, system: System, bundled: Collection[str] = ()) -> Iterator[Lack]:
    """List what a system lacks for a library: a level, the newest version of each family.

    Args:
        library: The ELF file.
        system: The system.
        bundled: File names of libraries that come with it.
    """
    yield from _other_level(library, system)
    other = _other_libc(library, system)
    if other is not None:
        yield other
        return
    newest: dict[str, tuple[Number, str]] = {}
    for needed in said(library, "symbol-version"):
        provider, _, version = needed.partition(": ")
        family, wanted = _read(version)
        if provider not in bundled and wanted > _offered(family, system):
            newest[family] = max(newest.get(family, ((), "")), (wanted, f"{version} of {provider}"))
    for family, (rank, needed) in sorted(newest.items()):
        limit = ".".join(map(str, _offered(family, system)))
        yield Lack(needed=needed, offered=f"{family}_{limit}", rank=rank)


def newest_glibc(library: Structure) -> Number:
    """Return the newest version of glibc a library needs; empty if it needs none."""
    read = [_read(needed.partition(": ")[2]) for needed in said(library, "symbol-version")]
    return max((version for family, version in read if family == "GLIBC"), default=())


def _read(version: str) -> tuple[str, Number]:
    """Read a symbol version; one of glibc that is no number is newer than any that is.

    `GLIBC_PRIVATE` fits no glibc but the one it was linked with.
    """
    found = _VERSION.fullmatch(version)
    if found:
        return found["family"], number(found["number"])
    if version.startswith("GLIBC_"):
        return "GLIBC", _SINCE.get(version, _NEWER_THAN_ANY)
    return "", ()


def _offered(family: str, system: System) -> Number:
    """Return the newest version of a family a system has; a boundless one if nothing is said."""
    if system.libc != "glibc" or not system.version:
        return _BOUNDLESS
    if family == "GLIBC":
        return _BACKPORTED.get((system.arch, system.version), system.version)
    if not system.cxx or family not in {"GLIBCXX", "CXXABI"}:
        return _BOUNDLESS
    if system.cxx is DISTRIBUTIONS:
        newest = next((row for row in DISTRIBUTIONS if row[0] >= system.version), None)
    else:
        newest = next((row for row in reversed(system.cxx) if row[0] <= system.version), None)
    return _BOUNDLESS if newest is None else newest[1 if family == "GLIBCXX" else 2]


def _other_level(library: Structure, system: System) -> Iterator[Lack]:
    """Tell a library for newer processors than a system promises."""
    if system.cpu not in LEVELS:
        return
    for needed in said(library, _ISA):
        rank = LEVELS.index(needed) if needed in LEVELS else len(LEVELS)
        if rank > LEVELS.index(system.cpu):
            yield Lack(needed=f"{needed} of the processor", offered=system.cpu, rank=(rank,))


def _other_libc(library: Structure, system: System) -> Lack | None:
    """Tell a library for glibc from one for musl, where a system has the other."""
    needed = [file_name(name) for name in said(library, "needed")]
    needed += [file_name(name) for name in said(library, "interpreter")]
    musl = next((name for name in needed if name.startswith(("libc.musl-", "ld-musl-"))), "")
    glibc = next((name for name in needed if name in _GLIBC), "")
    if system.libc == "glibc" and musl:
        return Lack(needed=musl, offered="glibc")
    if system.libc == "musl" and (glibc or newest_glibc(library)):
        return Lack(needed=glibc or "glibc", offered="musl")
    return None
