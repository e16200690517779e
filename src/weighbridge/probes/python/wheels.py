"""Wheels at hand whose digest stands in a lock: what their RECORD says was to be installed.

Such a wheel is the one whoever made the lock meant. It is read as a stranger's file all the same,
and only its RECORD and its entry points are.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

from packaging.utils import InvalidWheelFilename, canonicalize_version, parse_wheel_filename

from weighbridge.formats.wheel_texts import Row, RowError, entry_points, rows
from weighbridge.model.installed import Departure
from weighbridge.probes.names import shown
from weighbridge.probes.open_file import FileSource
from weighbridge.probes.python.claims import BYTECODE, LONGEST
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from weighbridge.model.lock import Lock
    from weighbridge.probes.python.claims import Claims
    from weighbridge.probes.python.installed import Found

_ALGORITHMS: Final = ("sha256", "sha384", "sha512")
_CHUNK: Final = 1 << 20
_LONGEST_NAME: Final = 255
_MADE_BY_INSTALLERS: Final = frozenset(
    {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"}
)
_SIGNATURES: Final = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s"})
_NONE_AT_HAND: Final = "no wheel of it is at hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """What a wheel would install.

    Attributes:
        rows: Rows by the path they are installed to; those of commands without a digest, since
            their first line is written anew.
        commands: Names of commands that are made for its entry points.
    """

    rows: Mapping[str, Row]
    commands: frozenset[str]


class Wheels:
    """The wheels of a folder, as far as a lock names them by their digests."""

    def __init__(self, folder: Path, locks: Iterable[Lock]) -> None:
        """List the wheels; none is read before it is asked for."""
        self._tree = WorkTree(folder, follow=False)
        self._paths: dict[tuple[str, str], list[str]] = {}
        for path in self._tree.files(""):
            name = posixpath.basename(path) if isinstance(path, str) else ""
            if isinstance(path, str) and name.endswith(".whl") and len(name) <= _LONGEST_NAME:
                self._add(path, name)
        self._admitted: dict[str, set[str]] = {}
        for lock in locks:
            for pin in lock.pins:
                self._admitted.setdefault(pin.name, set()).update(pin.hashes)

    def _add(self, path: str, name: str) -> None:
        try:
            project, version, *_ = parse_wheel_filename(name)
        except InvalidWheelFilename:
            return
        self._paths.setdefault((project, canonicalize_version(version)), []).append(path)

    def compare(self, found: Found, *, library: str) -> list[Departure] | str:
        """Hold the RECORD of a distribution against that of the wheel a lock names.

        Args:
            found: The distribution.
            library: Its folder for packages, relative to the root.

        Returns:
            Where they differ, or why there is nothing to compare it with.
        """
        info = found.info
        paths = self._paths.get((info.name, canonicalize_version(info.version)), [])
        why = _NONE_AT_HAND
        best: list[Departure] | None = None
        for path in paths:
            listed = self._read(path, info.name, library)
            if isinstance(listed, str):
                why = listed
                continue
            said = _differences(cast("Claims", found.claims), listed, found.folder)
            if best is None or len(said) < len(best):
                best = said
        return why if best is None else best

    def _read(self, path: str, name: str, library: str) -> _Listed | str:
        admitted = self._admitted.get(name, set())
        source = self._tree.open(path)
        if not isinstance(source, FileSource):
            return f"{shown(path)} cannot be read"
        with source:
            try:
                digests = _digests(source, {one.partition(":")[0] for one in admitted})
                if digests.isdisjoint(admitted):
                    return "the lock names another wheel than the one at hand"
                with zipfile.ZipFile(cast("IO[bytes]", _Seekable(source))) as archive:
                    listed = _listed(archive, library)
            except (
                OSError,
                zipfile.BadZipFile,
                RowError,
                ValueError,
                NotImplementedError,
            ) as error:
                return f"{shown(posixpath.basename(path))} cannot be read: {error}"
            return f"{shown(path)} changed while it was read" if source.changed() else listed


def _digests(source: FileSource, algorithms: set[str]) -> set[str]:
    hashed = {name: hashlib.new(name) for name in _ALGORITHMS if name in algorithms}
    while chunk := source.read(_CHUNK):
        for one in hashed.values():
            one.update(chunk)
    return {f"{name}:{one.hexdigest()}" for name, one in hashed.items()}


def _listed(archive: zipfile.ZipFile, library: str) -> _Listed:
    """Read what a wheel would install.

    Raises:
        RowError: It has no RECORD, or more than one, or one that cannot be read.
    """
    records = [
        name
        for name in archive.namelist()
        if name.endswith(".dist-info/RECORD") and name.count("/") == 1
    ]
    if len(records) != 1:
        raise RowError(f"it has {len(records)} RECORDs")
    folder = posixpath.dirname(records[0])
    texts = {name: _text(archive, f"{folder}/{name}") for name in ("RECORD", "entry_points.txt")}
    root = posixpath.normpath(posixpath.join(library, "../../.."))
    found: dict[str, Row] = {}
    for row in rows(texts["RECORD"]):
        place = _installed_to(row.path, library, root)
        if place is not None:
            bare = Row(path=row.path, algorithm="", digest="", size="")
            found[place] = bare if "/scripts/" in row.path and ".data/" in row.path else row
    commands = {
        line.partition(": ")[2].partition(" = ")[0]
        for line in entry_points(texts["entry_points.txt"])
        if line.startswith(("console_scripts: ", "gui_scripts: "))
    }
    return _Listed(rows=found, commands=frozenset(commands))


def _text(archive: zipfile.ZipFile, name: str) -> str:
    try:
        member = archive.getinfo(name)
    except KeyError:
        return ""
    if member.file_size > LONGEST:
        raise RowError(f"{posixpath.basename(name)} has {member.file_size:,} bytes")
    with archive.open(member) as opened:
        data = opened.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise RowError(f"{posixpath.basename(name)} is too long")
    return data.decode("utf-8")


def _installed_to(path: str, library: str, root: str) -> str | None:
    """Say where a file of a wheel is installed to; None for what no RECORD keeps a digest of."""
    top, _, inside = path.partition("/")
    if path.endswith("/") or (top.endswith(".dist-info") and inside in _SIGNATURES):
        return None
    if not top.endswith(".data"):
        return posixpath.normpath(posixpath.join(library, path))
    scheme, _, rest = inside.partition("/")
    bases = {"purelib": library, "platlib": library, "scripts": f"{root}/bin", "data": root}
    base = bases.get(scheme)
    # Headers go to a folder that each installer names by its own rules.
    return None if base is None else posixpath.normpath(posixpath.join(base, rest))


def _differences(claims: Claims, listed: _Listed, folder: str) -> list[Departure]:
    """List the rows of an installed RECORD that are not those of the wheel."""
    found = [
        _departure(claims, path, seen="no such row", wanted=_written(row))
        for path, row in listed.rows.items()
        if path not in claims.rows
    ]
    for path, claim in claims.rows.items():
        row = listed.rows.get(path)
        if row is None:
            if not _is_made_here(path, folder, listed.commands):
                found.append(_departure(claims, path, seen=claim.wanted, wanted="no such row"))
        elif row.digest and (row.algorithm, row.digest) != (claim.algorithm, claim.digest):
            found.append(_departure(claims, path, seen=claim.wanted, wanted=_written(row)))
    return found


def _is_made_here(path: str, folder: str, commands: frozenset[str]) -> bool:
    """Whether an installer makes a file that is in no wheel."""
    above, name = posixpath.split(path)
    if path.endswith(BYTECODE) and posixpath.basename(above) == "__pycache__":
        return True
    if above == folder:
        return name in _MADE_BY_INSTALLERS
    is_program = posixpath.basename(above) in {"bin", "Scripts"}
    return is_program and name.removesuffix(".exe").removesuffix("-script.py") in commands


def _departure(claims: Claims, path: str, *, seen: str, wanted: str) -> Departure:
    return Departure(
        kind="rewritten",
        path=path,
        distribution=claims.distribution,
        seen=seen,
        wanted=f"{wanted} by the wheel",
    )


def _written(row: Row) -> str:
    return f"{row.algorithm}={shown(row.digest)}" if row.digest else "a row"


class _Seekable(io.RawIOBase):
    """An open file as the standard library's archives read one."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._at, 2: self._source.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        length = max(0, self._source.size - self._at) if size < 0 else size
        data = self._source.read_at(self._at, length)
        self._at += len(data)
        return data
