"""The names of all releases, and which of each was sealed last."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.usecases.chronicle.timing import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.usecases.chronicle.entry import Entry


@dataclass(slots=True)
class Sealed:
    """The releases of a name.

    Attributes:
        version: Version of the one that was sealed last.
        digest: Its digest.
        time: When.
        versions: Of each version when it was sealed, in seconds of Unix time.
    """

    version: str
    digest: str
    time: str
    versions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """Names in their order; it stays as it is when more come.

    Attributes:
        names: The names.
        text: All of them, each between two line ends, which none has.
    """

    names: list[str]
    text: str

    def containing(self, part: str, start: str = "") -> Iterator[str]:
        """List names that contain something, in their order, from a name on.

        Args:
            part: What they contain, upper and lower case apart; all names contain nothing.
            start: Where to begin: there, or behind it if there is no such name.
        """
        names, first = self.names, bisect_left(self.names, start)
        if not part:
            yield from (names[at] for at in range(first, len(names)))
            return
        if "\n" in part or first == len(names):
            return
        at = self.text.index(f"\n{names[first]}\n")
        while (at := self.text.find(part, at)) >= 0:
            end = self.text.index("\n", at)
            yield self.text[self.text.rindex("\n", 0, at) + 1 : end]
            at = end


class Names:
    """Folds what binds names and versions to releases."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sealed: dict[str, Sealed] = {}
        self._order: Order | None = None
        self._shared: dict[str, str] = {}

    def __len__(self) -> int:
        """Count the names."""
        return len(self._sealed)

    def take(self, entry: Entry) -> None:
        """Take an entry that binds a name."""
        body = entry.body
        name, version, digest = body["name"], body["version"], body["digest"]
        # Versions are called alike in thousands of names: each text is kept once.
        version = self._shared.setdefault(version, version)
        known = self._sealed.get(name)
        if known is None:
            self._sealed[name] = known = Sealed(version, digest, entry.time)
            self._order = None
        known.version, known.digest, known.time = version, digest, entry.time
        known.versions.setdefault(version, seconds(entry.time))

    def newest(self, name: str) -> Sealed | None:
        """Return the releases of a name; None if there are none."""
        return self._sealed.get(name)

    def sealed_at(self, name: str, version: str) -> int | None:
        """Tell when a release was sealed, in seconds of Unix time; None if that is not known."""
        known = self._sealed.get(name)
        return None if known is None else known.versions.get(version)

    def order(self) -> Order:
        """Return all names in their order."""
        if self._order is None:
            names = sorted(self._sealed)
            self._order = Order(names, "".join(f"\n{name}" for name in names) + "\n")
        return self._order
