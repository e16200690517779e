"""Read the settings of a server: every key is known, or the file is refused."""

from __future__ import annotations

import ipaddress
from typing import Any, Final

from weighbridge.codec.settings_file import SettingsFile
from weighbridge.model.team.account import Scope
from weighbridge.model.team.server_settings import (
    SCOPE_WORD,
    CiSettings,
    LimitSettings,
    OidcSettings,
    ServerSettings,
    SigningSettings,
)

PLACES: Final = {
    "default_scopes": ("scopes", "default"),
    "trusted": ("proxy", "trusted"),
    "otlp_endpoint": ("telemetry", "otlp-endpoint"),
}
"""Fields of the settings that are alone in a table: its name, and the key in it."""
_HOUR: Final = 3_600


def read_server_settings(text: str, file: str) -> ServerSettings:
    """Read a server's settings.

    Args:
        text: Contents of the file.
        file: Its name for messages.

    Raises:
        SettingsError: A key or value that is no setting.
    """
    return _File(text, file).settings()


class _File(SettingsFile):
    """The file, for the lines of messages."""

    def settings(self) -> ServerSettings:
        readers = {
            "public-url": self.address,
            "anonymous": self._anonymous,
            "oidc": self._oidc,
            "roles": self._roles,
            "scopes": lambda key, one: self.table(key, one, {"default": self._scopes}),
            "ci": self._ci,
            "proxy": lambda key, one: self.table(key, one, {"trusted": self._networks}),
            "limits": self._limits,
            "signing": self._signing,
            "telemetry": lambda key, one: self.table(key, one, {"otlp-endpoint": self.address}),
        }
        found = self.flat(self.table("", self.parsed(), readers), PLACES)
        self._check_audiences(found.get("oidc"), found.get("ci", ()))
        if "signing" in found and "oidc" not in found:
            raise self.refused("signing", "goes with [oidc]: who signs has logged in there", "")
        return ServerSettings(**found)

    def _check_audiences(self, oidc: OidcSettings | None, ci: tuple[CiSettings, ...]) -> None:
        """Keep people's tokens and jobs' apart, where one provider signs both."""
        for one in ci:
            people = None if oidc is None else (oidc.issuer, oidc.client_id)
            if (one.issuer, one.audience) == people:
                raise self.refused(
                    "audience", "of a [[ci]] is another than people's tokens have", one.audience
                )

    def _oidc(self, key: str, value: Any) -> OidcSettings:
        words = {
            "issuer": self.address,
            "client-id": self.word,
            "client-secret-file": self.word,
            "scopes": self._words,
            "person-claim": self.word,
            "groups-claim": self.word,
        }
        return OidcSettings(**self.table(key, value, words, ("issuer", "client-id")))

    def _ci(self, key: str, value: Any) -> tuple[CiSettings, ...]:
        if not isinstance(value, list):
            raise self.refused(key, "is a list of tables, each begun by [[ci]]", value)
        words = {
            "issuer": self.address,
            "audience": self.word,
            "claims": self._claims,
            "person": self.word,
            "scopes": self._scopes,
            "roles": lambda key, one: frozenset(self._words(key, one)),
            "lifetime": self._lifetime,
        }
        demanded = ("issuer", "audience", "claims", "person", "scopes")
        return tuple(CiSettings(**self.table(key, one, words, demanded)) for one in value)

    def _signing(self, key: str, value: Any) -> SigningSettings:
        words = {"keys": self.word, "passphrase-file": self.word}
        return SigningSettings(**self.table(key, value, words, tuple(words)))

    def _limits(self, key: str, value: Any) -> LimitSettings:
        keys = dict.fromkeys(("requests-per-minute", "body", "upload"), self._count)
        return LimitSettings(**self.table(key, value, keys))

    def _roles(self, key: str, value: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            raise self.refused(key, "is a table of lists by group", value)
        found = {group: self._words(group, words) for group, words in value.items()}
        for group, words in found.items():
            named = [w.removeprefix(SCOPE_WORD) for w in words if w.startswith(SCOPE_WORD)]
            self._scopes(group, named)
        return found

    def _claims(self, key: str, value: Any) -> dict[str, str]:
        # An entry without a claim, or with `*` alone, would let every job of a public CI in.
        if not isinstance(value, dict) or not value:
            raise self.refused(key, "says what a job's token must say", value)
        for claim, wanted in value.items():
            plain = isinstance(wanted, str) and wanted.rstrip("*")
            if not plain or "*" in wanted[:-1]:
                raise self.refused(claim, "is exact, or a beginning that one `*` ends", wanted)
        return value

    def _anonymous(self, key: str, value: Any) -> str:
        if value not in ("nothing", "read"):
            raise self.refused(key, "is one of nothing, read", value)
        return str(value)

    def _words(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(w, str) and w for w in value):
            raise self.refused(key, "is a list of words", value)
        return tuple(value)

    def _scopes(self, key: str, value: Any) -> frozenset[Scope]:
        words = self._words(key, value)
        if not set(words) <= set(Scope):
            raise self.refused(key, f"has scopes out of {', '.join(Scope)}", value)
        return frozenset(Scope(word) for word in words)

    def _networks(self, key: str, value: Any) -> tuple[str, ...]:
        words = self._words(key, value)
        try:
            return tuple(str(ipaddress.ip_network(word)) for word in words)
        except ValueError as error:
            raise self.refused(key, "is a list of networks: 10.0.0.0/8", value) from error

    def _count(self, key: str, value: Any) -> int:
        if type(value) is not int or value < 1:
            raise self.refused(key, "is a whole number from 1", value)
        return value

    def _lifetime(self, key: str, value: Any) -> int:
        if self._count(key, value) > _HOUR:
            raise self.refused(key, "is at most 3600 seconds", value)
        return int(value)
