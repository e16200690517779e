"""A server for a team: its application, put together from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.adapters.kept_keys import KeptKeys
from weighbridge.adapters.private_files import read_private
from weighbridge.model.errors import SettingsError, UnreadableError
from weighbridge.model.team.account import NOBODY, Identity, Scope
from weighbridge.model.trust import TrustError, check_origin
from weighbridge.server.app import application
from weighbridge.server.dashboard.contents import dashboard_routes
from weighbridge.server.front import Front, networks
from weighbridge.server.keeping import KeptSigners
from weighbridge.server.login.authenticator import AccountsAuthenticator, base_of
from weighbridge.server.login.browser import Browser
from weighbridge.server.login.exchange import Exchange, exchange_routes
from weighbridge.server.login.oidc import Client, Oidc
from weighbridge.server.login.own import enter_routes
from weighbridge.server.login.routes import Logins, login_routes
from weighbridge.server.login.tokens import token_routes
from weighbridge.server.routes.jobs import job_routes
from weighbridge.server.services import Limits, Services
from weighbridge.server.signing import NO_SIGNERS
from weighbridge.server.tracing import NO_TRACING
from weighbridge.server.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    from fastapi import FastAPI

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.model.ports import Registry
    from weighbridge.model.team.job import Jobs
    from weighbridge.model.team.server_settings import (
        LimitSettings,
        OidcSettings,
        ServerSettings,
    )
    from weighbridge.server.login.own import Own
    from weighbridge.server.login.provider import HttpProvider
    from weighbridge.server.running import Drain
    from weighbridge.server.services import DataHere
    from weighbridge.server.signing import Signers
    from weighbridge.server.tracing import Tracing

_PATIENCE = 10.0
"""Seconds a provider may take to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a server serves.

    Attributes:
        registry: The registry.
        accounts: Who may ask.
        jobs: Work that waits for workers.
        settings: What it goes by.
        folder: Paths in the settings are relative to it.
        clock: Tells the time.
        drain: Says whether it is about to end.
        address: Where it listens, if settings do not say how it is reached.
        in_clear: Whether it listens beyond this machine without TLS, for proxies alone.
        tracing: Is told what it is busy with.
        own: Lets in who started it, on his own machine; None if it is nobody's own.
        data: Data that lies on its machine; None if none does.
    """

    registry: Registry
    accounts: Accounts
    jobs: Jobs
    settings: ServerSettings
    folder: Path
    clock: Callable[[], str]
    drain: Drain
    address: str
    in_clear: bool
    tracing: Tracing = NO_TRACING
    own: Own | None = None
    data: DataHere | None = None


def team_application(
    house: House, *, watch: Callable[..., None] = lambda _scope, _status, _seconds: None
) -> FastAPI:
    """Put the application together.

    Args:
        house: What is served.
        watch: Takes each request that was answered, its status, and the seconds it took.

    Raises:
        SettingsError: Something in the settings is not what it must be.
        KeyFileError: Others may read the client's secret, or the passphrase.
        UnreadableError: The passphrase cannot be read.
    """
    settings = house.settings
    browser = Browser(base_of(settings.public_url or house.address))
    anybody = Identity(scopes=frozenset({Scope.READ})) if settings.anonymous == "read" else NOBODY
    services = Services(
        registry=house.registry,
        clock=house.clock,
        authenticator=AccountsAuthenticator(
            house.accounts, browser=browser, clock=house.clock, anybody=anybody
        ),
        idempotency=house.accounts.answers,
        limits=_limits(settings.limits),
        logs_in=settings.oidc is not None,
        asks_roles=settings.roles is not None,
        tracing=house.tracing,
        signers=_signers(house, browser),
        tokens=house.accounts.tokens,
        data=house.data,
    )
    logins = Logins(
        accounts=house.accounts,
        oidc=None if settings.oidc is None else _oidc(settings.oidc, house, browser),
        grant=settings.granted,
        browser=browser,
        clock=house.clock,
    )
    trusted = networks(settings.trusted, name="proxy.trusted")
    return application(
        services,
        routers=(
            dashboard_routes(browser),
            login_routes(logins),
            token_routes(house.accounts, clock=house.clock),
            exchange_routes(_exchange(house)),
            job_routes(house.jobs),
            *(() if house.own is None else (enter_routes(logins, house.own),)),
        ),
        watch=watch,
        front=Front(trusted=trusted, only_trusted=house.in_clear),
        watching=Watching(house.registry, clock=house.clock),
        drain=house.drain,
    )


def _signers(house: House, browser: Browser) -> Signers:
    """Say who signs for people: the key of who started the server, or keys it holds for them."""
    if house.own is not None:
        return house.own.key
    settings = house.settings.signing
    if settings is None:
        return NO_SIGNERS
    path = house.folder / settings.passphrase_file
    try:
        passphrase = read_private(path).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path} cannot be read", cause=str(error)) from error
    if not passphrase:
        raise SettingsError("keys are locked with something", seen=f"nothing in {path}")
    try:
        origin = check_origin(browser.origin)
    except TrustError as error:
        raise SettingsError(f"owners cannot name this server: {error}") from error
    keys = KeptKeys(house.folder / settings.keys, passphrase=passphrase)
    asks_roles = house.settings.roles is not None
    return KeptSigners(keys, registry=house.registry, origin=origin, asks_roles=asks_roles)


def _limits(settings: LimitSettings) -> Limits:
    usual = Limits()
    return Limits(
        body=settings.body or usual.body,
        upload=settings.upload or usual.upload,
        requests=settings.requests_per_minute or usual.requests,
    )


def _oidc(settings: OidcSettings, house: House, browser: Browser) -> Oidc:
    if not house.settings.public_url:
        raise SettingsError(
            "people log in where the server is reached, and nobody says where that is",
            wanted='public-url = "https://HOST"',
        )
    secret = ""
    if settings.client_secret_file:
        secret = read_private(house.folder / settings.client_secret_file).decode().strip()
    client = Client(
        issuer=settings.issuer,
        identifier=settings.client_id,
        redirect=f"{browser.origin}/login/callback",
        secret=secret,
        scopes=settings.scopes,
        person_claim=settings.person_claim,
        groups_claim=settings.groups_claim,
    )
    http = _http(house)
    return Oidc(client, provider=_provider(settings.issuer, http), http=http)


def _exchange(house: House) -> Exchange:
    entries = house.settings.ci
    issuers = dict.fromkeys(entry.issuer for entry in entries)
    http = _http(house) if entries else None
    return Exchange(
        accounts=house.accounts,
        entries=entries,
        providers={one: _provider(one, http, setting="[[ci]]") for one in issuers if http},
        clock=house.clock,
    )


def _provider(issuer: str, http: httpx.AsyncClient, *, setting: str = "[oidc]") -> HttpProvider:
    from weighbridge.server.login.provider import HttpProvider  # noqa: PLC0415 - slow

    return HttpProvider(issuer, http=http, setting=setting)


def _http(house: House) -> httpx.AsyncClient:
    import httpx  # noqa: PLC0415 - slow, and for servers where people or jobs log in

    async def name_trace(request: httpx.Request) -> None:
        if trace := house.tracing.present():
            request.headers["traceparent"] = trace

    return httpx.AsyncClient(
        timeout=_PATIENCE, follow_redirects=False, event_hooks={"request": [name_trace]}
    )
