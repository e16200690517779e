"""Advisories: what is known to be wrong with versions of packages, as OSV records have it.

Open Source Vulnerability format, schema 1.7: https://ossf.github.io/osv-schema/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Level(StrEnum):
    """How bad it is; `unknown` is a level of its own, and not the lowest."""

    UNKNOWN = "unknown"
    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRange:
    """One range of versions: what happened, in the order of the record.

    Attributes:
        kind: `ECOSYSTEM`, `SEMVER` or `GIT`.
        events: (`introduced`, `fixed`, `last_affected` or `limit`; version).
        repo: Address of the repository, for `GIT`.
    """

    kind: str
    events: tuple[tuple[str, str], ...]
    repo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A package and its versions that are affected.

    Attributes:
        ecosystem: Whose package: `PyPI`, `Debian:12` …
        package: Its name, normalised where the ecosystem has a normal form.
        versions: Versions that are listed.
        ranges: Ranges of versions.
    """

    ecosystem: str
    package: str
    versions: tuple[str, ...] = ()
    ranges: tuple[VersionRange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One record.

    Attributes:
        id: Its id: `PYSEC-…`, `GHSA-…`, `MAL-…`, `CVE-…`.
        aliases: Other ids of the same flaw, sorted.
        summary: One line, or empty.
        published: When it was published (RFC 3339), or empty.
        modified: When it was last changed (RFC 3339).
        withdrawn: When it was withdrawn, or empty.
        level: How bad it is.
        score: Its CVSS score in tenths, 0 to 100, or None if no vector is given or readable.
        vectors: CVSS vectors as written.
        affected: What is affected.
    """

    id: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    published: str = ""
    modified: str = ""
    withdrawn: str = ""
    level: Level = Level.UNKNOWN
    score: int | None = None
    vectors: tuple[str, ...] = ()
    affected: tuple[Affected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryData:
    """Which advisories a verdict rests on.

    Attributes:
        digest: `sha256:` and 64 hexadecimal digits over the records, whatever file they came in.
        records: How many there are.
        newest: When the newest of them was changed (RFC 3339, UTC).
        sources: What they were compiled from, for people.
    """

    digest: str
    records: int
    newest: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryFacts:
    """The advisories about what a release depends on.

    Attributes:
        data: The data they are from.
        about: Records that name a package, by its name, withdrawn ones included.
    """

    data: AdvisoryData
    about: Mapping[str, tuple[Advisory, ...]] = field(default_factory=dict)
