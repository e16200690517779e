"""A dashboard over a registry of the tests, served by a thread, and people's browsers before it."""

from __future__ import annotations

import contextlib
import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from tests.answers import Answers
from tests.server.team import EVERYTHING, served_at
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.model.errors import Fault, LoginError
from weighbridge.model.team.session import Person
from weighbridge.server.app import application
from weighbridge.server.dashboard.contents import dashboard_routes
from weighbridge.server.login.authenticator import AccountsAuthenticator
from weighbridge.server.login.browser import Browser
from weighbridge.server.services import Services
from weighbridge.server.signing import NO_SIGNERS, KeptKey, Standing, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from fastapi import FastAPI

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.model.ports import Registry, Signer
    from weighbridge.model.team.account import Identity, Scope
    from weighbridge.server.signing import Signers

PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


class OwnKeys:
    """Signs for each person with a key of his; whoever has none signs nothing."""

    keeps = False

    def __init__(self, key: Callable[[str], Signer], people: Mapping[str, str]) -> None:
        self._key, self._people = key, people

    def standing(self, identity: Identity, *, now: str) -> Standing:
        del now
        if identity.person not in self._people:
            fault = Fault(LoginError.code, f"{identity.person or 'nobody'} has no key here")
            return Standing(fault=fault)
        return Standing(person=identity.person, key=self._people[identity.person])

    def signer(self, identity: Identity, *, now: str) -> Signer:
        if (fault := self.standing(identity, now=now).fault) is not None:
            raise refusal(fault)
        return self._key(identity.person)

    def kept(self, identity: Identity) -> KeptKey | None:
        del identity
        return None

    def make(self, identity: Identity, *, now: str) -> KeptKey:
        return NO_SIGNERS.make(identity, now=now)


@dataclass
class Answer:
    """What came back."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def words(self) -> str:
        """What somebody reads: without markup, blanks as one."""
        return " ".join(html.unescape(_TAG.sub(" ", self.response.text)).split())

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = self.response.json()
        return found

    def field(self, name: str) -> str:
        """Return the value of a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.response.text)
        assert found is not None, f"no field {name}"
        return html.unescape(found[1])


@dataclass
class Desk:
    """A dashboard that listens."""

    address: str
    app: FastAPI
    accounts: Accounts
    clock: Callable[[], str]
    _people: dict[str, httpx.Client] = field(default_factory=dict)

    def client(
        self,
        who: str = "",
        *,
        scopes: frozenset[Scope] = EVERYTHING,
        roles: frozenset[str] = frozenset(),
    ) -> httpx.Client:
        """Return a browser of somebody who is logged in."""
        if who not in self._people:
            client = httpx.Client(base_url=self.address, timeout=30, trust_env=False)
            client.headers["accept"] = PAGE
            if who:
                person = Person(name=who, scopes=scopes, roles=roles, authenticated=self.clock())
                secret, _ = self.accounts.sessions.begin(person, browser=True, now=self.clock())
                client.cookies.set(Browser(self.address).session, secret)
            self._people[who] = client
        return self._people[who]

    def page(self, path: str, who: str = "rita") -> Answer:
        return Answer(self.client(who).get(path))

    def told(self, path: str, who: str = "rita") -> dict[str, Any]:
        """Return the document of a page."""
        found = self.client(who).get(path, headers={"accept": "application/json"})
        assert found.status_code == 200, found.text
        assert found.headers["content-type"] == "application/json"
        document: dict[str, Any] = found.json()
        assert document["schemaVersion"] == 1
        return document

    def send(
        self, path: str, who: str, /, headers: Mapping[str, str] = {}, **fields: str
    ) -> Answer:
        """Send a form as a browser does: from the page at the same address."""
        shown = self.page(path, who)
        assert shown.status == 200, shown.words
        return self.post(path, who, {"csrf": shown.field("csrf"), **fields}, headers)

    def post(
        self, path: str, who: str, fields: Mapping[str, str], headers: Mapping[str, str] = {}
    ) -> Answer:
        own = {"origin": self.address, "sec-fetch-site": "same-origin"}
        return Answer(self.client(who).post(path, data=dict(fields), headers={**own, **headers}))

    def close(self) -> None:
        for client in self._people.values():
            client.close()


@contextlib.contextmanager
def desk_of(
    registry: Registry,
    folder: Path,
    clock: Callable[[], str],
    *,
    signers: Signers = NO_SIGNERS,
    asks_roles: bool = False,
) -> Iterator[Desk]:
    """Serve a dashboard; all of it ends at the end."""
    accounts = open_accounts(folder / "accounts.db")
    made: list[FastAPI] = []

    def make(address: str) -> FastAPI:
        browser = Browser(address)
        services = Services(
            registry=registry,
            clock=clock,
            authenticator=AccountsAuthenticator(accounts, browser=browser, clock=clock),
            idempotency=Answers(),
            logs_in=True,
            asks_roles=asks_roles,
            signers=signers,
        )
        made.append(application(services, routers=(dashboard_routes(browser),)))
        return made[0]

    try:
        with served_at(make) as address:
            desk = Desk(address, made[0], accounts, clock)
            try:
                yield desk
            finally:
                desk.close()
    finally:
        accounts.close()
