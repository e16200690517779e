"""Who asked for a release to be let in somewhere, was not heeded, and waits still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.model.decision import GateVerdict
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.usecases.chronicle.entry import Entry, Place


@dataclass(slots=True)
class Request:
    """A release that was asked for, and not let in.

    Attributes:
        entry: The newest entry in which it was asked for.
        time: When that was.
        first: When it was asked for first.
        release: Its digest.
        version: Its version.
        person: Who asked last.
        verdict: What the gate said then.
        rejected: Whether somebody rejected it since, and nobody lifted that.
    """

    entry: int
    time: str
    first: str
    release: str
    version: str
    person: str
    verdict: str
    rejected: bool = False


class Requests:
    """Folds requests: open until the release, or another of its name, is let in there."""

    def __init__(self) -> None:
        """Begin with none."""
        self._asked: dict[Place, dict[str, Request]] = {}

    def take(self, entry: Entry) -> None:
        """Take an entry of a promotion, or of something said."""
        body = entry.body
        if entry.kind == Kind.PROMOTION_DONE:
            self._asked.pop(entry.place, None)
        elif entry.kind == Kind.PROMOTION_BLOCKED and body["verdict"] != GateVerdict.ALLOWED:
            self._ask(entry)
        elif entry.kind == Kind.ACT_SAID and body["act"] in {Act.REJECT, Act.LIFT_REJECTION}:
            asked = self._asked.get(entry.place, {}).get(body["release"])
            if asked is not None:
                asked.rejected = body["act"] == Act.REJECT

    def _ask(self, entry: Entry) -> None:
        body, asked = entry.body, self._asked.setdefault(entry.place, {})
        before = asked.pop(body["release"], None)
        asked[body["release"]] = Request(
            entry=entry.number,
            time=entry.time,
            first=entry.time if before is None else before.first,
            release=body["release"],
            version=body["version"],
            person=body["person"],
            verdict=body["verdict"],
            rejected=before is not None and before.rejected,
        )

    def of(self, place: Place, release: str) -> Request | None:
        """Return the request for a release; None if it is not asked for."""
        return self._asked.get(place, {}).get(release)

    def open_at(self, place: Place) -> Request | None:
        """Return the newest request somewhere that nobody rejected; None if there is none."""
        asked = self._asked.get(place, {}).values()
        return next((one for one in reversed(asked) if not one.rejected), None)

    def all(self) -> Iterator[tuple[Place, Request]]:
        """List the newest open request of each place."""
        for place in self._asked:
            if (one := self.open_at(place)) is not None:
                yield place, one
