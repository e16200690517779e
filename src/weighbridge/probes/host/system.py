"""The operating system: its name, its C library, its packages, and where those come from."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.image.databases import apk_packages, dpkg_packages, os_release
from weighbridge.model.fact import Unavailable
from weighbridge.model.host import CLibrary
from weighbridge.probes.small_files import read_start, read_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.model.image import InstalledPackage, OsRelease

_SHORT: Final = 1 << 16
_DATABASE: Final = 256 << 20
_LIBRARY: Final = 16 << 20
_FOLDERS: Final = (
    "lib64",
    "usr/lib64",
    "lib/*-linux-gnu*",
    "usr/lib/*-linux-gnu*",
    "usr/lib",
    "lib",
)
_GLIBC: Final = re.compile(rb"GNU C Library[^\n\0]{0,200}version (\d+\.\d+)")
_GLIBCXX: Final = re.compile(rb"\0GLIBCXX_(\d+(?:\.\d+){1,3})\0")
_SNAPSHOT: Final = re.compile(
    r"(?:snapshot\.(?:debian\.org|ubuntu\.com)|snapshot-cloudflare\.debian\.org)"
    r"/(?:archive/)?[\w./-]{1,80}?/?(\d{8}T\d{6}Z)"
)
_SNAPSHOT_OPTION: Final = re.compile(r"(?i)snapshot[=:]\s*(\d{8}T\d{6}Z)")
_RPM: Final = ("var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite")


def observe_os(root: Path) -> OsRelease | Unavailable:
    """Read which distribution it is."""
    for name in ("etc/os-release", "usr/lib/os-release"):
        found = os_release(read_start(root / name, _SHORT) or b"")
        if found is not None:
            return found
    return Unavailable("no os-release says which it is")


def observe_libc(
    root: Path, packages: Sequence[InstalledPackage] | Unavailable, *, own: bool
) -> CLibrary:
    """Tell the C library and its version, and the newest symbols of libstdc++."""
    cxx = _newest_cxx(root)
    if any((root / "lib").glob("ld-musl-*.so.1")):
        known = () if isinstance(packages, Unavailable) else packages
        version = next((one.version for one in known if one.name == "musl"), "")
        return CLibrary(kind="musl", version=version.partition("-")[0], cxx=cxx)
    said = _of_this_process() if own else ""
    if not said:
        found = _GLIBC.search(_library(root, "libc.so.6"))
        said = found[1].decode() if found else ""
    return CLibrary(kind="glibc" if said else "", version=said, cxx=cxx)


def _of_this_process() -> str:
    try:
        kind, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, OSError, ValueError):
        return ""
    return version if kind == "glibc" else ""


def _newest_cxx(root: Path) -> str:
    versions = {
        tuple(map(int, found.split(b".")))
        for found in _GLIBCXX.findall(_library(root, "libstdc++.so.6").replace(b"\0", b"\0\0"))
    }
    return f"GLIBCXX_{'.'.join(map(str, max(versions)))}" if versions else ""


def _library(root: Path, name: str) -> bytes:
    """Read the first library of a name where the loader would look for it."""
    for folder in _FOLDERS:
        for path in sorted(root.glob(f"{folder}/{name}")):
            data = read_start(path, _LIBRARY)
            if data is not None:
                return data
    return b""


def observe_packages(root: Path) -> Sequence[InstalledPackage] | Unavailable:
    """List the packages of the operating system, out of the files its managers keep."""
    found: list[InstalledPackage] = []
    dpkg = [root / "var/lib/dpkg/status", *sorted((root / "var/lib/dpkg/status.d").glob("*"))]
    databases = 0
    for path in dpkg:
        if (data := read_start(path, _DATABASE)) is not None:
            databases += 1
            found += dpkg_packages(data)
    for name in ("lib/apk/db/installed", "usr/lib/apk/db/installed"):
        if (data := read_start(root / name, _DATABASE)) is not None:
            databases += 1
            found += apk_packages(data)
    for name in _RPM:
        if (data := read_start(root / name, _DATABASE)) is not None:
            rpm = _rpm(data, root / f"{name}-wal")
            if isinstance(rpm, Unavailable):
                return rpm
            databases += 1
            found += rpm
    if not databases:
        return Unavailable("neither dpkg, apk nor rpm keeps a list here")
    return tuple(sorted(set(found), key=lambda one: (one.manager, one.name, one.architecture)))


def _rpm(data: bytes, ahead: Path) -> tuple[InstalledPackage, ...] | Unavailable:
    if read_start(ahead, 1):
        return Unavailable("rpm is being written to", "run again when nothing is installed")
    from weighbridge.probes.images.rpm_database import (  # noqa: PLC0415 - few have it
        RpmError,
        read_rpm,
    )

    try:
        return read_rpm(data)
    except RpmError as error:
        return Unavailable(f"rpm's database cannot be read: {error}")


def observe_snapshots(root: Path) -> tuple[str, ...]:
    """List the points in time that package sources are fixed to."""
    folder = root / "etc/apt/sources.list.d"
    paths = [root / "etc/apt/sources.list", *folder.glob("*.list"), *folder.glob("*.sources")]
    found: set[str] = set()
    for path in paths:
        for line in read_text(path, _SHORT).splitlines():
            if not line.lstrip().startswith("#"):
                found.update(_SNAPSHOT.findall(line))
                found.update(_SNAPSHOT_OPTION.findall(line))
    return tuple(sorted(found))
