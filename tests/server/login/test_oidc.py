"""People log in at a real provider, and the command line by way of their browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.oidc_servers import Settings, real_provider, signing_key
from tests.server.login.people import CALLBACK, PUBLIC, Surfer, Watch, field_of, query, team
from weighbridge.model.team.account import Scope, Via

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.adapters.accounts.opening import Accounts


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with real_provider(Settings(redirect=CALLBACK, keys=[signing_key("one")])) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def clock() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def served_team(
    tmp_path_factory: pytest.TempPathFactory, issuer: str, clock: Watch
) -> Iterator[tuple[str, Accounts]]:
    with team(tmp_path_factory.mktemp("team"), issuer, clock) as found:
        yield found


@pytest.fixture
def accounts(served_team: tuple[str, Accounts]) -> Accounts:
    return served_team[1]


@pytest.fixture
def open_browser(served_team: tuple[str, Accounts]) -> Iterator[Callable[[], Surfer]]:
    opened: list[Surfer] = []

    def open_one() -> Surfer:
        opened.append(Surfer(served_team[0]))
        return opened[-1]

    yield open_one
    for one in opened:
        one.http.close()


@pytest.fixture
def browser(open_browser: Callable[[], Surfer]) -> Surfer:
    return open_browser()


def test_a_person_logs_in(browser: Surfer, accounts: Accounts, clock: Watch) -> None:
    response = browser.log_in("dora", "/login?next=/releases/a?b=c")
    assert response.status_code == 200
    assert 'content="0;url=/releases/a?b=c"' in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    (cookie,) = [
        one
        for one in response.headers.get_list("set-cookie")
        if one.startswith("weighbridge-session=wbc_")
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    session = accounts.sessions.find(browser.session, now=clock())
    assert session is not None
    assert session.person.name == "dora"
    assert session.person.roles == {"ml-lead"}
    assert session.person.authenticated


def test_each_login_has_a_new_session_and_the_old_one_ends(
    browser: Surfer, accounts: Accounts, clock: Watch
) -> None:
    browser.http.cookies.set("weighbridge-session", "wbc_planted", domain="127.0.0.1", path="/")
    callback = browser.to_callback("dora")
    browser.get(callback)
    browser.http.cookies.delete("weighbridge-session", domain="127.0.0.1", path="/")
    browser.log_in("dora")
    first = browser.session
    assert first.startswith("wbc_")
    browser.log_in("dora")
    assert browser.session not in {first, "wbc_planted"}
    assert accounts.sessions.find(first, now=clock()) is None


def test_what_came_back_counts_once_and_in_its_browser_alone(
    browser: Surfer, open_browser: Callable[[], Surfer]
) -> None:
    other = open_browser()
    mine, theirs = browser.to_callback("dora"), other.to_callback("otto")
    stolen = other.get(mine)
    assert stolen.json()["code"] == "WB152"
    assert "no login of this browser" in stolen.json()["detail"]
    assert other.session == ""
    assert browser.get(mine).status_code == 200
    assert browser.get(mine).json()["code"] == "WB152"
    assert other.get(theirs).status_code == 200


def test_a_code_of_another_login_fits_no_verifier(
    browser: Surfer, open_browser: Callable[[], Surfer]
) -> None:
    other = open_browser()
    mine, theirs = query(browser.to_callback("dora")), query(other.to_callback("otto"))
    response = browser.get(f"{CALLBACK}?state={mine['state']}&code={theirs['code']}")
    assert response.json()["faults"][0]["seen"] == "invalid_grant"
    assert browser.session == ""


def test_another_providers_answer_is_refused(browser: Surfer) -> None:
    mine = query(browser.to_callback("dora"))
    url = f"{CALLBACK}?state={mine['state']}&code={mine['code']}&iss=http://127.0.0.1:2"
    assert "another provider" in browser.get(url).json()["detail"]


@pytest.mark.parametrize(
    "path", ["//evil", "/%5Cevil", "https:evil", "https://evil/", "/%0Aevil", "/%09/evil", "evil"]
)
def test_it_leads_on_to_this_server_alone(browser: Surfer, path: str) -> None:
    response = browser.log_in("dora", f"/login?next={path}")
    assert "You are logged in as <strong>dora</strong>" in response.text
    assert "refresh" not in response.text
    assert "evil" not in response.text


def test_the_person_proves_anew_to_be_himself(browser: Surfer) -> None:
    browser.log_in("dora")
    asked = query(browser.get("/login?again=true").headers["location"])
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert browser.log_in("dora", "/login?again=true").status_code == 200


def test_the_page_that_says_who_one_is_logs_out(
    browser: Surfer, accounts: Accounts, clock: Watch
) -> None:
    response = browser.log_in("dora")
    secret = browser.session
    assert '<form method="post" action="/logout">' in response.text
    assert browser.post("/logout", {"csrf": field_of(response.text, "csrf")}).status_code == 200
    assert accounts.sessions.find(secret, now=clock()) is None


def test_a_session_ends_with_a_form_of_its_own_page(
    browser: Surfer, accounts: Accounts, clock: Watch
) -> None:
    browser.log_in("dora")
    secret, (_, login) = browser.session, accounts.commands.begin(source="here", now=clock())
    csrf = field_of(browser.get(f"/login/device?code={login.code}").text, "csrf")
    for form, origin in (
        ({}, PUBLIC),
        ({"csrf": "0" * 64}, PUBLIC),
        ({"csrf": csrf}, "http://evil"),
        ({"csrf": csrf}, "null"),
        ({"csrf": csrf}, ""),
    ):
        assert browser.post("/logout", form, origin).status_code in {400, 403, 415}
    assert accounts.sessions.find(secret, now=clock()) is not None
    assert browser.post("/logout", {"csrf": csrf}).status_code == 200
    assert accounts.sessions.find(secret, now=clock()) is None
    assert browser.session == ""


def test_a_job_logs_out_and_a_token_somebody_made_stays(
    browser: Surfer, accounts: Accounts, clock: Watch
) -> None:
    ended = []
    for via in (Via.EXCHANGE, Via.TOKEN):
        secret, token = accounts.tokens.make(
            person="ci",
            label="a job",
            scopes=frozenset({Scope.READ}),
            expires="2099-01-01T00:00:00Z",
            now=clock(),
            via=via,
        )
        headers = {"authorization": f"Bearer {secret}"}
        assert browser.http.post(browser.here("/logout"), headers=headers).status_code == 200
        found = accounts.tokens.get(token.identifier)
        assert found is not None
        ended.append(bool(found.revoked))
    assert ended == [True, False]


def begin(browser: Surfer) -> dict[str, str]:
    response = browser.http.post(browser.here("/v1/logins"))
    assert response.status_code == 200, response.text
    found: dict[str, str] = response.json()
    return found


def test_the_command_line_logs_in(
    browser: Surfer, open_browser: Callable[[], Surfer], accounts: Accounts, clock: Watch
) -> None:
    terminal, stranger = open_browser(), open_browser()
    login = begin(terminal)
    poll, secret = f"/v1/logins/{login['id']}/token", {"secret": login["secret"]}

    def ask() -> tuple[int, dict[str, str]]:
        response = terminal.http.post(terminal.here(poll), json=secret)
        return response.status_code, response.json()

    assert ask() == (202, {"schemaVersion": 1, "state": "pending"})
    assert ask()[0] == 429
    assert login["url"] == f"{PUBLIC}/login/device?code={login['code']}"
    led = browser.get(login["url"]).headers["location"]
    assert led.startswith("/login?next=")
    assert f"url=/login/device?code={login['code']}" in browser.log_in("dora", led).text
    shown = browser.get(login["url"])
    assert login["code"] in shown.text
    form = {"csrf": field_of(shown.text, "csrf"), "code": login["code"], "answer": "confirm"}
    assert stranger.post("/login/device", form).status_code == 401
    stranger.log_in("otto")
    assert stranger.post("/login/device", form).status_code == 403
    assert browser.post("/login/device", form, "http://evil").status_code == 403
    assert browser.post("/login/device", form | {"code": "BBBB-BBBB"}).status_code == 404
    assert browser.post("/login/device", form).status_code == 200
    assert browser.post("/login/device", form).status_code == 404
    clock.ahead += 6
    status, told = ask()
    assert (status, told["person"]) == (200, "dora")
    session = accounts.sessions.find(told["token"], now=clock())
    assert session is not None
    assert not session.browser
    clock.ahead += 6
    assert ask()[1]["code"] == "WB152"


def test_a_login_of_the_command_line_is_refused_or_takes_too_long(
    browser: Surfer, clock: Watch
) -> None:
    refused, late = begin(browser), begin(browser)
    browser.log_in("dora")
    page = browser.get(refused["url"]).text
    form = {"csrf": field_of(page, "csrf"), "code": refused["code"], "answer": "refuse"}
    assert browser.post("/login/device", form).status_code == 200
    url = browser.here(f"/v1/logins/{refused['id']}/token")
    told = browser.http.post(url, json={"secret": refused["secret"]}).json()
    assert told["detail"] == "the login was refused in the browser"
    clock.ahead += 601
    try:
        url = browser.here(f"/v1/logins/{late['id']}/token")
        told = browser.http.post(url, json={"secret": late["secret"]}).json()
        assert told["detail"] == "there is no such login, or it took too long"
        assert browser.get(late["url"]).status_code == 404
    finally:
        clock.ahead -= 601
