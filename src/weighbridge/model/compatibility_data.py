"""What goes with what: rows of dated facts about versions, with a small language for ranges.

A range is comparisons joined by `,` (all hold), alternatives joined by `||`; none is any version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final

from packaging.ranges import VersionRange
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from weighbridge.model.coverage import Fit
from weighbridge.model.dated import Dated, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)")


class Kind(StrEnum):
    """What a row is about.

    Its `versions` are those of the subject, and what it `admits` are versions of the other: the
    driver, the toolkit, Python, the operator set. Exceptions: of `runtime-kubernetes` it is the
    versions of Kubernetes that choose the row, and the runtime's that are admitted; of
    `kubernetes-skew` what is admitted is how many minor releases older a component may be.
    """

    DRIVER = "driver-toolkit"
    DRIVER_MINOR = "driver-toolkit-minor"
    CAPABILITY = "toolkit-capability"
    PYTHON = "framework-python"
    OPSET = "onnx-opset"
    IR = "onnx-ir"
    RUNTIME = "runtime-kubernetes"
    API = "kubernetes-api"
    SKEW = "kubernetes-skew"
    GLIBC = "distribution-glibc"
    LIBSTDCXX = "distribution-libstdcxx"
    MUSL = "distribution-musl"


UNDECIDED: Final = (Fit.UNKNOWN, Fit.IF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Dated):
    """One fact: which versions of something go with which versions of something else.

    Attributes:
        kind: One of `Kind`.
        subject: What it is about: `cuda`, `torch`, `containerd`, a compute capability, `debian`.
        versions: Range of versions of the subject it speaks of.
        platform: Where: `linux`, `windows`, `linux-aarch64`; empty for everywhere.
        admits: Range of what goes with them.
        inside: How what lies in that range fits: `yes` or `if`.
        outside: How what does not lie in it fits: `no`, `if` or `unknown`.
        condition: Of an `if`, the condition, one clause.
        instead: What to take instead, one clause, or empty.
    """

    kind: str
    subject: str
    versions: str = ""
    platform: str = ""
    admits: str
    inside: str = "yes"
    outside: str = "no"
    condition: str = ""
    instead: str = ""

    def speaks_of(self, version: str) -> bool:
        """Whether it is about a version of its subject."""
        return within(version, self.versions)

    def fit(self, other: str, now: str) -> Fit:
        """Say how a version of what goes with the subject fits, at a time.

        A row that is no longer believed decides nothing, nor does a version that cannot be read;
        one of low confidence never says yes.
        """
        if not self.holds(now) or number(other) is None:
            return Fit.UNKNOWN
        found = Fit(self.inside if within(other, self.admits) else self.outside)
        return Fit.UNKNOWN if self.confidence == "low" and found is not Fit.NO else found

    def faults(self) -> list[str]:
        """Say what is wrong with it by itself."""
        found = Dated.faults(self)
        if self.kind not in set(Kind):
            found.append(f"{self.id}: there is no kind {self.kind}")
        for text in (self.versions, self.admits):
            if not is_range(text):
                found.append(f"{self.id}: the range {text} admits nothing, or cannot be read")
        if self.inside not in (Fit.YES, Fit.IF) or self.outside not in (Fit.NO, *UNDECIDED):
            found.append(f"{self.id}: its verdicts are {self.inside} and {self.outside}")
        if Fit.IF in (self.inside, self.outside) and not self.condition:
            found.append(f"{self.id}: it says if, and not on what condition")
        return found


@dataclass(frozen=True, kw_only=True)
class CompatibilityData(Table[Row]):
    """The rows, with a version and a digest."""

    row = Row

    @cached_property
    def _by_subject(self) -> dict[tuple[str, str], tuple[Row, ...]]:
        found: dict[tuple[str, str], tuple[Row, ...]] = {}
        for row in self.rows:
            key = (row.kind, row.subject)
            found[key] = (*found.get(key, ()), row)
        return found

    def about(self, kind: Kind, subject: str) -> tuple[Row, ...]:
        """List the rows of a kind about a subject."""
        return self._by_subject.get((kind, subject), ())

    def subjects(self, kind: Kind) -> list[str]:
        """List the subjects there are rows of a kind about."""
        return [subject for known, subject in self._by_subject if known == kind]

    def faults(self) -> list[str]:
        """Say what is wrong: of single rows, of rows that contradict others, of falling floors."""
        found = Table.faults(self)
        if not found:  # ranges that cannot be read cannot be compared
            found.extend(self._contradictions())
            found.extend(self._falling())
        return found

    def _contradictions(self) -> Iterator[str]:
        """Find rows of which one excludes whatever the other admits."""
        for rows in self._by_subject.values():
            for one, other in combinations(rows, 2):
                alike = one.platform == other.platform and _meet(one.versions, other.versions)
                if alike and not _meet(one.admits, other.admits):
                    yield f"{one.id} and {other.id} contradict each other"

    def _falling(self) -> Iterator[str]:
        """Find toolkits that make do with an older driver than an older toolkit needs."""
        for platform in ("linux", "windows"):
            floors = [
                (lowest(row.versions), lowest(row.admits), row.id)
                for row in self.about(Kind.DRIVER, "cuda")
                if row.platform == platform
            ]
            ordered = sorted(floors)
            for (_, floor, before), (_, then, after) in pairwise(ordered):
                if then < floor:
                    yield f"{after}: its driver is older than that of {before}"


def number(text: str) -> Version | None:
    """Read the version a text begins with: `v1.33.2-eks-1` is 1.33.2; None if there is none."""
    try:
        return Version(Version(text).public)
    except InvalidVersion:
        found = _NUMBER.match(text)
        return Version(found[1]) if found else None


@lru_cache(maxsize=1024)
def _sets(text: str) -> tuple[SpecifierSet, ...]:
    return tuple(SpecifierSet(part.strip()) for part in text.split("||"))


@lru_cache(maxsize=1024)
def span(text: str) -> VersionRange:
    """Return the versions a range admits.

    Raises:
        InvalidSpecifier: It is no range.
    """
    whole = VersionRange.empty()
    for part in _sets(text):
        whole |= part.to_range()
    return whole


def within(version: str, text: str) -> bool:
    """Whether a version lies in a range; one that cannot be read lies in none but that of all."""
    found = number(version)
    if found is None:
        return not text
    return any(part.contains(found, prereleases=True) for part in _sets(text))


def may_be_within(version: str, text: str) -> bool:
    """Whether some patch of a version lies in a range: `1.7` may be 1.7.28."""
    found = number(version)
    return found is not None and _meet(f"=={found}.*", text)


def is_range(text: str) -> bool:
    """Whether a text is a range that admits something."""
    try:
        return not span(text).is_empty
    except InvalidSpecifier:
        return False


def lowest(text: str) -> Version:
    """Return the lowest version a range names, for ranges with a floor."""
    return min(Version(part.version.removesuffix(".*")) for one in _sets(text) for part in one)


def _meet(one: str, other: str) -> bool:
    return not (span(one) & span(other)).is_empty
