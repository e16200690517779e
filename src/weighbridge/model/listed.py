"""What is asked of lists of releases and topics, where there is no index to ask."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class ListsTopics:
    """Answers with a page of the index by going through all of it."""

    def topics(self) -> Iterator[tuple[str, int]]:
        """List (topic, index) of the whole index, sorted."""
        raise NotImplementedError

    def topics_after(self, after: tuple[str, int] | None, limit: int) -> list[tuple[str, int]]:
        """List a page of the index, sorted."""
        behind = (row for row in self.topics() if after is None or row > after)
        return list(islice(behind, max(limit, 0)))


class ListsReleases:
    """Answers questions about releases by going through all of them."""

    def releases(self) -> list[tuple[str, str, str]]:
        """List (name, version, digest) of every release, in the order of their names."""
        raise NotImplementedError

    def versions(self, name: str) -> list[tuple[str, str]]:
        """List (version, digest) of every release of a name, sorted."""
        return [one[1:] for one in self.releases() if one[0] == name]

    def names_of(self, digest: str) -> list[tuple[str, str]]:
        """List every (name, version) a release digest is bound to, sorted."""
        return [one[:2] for one in self.releases() if one[2] == digest]

    def releases_after(
        self, after: tuple[str, str] | None, limit: int, *, containing: str = ""
    ) -> list[tuple[str, str, str]]:
        """List a page of (name, version, digest), in the order of their names."""
        behind = (one for one in self.releases() if after is None or one[:2] > after)
        return [one for one in behind if containing in one[0]][: max(limit, 0)]
