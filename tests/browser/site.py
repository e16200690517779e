"""A server as a team has it, over a registry of the tests, and sessions of people there."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import httpx

from tests.oidc_servers import CLIENT
from tests.server.login.stand_in import Liar, lying_app
from tests.server.team import EVERYTHING, served, served_at
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.model.team.server_settings import LimitSettings, OidcSettings, ServerSettings
from weighbridge.model.team.session import Person
from weighbridge.server.login.authenticator import base_of
from weighbridge.server.login.browser import Browser
from weighbridge.server.running import Drain
from weighbridge.server.serving import House, team_application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fastapi import FastAPI
    from playwright._impl._api_structures import SetCookieParam

    from tests.usecases.promoted import Promoted
    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.server.signing import Signers

_OFTEN = 1_000_000
"""Requests a minute: a browser of the tests asks more than any person."""


@dataclass
class Site:
    """A server that listens.

    Attributes:
        address: Where.
        app: What answers there.
        story: What it is about.
        accounts: Who may ask.
        jobs: Work that waits; nobody does it.
        clock: Its time.
        roles: Roles of people by their name, as groups of their login give them.
    """

    address: str
    app: FastAPI
    story: Promoted
    accounts: Accounts
    jobs: DbosJobs
    clock: Callable[[], str]
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _sessions: dict[str, str] = field(default_factory=dict)
    _paths: dict[str, str] = field(default_factory=dict)

    def sign_with(self, signers: Signers) -> None:
        """Let something sign for people from now on."""
        self.app.state.services = replace(self.app.state.services, signers=signers)

    def path(self, name: str, path: str | Callable[[Site], str]) -> str:
        """Return the path of a page; what has to be asked for it is asked once."""
        if name not in self._paths:
            self._paths[name] = path if isinstance(path, str) else path(self)
        return self._paths[name]

    def client(self, who: str) -> httpx.Client:
        """Ask as a program with somebody's cookie."""
        cookies = {self._cookie: self.session(who)} if who else {}
        return httpx.Client(base_url=self.address, cookies=cookies, timeout=20, trust_env=False)

    def session(self, who: str) -> str:
        """Return the secret of somebody's session in a browser, and begin it if there is none."""
        if who not in self._sessions:
            person = Person(
                name=who,
                scopes=EVERYTHING,
                roles=self.roles.get(who, frozenset()),
                authenticated=self.clock(),
            )
            self._sessions[who], _ = self.accounts.sessions.begin(
                person, browser=True, now=self.clock()
            )
        return self._sessions[who]

    def cookie(self, who: str) -> SetCookieParam:
        """Return what a browser of somebody who is logged in sends along."""
        return {
            "name": self._cookie,
            "value": self.session(who),
            "url": self.address,
            "httpOnly": True,
            "sameSite": "Strict",
        }

    @property
    def _cookie(self) -> str:
        return Browser(base_of(self.address)).session


@contextlib.contextmanager
def site_of(
    story: Promoted,
    clock: Callable[[], str],
    *,
    roles: Mapping[str, frozenset[str]] = {},
) -> Iterator[Site]:
    """Serve a registry, with a provider to log in at; all of it ends at the end.

    Args:
        story: The registry.
        clock: The server's time.
        roles: Roles of people, by their name.
    """
    now = int(datetime.fromisoformat(clock()).timestamp())
    # By its words it is the hour of the site there, too.
    liar = Liar(claims={"iat": now, "auth_time": now, "exp": now + 60})
    place = story.folder / ".weighbridge"
    accounts = open_accounts(place / "accounts.db")
    jobs = DbosJobs(JobTables(address_of(str(place))))

    made: list[FastAPI] = []

    def make(address: str) -> FastAPI:
        house = House(
            registry=story.registry,
            accounts=accounts,
            jobs=jobs,
            settings=ServerSettings(
                public_url=address,
                oidc=OidcSettings(issuer=liar.issuer, client_id=CLIENT),
                limits=LimitSettings(requests_per_minute=_OFTEN),
            ),
            folder=story.folder,
            clock=clock,
            drain=Drain(),
            address=address,
            in_clear=False,
        )
        made.append(team_application(house))
        return made[0]

    try:
        with served(lying_app(liar)) as liar.issuer, served_at(make) as address:
            yield Site(address, made[0], story, accounts, jobs, clock, roles)
    finally:
        jobs.close()
        accounts.close()
