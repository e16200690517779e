"""Read the settings of a server: every key is known, or the file is refused."""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from weighbridge.model.errors import SettingsError
from weighbridge.model.location import Location
from weighbridge.model.team.account import Scope
from weighbridge.model.team.server_settings import (
    SCOPE_WORD,
    CiSettings,
    LimitSettings,
    OidcSettings,
    ServerSettings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES: Final = {
    "default_scopes": ("scopes", "default"),
    "trusted": ("proxy", "trusted"),
    "otlp_endpoint": ("telemetry", "otlp-endpoint"),
}
"""Fields of the settings that are alone in a table: its name, and the key in it."""
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_HOUR: Final = 3_600


def read_server_settings(text: str, file: str) -> ServerSettings:
    """Read a server's settings.

    Args:
        text: Contents of the file.
        file: Its name for messages.

    Raises:
        SettingsError: A key or value that is no setting.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{file} is not TOML: {error}", location=Location(file)) from error
    return _File(text, file).settings(table)


class _File:
    """The file, for the lines of messages."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file

    def settings(self, table: dict[str, Any]) -> ServerSettings:
        tables = {
            "oidc": self._oidc,
            "roles": self._roles,
            "scopes": lambda value: self._table("scopes", value, {"default": self._scopes}),
            "ci": self._ci,
            "proxy": lambda value: self._table("proxy", value, {"trusted": self._networks}),
            "limits": self._limits,
            "telemetry": lambda value: self._table(
                "telemetry", value, {"otlp-endpoint": self._address}
            ),
        }
        plain = {"public-url": self._address, "anonymous": self._anonymous}
        found = self._table("", table, plain | tables)
        for field, (name, key) in PLACES.items():
            inner = found.pop(name, {})
            if (read := key.replace("-", "_")) in inner:
                found[field] = inner[read]
        self._check_audiences(found.get("oidc"), found.get("ci", ()))
        return ServerSettings(**found)

    def _check_audiences(self, oidc: OidcSettings | None, ci: tuple[CiSettings, ...]) -> None:
        """Keep people's tokens and jobs' apart, where one provider signs both."""
        for one in ci:
            people = None if oidc is None else (oidc.issuer, oidc.client_id)
            if (one.issuer, one.audience) == people:
                raise self._refused(
                    "audience", "of a [[ci]] is another than people's tokens have", one.audience
                )

    def _oidc(self, value: Any) -> OidcSettings:
        words = {
            "issuer": self._address,
            "client-id": self._word,
            "client-secret-file": self._word,
            "scopes": self._words,
            "person-claim": self._word,
            "groups-claim": self._word,
        }
        return OidcSettings(**self._table("oidc", value, words, ("issuer", "client-id")))

    def _ci(self, value: Any) -> tuple[CiSettings, ...]:
        if not isinstance(value, list):
            raise self._refused("ci", "is a list of tables, each begun by [[ci]]", value)
        words = {
            "issuer": self._address,
            "audience": self._word,
            "claims": self._claims,
            "person": self._word,
            "scopes": self._scopes,
            "roles": lambda key, one: frozenset(self._words(key, one)),
            "lifetime": self._lifetime,
        }
        demanded = ("issuer", "audience", "claims", "person", "scopes")
        return tuple(CiSettings(**self._table("ci", one, words, demanded)) for one in value)

    def _limits(self, value: Any) -> LimitSettings:
        keys = dict.fromkeys(("requests-per-minute", "body", "upload"), self._count)
        return LimitSettings(**self._table("limits", value, keys))

    def _roles(self, value: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            raise self._refused("roles", "is a table of lists by group", value)
        found = {group: self._words(group, words) for group, words in value.items()}
        for group, words in found.items():
            named = [w.removeprefix(SCOPE_WORD) for w in words if w.startswith(SCOPE_WORD)]
            self._scopes(group, named)
        return found

    def _table(
        self,
        name: str,
        value: Any,
        readers: dict[str, Callable[..., Any]],
        demanded: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Read a table with closed keys; readers take key and value, those of tables the value."""
        if not isinstance(value, dict):
            raise self._refused(name, "is a table", value)
        for key in value:
            if key not in readers:
                close = difflib.get_close_matches(key, readers, n=1)
                advice = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(readers)}"
                within = f" of [{name}]" if name else ""
                message = f"{key!r} is not a setting{within}"
                raise SettingsError(message, location=self._at(key), help=[advice])
        for key in demanded:
            if key not in value:
                raise SettingsError(f"[{name}] has no {key}", location=self._at(name), wanted=key)
        whole = () if name else ("oidc", "roles", "scopes", "ci", "proxy", "limits", "telemetry")
        return {
            key.replace("-", "_"): readers[key](one) if key in whole else readers[key](key, one)
            for key, one in value.items()
        }

    def _claims(self, key: str, value: Any) -> dict[str, str]:
        # An entry without a claim, or with `*` alone, would let every job of a public CI in.
        if not isinstance(value, dict) or not value:
            raise self._refused(key, "says what a job's token must say", value)
        for claim, wanted in value.items():
            plain = isinstance(wanted, str) and wanted.rstrip("*")
            if not plain or "*" in wanted[:-1]:
                raise self._refused(claim, "is exact, or a beginning that one `*` ends", wanted)
        return value

    def _address(self, key: str, value: Any) -> str:
        text = self._word(key, value)
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise self._refused(key, "is an address", value) from error
        safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
        if not (safe and host) or parts.username is not None or parts.query or parts.fragment:
            raise self._refused(key, "begins with https:// (http:// on this machine only)", value)
        return text

    def _anonymous(self, key: str, value: Any) -> str:
        if value not in ("nothing", "read"):
            raise self._refused(key, "is one of nothing, read", value)
        return str(value)

    def _word(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._refused(key, "is a word", value)
        return value

    def _words(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(w, str) and w for w in value):
            raise self._refused(key, "is a list of words", value)
        return tuple(value)

    def _scopes(self, key: str, value: Any) -> frozenset[Scope]:
        words = self._words(key, value)
        if not set(words) <= set(Scope):
            raise self._refused(key, f"has scopes out of {', '.join(Scope)}", value)
        return frozenset(Scope(word) for word in words)

    def _networks(self, key: str, value: Any) -> tuple[str, ...]:
        words = self._words(key, value)
        try:
            return tuple(str(ipaddress.ip_network(word)) for word in words)
        except ValueError as error:
            raise self._refused(key, "is a list of networks: 10.0.0.0/8", value) from error

    def _count(self, key: str, value: Any) -> int:
        if type(value) is not int or value < 1:
            raise self._refused(key, "is a whole number from 1", value)
        return value

    def _lifetime(self, key: str, value: Any) -> int:
        if self._count(key, value) > _HOUR:
            raise self._refused(key, "is at most 3600 seconds", value)
        return int(value)

    def _at(self, key: str) -> Location:
        form = rf"""^\s*\[*\s*["']?{re.escape(key)}["']?\s*[]=.]"""
        stands = re.search(form, self._text, re.MULTILINE)
        line = 1 if stands is None else self._text.count("\n", 0, stands.end()) + 1
        return Location(self._file, line)

    def _refused(self, key: str, what: str, value: Any) -> SettingsError:
        return SettingsError(f"{key} {what}", location=self._at(key), seen=str(value))
