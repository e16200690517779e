"""Read the settings of a worker: every key is known, or the file is refused."""

from __future__ import annotations

import re
from typing import Any, Final

from weighbridge.codec.settings import ENGINE, ENGINES
from weighbridge.codec.settings_file import SettingsFile
from weighbridge.model.oci_reference import OciReferenceError, parse
from weighbridge.model.team.job_settings import (
    JobSettings,
    ReplaySettings,
    WarnSettings,
)

PLACES: Final = {
    "rescan": ("schedule", "rescan"),
    "warn": ("schedule", "warn"),
    "attempts": ("retry", "attempts"),
    "pause": ("retry", "pause"),
    "longest_pause": ("retry", "longest-pause"),
    "destinations": ("push", "to"),
    "otlp_endpoint": ("telemetry", "otlp-endpoint"),
}
"""Fields of the settings that stand in a table: its name, and the key in it."""
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
BELOW: Final = "/*"
"""How a destination ends that is all repositories below one."""


def read_worker_settings(text: str, file: str) -> JobSettings:
    """Read a worker's settings.

    Args:
        text: Contents of the file.
        file: Its name for messages.

    Raises:
        SettingsError: A key or value that is no setting.
    """
    return _File(text, file).settings()


class _File(SettingsFile):
    """The file, for the lines of messages."""

    def settings(self) -> JobSettings:
        found = self.table(
            "",
            self.parsed(),
            {
                "checks": self._flag,
                "engine": self._engine,
                "schedule": self._schedule,
                "retry": self._retry,
                "replay": self._replay,
                "warn": self._warn,
                "push": self._push,
                "telemetry": lambda key, one: self.table(key, one, {"otlp-endpoint": self.address}),
            },
        )
        warning = {"warning": found.pop("warn")} if "warn" in found else {}
        return JobSettings(**self.flat(found, PLACES), **warning)

    def _schedule(self, key: str, value: Any) -> dict[str, Any]:
        return self.table(key, value, {"rescan": self._time, "warn": self._time})

    def _retry(self, key: str, value: Any) -> dict[str, Any]:
        readers = {"attempts": self._count, "pause": self._span, "longest-pause": self._span}
        return self.table(key, value, readers)

    def _push(self, key: str, value: Any) -> dict[str, Any]:
        return self.table(key, value, {"to": self._destinations})

    def _warn(self, key: str, value: Any) -> WarnSettings:
        readers = {"days": self._days, "advisories": self._days}
        return WarnSettings(**self.table(key, value, readers))

    def _replay(self, key: str, value: Any) -> ReplaySettings:
        readers = {
            "allow": self._flag,
            "inputs": self.word,
            "python": self.word,
            "memory": self._memory,
            "timeout": self._span,
        }
        return ReplaySettings(**self.table(key, value, readers))

    def _flag(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refused(key, "is true or false", value)
        return value

    def _engine(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not ENGINE.fullmatch(value):
            raise self.refused(key, f"is one of {ENGINES}", value)
        return value

    def _time(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not (value == "" or _TIME.fullmatch(value)):
            raise self.refused(key, "is a time of day, HH:MM in UTC, or empty for never", value)
        return value

    def _count(self, key: str, value: Any) -> int:
        if type(value) is not int or not 1 <= value <= 100:  # noqa: PLR2004 - weeks of pauses
            raise self.refused(key, "is a whole number from 1 to 100", value)
        return value

    def _days(self, key: str, value: Any) -> int:
        if type(value) is not int or not 0 <= value <= 3650:  # noqa: PLR2004 - ten years
            raise self.refused(key, "is a whole number of days from 0 to 3650", value)
        return value

    def _span(self, key: str, value: Any) -> float:
        if type(value) not in (int, float) or not 0 < value <= 604_800:  # noqa: PLR2004 - a week
            raise self.refused(key, "is a number of seconds, a week at most", value)
        return float(value)

    def _memory(self, key: str, value: Any) -> float:
        if type(value) not in (int, float) or not 0.0625 <= value <= 4096:  # noqa: PLR2004 - as `replay --memory`
            raise self.refused(key, "is a number of GiB from 0.0625 to 4096", value)
        return float(value)

    def _destinations(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refused(key, "is a list of repositories", value)
        for one in value:
            try:
                found = parse(one.removesuffix(BELOW))
            except OciReferenceError as error:
                raise self.refused(key, f"names a repository that is none: {error}", one) from error
            if found.reference:
                raise self.refused(key, "names repositories, without tag or digest", one)
        return tuple(value)
