"""Where findings were waived, or somebody asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.usecases.chronicle.entry import Entry, Place

_GIVEN = frozenset({Act.WAIVE, Act.REQUEST_WAIVER})


@dataclass(slots=True)
class Word:
    """A waiver, or a request for one, as its entry tells it: whether it counts, the gate says.

    Attributes:
        entry: Its entry.
        time: When it was said.
        rule: For findings of which rule.
        release: For which release it was said.
        expires: From when it counts no longer.
        asks: Whether it only asks for a waiver.
        ended: Whether somebody took back waivers of that rule since; perhaps not this one.
    """

    entry: int
    time: str
    rule: str
    release: str
    expires: str
    asks: bool
    ended: bool = False


class Waivers:
    """Folds what was said of waivers.

    Attributes:
        said: Of each place where something was, all of it, oldest first.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.said: dict[Place, list[Word]] = {}

    def take(self, entry: Entry) -> None:
        """Take an entry of something said."""
        body = entry.body
        if body["act"] in _GIVEN:
            asks = body["act"] == Act.REQUEST_WAIVER
            word = Word(
                entry=entry.number,
                time=entry.time,
                rule=body["rule"],
                release=body["release"],
                expires=body["expires"],
                asks=asks,
            )
            self.said.setdefault(entry.place, []).append(word)
        elif body["act"] == Act.WITHDRAW_WAIVER:
            for one in self.said.get(entry.place, ()):
                one.ended = one.ended or one.rule == body["rule"]

    def lapsed(self, place: Place, *, since: str, now: str) -> Iterator[Word]:
        """List waivers with which something came in, that ended while it was there.

        Args:
            place: Where.
            since: When what is there came.
            now: The time.
        """
        newest = {one.rule: one for one in self.said.get(place, ()) if not one.asks}
        for one in newest.values():
            if since and one.time <= since < one.expires <= now and not one.ended:
                yield one
