"""What a package index said of projects and files when their lock was made (PEP 592, PEP 792)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES: Final = ("active", "archived", "deprecated", "quarantined")
"""What can be said of a project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedVersion:
    """One version of a project on the index.

    Attributes:
        files: How many files it has.
        yanked: Names of those that were yanked, and why; the reason may be empty.
        digests: SHA-256 of its files by name, hexadecimal, as far as the index says it.
    """

    files: int
    yanked: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_yanked(self) -> bool:
        """Whether all of its files are."""
        return bool(self.files) and len(self.yanked) == self.files


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedProject:
    """One project.

    Attributes:
        name: Normalised name (PEP 503).
        status: One of `STATUSES`.
        reason: Why, or empty.
        versions: Its versions, as PEP 440 writes them.
    """

    name: str
    status: str = "active"
    reason: str = ""
    versions: Mapping[str, IndexedVersion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    """What the index said.

    Attributes:
        captured: Day it was asked.
        digest: Digest of the canonical JSON of all this.
        projects: By normalised name.
    """

    captured: str
    digest: str
    projects: Mapping[str, IndexedProject]

    def find(self, name: str, version: str) -> IndexedVersion | None:
        """Find a version of a project; the index writes it as PEP 440 does, no local part.

        Args:
            name: Normalised name.
            version: The version, as a lock writes it.

        Returns:
            The version, or None if the index was not asked about it.
        """
        project = self.projects.get(name)
        try:
            return project.versions.get(Version(version).public) if project else None
        except InvalidVersion:
            return None
