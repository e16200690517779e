from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.answers import Answers
from tests.server.login.people import PUBLIC, Watch
from tests.server.team import served
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.adapters.accounts.times import later
from weighbridge.model.team.account import Identity, Scope
from weighbridge.model.team.idempotency import LEASE, Claim, Kept
from weighbridge.model.team.session import Person
from weighbridge.server.app import application
from weighbridge.server.login.authenticator import CSRF, AccountsAuthenticator
from weighbridge.server.login.browser import Browser, csrf_token
from weighbridge.server.login.tokens import token_routes
from weighbridge.server.services import Limits, Services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_servers import Cluster
    from tests.server.doors import Guarded
    from weighbridge.adapters.accounts.once import StoredAnswers
    from weighbridge.adapters.accounts.opening import Accounts

ANN = Person(
    name="ann",
    scopes=frozenset({Scope.READ, Scope.WRITE}),
    roles=frozenset({"ml-lead"}),
    authenticated="2026-01-01T00:00:00Z",
)


class Team:
    """A server with accounts; seconds pass when they are told to."""

    def __init__(self, accounts: Accounts, story: Guarded, *, limits: Limits | None = None) -> None:
        self.accounts, self.clock, self.ticks = accounts, Watch(), 0.0
        self.app = application(
            Services(
                registry=story.registry,
                clock=self.clock,
                authenticator=AccountsAuthenticator(
                    accounts,
                    browser=Browser(PUBLIC),
                    clock=self.clock,
                    anybody=Identity(),
                    ticks=lambda: self.ticks,
                ),
                idempotency=Answers(),
                limits=limits or Limits(),
            ),
            routers=[token_routes(accounts, clock=self.clock)],
        )
        self.address = ""

    def begin(self, *, browser: bool = False) -> str:
        return self.accounts.sessions.begin(ANN, browser=browser, now=self.clock())[0]

    def ask(
        self, method: str, path: str, secret: str = "", *, cookie: str = "", **more: object
    ) -> httpx.Response:
        headers = dict(more.pop("headers", {}) or {})  # type: ignore[call-overload]
        if secret:
            headers["authorization"] = f"Bearer {secret}"
        if cookie:
            headers["cookie"] = f"weighbridge-session={cookie}"
        with httpx.Client(trust_env=False, timeout=20) as http:
            return http.request(method, self.address + path, headers=headers, **more)  # type: ignore[arg-type]


@pytest.fixture
def team(tmp_path: Path, story: Guarded) -> Iterator[Team]:
    accounts = open_accounts(tmp_path / "accounts.db")
    found = Team(accounts, story)
    try:
        with served(found.app) as found.address:
            yield found
    finally:
        accounts.close()


def code(said: httpx.Response) -> tuple[int, str]:
    return said.status_code, said.json()["code"]


def test_who_logged_in_makes_tokens_and_ends_them(team: Team) -> None:
    login = team.begin()
    me = team.ask("GET", "/v1/whoami", login).json()
    assert (me["person"], me["via"], me["scopes"]) == ("ann", "session", ["read", "write"])
    assert (me["roles"], me["authenticated"]) == (["ml-lead"], "2026-01-01T00:00:00Z")
    made = team.ask("POST", "/v1/tokens", login, json={"label": "ci", "scopes": ["read"]})
    assert made.status_code == 201
    token = made.json()["token"]
    assert token.startswith("wbt_")
    assert team.ask("GET", "/v1/registry", token).status_code == 200
    it = team.ask("GET", "/v1/whoami", token).json()
    assert (it["via"], it["roles"]) == ("token", ["ml-lead"])
    (listed,) = team.ask("GET", "/v1/tokens", login).json()["tokens"]
    assert token not in str(listed)
    assert listed["used"]
    assert code(team.ask("POST", "/v1/tokens", token, json={"label": "x"})) == (403, "WB170")
    wrong = team.ask("PUT", "/v1/blobs/sha256:" + "0" * 64, token, content=b"x")
    assert code(wrong) == (403, "WB170")
    gone = team.ask("DELETE", f"/v1/tokens/{listed['id']}", login)
    assert gone.json()["revoked"] is True
    team.ticks += 2
    assert code(team.ask("GET", "/v1/registry", token)) == (401, "WB152")
    assert team.ask("DELETE", "/v1/tokens/none", login).status_code == 404


def test_nobody_gives_away_what_he_has_not(team: Team) -> None:
    login = team.begin()
    said = team.ask("POST", "/v1/tokens", login, json={"label": "x", "scopes": ["admin"]})
    assert code(said) == (403, "WB170")
    for wrong in ("2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "soon"):
        said = team.ask("POST", "/v1/tokens", login, json={"label": "x", "expires": wrong})
        assert code(said) == (400, "WB272"), wrong


def test_only_an_admin_sees_and_ends_the_tokens_of_others(team: Team) -> None:
    now = team.clock()
    until = "2099-01-01T00:00:00Z"
    _, token = team.accounts.tokens.make(
        person="ben", label="bens", scopes=frozenset({Scope.READ}), expires=until, now=now
    )
    scopes = frozenset({Scope.READ, Scope.ADMIN})
    admin, _ = team.accounts.tokens.make(
        person="root", label="boot", scopes=scopes, expires=until, now=now
    )
    assert team.ask("GET", "/v1/tokens", team.begin()).json()["tokens"] == []
    path = f"/v1/tokens/{token.identifier}"
    assert team.ask("DELETE", path, team.begin()).status_code == 404
    assert len(team.ask("GET", "/v1/tokens", admin).json()["tokens"]) == 2
    assert team.ask("DELETE", path, admin).json()["revoked"] is True


def test_what_is_over_unknown_or_ambiguous_lets_nobody_in(team: Team) -> None:
    login, cookie = team.begin(), team.begin(browser=True)
    assert team.ask("GET", "/v1/registry", login).status_code == 200
    assert team.ask("GET", "/v1/registry", cookie=cookie).status_code == 200
    for wrong in ("wbt_none", "wbs_none", cookie, "x" * 300, "wbx_"):
        assert code(team.ask("GET", "/v1/registry", wrong)) == (401, "WB152"), wrong
    assert code(team.ask("GET", "/v1/registry", cookie=login)) == (401, "WB152")
    assert code(team.ask("GET", "/v1/registry", login, cookie=cookie)) == (401, "WB152")
    basic = {"authorization": f"Basic {login}"}
    assert code(team.ask("GET", "/v1/registry", headers=basic)) == (401, "WB152")
    assert team.ask("GET", f"/v1/registry?access_token={login}").status_code == 401
    team.clock.ahead, team.ticks = 13 * 3_600, 2
    assert code(team.ask("GET", "/v1/registry", login)) == (401, "WB152")
    assert team.ask("GET", "/v1/whoami").status_code == 401


def test_a_page_of_another_site_does_nothing_in_somebodys_name(team: Team) -> None:
    cookie = team.begin(browser=True)
    body = {"label": "x"}
    right = {CSRF: csrf_token(cookie), "origin": PUBLIC}
    assert (
        team.ask("POST", "/v1/tokens", cookie=cookie, json=body, headers=right).status_code == 201
    )
    for wrong in (
        {},
        {CSRF: csrf_token(cookie), "origin": "https://evil.example"},
        {CSRF: csrf_token(cookie), "sec-fetch-site": "cross-site"},
        {CSRF: csrf_token("another"), "origin": PUBLIC},
        {CSRF: "", "origin": PUBLIC},
    ):
        said = team.ask("POST", "/v1/tokens", cookie=cookie, json=body, headers=wrong)
        assert code(said) == (403, "WB170"), wrong


def test_who_guesses_does_so_slowly(tmp_path: Path, story: Guarded) -> None:
    accounts = open_accounts(tmp_path / "accounts.db")
    found = Team(accounts, story, limits=Limits(requests=1))
    try:
        with served(found.app) as found.address:
            said = [found.ask("GET", "/v1/registry", f"wbt_{at}").status_code for at in range(3)]
    finally:
        accounts.close()
    assert said == [401, 429, 429]


def check_answers(answers: StoredAnswers, *, now: str) -> None:
    """See that an answer has one author, another once the first is not heard of, and is kept."""
    first = answers.begin("a key", "c", "r", now=now)
    assert isinstance(first, Claim)
    assert answers.begin("a key", "c", "r", now=now) == Kept(request="r", status=0, body=b"")
    second = answers.begin("a key", "c", "r", now=later(now, LEASE))
    assert isinstance(second, Claim)
    assert second.again
    assert (answers.holds(first), answers.holds(second)) == (False, True)
    answers.finish(first, status=200, body=b"too late")
    answers.finish(second, status=200, body=b"said")
    kept = answers.begin("a key", "c", "r", now=later(now, LEASE))
    assert kept == Kept(request="r", status=200, body=b"said")


def test_accounts_of_a_team_are_in_its_database(postgres: Cluster, story: Guarded) -> None:
    accounts = open_accounts(postgres.address(postgres.make_database()))
    found = Team(accounts, story)
    try:
        with served(found.app) as found.address:
            made = found.ask("POST", "/v1/tokens", found.begin(), json={"label": "ci"})
            token = made.json()["token"]
            assert found.ask("GET", "/v1/whoami", token).json()["person"] == "ann"
            check_answers(accounts.answers, now=found.clock())
            assert accounts.sweep(now="2099-01-01T00:00:00Z") > 0
    finally:
        accounts.close()
