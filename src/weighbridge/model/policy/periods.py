"""From when to when a demand blocks, and how long a finding may stay."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Protocol

from weighbridge.model.authoring.base import fault

if TYPE_CHECKING:
    from pydantic import ValidationInfo

FROM: Final = "From when it blocks (RFC 3339); before, it is judged and only warns."
UNTIL: Final = "From when it is demanded no longer (RFC 3339)."
GRACE: Final = (
    "How long a finding may stay before it blocks, counted from the first report that had it."
)


class Dated(Protocol):
    """A demand that begins and ends."""

    @property
    def effective_on(self) -> str | None:
        """From when it blocks."""

    @property
    def expires_on(self) -> str | None:
        """From when it is demanded no longer."""


def end_after_start(value: str | None, info: ValidationInfo) -> str | None:
    """Refuse an `expiresOn` that is not behind `effectiveOn`."""
    start = info.data.get("effective_on")
    if value and start and _moment(value) <= _moment(start):
        wanted = f"a time after effectiveOn, {start}"
        raise fault("period", "ends before it begins", wanted=wanted)
    return value


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
