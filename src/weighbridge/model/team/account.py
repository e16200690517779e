"""Who asks a server, how that is known, and what it lets him do there.

A login says who somebody is; what he may decide is said by the ledger, whose roles owners gave to
his key. A server only ever takes away: without a scope nothing is even looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Scope(StrEnum):
    """What somebody may ask of a server."""

    READ = "read"
    """Read releases, evidence, environments and the ledger."""
    WRITE = "write"
    """Bring bytes and entries, which the server weighs before it takes them."""
    RUN = "run"
    """Have jobs run, and cancel them."""
    ADMIN = "admin"
    """Begin a registry, change its log's key, clear away, see and end everybody's tokens."""


class Via(StrEnum):
    """How a server knows who asks."""

    NOBODY = "nobody"
    """It does not."""
    SESSION = "session"
    """A person logged in, here or with `weighbridge login`."""
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    """An API token a person had made."""
    EXCHANGE = "exchange"
    """A short token for the identity of a CI job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks.

    Attributes:
        person: His name, as owners know him; empty for nobody.
        via: How that is known.
        scopes: What he may ask for.
        roles: Roles the groups of his login stand for.
        credential: Identifies session or token, never enough to use it; empty for nobody.
        expires: Until when (`YYYY-MM-DDTHH:MM:SSZ`); empty for nobody.
        authenticated: When the person last proved to be himself; empty if a machine asks.
        browser: Whether he asks with the session of a browser.
    """

    person: str = ""
    via: Via = Via.NOBODY
    scopes: frozenset[Scope] = frozenset()
    roles: frozenset[str] = frozenset()
    credential: str = ""
    expires: str = ""
    authenticated: str = ""
    browser: bool = False

    @property
    def is_person(self) -> bool:
        """Whether a person asks himself, not something he left a token with."""
        return self.via is Via.SESSION


NOBODY = Identity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An API token as it is kept: what it is for, not what it is.

    Attributes:
        identifier: Names it; not secret.
        label: What its maker calls it.
        person: Whose it is.
        scopes: What it is for.
        created: When it was made.
        expires: Until when it may be used.
        used: When it was used last, to the minute; empty if never.
        revoked: When it was ended; empty if it was not.
        via: `token`, or `exchange` for one of a CI job.
    """

    identifier: str
    label: str
    person: str
    scopes: frozenset[Scope]
    created: str
    expires: str
    used: str = ""
    revoked: str = ""
    via: Via = Via.TOKEN
    roles: frozenset[str] = field(default_factory=frozenset)


class Tokens(Protocol):
    """API tokens of a registry."""

    def make(
        self,
        *,
        person: str,
        label: str,
        scopes: frozenset[Scope],
        expires: str,
        now: str,
        via: Via = Via.TOKEN,
        roles: frozenset[str] = frozenset(),
    ) -> tuple[str, Token]:
        """Make one and return the secret, which is kept nowhere, and what is kept."""

    def list(self, person: str = "") -> Sequence[Token]:
        """List tokens, newest first: of a person, or of all."""

    def revoke(self, identifier: str, *, now: str) -> bool:
        """End one for ever; whether there was one to end."""
