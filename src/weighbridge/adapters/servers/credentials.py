"""What the user is let in with at servers: `servers.json`, his alone, and what variables name.

A variable wins over what `weighbridge login` kept: who runs a job in a CI says so by it.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.files import alone_in, lasting, storing
from weighbridge.adapters.secret_files import read_secret
from weighbridge.adapters.servers.address import server_address
from weighbridge.model.errors import LoginError, PassphraseError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = "servers.json"
TOKEN: Final = "WEIGHBRIDGE_TOKEN"  # noqa: S105 - its name, not a token
"""Holds what servers are asked with."""
TOKEN_FILE: Final = "WEIGHBRIDGE_TOKEN_FILE"  # noqa: S105 - its name, not a token
"""Names a file that does."""

_LARGEST: Final = 1 << 20
_LONGEST: Final = 4_096
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What the user is let in with at a server.

    Attributes:
        secret: It is sent as `Authorization: Bearer SECRET`.
        person: Who that is; empty if nobody here knows.
        expires: Until when; empty if nobody here knows.
        origin: Where it was found: a variable or a file.
    """

    secret: str
    person: str = ""
    expires: str = ""
    origin: str = ""


class Credentials:
    """What is known of the user at servers."""

    def __init__(self, path: Path, *, environ: Mapping[str, str]) -> None:
        """Take the file, and the environment, which wins."""
        self.path = path
        self._environ = environ

    def find(self, url: str) -> str | None:
        """Find what a server is asked with; None if the user is nobody there.

        Raises:
            UsageError: It is no address that anything secret may be sent to.
            LoginError: There is something that cannot be used.
        """
        found = self.known(url)
        return None if found is None else found.secret

    def known(self, url: str) -> Credential | None:
        """Find what a server is asked with, and what is known of that.

        Raises:
            UsageError: It is no address that anything secret may be sent to.
            LoginError: There is something that cannot be used.
        """
        address = server_address(url)
        given = self._given()
        return given if given is not None else self.kept(address)

    def kept(self, url: str) -> Credential | None:
        """Find what `weighbridge login` kept, whatever the environment says.

        Raises:
            LoginError: The file cannot be used.
        """
        entry = self._read().get(server_address(url))
        if entry is None:
            return None
        return Credential(
            secret=_sendable(str(entry.get("secret", "")), str(self.path)),
            person=str(entry.get("person", "")),
            expires=str(entry.get("expires", "")),
            origin=str(self.path),
        )

    def keep(self, url: str, *, secret: str, person: str, expires: str) -> None:
        """Keep what a server gave.

        Raises:
            StorageError: It could not be kept.
        """
        address = server_address(url)
        with alone_in(self.path.parent):
            servers = self._read()
            servers[address] = {"expires": expires, "person": person, "secret": secret}
            self._write(servers)

    def forget(self, url: str) -> bool:
        """Forget it; whether there was something to forget."""
        address = server_address(url)
        if not self.path.exists():
            return False
        with alone_in(self.path.parent):
            servers = self._read()
            if servers.pop(address, None) is None:
                return False
            self._write(servers)
        return True

    def _given(self) -> Credential | None:
        """Take what the environment names."""
        if text := self._environ.get(TOKEN, "").strip():
            return Credential(secret=_sendable(text, TOKEN), origin=TOKEN)
        if not (named := self._environ.get(TOKEN_FILE)):
            return None
        try:
            text = read_secret(Path(named), follow=True)
        except PassphraseError as error:
            raise LoginError(
                f"{TOKEN_FILE} cannot be used: {error}", help=error.faults[0].help
            ) from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise LoginError(
                f"{named} cannot be read: {reason}", cause=f"{TOKEN_FILE} names it"
            ) from error
        return Credential(secret=_sendable(text.strip(), TOKEN_FILE), origin=TOKEN_FILE)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return {}
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise LoginError(f"{self.path} cannot be read: {reason}") from error
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            data = file.read(_LARGEST)
        if mode & _OTHERS:
            raise LoginError(
                f"{self.path} may be read by others",
                seen=f"mode {stat.S_IMODE(mode):04o}",
                wanted="mode 0600",
                help=[f"chmod 600 {self.path}", "weighbridge logout, then log in again"],
            )
        try:
            servers = json.loads(data)["servers"]
            return {str(name): dict(entry) for name, entry in servers.items()}
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            # From None: the message of the reader quotes what it read.
            help_ = [f"remove {self.path}, and log in again"]
            raise LoginError(f"{self.path} cannot be read", help=help_) from None

    def _write(self, servers: Mapping[str, Any]) -> None:
        document = {"schemaVersion": 1, "servers": servers}
        data = json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"
        temporary = self.path.with_name(f".{secrets.token_hex(8)}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with storing(self.path), lasting(self.path.parent):
            descriptor = os.open(temporary, flags, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(descriptor)
                temporary.replace(self.path)
            finally:
                temporary.unlink(missing_ok=True)


def _sendable(secret: str, origin: str) -> str:
    """Refuse what would not be one word of a header; nothing of it is repeated."""
    if not secret or len(secret) > _LONGEST or not all("!" <= one <= "~" for one in secret):
        raise LoginError(f"{origin} holds nothing that could be sent", wanted="a token: one word")
    return secret
