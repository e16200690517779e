"""What a lock file pins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """One file a lock admits for an entry.

    Attributes:
        name: Its file name, unquoted: `numpy-2.1.0-cp311-cp311-manylinux_2_28_x86_64.whl`.
        hashes: `algorithm:hex`, lower case.
        size: Bytes, or None if the lock does not say.
        uploaded: When it was put on its index (RFC 3339), or empty if the lock does not say.
        url: Where it lies, without credentials; empty if the lock does not say.
    """

    name: str
    hashes: tuple[str, ...] = ()
    size: int | None = None
    uploaded: str = ""
    url: str = ""

    @property
    def is_wheel(self) -> bool:
        """Whether it is installed as it is; anything else has to be built first."""
        return self.name.endswith(".whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A dependency of an entry on another, as a lock records it.

    Attributes:
        name: Normalised name (PEP 503) of what is depended on.
        version: The version of the entry that is meant; empty if there is only one of the name.
        extras: Extras asked for, sorted.
        marker: Environment marker (PEP 508) as written, or empty.
    """

    name: str
    version: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One line or table of a lock.

    Attributes:
        name: Normalised name (PEP 503); for a line that names no package, the line itself.
        version: The exact version, or None if the entry does not fix one.
        specifier: The version specifier as written, such as `>=1.2`.
        extras: Extras asked for, sorted.
        hashes: `algorithm:hex` of every file the entry admits.
        hashed: Whether every file the entry admits has a hash.
        source: `index`, `url`, `git`, `path`, `editable`, or `include` for a line that refers
            to another file.
        reference: Address, path or file for sources other than `index`.
        index: Address of the index it comes from, without credentials; empty if the lock does
            not say.
        marker: Environment marker (PEP 508) as written, or empty.
        requires_python: The `requires-python` the lock records for it, or None if none.
        line: Line in the lock file, counted from 1.
        groups: Dependency groups or extras it belongs to; empty for the default set.
        files: The files it admits, where the lock names them; requirements files do not.
        edges: What it depends on, where the lock records it.
        ecosystem: Whose package it is, as package URLs have it: `pypi`, `conda`. The names of the
            latter are as its channels spell them.
        platform: The one platform the entry is for, in conda's words (`linux-64`, `noarch`);
            empty where markers say what it is for.
    """

    name: str
    version: str | None
    specifier: str = ""
    extras: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    hashed: bool = False
    source: str = "index"
    reference: str = ""
    index: str = ""
    marker: str = ""
    requires_python: str | None = None
    line: int = 1
    groups: tuple[str, ...] = ()
    files: tuple[LockedFile, ...] = ()
    edges: tuple[Edge, ...] = ()
    ecosystem: str = "pypi"
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock file, read.

    Attributes:
        format: `pylock`, `requirements`, `uv` or `conda`.
        requires_python: The whole lock's `requires-python`, or empty if it has none.
        pins: Its entries in file order.
        roots: Names of what was asked for itself; empty if the lock does not say.
        indexes: Addresses of the indexes the lock names for all its entries, without credentials.
        adds_indexes: Whether some of them are asked beside whichever index the installer has, so
            that any of them may answer for any name (`--extra-index-url`, `--find-links`).
        names_files: Whether the format names the files it admits.
        records_edges: Whether the lock records what its entries depend on.
        default_groups: Dependency groups that are installed unless somebody says otherwise.
        credentials: Lines on which an address carries a credential, the first few.
    """

    format: str
    requires_python: str = ""
    pins: tuple[Pin, ...] = ()
    roots: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    adds_indexes: bool = False
    names_files: bool = False
    records_edges: bool = False
    default_groups: tuple[str, ...] = ()
    credentials: tuple[int, ...] = ()
