"""Build wheel and sdist twice, as differently as can be, and hold one build against the other.

`python -m scripts.reproduce OUT [COMMIT]` takes what a commit holds (the one checked out if none
is named), builds it in two folders under another path, umask, time zone, locale and hash seed,
and puts the files into OUT if both builds made the same bytes. `--against FILE` holds them
against files that were published, too. Exit codes: 0 the same, 1 not.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[1]
SURROUNDINGS = (
    ("a", "0022", {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"}),
    ("b/longer path", "0077", {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"}),
)
"""Folder, umask and variables of each build."""


class DifferentError(Exception):
    """Two files that should be the same are not."""


def sources(commit: str, *, root: Path = ROOT) -> bytes:
    """Return a tar of what a commit holds."""
    command = ["git", "-c", "safe.directory=*", "archive", "--format=tar", commit]
    return subprocess.run(command, cwd=root, capture_output=True, check=True).stdout


def build(source: Path, to: Path, *, umask: int, variables: dict[str, str]) -> list[Path]:
    """Build wheel and sdist of a folder, with what is installed and nothing fetched."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", to, source],
        cwd=source,
        env=kept | variables,
        umask=umask,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return sorted(to.iterdir())


def reproduce(tar: bytes, to: Path) -> list[Path]:
    """Build a tar of sources in each of the surroundings, and keep the files if all are the same.

    Raises:
        DifferentError: They are not.
    """
    with tempfile.TemporaryDirectory(prefix="weighbridge-reproduce-") as root:
        made = []
        for name, umask, variables in SURROUNDINGS:
            source, built = Path(root, name, "source"), Path(root, name, "built")
            source.mkdir(parents=True)
            with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
                archive.extractall(source, filter="data")
            made.append(build(source, built, umask=int(umask, 8), variables=variables))
        first, *others = made
        for other in others:
            if [path.name for path in first] != [path.name for path in other]:
                raise DifferentError(f"{first} and {other} are not called the same")
            for one, two in zip(first, other, strict=True):
                hold_against(one, two)
        to.mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copyfile(path, to / path.name)) for path in first]


def hold_against(one: Path, two: Path) -> None:
    """Demand that two files have the same bytes.

    Raises:
        DifferentError: They have not; it says which of their members differ.
    """
    if one.read_bytes() == two.read_bytes():
        return
    differ = sorted(members(one).items() ^ members(two).items())
    names = sorted({name for name, _ in differ})
    why = ", ".join(names[:5]) or "nothing in them but how it is packed: another zlib made it"
    raise DifferentError(f"{one.name}: two builds differ in {why}")


def members(path: Path) -> dict[str, str]:
    """Return the digest of each member of a wheel or sdist."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in _members(path)}


def _members(path: Path) -> Iterable[tuple[str, bytes]]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            yield from ((info.filename, wheel.read(info)) for info in wheel.infolist())
        return
    with tarfile.open(path) as sdist:
        for info in sdist:
            file = sdist.extractfile(info)
            yield info.name, file.read() if file is not None else b""


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """Build, compare, and print the digests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to", type=Path, help="folder the files are put into")
    parser.add_argument("commit", nargs="?", default="HEAD", help="what is built")
    parser.add_argument("--against", type=Path, nargs="*", default=(), help="published files")
    options = parser.parse_args()
    try:
        made = reproduce(sources(options.commit), options.to)
        for published in options.against:
            hold_against(options.to / published.name, published)
    except DifferentError as error:
        print(error, file=sys.stderr)
        return 1
    for path in made:
        print(f"{digest(path)}  {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
