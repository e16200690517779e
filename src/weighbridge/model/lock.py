"""What a lock file pins."""

from __future__ import annotations

from dataclasses import dataclass


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
        marker: Environment marker (PEP 508) as written, or empty.
        requires_python: The `requires-python` the lock records for it, or None if none.
        line: Line in the lock file, counted from 1.
        groups: Dependency groups or extras it belongs to; empty for the default set.
    """

    name: str
    version: str | None
    specifier: str = ""
    extras: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    hashed: bool = False
    source: str = "index"
    reference: str = ""
    marker: str = ""
    requires_python: str | None = None
    line: int = 1
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock file, read.

    Attributes:
        format: `pylock`, `requirements`, `uv` or `conda`.
        requires_python: The whole lock's `requires-python`, or empty if it has none.
        pins: Its entries in file order.
    """

    format: str
    requires_python: str = ""
    pins: tuple[Pin, ...] = ()
