"""uv.lock, version 1.

Follows dependencies only to tell the default set from extras and groups. A project that is
never installed itself (`virtual`), and the one the lock stands beside, are not pins.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name, is_normalized_name
from packaging.version import InvalidVersion, Version

from weighbridge.codec.address import without_credentials
from weighbridge.codec.locks.files import file_name, written
from weighbridge.codec.locks.groups import Ask, Node, groups_of
from weighbridge.codec.locks.interface import LIMITS, excerpt, holds
from weighbridge.codec.locks.tables import Table, packages, read_document
from weighbridge.model.lock import Edge, Lock, LockedFile, Pin

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOURCES = {
    "registry": "index",
    "git": "git",
    "url": "url",
    "path": "path",
    "directory": "path",
    "editable": "editable",
    "virtual": "project",
}
_SUBDIRECTORY = re.compile(r"(?:^|&)subdirectory=([^&]*)")


def read(text: str, file: str) -> Lock:
    """Read a uv.lock.

    Raises:
        LockSyntaxError: It is not a uv.lock of version 1.
    """
    document = read_document(text, file)
    if document.take("version", int) != 1:
        seen = excerpt(str(document.values.get("version")))
        raise document.error(f"version is {seen}, this version reads uv.lock 1")
    requires = document.take("requires-python", str) or ""
    try:
        SpecifierSet(requires)
    except InvalidSpecifier as error:
        raise document.error("requires-python is not a specifier") from error
    members = frozenset(document.table("manifest").texts("members"))
    entries = packages(document, "package", text)
    groups = groups_of([_node(entry, members) for entry in entries])
    pins = [_pin(entry, groups) for entry in entries]
    return Lock(
        format="uv",
        requires_python=requires,
        pins=_installed(pins),
        roots=_roots(entries, pins),
        names_files=True,
        records_edges=True,
    )


def _installed(pins: list[Pin]) -> tuple[Pin, ...]:
    """Leave the projects out, and say of each other package which extras anything asks of it."""
    asked: dict[str, set[str]] = defaultdict(set)
    for edge in (edge for pin in pins for edge in pin.edges):
        asked[edge.name].update(edge.extras)
    projects = {pin.name for pin in pins if pin.source == "project"}
    return tuple(
        replace(
            pin,
            extras=tuple(sorted(asked[pin.name])),
            edges=tuple(edge for edge in pin.edges if edge.name not in projects),
        )
        for pin in pins
        if pin.source != "project"
    )


def _pin(entry: Table, groups: Mapping[str, tuple[str, ...]]) -> Pin:
    """Make the pin of a package."""
    name = _name(entry)
    version = _version(entry)
    source, reference = _origin(entry)
    sdist = entry.table("sdist")
    files = [sdist] * bool(sdist.values) + entry.tables("wheels")
    hashes = [file.take("hash", str) or "" for file in files]
    return Pin(
        name=name,
        version=version,
        specifier="" if version is None else f"=={version}",
        hashes=tuple(dict.fromkeys(item.lower() for item in hashes if item)),
        hashed=bool(files) and all(holds((item,)) for item in hashes),
        source=source,
        reference=without_credentials(reference),
        marker=_marker(entry),
        line=entry.line,
        groups=groups.get(name, ()),
        index=without_credentials(_index(entry)),
        files=tuple(_file(file) for file in files),
        edges=_recorded(entry),
    )


def _name(table: Table) -> str:
    """Take the name of a package or dependency."""
    name = table.take("name", str) or ""
    if not is_normalized_name(name):
        raise table.error(f"{excerpt(name)} is not a normalised name")
    return canonicalize_name(name)


def _version(entry: Table) -> str | None:
    """Take the version of a package; one whose version its own build tells has none."""
    version = entry.take("version", str)
    try:
        return None if version is None else str(Version(version))
    except InvalidVersion as error:
        raise entry.error(f"{excerpt(str(version))} is not a version") from error


def _origin(entry: Table) -> tuple[str, str]:
    """Tell where a package comes from, and its address there; git ones end in `@commit`."""
    table = entry.table("source")
    kinds = sorted(_SOURCES.keys() & table.values.keys())
    if len(kinds) != 1:
        raise entry.error("source does not name one place")
    address = table.take(kinds[0], str) or ""
    source = _SOURCES[kinds[0]]
    if source == "git":
        return source, _git_reference(address)
    if source == "editable" and address == ".":
        return "project", address
    return source, "" if source == "index" else address


def _index(entry: Table) -> str:
    """Return the address of the index an entry comes from, or nothing."""
    return entry.table("source").take("registry", str) or ""


def _file(table: Table) -> LockedFile:
    """Read one file an entry admits."""
    place = without_credentials(table.take("url", str) or "") or table.take("path", str) or ""
    digest = table.take("hash", str)
    uploaded = table.take("upload-time", str) or ""
    try:
        time = written(datetime.fromisoformat(uploaded)) if uploaded else ""
    except ValueError as error:
        raise table.error(f"upload-time {excerpt(uploaded)} is no time") from error
    return LockedFile(
        name=table.take("filename", str) or file_name(place),
        hashes=(digest.lower(),) if digest else (),
        size=table.take("size", int),
        uploaded=time,
        url=place,
    )


def _recorded(entry: Table) -> tuple[Edge, ...]:
    """List what an entry depends on: always, by an extra of its own, or in a group."""
    tables = list(entry.tables("dependencies"))
    for key in ("optional-dependencies", "dev-dependencies"):
        tables += [
            one
            for group in sorted(entry.table(key).values)
            for one in entry.table(key).tables(group)
        ]
    found = (
        Edge(
            name=_name(one),
            version=one.take("version", str) or "",
            extras=tuple(sorted(one.texts("extra"))),
            marker=one.take("marker", str) or "",
        )
        for one in tables
    )
    return tuple(dict.fromkeys(found))


def _roots(entries: list[Table], pins: list[Pin]) -> tuple[str, ...]:
    """List what the projects of the lock themselves depend on."""
    projects = {pin.name for pin in pins if pin.source == "project"}
    edges = (
        edge.name
        for entry, pin in zip(entries, pins, strict=True)
        if pin.source == "project"
        for edge in _recorded(entry)
    )
    return tuple(sorted(set(edges) - projects))


def _git_reference(address: str) -> str:
    """Write `URL?subdirectory=DIR#COMMIT` as pip does: `git+URL@COMMIT#subdirectory=DIR`."""
    place, _, commit = address.partition("#")
    place, _, query = place.partition("?")
    subdirectory = _SUBDIRECTORY.search(query)
    fragment = f"#subdirectory={subdirectory[1]}" if subdirectory else ""
    return f"git+{place}@{commit}{fragment}" if commit else f"git+{place}{fragment}"


def _marker(entry: Table) -> str:
    """Join the markers of the forks of the resolution that a package belongs to."""
    markers = entry.texts("resolution-markers")
    try:
        written = [str(Marker(marker)) for marker in markers]
    except (InvalidMarker, RecursionError) as error:
        raise entry.error("resolution-markers holds what is not a marker") from error
    return written[0] if len(written) == 1 else " or ".join(f"({one})" for one in written)


def _node(entry: Table, members: frozenset[str]) -> Node:
    """Read what a package depends on."""
    name = _name(entry)
    source = entry.table("source").values
    at_root = "." in (source.get("virtual"), source.get("editable"))
    return Node(
        name=name,
        edges=_edges(entry, "dependencies"),
        extras=_edge_tables(entry, "optional-dependencies"),
        groups=_edge_tables(entry, "dev-dependencies"),
        is_project=at_root or name in members,
    )


def _edges(table: Table, key: str) -> tuple[Ask, ...]:
    """Read an array of dependencies."""
    return tuple(
        (_name(dependency), frozenset(dependency.texts("extra")))
        for dependency in table.tables(key)
    )


def _edge_tables(entry: Table, key: str) -> dict[str, tuple[Ask, ...]]:
    """Read a table of arrays of dependencies, one a group."""
    table = entry.table(key)
    if len(table.values) > LIMITS.groups:
        raise entry.error(f"{key} has more than {LIMITS.groups} members")
    return {group: _edges(table, group) for group in sorted(table.values)}
