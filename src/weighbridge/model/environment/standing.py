"""How an environment stands at some time: its windows, and what owners stopped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What owners stopped.

    Attributes:
        about: What, as they named it.
        at: Since when.
        reason: Why.
        until: From when on it counts no longer, or empty.
        where: In which environment, or empty for everywhere.
    """

    about: str
    at: str
    reason: str
    until: str = ""
    where: str = ""

    @property
    def words(self) -> str:
        """Since when, until when and why, for people."""
        until = f" until {self.until}" if self.until else ""
        return f"since {self.at}{until}: {self.reason}"

    def is_over(self, now: str) -> bool:
        """Tell whether it has ended by itself."""
        return bool(self.until) and self.until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time, and what the clock on some wall shows then.

    Attributes:
        at: The time, in UTC.
        local: What that clock shows, or empty if that is not known.
    """

    at: str
    local: str

    @property
    def words(self) -> str:
        """Both, for people."""
        return f"{self.at} ({self.local})" if self.local else self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """How the windows of an environment stand at some time.

    Attributes:
        now: The time, by the clock of each zone.
        until: From when on nothing is known of those clocks.
        known: Whether anything can be told at that time.
        opened: Since when a window is open; None if none is.
        closes: When the last of those that are open closes.
        opens: When the next one opens; None if none will, as far as that is known.
    """

    now: tuple[Moment, ...]
    until: str
    known: bool
    opened: Moment | None = None
    closes: Moment | None = None
    opens: Moment | None = None
