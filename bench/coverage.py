"""What it costs to hold 404 packages against 24 targets: `python bench/coverage.py WHO FOLDER N`.

`ours` says of every package and target whether a wheel fits, why not, and what is nearest.
`select` is `packaging`'s `Pylock.select`, a target at a time, which stops at the first package it
finds nothing for and takes an sdist for fine. Both make the tags of all targets each time, and
neither reads the lock: they are given it as their own reader left it (`prepare`).
"""

from __future__ import annotations

import pickle
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from packaging.pylock import Pylock, PylockSelectError
from packaging.tags import compatible_tags, cpython_tags

from bench.commands import beside, weighbridge
from bench.measure import Cell, Rate
from scripts.large_lock import large_lock
from weighbridge.codec.locks import read_lock
from weighbridge.codec.target_names import read_target
from weighbridge.rules.wheels import tags
from weighbridge.rules.wheels.coverage import wheel_cells
from weighbridge.rules.wheels.systems import system_of

if TYPE_CHECKING:
    from packaging.markers import Environment

    from bench.measure import Measured
    from weighbridge.rules.wheels.systems import System

PLATFORMS = (
    "linux-x86_64-glibc2.31",
    "linux-x86_64-glibc2.28",
    "linux-x86_64-glibc2.17",
    "linux-aarch64-glibc2.36",
    "linux-x86_64-musl1.2",
    "macos14-arm64",
    "macos13-x86_64",
    "windows-x86_64",
)
TARGETS = tuple(
    f"{one}-py{python}" for one in PLATFORMS for python in ("3.11.9", "3.12.4", "3.13.1")
)
LOCK, OURS, SELECTED = "pylock.toml", "ours.pickle", "select.pickle"
TIMES = 3


def cells(folder: Path) -> list[Measured]:
    """List what is wanted: a second with reading and all, a tenth for the matrix, ten times less.

    Args:
        folder: Where the lock is written.
    """

    def made() -> None:
        prepare(folder)

    words = [word for name in TARGETS for word in ("--target", name)]
    lock = str(folder / LOCK)
    return [
        # In CPU seconds, start and output included.
        Cell(
            name="coverage-404x24",
            ours=weighbridge("matrix", lock, *words, "--output-format=json", exits=(1,)),
            at_most=1.0,
            prepare=made,
        ),
        Rate(
            name="coverage-404x24-matrix",
            ours=beside("coverage.py", "ours", str(folder), "20"),
            peer=beside("coverage.py", "ours", str(folder), "0"),
            operations=20,
            at_least=10,
            prepare=made,
        ),
        # Ten times as often for no more; starting costs both the same.
        Cell(
            name="coverage-404x24-select",
            ours=beside("coverage.py", "ours", str(folder), str(10 * TIMES)),
            peer=beside("coverage.py", "select", str(folder), str(TIMES)),
            at_most=1,
            prepare=made,
        ),
    ]


def prepare(folder: Path) -> None:
    """Write the lock, and what each reader makes of it."""
    folder.mkdir(exist_ok=True)
    text = large_lock()
    (folder / LOCK).write_text(text, encoding="utf-8")
    lock = read_lock(text.encode(), "pylock", LOCK)
    (folder / OURS).write_bytes(pickle.dumps(lock))
    (folder / SELECTED).write_bytes(pickle.dumps(Pylock.from_dict(tomllib.loads(text))))


def forget() -> None:
    """Forget the tags that were made."""
    for made in (tags._platforms, tags._pairs_of):  # noqa: SLF001 - to measure the making of them
        made.cache_clear()


def select(lock: Pylock, systems: list[System]) -> int:
    """Select a target at a time; count what was selected."""
    found = 0
    for system in systems:
        python = system.python or (3, 11)
        interpreter = f"cp{python[0]}{python[1]}"
        platforms = sorted(tags.platforms(system))
        known = [
            *cpython_tags(python, [interpreter], platforms),
            *compatible_tags(python, interpreter, platforms),
        ]
        try:
            for _ in lock.select(environment=answers(system), tags=known):
                found += 1
        except PylockSelectError:
            continue
    return found


def answers(system: System) -> Environment:
    """Say what a target answers to markers."""
    name, platform, posix = {
        "linux": ("Linux", "linux", "posix"),
        "macos": ("Darwin", "darwin", "posix"),
        "windows": ("Windows", "win32", "nt"),
    }[system.os]
    version = ".".join(map(str, system.python or ()))
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{version}.{system.patch}",
        "os_name": posix,
        "platform_machine": system.arch,
        "platform_release": "",
        "platform_system": name,
        "platform_version": "",
        "python_full_version": f"{version}.{system.patch}",
        "platform_python_implementation": "CPython",
        "python_version": version,
        "sys_platform": platform,
    }


def main(who: str, folder: Path, times: int) -> None:
    """Work as often as asked."""
    systems = [system_of(read_target(name)) for name in TARGETS]
    file = folder / (OURS if who == "ours" else SELECTED)
    lock: Any = pickle.loads(file.read_bytes())  # noqa: S301, TID251 - `prepare` wrote it
    for _ in range(times):
        forget()
        done = len(wheel_cells(lock, systems)) if who == "ours" else select(lock, systems)
        if not done:
            raise SystemExit("nothing was done")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
