"""What a server goes by: the file given with `serve --config`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from weighbridge.model.team.account import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCOPE_WORD: Final = "scope:"
"""What a word in a group's list begins with if it stands for a scope, not a role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """Where people log in: `[oidc]`.

    Attributes:
        issuer: The provider, exactly as its tokens name it.
        client_id: This server's name there.
        client_secret_file: File only its owner reads; empty for a public client.
        scopes: What is asked for.
        person_claim: Claim that has the name owners know a person by.
        groups_claim: Claim that has his groups.
    """

    issuer: str
    client_id: str
    client_secret_file: str = ""
    scopes: tuple[str, ...] = ("openid", "profile")
    person_claim: str = "preferred_username"
    groups_claim: str = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class CiSettings:
    """Which jobs of a CI get a short token: one `[[ci]]`.

    Attributes:
        issuer: Who signs the jobs' tokens.
        audience: Whom they must be for, and nobody else.
        claims: What they must say, all of it: exact, or the beginning if `*` ends it.
        person: Whom such a job counts as.
        scopes: What its token is for: of `read`, `write`, `run`, `admin`.
        roles: Roles it has here, if there is a table `[roles]`.
        lifetime: Seconds it counts, at most 3600.
    """

    issuer: str
    audience: str
    claims: Mapping[str, str]
    person: str
    scopes: frozenset[Scope]
    roles: frozenset[str] = frozenset()
    lifetime: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSettings:
    """Whether people sign in the browser, with keys the server holds for them: `[signing]`.

    Attributes:
        keys: Folder of the keys, one for each person who asked for one.
        passphrase_file: File only its owner reads: what the keys are locked with.
    """

    keys: str
    passphrase_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """How much is taken at once: `[limits]`; None leaves it to the server.

    Attributes:
        requests_per_minute: Requests of one credential, or of one address without.
        body: Bytes of a document.
        upload: Bytes of a blob.
    """

    requests_per_minute: int | None = None
    body: int | None = None
    upload: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What a server goes by.

    Attributes:
        public_url: Address people reach it at; empty if only this machine does.
        anonymous: What is there for who shows no credential: `nothing` or `read`.
        oidc: Where people log in, if they do.
        roles: Roles and `scope:` words by group. Without the table no role is asked for.
        default_scopes: Scopes of everybody who logged in; `[roles]` give more.
        ci: Which CI jobs get a token.
        trusted: Networks of proxies that are believed about addresses.
        limits: How much is taken at once.
        otlp_endpoint: Where traces are sent (OTLP over HTTP); empty for nowhere.
        signing: Which keys people sign with in the browser, if they do.
    """

    public_url: str = ""
    anonymous: Literal["nothing", "read"] = "nothing"
    oidc: OidcSettings | None = None
    roles: Mapping[str, tuple[str, ...]] | None = None
    default_scopes: frozenset[Scope] = frozenset({Scope.READ, Scope.WRITE})
    ci: tuple[CiSettings, ...] = ()
    trusted: tuple[str, ...] = ()
    limits: LimitSettings = field(default_factory=LimitSettings)
    otlp_endpoint: str = ""
    signing: SigningSettings | None = None

    def granted(self, groups: Iterable[str]) -> tuple[frozenset[str], frozenset[Scope]]:
        """Return the roles and scopes of a person who logged in with these groups."""
        words = {word for group in groups for word in (self.roles or {}).get(group, ())}
        scopes = {word for word in words if word.startswith(SCOPE_WORD)}
        more = {Scope(word.removeprefix(SCOPE_WORD)) for word in scopes}
        return frozenset(words - scopes), self.default_scopes | more
