"""pylock.toml (PEP 751), validated by `packaging.pylock`.

Differs from it in one point: a file without hashes is not refused but reported as not hashed,
since that is a finding about the lock (DEP002) and no reason to be blind to the rest of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from packaging.pylock import Package, Pylock, PylockValidationError
from packaging.utils import canonicalize_name

from weighbridge.codec.address import without_credentials
from weighbridge.codec.locks.files import file_name, written
from weighbridge.codec.locks.interface import excerpt, holds
from weighbridge.codec.locks.tables import packages, read_document
from weighbridge.codec.markers import BASE, can_hold
from weighbridge.model.lock import Edge, Lock, LockedFile, Pin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.pylock import PackageArchive, PackageSdist, PackageWheel

_VERSIONS = frozenset({"1", "1.0"})
_INDEX = re.compile(r"packages\[(\d+)\]")
_GROUP = re.compile(
    r"""["']([^"']+)["'] in (?:extras|dependency_groups)\b|\bextra == ["']([^"']+)["']"""
)
_NO_HASH = {"none": ""}


def read(text: str, file: str) -> Lock:
    """Read a pylock.toml.

    Raises:
        LockSyntaxError: It does not follow PEP 751, or follows a later version of it.
    """
    document = read_document(text, file)
    tables = packages(document, "packages", text)
    version = document.take("lock-version", str)
    if version not in _VERSIONS:
        raise document.error(f"lock-version is {excerpt(str(version))}, this version reads '1.0'")
    tolerant = [_tolerating_no_hash(table.values) for table in tables]
    try:
        lock = Pylock.from_dict({**document.values, "packages": tolerant})
    except PylockValidationError as error:
        found = _INDEX.search(error.context or "")
        place = tables[int(found[1])] if found else document
        raise place.error(f"does not follow PEP 751: {excerpt(str(error))}") from error
    pins = [
        _pin(package, line=table.line, default_groups=frozenset(lock.default_groups or ()))
        for package, table in zip(lock.packages, tables, strict=True)
    ]
    return Lock(
        format="pylock",
        requires_python=str(lock.requires_python or ""),
        pins=tuple(pins),
        names_files=True,
        records_edges=any(pin.edges for pin in pins),
        default_groups=tuple(sorted(lock.default_groups or ())),
    )


def _tolerating_no_hash(package: dict[str, Any]) -> dict[str, Any]:
    """Put a stand-in where a file of a package has no hashes."""
    copy = dict(package)
    for key in ("sdist", "archive"):
        if isinstance(copy.get(key), dict):
            copy[key] = _with_stand_in(copy[key])
    if isinstance(copy.get("wheels"), list):
        copy["wheels"] = [
            _with_stand_in(wheel) if isinstance(wheel, dict) else wheel for wheel in copy["wheels"]
        ]
    return copy


def _with_stand_in(file: Mapping[str, Any]) -> dict[str, Any]:
    """Put a stand-in for hashes that are absent or empty; wrong ones stay and are refused."""
    absent = file.get("hashes") is None or file["hashes"] == {}
    return {**file, "hashes": _NO_HASH} if absent else dict(file)


def _pin(package: Package, *, line: int, default_groups: frozenset[str]) -> Pin:
    """Make the pin of a package."""
    source, reference = _origin(package)
    files = [_hashes(file) for file in _files(package)]
    marker = str(package.marker or "")
    return Pin(
        name=package.name,
        version=None if package.version is None else str(package.version),
        specifier="" if package.version is None else f"=={package.version}",
        hashes=tuple(dict.fromkeys(item for hashes in files for item in hashes)),
        hashed=bool(files) and all(holds(hashes) for hashes in files),
        source=source,
        reference=without_credentials(reference),
        marker=marker,
        requires_python=None if package.requires_python is None else str(package.requires_python),
        line=line,
        groups=_groups(marker, default_groups),
        index=without_credentials(package.index or ""),
        files=tuple(_locked(file) for file in _files(package)),
        edges=tuple(_edges(package)),
    )


def _files(package: Package) -> Iterator[PackageArchive | PackageSdist | PackageWheel]:
    """List the files an entry admits."""
    if package.archive is not None:
        yield package.archive
    if package.sdist is not None:
        yield package.sdist
    yield from package.wheels or ()


def _hashes(file: PackageArchive | PackageSdist | PackageWheel) -> list[str]:
    """Write the hashes of a file as `algorithm:hex`."""
    if file.hashes is _NO_HASH:
        return []
    return [f"{name}:{value}".lower() for name, value in sorted(file.hashes.items())]


def _locked(file: PackageArchive | PackageSdist | PackageWheel) -> LockedFile:
    """Write down one file an entry admits."""
    place = without_credentials(file.url or "") or (file.path or "")
    return LockedFile(
        name=getattr(file, "name", None) or file_name(place),
        hashes=tuple(_hashes(file)),
        size=file.size,
        uploaded="" if file.upload_time is None else written(file.upload_time),
        url=place,
    )


def _edges(package: Package) -> Iterator[Edge]:
    """List what an entry depends on; each names enough of another entry to tell it."""
    for told in package.dependencies or ():
        if isinstance(told.get("name"), str):
            version = told.get("version")
            yield Edge(
                name=canonicalize_name(told["name"]),
                version=version if isinstance(version, str) else "",
            )


def _origin(package: Package) -> tuple[str, str]:
    """Tell where a package comes from, and its address there; git ones end in `@commit`."""
    if package.vcs is not None:
        place = package.vcs.url or package.vcs.path
        return "git", f"{package.vcs.type}+{place}@{package.vcs.commit_id}"
    if package.directory is not None:
        return ("editable" if package.directory.editable else "path"), package.directory.path
    if package.archive is not None:
        url = package.archive.url
        return ("url", url) if url else ("path", package.archive.path or "")
    return "index", ""


def _groups(marker: str, default_groups: frozenset[str]) -> tuple[str, ...]:
    """Name the groups and extras that bring an entry in; none where it comes without any."""
    unasked = {**BASE, "dependency_groups": default_groups}
    if can_hold(marker, unasked):
        return ()
    named = dict.fromkeys(one or other for one, other in _GROUP.findall(marker))
    return tuple(name for name in named if name not in default_groups)
