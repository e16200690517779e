"""People, their browsers, and the application they log in to."""

from __future__ import annotations

import contextlib
import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.oidc_servers import CLIENT, SECRET
from tests.server.team import Known, Remembered, served
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.model.errors import LoginError
from weighbridge.model.team.account import Scope
from weighbridge.server.app import application
from weighbridge.server.login.browser import Browser
from weighbridge.server.login.oidc import Client, Oidc
from weighbridge.server.login.routes import Logins, login_routes
from weighbridge.server.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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


class Discovered:
    """A provider's endpoints and keys, asked for each time."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    async def endpoint(self, name: str) -> str:
        return str((await self._get("/.well-known/openid-configuration"))[name])

    async def verify_jwt(
        self, token: str, *, issuer: str, audience: str, now: str
    ) -> Mapping[str, Any]:
        assert issuer
        assert audience
        assert now
        try:
            keys = KeySet.import_key_set(cast("Any", await self._get("/jwks")))
            return jwt.decode(token, keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError) as error:
            raise LoginError("no key of the provider signed this") from error

    async def _get(self, path: str) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return cast("dict[str, Any]", (await http.get(self.issuer + path)).json())


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
        oidc=Oidc(client, provider=Discovered(issuer), http=http),
        grant=granted,
        browser=Browser(PUBLIC),
        clock=clock,
    )
    services = Services(
        registry=cast("Registry", None),
        clock=clock,
        authenticator=Known(),
        idempotency=Remembered(),
    )
    try:
        with served(application(services, routers=[login_routes(logins)])) as address:
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
