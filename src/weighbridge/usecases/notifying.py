"""Tell people and programs what happened: the ledger is what is to be told, in its order.

Nothing is queued anywhere else, so nothing that happened can be forgotten on the way: what is
remembered of each sink is how far it has been told. A notice may come twice, and names itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.cel import ExpressionError, Language
from weighbridge.gate.shapes import INTEGER, TEXT, Record
from weighbridge.gate.times import after
from weighbridge.model.errors import SettingsError, UnavailableError, WeighbridgeError
from weighbridge.model.event import MOVING_KINDS
from weighbridge.model.location import Location
from weighbridge.model.notification import Notice, Standing, Told
from weighbridge.report.events import words_of
from weighbridge.usecases.believed import believe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weighbridge.gate.cel import Expression
    from weighbridge.model.event import Event
    from weighbridge.model.notification import Channel, Outbox, Sink
    from weighbridge.model.ports import Registry

MOST = 100
"""Entries one sink is told of in one run, at most."""

ATTEMPTS = 12
"""How often one entry is tried before it is given up: with the waits below, over a day."""

_WAITS = (10, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200)
_FIELDS = (
    "act",
    "action",
    "environment",
    "mode",
    "name",
    "person",
    "reason",
    "release",
    "rule",
    "verdict",
    "version",
)
EVENT = Record({"index": INTEGER, "kind": TEXT, "time": TEXT, **dict.fromkeys(_FIELDS, TEXT)})
"""What an expression sees of an entry; what an entry does not say is empty."""


class Filter:
    """Of which events a sink is told."""

    def __init__(self, sinks: Iterable[Sink], file: str) -> None:
        """Compile.

        Args:
            sinks: The sinks.
            file: The file they stand in.

        Raises:
            SettingsError: An expression speaks of what there is not, or is none.
        """
        language = Language({"event": EVENT})
        self._compiled: dict[str, Expression] = {}
        for sink in sinks:
            try:
                if sink.when:
                    self._compiled[sink.name] = language.compile(sink.when, result="bool")
            except ExpressionError as error:
                raise SettingsError(
                    f"`when` of the sink {sink.name}: {error.message}",
                    location=Location(file, sink.line),
                    seen=sink.when,
                    help=[error.hint] if error.hint else [],
                ) from error

    def wants(self, sink: Sink, index: int, event: Event) -> bool:
        """Tell whether a sink wants an event; what cannot be decided is told."""
        if sink.kind == "mlflow" and event.kind not in MOVING_KINDS:
            return False
        expression = self._compiled.get(sink.name)
        if expression is None:
            return True
        found = expression.evaluate({"event": _seen(index, event)})
        return bool(found.error) or found.value is True


def _seen(index: int, event: Event) -> dict[str, Any]:
    said = {name: event.body.get(name) for name in _FIELDS}
    texts = {name: value if isinstance(value, str) else "" for name, value in said.items()}
    return {"index": index, "kind": event.kind.value, "time": event.time, **texts}


def begin(sinks: Sequence[Sink], *, registry: Registry, outbox: Outbox) -> None:
    """Remember where a new sink begins: at what has not happened yet."""
    known = outbox.standings()
    if all(sink.name in known for sink in sinks):
        return
    with registry.reading() as view:
        size = view.size
    fresh = {sink.name: Standing(after=size) for sink in sinks}
    outbox.keep({name: known.get(name, standing) for name, standing in fresh.items()})


def tell(
    sinks: Sequence[Sink],
    *,
    registry: Registry,
    outbox: Outbox,
    channel: Callable[[Sink], Channel],
    wanted: Filter,
    now: str,
    patient: bool = True,
    most: int = MOST,
    enough: Callable[[], bool] = lambda: False,
) -> list[Told]:
    """Tell every sink what it has not been told yet.

    Args:
        sinks: The sinks.
        registry: The registry.
        outbox: How far each has been told.
        channel: Opens the way to a sink.
        wanted: Of which events each is told.
        now: The time.
        patient: Whether a sink that failed is left alone until its time comes.
        most: Entries one sink is told of in this run, at most.
        enough: Tells whether it took long enough; the rest waits.

    Raises:
        LedgerError: The ledger does not prove what it says.
        StorageError: How far they were told could not be remembered.
    """
    begin(sinks, registry=registry, outbox=outbox)
    standings, found = dict(outbox.standings()), list[Told]()
    with registry.reading() as view:
        log = believe(view, log_key=registry.log_key) if view.size else None
        for sink in sinks:
            sender = _Sender(sink, standings[sink.name], now=now)
            if log is not None and not (patient and now < sender.standing.not_before):
                for index in range(
                    sender.standing.after, min(log.size, sender.standing.after + most)
                ):
                    if enough():
                        break
                    event = log.event(index)
                    text = words_of(event)
                    notice = Notice(
                        origin=log.checkpoint.origin, index=index, event=event, text=text
                    )
                    sent = sender.sent
                    if not sender.pass_on(notice, channel, wants=wanted.wants(sink, index, event)):
                        break
                    if sender.sent > sent:
                        # Who dies now repeats the one notice nobody noted, and no other.
                        outbox.keep({**standings, sink.name: sender.standing})
            standings[sink.name] = sender.standing
            waiting = max(view.size - sender.standing.after, 0)
            found.append(sender.told(waiting))
            outbox.keep(standings)
    return found


class _Sender:
    """One sink in one run."""

    def __init__(self, sink: Sink, standing: Standing, *, now: str) -> None:
        self._sink = sink
        self._now = now
        self._channel: Channel | None = None
        self.standing = standing
        self.sent = 0
        self.notes: list[str] = []

    def pass_on(self, notice: Notice, channel: Callable[[Sink], Channel], *, wants: bool) -> bool:
        """Send a notice if it is wanted; False if it did not arrive."""
        try:
            if wants:
                self._channel = self._channel or channel(self._sink)
                if note := self._channel.send(notice):
                    self.notes.append(note)
                self.sent += 1
        except WeighbridgeError as error:
            self.standing = self._failed(notice.index, error)
            return False
        self.standing = replace(
            self.standing, after=notice.index + 1, failures=0, not_before="", reason=""
        )
        return True

    def told(self, waiting: int) -> Told:
        """Say what came of it, and how many entries still wait."""
        return Told(
            sink=self._sink.name,
            sent=self.sent,
            waiting=waiting,
            standing=self.standing,
            notes=tuple(self.notes),
        )

    def _failed(self, index: int, error: WeighbridgeError) -> Standing:
        """Wait longer each time; give up what was refused for more than a day."""
        fault = error.faults[0]
        reason = ": ".join(filter(None, (fault.message, fault.seen)))
        failures = self.standing.failures + 1
        wait = _WAITS[min(failures, len(_WAITS)) - 1]
        failed = replace(
            self.standing,
            failures=failures,
            not_before=after(self._now, f"{wait}s"),
            reason=reason,
        )
        if failures < ATTEMPTS or not isinstance(error, UnavailableError):
            return failed
        return replace(
            failed, after=index + 1, failures=0, given_up=(*failed.given_up, index)[-MOST:]
        )
