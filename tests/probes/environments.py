"""Small virtual environments, installed by hand, and the wheels they were installed from."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

from weighbridge.probes.python.places import Place, named_place
from weighbridge.probes.python.verifying import verify_installed
from weighbridge.probes.reading.files import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.installed import InstalledDistribution, InstalledFiles
    from weighbridge.probes.python.wheels import Wheels

SITE = "lib/python3.11/site-packages"
DEMO = {"demo/__init__.py": b"ONE = 1\n", "demo/data/table.csv": b"1,2\n"}


def environment(folder: Path) -> Path:
    """Make an empty environment and return its folder for packages."""
    site = folder / SITE
    site.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /nowhere/bin\nversion = 3.11.7\n")
    return site


def row(path: str, data: bytes, algorithm: str = "sha256") -> str:
    digest = base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).decode().rstrip("=")
    return f"{path},{algorithm}={digest},{len(data)}\n"


def papers(name: str, version: str) -> dict[str, bytes]:
    folder = f"{name}-{version}.dist-info"
    return {
        f"{folder}/METADATA": f"Name: {name}\nVersion: {version}\n\n".encode(),
        f"{folder}/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
    }


def install(
    site: Path,
    files: Mapping[str, bytes] = DEMO,
    *,
    name: str = "demo",
    version: str = "1.0",
    rows: str = "",
    record: bytes | None = None,
) -> Path:
    """Write the files of a distribution and its RECORD; return that."""
    folder = f"{name}-{version}.dist-info"
    whole = {**files, **papers(name, version), f"{folder}/INSTALLER": b"pip\n"}
    for path, data in whole.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
    text = "".join(row(path, data) for path, data in whole.items()) + rows
    found = site / folder / "RECORD"
    found.write_bytes(f"{text}{folder}/RECORD,,\n".encode() if record is None else record)
    return found


def wheel(files: Mapping[str, bytes] = DEMO, *, name: str = "demo", version: str = "1.0") -> bytes:
    """Make the wheel of a distribution."""
    whole = {**files, **papers(name, version)}
    record = f"{name}-{version}.dist-info/RECORD"
    text = "".join(row(path, data) for path, data in whole.items()) + f"{record},,\n"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path, data in {**whole, record: text.encode()}.items():
            archive.writestr(path, data)
    return held.getvalue()


def place(folder: Path) -> Place:
    found = named_place(folder, "here")
    assert isinstance(found, Place)
    return found


def verified(folder: Path, wheels: Wheels | None = None) -> InstalledFiles:
    return verify_installed(place(folder), reader=Reading(examine=False), wheels=wheels)


def departures(folder: Path, wheels: Wheels | None = None) -> list[tuple[str, str]]:
    """List kind and path of what is wrong, without the way to the folder for packages."""
    found = verified(folder, wheels).departures
    return [(one.kind, one.path.removeprefix(f"{SITE}/")) for one in found]


def only(installed: InstalledFiles) -> InstalledDistribution:
    (found,) = installed.distributions
    return found
