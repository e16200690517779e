"""Advisories: what is known to be wrong with versions of packages, as OSV records have it.

Open Source Vulnerability format, schema 1.7: https://ossf.github.io/osv-schema/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


ATTACK = "MAL-"
"""How ids of malicious packages begin."""


class Level(StrEnum):
    """How bad it is; `unknown` is a level of its own, and not the lowest."""

    UNKNOWN = "unknown"
    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Weight for comparing what several records say of one flaw: what is known counts."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}
_SCORE = re.compile(r"(?:[0-9]|10)(?:\.[0-9]{1,6})?", re.ASCII)

WORDS = {
    "NONE": Level.NONE,
    "NEGLIGIBLE": Level.LOW,
    "LOW": Level.LOW,
    "MODERATE": Level.MEDIUM,
    "MEDIUM": Level.MEDIUM,
    "HIGH": Level.HIGH,
    "IMPORTANT": Level.HIGH,
    "CRITICAL": Level.CRITICAL,
}
"""The level a word stands for, in capitals, as databases and vendors write it."""


def named_level(word: str) -> Level:
    """Return the level a word or a CVSS score (version 3 or 4) stands for; unknown if none."""
    word = word.strip()
    found = WORDS.get(word.upper())
    if found is not None:
        return found
    score = _SCORE.fullmatch(word)
    return Level.UNKNOWN if score is None else scored_level(_tenths(score), old=False)


def _tenths(score: re.Match[str]) -> int:
    """Return a score in tenths; of a hundredth the next tenth."""
    whole, _, rest = score[0].partition(".")
    return int(whole) * 10 + int((rest + "0")[0]) + (rest[1:].strip("0") != "")


def scored_level(score: int, *, old: bool) -> Level:
    """Return the level of a score in tenths: NVD's bands for version 2, FIRST's since."""
    if score == 0 and not old:
        return Level.NONE
    steps = ((40, Level.LOW), (70, Level.MEDIUM), (90, Level.HIGH))
    found = next((level for below, level in steps if score < below), Level.CRITICAL)
    return Level.HIGH if old and found is Level.CRITICAL else found


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
        fetched: When that was (RFC 3339, UTC), or empty if nobody told.
        unread: How many records there were that nobody could read.
    """

    digest: str
    records: int
    newest: str
    sources: tuple[str, ...] = ()
    fetched: str = ""
    unread: int = 0

    @property
    def name(self) -> str:
        """What reports call the data."""
        return f"advisories@{self.newest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryFacts:
    """The advisories about what a release depends on.

    Attributes:
        data: The data they are from.
        about: Records that name a package, by its name, withdrawn ones included.
    """

    data: AdvisoryData
    about: Mapping[str, tuple[Advisory, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadRecord:
    """Something among the records that is none, or not one that can be believed.

    Attributes:
        source: What it was in.
        name: Its file there.
        reason: What is wrong with it, one clause.
    """

    source: str
    name: str
    reason: str


class Hit(StrEnum):
    """Whether a version is affected; what cannot be decided is never a no."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


class Bearing(StrEnum):
    """How flaws bear on an entry of a lock."""

    AFFECTED = "affected"
    UNDECIDED = "undecided"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """An entry of a lock, and one flaw that all records of its ids speak of.

    Attributes:
        bearing: Whether it is affected, or may be, or a record was withdrawn that says so.
        package: Its name.
        version: Its version; empty if the lock fixes none.
        id: The flaw's id; empty if it is the entry that says too little.
        aliases: Its other ids, sorted.
        level: How bad it is by the worst of its records.
        score: Its highest CVSS score in tenths, or None.
        summary: One line, or empty.
        fixed_in: Versions above that no record speaks against, the nearest first.
        matched: The public version by which it was found, if the entry has a local one.
        why: Of what could not be decided: why.
        line: Line of the entry in its lock.
        hashes: Hashes of the files the entry admits.
    """

    bearing: Bearing
    package: str
    version: str
    id: str
    aliases: tuple[str, ...] = ()
    level: Level = Level.UNKNOWN
    score: int | None = None
    summary: str = ""
    fixed_in: tuple[str, ...] = ()
    matched: str = ""
    why: str = ""
    line: int = 1
    hashes: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All its ids."""
        return (self.id, *self.aliases)

    @property
    def is_malicious(self) -> bool:
        """Whether the package itself is the attack."""
        return any(one.startswith(ATTACK) for one in self.ids)
