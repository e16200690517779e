"""All that the chronicle tells: every fold, and which entries each of them takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from weighbridge.model.errors import LedgerError
from weighbridge.model.event import Kind
from weighbridge.usecases.chronicle.attention import Alarm, alarms
from weighbridge.usecases.chronicle.control import Control
from weighbridge.usecases.chronicle.deliveries import Deliveries
from weighbridge.usecases.chronicle.entry import NOWHERE, Entry, Place
from weighbridge.usecases.chronicle.glass import Glass
from weighbridge.usecases.chronicle.holds import Holds
from weighbridge.usecases.chronicle.names import Names
from weighbridge.usecases.chronicle.pointers import Pointers
from weighbridge.usecases.chronicle.requests import Requests
from weighbridge.usecases.chronicle.waivers import Waivers
from weighbridge.usecases.chronicle.weeks import Weeks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Fold = Callable[[Entry], None]

_KINDS: Final = frozenset(kind.value for kind in Kind)
_PLACED: Final = frozenset(
    kind
    for kind in _KINDS
    if kind.startswith(("promotion.", "rollback.", "act.", "verdict.", "delivery."))
)
"""Kinds that are about releases of a name in an environment."""
_DEEP: Final = "weighbridge log verify --deep"


class Told:
    """What the entries of a ledger come to; who looks holds the chronicle meanwhile.

    Attributes:
        size: How many entries were taken.
        time: Time of the last of them; empty if there is none.
        alarming: Places that stand out, by name and environment, each with the reasons.
    """

    def __init__(self) -> None:
        """Begin before entry 0."""
        self.size = 0
        self.time = ""
        self.names = Names()
        self.pointers = Pointers()
        self.requests = Requests()
        self.holds = Holds()
        self.glass = Glass()
        self.deliveries = Deliveries()
        self.waivers = Waivers()
        self.control = Control()
        self.weeks = Weeks(names=self.names, pointers=self.pointers, requests=self.requests)
        self.alarming: dict[str, dict[str, frozenset[Alarm]]] = {}
        self._folds = self._routes()

    def _routes(self) -> Mapping[str, tuple[Fold, ...]]:
        """Say which fold takes which entries; weeks are counted before what they look at moves."""
        names, control, deliveries = self.names.take, self.control.take, self.deliveries.take
        weeks, pointers, requests = self.weeks.take, self.pointers.take, self.requests.take
        holds, glass, waivers = self.holds.take, self.glass.take, self.waivers.take
        return {
            Kind.RELEASE_ADOPTED: (names,),
            Kind.RELEASE_SEALED: (names,),
            Kind.CONTROL_PROPOSED: (control,),
            Kind.CONTROL_APPLIED: (control,),
            Kind.PROMOTION_DONE: (weeks, pointers, requests, glass),
            Kind.PROMOTION_BLOCKED: (weeks, requests, holds),
            Kind.PROMOTION_OBSERVED: (weeks,),
            Kind.ROLLBACK_DONE: (weeks, pointers, holds),
            Kind.ACT_SAID: (weeks, requests, holds, glass, waivers),
            Kind.VERDICT_CHANGED: (pointers, holds),
            Kind.DELIVERY_STARTED: (deliveries,),
            Kind.DELIVERY_MOVED: (deliveries,),
        }

    def take(self, entries: Iterable[bytes]) -> None:
        """Take the next entries, which were proven.

        Raises:
            LedgerError: One does not say what it must, or is of a kind this version does not know.
        """
        touched = set[Place]()
        for data in entries:
            try:
                entry = _read(self.size, data)
                for fold in self._folds.get(entry.kind, ()):
                    fold(entry)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                message = f"entry {self.size} does not say what it must"
                raise LedgerError(message, cause=str(error), help=[_DEEP]) from error
            if entry.place is not NOWHERE:
                touched.add(entry.place)
            self.size, self.time = self.size + 1, entry.time
        for place in touched:
            self._look(place)

    def _look(self, place: Place) -> None:
        """See whether a place stands out."""
        environment, name = place
        found = alarms(
            self.pointers.present.get(place),
            held=place in self.holds.held,
            broken=place in self.glass.broken,
            delivered=self.deliveries.newest.get(place),
            request=self.requests.open_at(place),
        )
        if found:
            self.alarming.setdefault(name, {})[environment] = found
        elif name in self.alarming:
            self.alarming[name].pop(environment, None)
            if not self.alarming[name]:
                del self.alarming[name]

    def alarms_at(self, now: str) -> dict[str, dict[str, frozenset[Alarm]]]:
        """List what stands out at a time, by name and environment, each with the reasons."""
        found = dict(self.alarming)
        for place in self.waivers.said:
            environment, name = place
            present = self.pointers.present.get(place)
            since = "" if present is None else present.since
            if any(self.waivers.lapsed(place, since=since, now=now)):
                before = found.get(name, {})
                reasons = before.get(environment, frozenset()) | {Alarm.EXPIRED}
                found[name] = {**before, environment: reasons}
        return found


def _read(number: int, data: bytes) -> Entry:
    """Read an entry.

    Raises:
        ValueError: It is none, or of a kind this version does not know.
    """
    tree = orjson.loads(data)
    kind, body = tree["kind"], tree["body"]
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is of a later version")
    if kind.startswith("act.") and "name" not in body:
        # It is said of an environment, as who stands in for whom: of no release there.
        return Entry(number, "", tree["time"], body)
    place = (body["environment"], body["name"]) if kind in _PLACED else NOWHERE
    return Entry(number, kind, tree["time"], body, place)
