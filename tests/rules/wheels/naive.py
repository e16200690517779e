"""The same question answered the slow way: sets of tags, each wheel and marker on its own.

The tags are packaging's own, of a host that is made to look like the target.
"""

from __future__ import annotations

import sysconfig
from typing import TYPE_CHECKING, Any

from packaging import _manylinux, _musllinux, tags
from packaging.markers import Marker
from packaging.utils import parse_wheel_filename

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest
    from packaging.tags import Tag

    from weighbridge.model.lock import Pin

MACHINES = {"aarch64": "arm64", "x86_64": "x86_64"}
WINDOWS = {"x86_64": "win_amd64", "aarch64": "win_arm64", "i686": "win32"}


def host_platforms(patch: pytest.MonkeyPatch, target: dict[str, str]) -> list[str]:
    """List the platforms packaging finds on a host like a target."""
    arch = target["arch"]
    if target["os"] == "macos":
        major, _, minor = target["osVersion"].partition(".")
        return list(tags.mac_platforms((int(major), int(minor or 0)), MACHINES[arch]))
    if target["os"] == "windows":
        return [WINDOWS[arch]]
    libc, (major, minor) = target["libc"], target["libcVersion"].split(".")
    version = (int(major), int(minor))
    patch.setattr(sysconfig, "get_platform", lambda: f"linux-{arch}")
    patch.setattr(
        _manylinux, "_get_glibc_version", lambda: version if libc == "glibc" else (-1, -1)
    )
    patch.setattr(_manylinux, "_get_manylinux_module", lambda: None)
    patch.setattr(_manylinux, "_have_compatible_abi", lambda _path, _arches: True)
    musl = _musllinux._MuslVersion(*version) if libc == "musl" else None
    patch.setattr(_musllinux, "_get_musl_version", lambda _path: musl)
    return list(tags._linux_platforms(is_32bit=False))


def host_tags(patch: pytest.MonkeyPatch, target: dict[str, str]) -> frozenset[Tag]:
    """List the tags packaging finds on a host like a target."""
    platforms = host_platforms(patch, target)
    word = target["python"]
    major, minor = map(int, word.rstrip("t").split(".")[:2])
    digits = f"{major}{minor}"
    abi = f"cp{digits}t" if word.endswith("t") else f"cp{digits}"
    return frozenset(tags.cpython_tags((major, minor), [abi], platforms)) | frozenset(
        tags.compatible_tags((major, minor), f"cp{digits}", platforms)
    )


def environment(target: dict[str, str]) -> dict[str, Any]:
    """Say what a host like a target answers to markers."""
    os_name, platform, name = {
        "linux": ("posix", "linux", "Linux"),
        "macos": ("posix", "darwin", "Darwin"),
        "windows": ("nt", "win32", "Windows"),
    }[target["os"]]
    machine = {"windows": "AMD64", "macos": MACHINES[target["arch"]]}.get(
        target["os"], target["arch"]
    )
    full = target["python"].rstrip("t")
    return {
        "os_name": os_name,
        "sys_platform": platform,
        "platform_system": name,
        "platform_machine": machine,
        "platform_release": "",
        "platform_version": "",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "implementation_version": full,
        "python_version": ".".join(full.split(".")[:2]),
        "python_full_version": full,
        "extras": frozenset(),
        "dependency_groups": frozenset(),
    }


def is_needed(pin: Pin, target: dict[str, str]) -> bool:
    """Ask the marker of an entry."""
    marker = Marker(pin.marker) if pin.marker else None
    return marker is None or marker.evaluate(environment(target), context="lock_file")


def has_wheel(pin: Pin, admitted: Iterable[Tag]) -> bool:
    """Tell whether a wheel of an entry has a tag that is admitted."""
    known = frozenset(admitted)
    return any(
        not known.isdisjoint(parse_wheel_filename(file.name)[3])
        for file in pin.files
        if file.is_wheel
    )
