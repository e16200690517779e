"""Where the glass was broken, and nobody has reviewed it yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.model.decision import BREAK_GLASS
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from weighbridge.usecases.chronicle.entry import Entry, Place


@dataclass(slots=True)
class Broken:
    """Glass that somebody broke.

    Attributes:
        entry: The entry in which he did.
        time: When.
        person: Who.
        release: For which release.
        version: Its version.
        movers: Who moved something past the gate there since.
    """

    entry: int
    time: str
    person: str
    release: str
    version: str
    movers: set[str] = field(default_factory=set)


class Glass:
    """Folds broken glass, as `gate.glass.unreviewed` does.

    Attributes:
        broken: Of each place where some is to be reviewed, that glass, oldest first.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.broken: dict[Place, list[Broken]] = {}

    def take(self, entry: Entry) -> None:
        """Take an entry of a promotion, or of something said."""
        body, place = entry.body, entry.place
        if entry.kind != Kind.ACT_SAID:
            if body.get("mode") == BREAK_GLASS:
                for one in self.broken.get(place, ()):
                    one.movers.add(body["person"])
        elif body["act"] == Act.BREAK_GLASS:
            one = Broken(entry.number, entry.time, body["person"], body["release"], body["version"])
            self.broken.setdefault(place, []).append(one)
        elif body["act"] == Act.REVIEW:
            self._review(place, body["release"], body["person"])

    def _review(self, place: Place, release: str, person: str) -> None:
        left = [
            one
            for one in self.broken.get(place, ())
            if one.release != release or person in {one.person, *one.movers}
        ]
        if left:
            self.broken[place] = left
        else:
            self.broken.pop(place, None)
