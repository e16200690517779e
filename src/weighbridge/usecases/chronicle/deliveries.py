"""How far the newest delivery of each name has come, and which release gets requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.delivery import Phase
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from weighbridge.usecases.chronicle.entry import Entry, Place

_TAKEN_OUT = frozenset({Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.FAILED})


@dataclass(slots=True)
class Delivered:
    """The delivery that began last somewhere.

    Attributes:
        entry: The entry that began it.
        release: Digest of the release.
        version: Its version.
        previous: Digest of the release it takes the place of, or empty.
        phase: Where it stands.
        time: Since when.
    """

    entry: int
    release: str
    version: str
    previous: str
    phase: Phase
    time: str

    @property
    def serving(self) -> str:
        """Digest of the release that gets requests once nothing changes; empty for none."""
        if self.phase is Phase.STOPPED:
            return ""
        return self.previous if self.phase in _TAKEN_OUT else self.release


class Deliveries:
    """Folds deliveries of what was promoted; sandboxes are nobody's business.

    Attributes:
        newest: The newest of each place.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.newest: dict[Place, Delivered] = {}

    def take(self, entry: Entry) -> None:
        """Take an entry that begins a delivery, or moves it on."""
        body = entry.body
        if entry.kind == Kind.DELIVERY_STARTED:
            if body.get("unpromoted") is not True:
                self.newest[entry.place] = Delivered(
                    entry=entry.number,
                    release=body["release"],
                    version=body["version"],
                    previous=body.get("previous") or "",
                    phase=Phase.PREPARING,
                    time=entry.time,
                )
            return
        known = self.newest.get(entry.place)
        if known is not None and known.entry == body["delivery"]:
            known.phase, known.time = Phase(body["phase"]), entry.time
