"""Tell those who asked to be told what ends soon: each thing once a day.

No entry says it, so that what was told is remembered apart. Who dies between an answer and that
tells it again, under the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.event import Event, Kind
from weighbridge.model.notification import Notice
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.model.expiring import Expiring
    from weighbridge.model.notification import Channel, Reminder, Sink
    from weighbridge.usecases.notifying import Filter

ACT: Final = "warn"
"""What expressions of sinks see as `event.act`; the kind is that of what people say."""


def notice_of(one: Expiring, *, origin: str, index: int, now: str) -> Notice:
    """Write a warning as a notice; its name is that of the thing and the day.

    Args:
        one: What ends.
        origin: Name of the ledger.
        index: The newest entry there is.
        now: The time.
    """
    body = {
        "act": ACT,
        "environment": one.environment,
        "name": one.name,
        "version": one.version,
        "release": one.release,
        "person": one.person,
        "reason": one.kind.value,
        "until": one.ends,
    }
    return Notice(
        origin=origin,
        index=index,
        event=Event(kind=Kind.ACT_SAID, time=now, control=0, body=body),
        text=visible(one.words),
        mark=f"{ACT}/{now[:10]}/{one.key}",
    )


def warn(
    sinks: Sequence[Sink],
    notices: Sequence[Notice],
    *,
    reminder: Reminder,
    channel: Callable[[Sink], Channel],
    wanted: Filter,
    now: str,
    look: Callable[[], None] = lambda: None,
) -> tuple[int, list[str]]:
    """Warn every sink of what it was not warned of today.

    Args:
        sinks: The sinks.
        notices: What there is to be warned of.
        reminder: What each was warned of.
        channel: Opens the way to a sink.
        wanted: Of what each is told.
        now: The time.
        look: Called before each is sent; it raises what is to end this.

    Returns:
        How many notices arrived, and who could not be told, with the reason.

    Raises:
        StorageError: What was told could not be remembered.
    """
    day, sent, failed = now[:10], 0, list[str]()
    known = {name: set(keys) for name, keys in reminder.warned(day).items()}
    for sink in sinks:
        told = known.setdefault(sink.name, set())
        way: Channel | None = None
        for notice in notices:
            if notice.mark in told or not wanted.wants(sink, notice.index, notice.event):
                continue
            look()
            try:
                way = way or channel(sink)
                way.send(notice)
            except WeighbridgeError as error:
                fault = error.faults[0]
                reason = ": ".join(filter(None, (fault.message, fault.seen)))
                failed.append(f"{sink.name}: {reason}")
                break
            sent += 1
            told.add(notice.mark)
            reminder.keep_warned(day, {name: frozenset(keys) for name, keys in known.items()})
    return sent, failed
