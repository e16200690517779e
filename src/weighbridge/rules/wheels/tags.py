"""The tags of wheels a system admits (PEP 425, 600, 656), made without asking the host.

A tag is an interpreter, an ABI and a platform. Which pairs of the first two go together is asked
of `packaging`, with a stand-in for the platforms: such a pair goes with every platform of the
system. Other pairs, of what binds to no ABI, go with `any`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from packaging.tags import compatible_tags, cpython_tags, generic_tags, mac_platforms

from weighbridge.rules.wheels.systems import MOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.tags import Tag

    from weighbridge.rules.wheels.systems import Number, System

Pair = tuple[str, str]

ANY: Final = "any"
_STAND_IN: Final = "weighbridge"
_LEGACY: Final = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
_OLDEST_GLIBC: Final = {"x86_64": 5, "i686": 5}
_OLDEST_ELSEWHERE: Final = 17
_WINDOWS: Final = {"x86_64": "win_amd64", "aarch64": "win_arm64", "i686": "win32"}
_MACS: Final = {"x86_64": "x86_64", "aarch64": "arm64"}
_PYPY_ABI: Final = "pp73"
_NEWEST_MAC: Final = (99, 0)


def pairs(system: System) -> frozenset[Pair]:
    """List the pairs of interpreter and ABI that go with the platforms of a system.

    They are none if its Python is not known.
    """
    return _pairs(system)[0]


def free_pairs(system: System) -> frozenset[Pair]:
    """List the pairs of interpreter and ABI that go with `any` platform."""
    return _pairs(system)[1]


def platforms(system: System) -> frozenset[str]:
    """List the platforms a system admits for sure, `any` aside."""
    if system.os == "windows":
        return _of(_WINDOWS, system.arch)
    if system.version is None and not (system.os == "linux" and not system.libc):
        return _plain(system)
    return _plain(system) | _platforms(system.os, system.arch, system.libc, system.version)


def possible_platforms(system: System) -> frozenset[str]:
    """List the platforms a system may admit, whatever it is that it does not state."""
    if system.os == "windows" or system.version is not None:
        return platforms(system)
    if system.os == "macos":
        return _platforms("macos", system.arch, "", _NEWEST_MAC)
    kinds = (system.libc,) if system.libc else ("glibc", "musl")
    newest = (_platforms("linux", system.arch, kind, (_MAJOR[kind], MOST)) for kind in kinds)
    return _plain(system).union(*newest)


_MAJOR: Final = {"glibc": 2, "musl": 1}


def _plain(system: System) -> frozenset[str]:
    """Return the platform that says nothing of the C library."""
    return frozenset({f"linux_{system.arch}"}) if system.os == "linux" else frozenset()


@lru_cache(maxsize=512)
def _platforms(os: str, arch: str, libc: str, version: Number | None) -> frozenset[str]:
    if version is None:
        return frozenset()
    if os == "macos":
        mac = _MACS.get(arch)
        return frozenset(mac_platforms(version, mac)) if mac else frozenset()
    if libc == "musl":
        return frozenset(
            f"musllinux_{version[0]}_{minor}_{arch}" for minor in range(version[1] + 1)
        )
    return frozenset(_manylinux(version[1], arch))


def _manylinux(newest: int, arch: str) -> Iterator[str]:
    for minor in range(newest, _OLDEST_GLIBC.get(arch, _OLDEST_ELSEWHERE) - 1, -1):
        yield f"manylinux_2_{minor}_{arch}"
        if minor in _LEGACY:
            yield f"{_LEGACY[minor]}_{arch}"


def _pairs(system: System) -> tuple[frozenset[Pair], frozenset[Pair]]:
    if system.python is None:
        return frozenset(), frozenset()
    return _pairs_of(system.implementation, system.python, threaded=system.threaded)


@lru_cache(maxsize=256)
def _pairs_of(
    implementation: str, python: Number, *, threaded: bool
) -> tuple[frozenset[Pair], frozenset[Pair]]:
    tags = list(_tags(implementation, python, threaded=threaded))
    bound = frozenset((tag.interpreter, tag.abi) for tag in tags if tag.platform == _STAND_IN)
    free = frozenset((tag.interpreter, tag.abi) for tag in tags if tag.platform == ANY)
    return bound, free


def _tags(implementation: str, python: Number, *, threaded: bool) -> Iterator[Tag]:
    # Each argument is given: packaging asks the host for whatever is not, an empty list included.
    digits = f"{python[0]}{python[1]}"
    stand_in = [_STAND_IN]
    if implementation == "cpython":
        abis = [f"cp{digits}{'t' if threaded else ''}"]
        yield from cpython_tags(python, abis, stand_in)
        yield from compatible_tags(python, f"cp{digits}", stand_in)
    elif implementation == "pypy":
        yield from generic_tags(f"pp{digits}", [f"pypy{digits}_{_PYPY_ABI}"], stand_in)
        yield from compatible_tags(python, "pp3", stand_in)


def _of(names: dict[str, str], arch: str) -> frozenset[str]:
    return frozenset({names[arch]}) if arch in names else frozenset()
