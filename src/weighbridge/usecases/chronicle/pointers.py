"""Where release names point, and what the gate said last of what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from weighbridge.usecases.chronicle.entry import Entry, Place

MOVES = frozenset({Kind.PROMOTION_DONE.value, Kind.ROLLBACK_DONE.value})


@dataclass(slots=True)
class Present:
    """What a name points to somewhere.

    Attributes:
        release: Digest of the release.
        version: Its version.
        generation: How many moves were made there.
        since: When it came.
        by: Who moved it there.
        verdict: What the gate said of it last, as the ledger has it.
        judged: When that was.
        been: Versions that ever came there, each between two line ends.
    """

    release: str = ""
    version: str = ""
    generation: int = 0
    since: str = ""
    by: str = ""
    verdict: str = ""
    judged: str = ""
    been: str = "\n"


class Pointers:
    """Folds moves, and verdicts on what stands."""

    def __init__(self) -> None:
        """Begin with nothing anywhere."""
        self.present: dict[Place, Present] = {}

    def take(self, entry: Entry) -> None:
        """Take an entry of a move, or of a verdict that changed."""
        body, moved = entry.body, entry.kind in MOVES
        one = self.present.get(entry.place)
        if one is None:
            if not moved:
                raise ValueError("a verdict on what never came")
            self.present[entry.place] = one = Present()
        one.verdict, one.judged = body["verdict"], entry.time
        if moved:
            one.release, one.version = body["release"], body["version"]
            one.generation, one.by = body["generation"], body["person"]
            one.since = entry.time
            if f"\n{one.version}\n" not in one.been:
                one.been += f"{one.version}\n"

    def is_new(self, place: Place, version: str) -> bool:
        """Tell whether a version never came somewhere."""
        one = self.present.get(place)
        return one is None or f"\n{version}\n" not in one.been
