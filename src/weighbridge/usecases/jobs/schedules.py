"""What the clock orders. A key is the time something was due: several workers order it once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from weighbridge.model.errors import SettingsError
from weighbridge.model.team.job import JobKind, Order

if TYPE_CHECKING:
    from weighbridge.model.team.job_settings import JobSettings

_TIME = "%Y-%m-%dT%H:%M:%SZ"


def due(now: str, settings: JobSettings) -> tuple[Order, ...]:
    """Say what was due last, daily work once: what was missed for days is caught up once.

    Args:
        now: The time (`YYYY-MM-DDTHH:MM:SSZ`).
        settings: When what is done.

    Raises:
        SettingsError: A time of day is none.
    """
    daily = ((JobKind.RESCAN, settings.rescan), (JobKind.WARN, settings.warn))
    return tuple(
        Order(key=f"{kind.value}:{_last(now, of_day)}", kind=kind)
        for kind, of_day in daily
        if of_day
    )


def _last(now: str, of_day: str) -> str:
    try:
        clock = datetime.strptime(of_day, "%H:%M")  # noqa: DTZ007 - a time of day; all is UTC
    except ValueError as error:
        message = f"{of_day} is no time of day"
        raise SettingsError(message, seen=of_day, wanted="HH:MM, UTC") from error
    moment = datetime.strptime(now, _TIME)  # noqa: DTZ007 - all is UTC
    found = moment.replace(hour=clock.hour, minute=clock.minute, second=0)
    if found > moment:
        found -= timedelta(days=1)
    return found.strftime(_TIME)
