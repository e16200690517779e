"""What is wanted of verifying an environment: 2 GiB in 24,000 files, each with a row of RECORD."""

from __future__ import annotations

import base64
import hashlib
import os
from functools import partial
from typing import TYPE_CHECKING

from bench.commands import beside, weighbridge
from bench.inputs import make_room
from bench.measure import MIB, Cell, Command, Measured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DISTRIBUTIONS = 100
MODULES = 239
"""Small files of each; with one library they are 240."""

SMALL = 16 << 10
LARGE = 17 * MIB
SITE = "lib/python3.11/site-packages"
OPENSSL = 'find "$0" -type f -print0 | xargs -0 openssl dgst -sha256'


def cells(folder: Path) -> list[Measured]:
    """List the cells of verifying an environment.

    Args:
        folder: Where it is made when it is wanted: 2 GiB.
    """
    place = folder / "environment"
    prepare = partial(write_environment, place)
    site = str(place / SITE)
    return [
        # What is beside the digests: rows and papers, and what no row names.
        Cell(
            name="record-2g",
            ours=beside("verifies.py", str(place)),
            peer=beside("reads.py", "digest", "1", site),
            at_most=1.3,
            prepare=prepare,
        ),
        # The whole command, with a look at the machine.
        Cell(
            name="record-2g-openssl",
            ours=weighbridge("capture", "--environment", str(place), "--output-format", "json"),
            peer=Command(("sh", "-c", OPENSSL, site)),
            at_most=1.3,
            prepare=prepare,
        ),
    ]


def write_environment(
    place: Path,
    *,
    distributions: int = DISTRIBUTIONS,
    modules: int = MODULES,
    small: int = SMALL,
    large: int = LARGE,
) -> None:
    """Write an environment with its RECORDs, unless it is there.

    Raises:
        NotPreparedError: There is no room for it.
    """
    if place.exists():
        return
    make_room(place, distributions * (modules * small + large))
    site = place / SITE
    for number in range(distributions):
        name = f"demo{number:03}"
        folder = f"{name}-1.0.dist-info"
        rows = []
        for path, data in _files(name, folder, modules, small, large):
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_bytes(data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            rows.append(f"{path},sha256={digest},{len(data)}\n")
        (site / folder / "RECORD").write_text("".join([*rows, f"{folder}/RECORD,,\n"]))
    (place / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")


def _files(
    name: str, folder: str, modules: int, small: int, large: int
) -> Iterator[tuple[str, bytes]]:
    """List the files of a distribution; no two are alike."""
    yield f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n\n".encode()
    yield f"{name}/libdemo.so", os.urandom(large)
    for number in range(modules):
        yield f"{name}/part{number // 40}/module{number:03}.py", os.urandom(small)
