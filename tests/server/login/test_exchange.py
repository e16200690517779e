"""A job shows what its CI's provider signed; what is not right of it lets nobody in."""

from __future__ import annotations

import base64
import contextlib
import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.answers import Answers
from tests.oidc_servers import signing_key
from tests.server.login.jobs_of_a_ci import GITLAB, Ci, ci_app, curve_key, settings_of
from tests.server.login.people import PUBLIC, Watch
from tests.server.team import served
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.codec.server_settings import read_server_settings
from weighbridge.server.app import application
from weighbridge.server.login.authenticator import AccountsAuthenticator
from weighbridge.server.login.browser import Browser
from weighbridge.server.login.exchange import GRANT, LOG, Exchange, exchange_routes
from weighbridge.server.login.provider import HttpProvider
from weighbridge.server.login.tokens import token_routes
from weighbridge.server.services import Limits, Services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.doors import Guarded
    from weighbridge.adapters.accounts.opening import Accounts

ORDER_OF_THE_CURVE = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
NOT_HERE = "the job's token does not count here"
UNSIGNED = "no key of its issuer signed it"


class House:
    """A server that lets jobs in, and what it wrote down."""

    def __init__(self, accounts: Accounts, story: Guarded, ci: Ci, limits: Limits) -> None:
        self.ci, self.clock, self.written = ci, Watch(), list[logging.LogRecord]()
        self.registry, self.accounts, self.ticks = story.registry, accounts, 0.0
        entries = read_server_settings(settings_of(ci.issuer), "server.toml").ci
        http = httpx.AsyncClient(trust_env=False, timeout=10)
        provider = HttpProvider(
            ci.issuer, http=http, setting="[[ci]]", kept=0, ticks=lambda: self.ticks
        )
        authenticator = AccountsAuthenticator(
            accounts, browser=Browser(PUBLIC), clock=self.clock, ticks=lambda: self.ticks
        )
        exchange = Exchange(
            accounts=accounts, entries=entries, providers={ci.issuer: provider}, clock=self.clock
        )
        services = Services(
            registry=story.registry,
            clock=self.clock,
            authenticator=authenticator,
            idempotency=Answers(),
            limits=limits,
        )
        routers = [exchange_routes(exchange), token_routes(accounts, clock=self.clock)]
        self.app = application(services, routers=routers)
        self.http = httpx.Client(trust_env=False, timeout=20)

    def show(self, token: str, **more: str) -> httpx.Response:
        kind = "urn:ietf:params:oauth:token-type:jwt"
        form = {"grant_type": GRANT, "subject_token": token, "subject_token_type": kind, **more}
        return self.http.post("/v1/tokens/exchange", data=form)

    def ask(
        self, method: str, path: str, secret: str, *, key: str = "", body: object = None
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {secret}"} | ({"idempotency-key": key} if key else {})
        return self.http.request(method, path, headers=headers, json=body)

    @property
    def noted(self) -> dict[str, Any]:
        found: dict[str, Any] = self.written[-1].fields  # type: ignore[attr-defined]
        return found


@contextlib.contextmanager
def housed(folder: Path, story: Guarded, ci: Ci, limits: Limits) -> Iterator[House]:
    accounts = open_accounts(folder / "accounts.db")
    found = House(accounts, story, ci, limits)
    handler = logging.Handler()
    handler.emit = found.written.append  # type: ignore[method-assign,assignment]
    before = LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    try:
        with served(found.app) as address:
            found.http.base_url = httpx.URL(address)
            yield found
    finally:
        found.http.close()
        LOG.removeHandler(handler)
        LOG.setLevel(before)
        accounts.close()


@pytest.fixture(scope="module")
def told() -> Iterator[Ci]:
    ci = Ci()
    with served(ci_app(ci)) as ci.issuer:
        yield ci


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, story: Guarded, told: Ci) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("house"), story, told, Limits()) as found:
        yield found


@pytest.fixture
def ci(told: Ci) -> Iterator[Ci]:
    """A CI that says what is right, whatever it said in another test."""
    before = (told.key, list(told.keys))
    yield told
    told.key, told.keys = before
    told.answers.clear()
    told.heard.clear()


@pytest.fixture
def house(built: House, ci: Ci) -> House:
    """The server, after all it remembers is too old."""
    assert ci is built.ci
    built.clock.ahead = 0
    built.ticks += 1_000
    return built


def refusal(said: httpx.Response) -> tuple[int, str, str, str]:
    (fault,) = said.json()["faults"]
    assert "acme" not in said.text
    return said.status_code, fault["code"], fault["message"], fault["cause"]


def refused(why: str) -> tuple[int, str, str, str]:
    return 401, "WB152", NOT_HERE, why


def test_a_job_gets_a_short_token(house: House, ci: Ci) -> None:
    said = house.show(ci.token())
    assert said.status_code == 200, said.text
    assert said.headers["cache-control"] == "no-store"
    told = said.json()
    secret = told.pop("access_token")
    assert told == {
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "read write",
    }
    me = house.ask("GET", "/v1/whoami", secret).json()
    assert (me["person"], me["via"], me["scopes"]) == ("ci-release", "exchange", ["read", "write"])
    assert (me["roles"], me["authenticated"]) == (["releaser"], "")
    listed, *_ = house.accounts.tokens.list("ci-release")
    assert listed.label == "repo:acme/spam-filter:ref:refs/heads/main"
    assert (house.noted["entry"], house.noted["credential"]) == (1, listed.identifier)
    assert secret not in str(house.noted)
    # The job's own token lasts for five minutes, what was given for fifteen.
    house.clock.ahead, house.ticks = 600, house.ticks + 10
    assert house.ask("GET", "/v1/registry", secret).status_code == 200
    house.clock.ahead, house.ticks = 901, house.ticks + 10
    assert house.ask("GET", "/v1/registry", secret).json()["code"] == "WB152"


def test_the_first_entry_that_fits_counts(house: House, ci: Ci) -> None:
    branch = house.show(ci.token(ref="refs/heads/branch"))
    assert branch.json()["scope"] == "read"
    lab = house.show(ci.token(None, repository=None, **GITLAB), scope="run")
    assert lab.json()["scope"] == "run"
    me = house.ask("GET", "/v1/whoami", lab.json()["access_token"]).json()
    assert (me["person"], me["scopes"]) == ("ci-lab", ["run"])
    more = house.show(ci.token(ref="refs/heads/branch"), scope="read write")
    assert (more.status_code, more.json()["code"]) == (400, "WB272")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"aud": "https://pypi.example"}, "it is for somebody else"),
        ({"aud": ["weighbridge", "other"]}, "it is for somebody else"),
        ({"aud": None}, "it is for somebody else"),
        ({"aud": 7}, "it is for somebody else"),
        ({"iss": "https://token.example"}, "nobody whose tokens count here made it"),
        ({"iss": None}, "nobody whose tokens count here made it"),
        ({"iss": ["a"]}, "nobody whose tokens count here made it"),
        ({"exp": -61}, "it is over"),
        ({"exp": None}, "its `exp` is no time"),
        ({"exp": True}, "its `exp` is no time"),
        ({"exp": 86_401}, "it counts for longer than a job takes"),
        ({"iat": 600}, "it is of the future"),
        ({"iat": None}, "its `iat` is no time"),
        ({"nbf": 600}, "it does not count yet"),
        ({"nbf": "soon"}, "its `nbf` is no time"),
        ({"jti": 7}, "its `jti` is no name"),
        ({"jti": ""}, "its `jti` is no name"),
        ({"nonce": "n"}, "it is of a person who logged in, not of a job"),
        ({"auth_time": 1}, "it is of a person who logged in, not of a job"),
        ({"repository": "evil/spam-filter"}, "no job of this kind is let in"),
        ({"repository": "acm"}, "no job of this kind is let in"),
        ({"repository": "acme"}, "no job of this kind is let in"),
        ({"repository": "acme-evil/x"}, "no job of this kind is let in"),
        ({"repository": "x/acme/y"}, "no job of this kind is let in"),
        ({"repository": ["acme/spam-filter"]}, "no job of this kind is let in"),
        ({"repository": None}, "no job of this kind is let in"),
        ({**GITLAB, "repository": None, "ref_protected": True}, "no job of this kind is let in"),
        ({**GITLAB, "repository": None, "ref_protected": None}, "no job of this kind is let in"),
    ],
)
def test_a_claim_that_is_not_right(house: House, ci: Ci, changed: dict[str, Any], why: str) -> None:
    before = len(house.accounts.tokens.list())
    assert refusal(house.show(ci.token(**changed))) == refused(why)
    assert house.noted["why"] == why
    assert len(house.accounts.tokens.list()) == before


def test_the_log_says_what_a_job_differs_in(house: House, ci: Ci) -> None:
    token = ci.token(repository="evil/x")
    said = house.show(token)
    assert house.noted["request"] == said.headers["x-request-id"]
    assert house.noted["differs"] == {
        "1": {"repository": "evil/x"},
        "2": {"repository": "evil/x"},
        "3": {"project_path": "", "ref_protected": ""},
    }
    assert token not in str(house.noted)


@pytest.mark.parametrize(
    "header",
    [{"alg": "none"}, {"alg": "HS256"}, {"kid": "three"}],
    ids=["none", "hs256", "kid"],
)
def test_a_token_that_no_key_of_the_issuer_signed(
    house: House, ci: Ci, header: dict[str, Any]
) -> None:
    assert refusal(house.show(ci.token(header))) == refused(UNSIGNED)


def test_a_token_of_another_kind(house: House, ci: Ci) -> None:
    said = house.show(ci.token({"typ": "at+jwt"}))
    assert refusal(said) == refused("it is a token of another kind")


def test_a_key_that_is_another_or_has_the_name_of_one(house: House, ci: Ci) -> None:
    right = ci.token()
    ci.key = signing_key("one")
    assert refusal(house.show(ci.token())) == refused(UNSIGNED)
    head, claims, signature = right.split(".")
    other = ci.token(repository="acme/x").split(".")[1]
    assert refusal(house.show(f"{head}.{other}.{signature}")) == refused(UNSIGNED)
    assert house.show(right).status_code == 200
    assert claims != other


def test_a_new_key_is_asked_for_but_not_by_whoever_sends_tokens(house: House, ci: Ci) -> None:
    assert house.show(ci.token()).status_code == 200
    asked = len(ci.heard)
    stranger = ci.token({"kid": "unknown"})
    assert all(house.show(stranger).status_code == 401 for _ in range(5))
    assert len(ci.heard) == asked
    ci.key = curve_key("new")
    ci.keys.append(ci.key)
    house.ticks += 31
    assert house.show(ci.token()).status_code == 200


@pytest.mark.parametrize("jti", ["a-job", None])
def test_a_token_counts_once(house: House, ci: Ci, jti: str | None) -> None:
    ci.key = next(key for key in ci.keys if key is not ci.key)
    token = ci.token(jti=jti)
    assert house.show(token).status_code == 200
    again = refused("it was shown before")
    assert refusal(house.show(token)) == again
    head, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    mirrored = ORDER_OF_THE_CURVE - int.from_bytes(raw[32:])
    other = base64.urlsafe_b64encode(raw[:32] + mirrored.to_bytes(32)).rstrip(b"=").decode()
    assert other != signature
    assert refusal(house.show(f"{head}.{other}")) == again
    # Swept while it could be shown again, or as soon as it could not: it makes no difference.
    house.clock.ahead = 300
    house.accounts.sweep(now=house.clock())
    assert refusal(house.show(token)) == again
    house.clock.ahead = 400
    house.accounts.sweep(now=house.clock())
    assert refusal(house.show(token)) == refused("it is over")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("x" * (1 << 19)),
        PlainTextResponse("[" * 100_000),
        PlainTextResponse("no document"),
        JSONResponse([]),
        JSONResponse({}),
        JSONResponse({"keys": "none", "issuer": "https://evil.example"}),
        JSONResponse({}, 500),
        RedirectResponse("http://127.0.0.1:2/", 307),
    ],
)
def test_a_provider_that_does_not_say_its_keys(
    house: House, ci: Ci, path: str, answer: Response
) -> None:
    ci.answers[path] = answer
    said = house.show(ci.token())
    assert (said.status_code, said.json()["code"]) == (503, "WB150")
    assert said.json()["detail"] == "the provider of [[ci]] cannot be asked"


@pytest.mark.parametrize(
    "token",
    ["x", "a.b.c", "..", "e30.e30.", "é.é.é", "[" * 9_000, "e30.bnVsbA.", "e30.WzFd."],
)
def test_what_is_no_token(house: House, token: str) -> None:
    assert refusal(house.show(token)) == refused("nobody whose tokens count here made it")


def test_a_header_nobody_can_read(house: House, ci: Ci) -> None:
    _, claims, signature = ci.token().split(".")
    for text in (
        "[" * 4_000,
        '{"alg":' * 1_500,
        '{"alg":{}}',
        '{"alg":["RS256"],"kid":{}}',
        "\xff",
    ):
        head = base64.urlsafe_b64encode(text.encode("latin-1")).rstrip(b"=").decode()
        assert refusal(house.show(f"{head}.{claims}.{signature}")) == refused(UNSIGNED), text[:20]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"grant_type": "client_credentials"}, "grant_type is another here"),
        ({"grant_type": ""}, "grant_type is another here"),
        ({"subject_token_type": "x"}, "subject_token_type is another here"),
        ({"requested_token_type": "x"}, "requested_token_type is another here"),
        ({"actor_token": "x"}, "nobody acts for a job here"),
        ({"subject_token": ""}, "there is no subject_token"),
        ({"subject_token": "x" * 16_385}, "there is no subject_token"),
        ({"scope": "root"}, "that is no scope"),
    ],
)
def test_what_is_asked_for_is_known(house: House, changed: dict[str, str], message: str) -> None:
    said = house.show("x", **changed)
    assert (said.status_code, said.json()["code"]) == (400, "WB272")
    assert said.json()["detail"] == message


def test_what_is_no_form_of_ours(house: House) -> None:
    path, form = "/v1/tokens/exchange", {"content-type": "application/x-www-form-urlencoded"}
    assert house.http.post(path, json={}).status_code == 415
    assert house.http.post(path, content=b"a" * 40_000, headers=form).status_code == 413
    assert house.http.post(path, content=b"a=1&a=2", headers=form).status_code == 400
    assert house.http.post(path, content=b"&".join([b"a=1"] * 99), headers=form).status_code == 400
    assert house.http.post(path, content=b"\xff=1", headers=form).status_code == 400


def test_an_exchanged_token_makes_none_approves_nothing_and_runs_nothing(
    house: House, ci: Ci
) -> None:
    secret = house.show(ci.token()).json()["access_token"]

    def code(said: httpx.Response) -> tuple[int, str]:
        return said.status_code, said.json()["detail"]

    made = house.ask("POST", "/v1/tokens", secret, body={"label": "x"})
    assert code(made) == (403, "no token does this")
    change = {
        "time": house.clock(),
        "reads": {"size": 0, "control": None},
        "entries": [{"kind": "act.said", "body": {}}],
    }
    said = house.ask("POST", "/v1/changes", secret, body=change, key="an-approval")
    assert code(said) == (403, "a token does not approve, waive or change trust")
    again = house.show(secret)
    assert refusal(again) == refused("nobody whose tokens count here made it")


def test_who_guesses_does_so_slowly(tmp_path: Path, story: Guarded, ci: Ci) -> None:
    token = ci.token(aud="other")
    with housed(tmp_path, story, ci, Limits(requests=60)) as house:
        said = [house.show(token).status_code for _ in range(9)]
    assert said[:5] == [401] * 5
    assert said[-1] == 429
