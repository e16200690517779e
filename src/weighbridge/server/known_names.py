"""The names of all releases, in memory: who looks for a part of one has no table searched.

Names only ever come, each with an entry of the ledger: what was known is known for ever, and what
came since is read from the entries since.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import TYPE_CHECKING

from weighbridge.model.event import BINDING_KINDS, read_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.log_ports import LedgerView


class KnownNames:
    """The names of a registry's releases; several threads may look."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._size = 0
        self._names: list[str] = []
        self._text = "\n"
        """All names in their order, each between two line ends, which none has."""

    def releases(
        self, view: LedgerView, part: str, after: tuple[str, str] | None
    ) -> Iterator[tuple[str, str, str]]:
        """List (name, version, digest) of releases whose names contain something, in their order.

        Args:
            view: One moment of the registry, which has a ledger.
            part: What they contain, upper and lower case apart.
            after: The name and version behind which to begin; None for the beginning.
        """
        with self._lock:
            self._take_in(view)
            names, text = self._names, self._text
        first = bisect_left(names, after[0]) if after else 0
        at = text.index(f"\n{names[first]}\n") if first < len(names) else len(text)
        for name in _containing(text, part, at):
            for version, digest in view.versions(name):
                if after is None or (name, version) > after:
                    yield name, version, digest

    def _take_in(self, view: LedgerView) -> None:
        if view.size <= self._size:
            return
        if not self._size:
            names = {name for name, _, _ in view.releases()}
        else:
            events = map(read_event, view.entries(self._size, view.size))
            bound = {str(event.body["name"]) for event in events if event.kind in BINDING_KINDS}
            names = bound | {*self._names} if bound - {*self._names} else set()
        if names:
            self._names = sorted(names)
            self._text = "".join(f"\n{name}" for name in self._names) + "\n"
        self._size = view.size


def _containing(text: str, part: str, at: int) -> Iterator[str]:
    """Find lines that contain something, from a place on."""
    while (at := text.find(part, at)) >= 0:
        end = text.index("\n", at)
        yield text[text.rindex("\n", 0, at) + 1 : end]
        at = end
