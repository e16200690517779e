"""People, their browsers, and the application they log in to."""

from __future__ import annotations

import contextlib
import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.answers import Answers
from tests.oidc_servers import CLIENT, SECRET
from tests.server.team import served
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.model.team.account import Scope
from weighbridge.server.app import application
from weighbridge.server.login.authenticator import AccountsAuthenticator
from weighbridge.server.login.browser import Browser
from weighbridge.server.login.oidc import Client, Oidc
from weighbridge.server.login.provider import HttpProvider
from weighbridge.server.login.routes import Logins, login_routes
from weighbridge.server.login.tokens import token_routes
from weighbridge.server.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.model.ports import Registry

PUBLIC = "http://127.0.0.1:1"
"""Where people reach the server; what stands before it there leads on to where it listens."""
CALLBACK = f"{PUBLIC}/login/callback"


class Watch:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> str:
        return (datetime.now(UTC) + timedelta(seconds=self.ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")


def granted(groups: Sequence[str]) -> tuple[frozenset[str], frozenset[Scope]]:
    roles = frozenset({"ml-lead"} if "leads" in groups else set())
    return roles, frozenset({Scope.READ, Scope.WRITE})


@contextlib.contextmanager
def team(folder: Path, issuer: str, clock: Watch) -> Iterator[tuple[str, Accounts]]:
    """Serve logins at a provider; hands out where, and the accounts."""
    accounts = open_accounts(folder / "accounts.db")
    client = Client(
        issuer=issuer,
        identifier=CLIENT,
        secret=SECRET,
        redirect=CALLBACK,
        scopes=("openid", "profile", "groups"),
    )
    http = httpx.AsyncClient(trust_env=False, timeout=10)
    logins = Logins(
        accounts=accounts,
        oidc=Oidc(client, provider=HttpProvider(issuer, http=http, kept=0), http=http),
        grant=granted,
        browser=Browser(PUBLIC),
        clock=clock,
    )
    services = Services(
        registry=cast("Registry", None),
        clock=clock,
        authenticator=AccountsAuthenticator(accounts, browser=Browser(PUBLIC), clock=clock),
        idempotency=Answers(),
    )
    try:
        routers = (login_routes(logins), token_routes(accounts, clock=clock))
        with served(application(services, routers=routers)) as address:
            yield address, accounts
    finally:
        accounts.close()


class Surfer:
    """A browser: it keeps cookies, follows what it is led to, and fills in forms."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.http = httpx.Client(trust_env=False, timeout=20)

    def get(self, url: str) -> httpx.Response:
        return self.http.get(self.here(url))

    def here(self, url: str) -> str:
        if url.startswith("/"):
            return self.address + url
        return url.replace(PUBLIC, self.address)

    def post(self, path: str, form: dict[str, str], origin: str = PUBLIC) -> httpx.Response:
        headers = {"origin": origin} if origin else {}
        return self.http.post(self.here(path), data=form, headers=headers)

    def to_callback(self, person: str, path: str = "/login") -> str:
        """Log in at the provider; return the address it leads back to, not yet followed."""
        response = self.get(path)
        for _ in range(12):
            if response.is_redirect:
                target = str(response.url.join(response.headers["location"]))
                if target.startswith(CALLBACK):
                    return target
                response = self.get(target)
                continue
            assert response.status_code == 200, response.text
            response = self._fill(response, person)
        raise AssertionError("the provider leads nowhere")

    def _fill(self, response: httpx.Response, person: str) -> httpx.Response:
        action = re.search(r'action="([^"]+)"', response.text)
        prompt = re.search(r'name="prompt" value="(\w+)"', response.text)
        assert action is not None, response.text
        assert prompt is not None, response.text
        form = {"prompt": prompt[1], "login": person, "password": "any"}
        return self.http.post(str(response.url.join(html.unescape(action[1]))), data=form)

    def log_in(self, person: str, path: str = "/login") -> httpx.Response:
        return self.get(self.to_callback(person, path))

    @property
    def session(self) -> str:
        return self.http.cookies.get("weighbridge-session", default="") or ""


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def field_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page
    return html.unescape(found[1])
