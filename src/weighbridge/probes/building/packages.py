"""The Python packages of a build's interpreter, and which of the files it read are theirs."""

from __future__ import annotations

import csv
import hashlib
import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.model.build_record import PythonPackage
from weighbridge.probes.python.metadata import read_distribution
from weighbridge.probes.small_files import read_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_INFO: Final = ".dist-info"
_LONGEST: Final = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A package, and the whole paths of the files its RECORD lists.

    Attributes:
        package: What is known of it.
        files: Its files.
        folder: Its dist-info folder, whose files are its own whether listed or not.
    """

    package: PythonPackage
    files: frozenset[str]
    folder: str


def installed_in(libraries: Iterable[str]) -> tuple[Installed, ...]:
    """List the packages of some folders for packages that have a RECORD or METADATA.

    Args:
        libraries: Whole paths, links followed.
    """
    found = [one for library in libraries for one in _in_library(library)]
    return tuple(sorted(found, key=lambda one: (one.package.name, one.package.version)))


def _in_library(library: str) -> Iterator[Installed]:
    try:
        names = sorted(name for name in os.listdir(library) if name.endswith(_INFO))  # noqa: PTH208 - strings
    except OSError:
        return
    for name in names:
        folder = f"{library}/{name}"
        said = read_distribution(Path(folder, "METADATA"))
        if said is None:
            continue
        record = read_start(Path(folder, "RECORD"), _LONGEST)
        digest = "" if record is None else f"sha256:{hashlib.sha256(record).hexdigest()}"
        yield Installed(
            package=PythonPackage(name=said.name, version=said.version, record=digest),
            files=frozenset(_listed(record or b"", library)),
            folder=folder,
        )


def _listed(record: bytes, library: str) -> Iterator[str]:
    try:
        for row in csv.reader(record.decode("utf-8", "surrogateescape").splitlines()):
            if row:
                plain = not row[0].startswith((".", "/"))
                path = f"{library}/{row[0]}"
                yield path if plain else posixpath.normpath(posixpath.join(library, row[0]))
    except csv.Error:
        return


def owned_by(installed: Iterable[Installed]) -> Mapping[str, PythonPackage]:
    """Name the package of every listed file."""
    return {path: one.package for one in installed for path in one.files}
