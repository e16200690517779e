"""A lock of an entry or two, asked about on a target or two."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.rules.wheels.targets import system
from weighbridge.model.lock import Lock, LockedFile, Pin
from weighbridge.rules.wheels.coverage import wheel_cells

if TYPE_CHECKING:
    from weighbridge.model.coverage import Cell
    from weighbridge.rules.wheels.systems import System

HASH = ("sha256:" + "a" * 64,)
LINUX = system(name="linux")
OLD = system(name="old", libc="glibc", libcVersion="2.17")
MUSL = system(name="musl", libc="musl", libcVersion="1.2")
ARM = system(name="arm", arch="aarch64")
MAC = system(name="mac", os="macos", arch="aarch64", osVersion="13")
WINDOWS = system(name="windows", os="windows")
NEWER = system(name="newer", python="3.13")
THREADED = system(name="threaded", python="3.13t")
PYPY = system(name="pypy", implementation="pypy")


def pin(*tags: str, version: str = "1.0", **changes: object) -> Pin:
    """Make an entry with a wheel of each tag; what has no dash is a file's name as it is."""
    files = tuple(
        LockedFile(
            name=tag if "-" not in tag else f"demo-{version}-{tag}.whl",
            hashes=HASH,
        )
        for tag in tags
    )
    made = Pin(name="demo", version=version, hashes=HASH, hashed=True, files=files)
    return replace(made, **changes)  # type: ignore[arg-type]


def cells(*pins: Pin, on: tuple[System, ...] = (LINUX,), **changes: object) -> list[Cell]:
    lock = Lock(format="pylock", pins=pins, names_files=True)
    return wheel_cells(replace(lock, **changes), on)  # type: ignore[arg-type]


def only(*tags: str, on: System = LINUX, **changes: object) -> Cell:
    (found,) = cells(replace(pin(*tags), **changes), on=(on,))  # type: ignore[arg-type]
    return found
