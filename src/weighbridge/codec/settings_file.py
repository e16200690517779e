"""What every file of settings of servers and workers has: closed tables, and where a fault is."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from weighbridge.model.errors import SettingsError
from weighbridge.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class SettingsFile:
    """A file of settings (TOML), every key of which is known."""

    def __init__(self, text: str, file: str) -> None:
        """Take it.

        Args:
            text: Contents of the file.
            file: Its name for messages.
        """
        self._text, self._file = text, file

    def parsed(self) -> dict[str, Any]:
        """Return its values.

        Raises:
            SettingsError: It is not TOML.
        """
        try:
            return tomllib.loads(self._text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise SettingsError(
                f"{self._file} is not TOML: {error}", location=Location(self._file)
            ) from error

    def table(
        self,
        name: str,
        value: Any,
        readers: Mapping[str, Callable[[str, Any], Any]],
        demanded: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Read a table with closed keys; each reader is given its key, and the value.

        Args:
            name: The table's name; empty for the file itself.
            value: The table.
            readers: Reads the value of each key.
            demanded: Keys there must be.

        Returns:
            What was read, by key, `-` as `_`.

        Raises:
            SettingsError: It is no table, or has other keys.
        """
        if not isinstance(value, dict):
            raise self.refused(name, "is a table", value)
        for key in value:
            if key not in readers:
                close = difflib.get_close_matches(key, readers, n=1)
                advice = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(readers)}"
                within = f" of [{name}]" if name else ""
                message = f"{key!r} is not a setting{within}"
                raise SettingsError(message, location=self.at(key), help=[advice])
        for key in demanded:
            if key not in value:
                raise SettingsError(f"[{name}] has no {key}", location=self.at(name), wanted=key)
        return {key.replace("-", "_"): readers[key](key, one) for key, one in value.items()}

    def flat(self, found: dict[str, Any], places: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        """Put values of tables into the fields they are, where settings have no such table.

        Args:
            found: What was read.
            places: Fields that stand in a table: its name, and the key in it.
        """
        tables = {name for name, _ in places.values()}
        fields = {key: one for key, one in found.items() if key not in tables}
        for field, (name, key) in places.items():
            inner = found.get(name, {})
            if (read := key.replace("-", "_")) in inner:
                fields[field] = inner[read]
        return fields

    def word(self, key: str, value: Any) -> str:
        """Read a word."""
        if not isinstance(value, str) or not value.strip():
            raise self.refused(key, "is a word", value)
        return value

    def address(self, key: str, value: Any) -> str:
        """Read an address that is safe to speak to."""
        text = self.word(key, value)
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise self.refused(key, "is an address", value) from error
        safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
        if not (safe and host) or parts.username is not None or parts.query or parts.fragment:
            raise self.refused(key, "begins with https:// (http:// on this machine only)", value)
        return text

    def at(self, key: str) -> Location:
        """Find the line of a key."""
        form = rf"""^\s*\[*\s*["']?{re.escape(key)}["']?\s*[]=.]"""
        stands = re.search(form, self._text, re.MULTILINE)
        line = 1 if stands is None else self._text.count("\n", 0, stands.end()) + 1
        return Location(self._file, line)

    def refused(self, key: str, what: str, value: Any) -> SettingsError:
        """Return the error that a value is none."""
        return SettingsError(f"{key} {what}", location=self.at(key), seen=str(value))
