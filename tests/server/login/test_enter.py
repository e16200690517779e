"""A link that the server printed lets one browser in, once, and signs with his key who serves."""

from __future__ import annotations

import contextlib
import html
import re
import signal
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from tests.identities import passphrase_fd
from tests.server.conftest import guarded, guarded_folder
from tests.server.doors import SECONDS, Guarded
from tests.server.login.people import Surfer, Watch
from tests.server.team import served
from tests.usecases.cast import PASSPHRASES, all_keys, staged
from tests.usecases.conftest import committed
from tests.usecases.workshop import clean_environ, command
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.model.errors import LoginError, NotAllowedError
from weighbridge.model.team.account import Identity, Scope, Via
from weighbridge.model.team.server_settings import ServerSettings
from weighbridge.model.team.session import Person
from weighbridge.server.login.own import Own, OwnKey, Tickets
from weighbridge.server.logs import redacted
from weighbridge.server.running import Drain
from weighbridge.server.serving import House, team_application

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.adapters.accounts.opening import Accounts
    from weighbridge.model.ports import Signer
    from weighbridge.model.team.job import Jobs

__all__ = ["all_keys", "committed", "guarded", "guarded_folder", "staged"]

PAGE = {"accept": "text/html"}
COOKIE = "weighbridge-session"


@dataclass
class Started:
    """A server of one's own, and the tickets it told."""

    address: str
    accounts: Accounts
    own: Own
    told: list[str]
    clock: Watch

    def enter(
        self, browser: httpx.Client, ticket: str | None = None, **more: str
    ) -> httpx.Response:
        query = {"ticket": self.told[-1] if ticket is None else ticket, **more}
        return browser.get(f"{self.address}/enter", params=query)

    def identity(self, browser: httpx.Client) -> Identity:
        """Return who a browser is taken for."""
        session = self.accounts.sessions.find(browser.cookies[COOKIE], now=self.clock())
        assert session is not None
        return Identity(
            person=session.person.name,
            via=Via.SESSION,
            scopes=session.person.scopes,
            credential=session.identifier,
            authenticated=session.person.authenticated,
            browser=session.browser,
        )

    def fault(self, identity: Identity) -> tuple[str, str]:
        fault = self.own.key.standing(identity, now=self.clock()).fault
        assert fault is not None
        with pytest.raises((LoginError, NotAllowedError)) as error:
            self.own.key.signer(identity, now=self.clock())
        assert error.value.faults == (fault,)
        return fault.message, fault.help[0]


@contextlib.contextmanager
def started(guarded: Guarded, signer: Signer | None, name: str = "") -> Iterator[Started]:
    accounts, told, clock = open_accounts(guarded.folder / "accounts.db"), [""], Watch()
    key = OwnKey(signer, name=name, user="somebody", registry=guarded.registry)
    own = Own(key=key, tickets=Tickets(told.append))
    house = House(
        registry=guarded.registry,
        accounts=accounts,
        jobs=cast("Jobs", None),
        settings=ServerSettings(),
        folder=guarded.folder,
        clock=clock,
        drain=Drain(),
        address="http://127.0.0.1:1",
        in_clear=False,
        own=own,
    )
    try:
        with served(team_application(house)) as address:
            own.tickets.issue()
            yield Started(address, accounts, own, told, clock)
    finally:
        accounts.close()


@pytest.fixture
def dora(guarded: Guarded) -> Iterator[Started]:
    """Serve with the key of dora, whom owners trust."""
    with started(guarded, guarded.key("dora"), "dora") as found:
        yield found


@pytest.fixture
def browsers() -> Iterator[tuple[httpx.Client, httpx.Client]]:
    with httpx.Client(trust_env=False, timeout=20) as one, httpx.Client(trust_env=False) as other:
        yield one, other


@pytest.fixture
def browser(browsers: tuple[httpx.Client, httpx.Client]) -> httpx.Client:
    return browsers[0]


def test_a_ticket_lets_a_browser_in_and_it_signs(dora: Started, browser: httpx.Client) -> None:
    response = dora.enter(browser)
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    (cookie,) = response.headers.get_list("set-cookie")
    assert cookie.startswith(f"{COOKIE}=wbc_")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    who = dora.identity(browser)
    assert (who.person, who.scopes) == ("dora", frozenset(Scope))
    standing = dora.own.key.standing(who, now=dora.clock())
    assert (standing.person, standing.held_by, standing.fresh_until) == ("dora", "", "")
    assert standing.key.startswith("sha256:")
    assert standing.fault is None
    assert dora.own.key.signer(who, now=dora.clock()) is not None
    assert browser.get(f"{dora.address}/v1/whoami").json()["person"] == "dora"


def test_a_ticket_counts_once(dora: Started, browsers: tuple[httpx.Client, httpx.Client]) -> None:
    mine, other = browsers
    first = dora.told[-1]
    assert dora.enter(mine).status_code == 303
    assert len(set(dora.told)) == len(dora.told) == 3
    response = other.get(f"{dora.address}/enter", params={"ticket": first}, headers=PAGE)
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    shown = html.unescape(re.sub(r"<[^>]*>", "", response.text))
    for text in ("WB152", "this link lets nobody in", "it was used", "the link that the server"):
        assert text in shown
    assert "/login" not in response.text
    assert first not in response.text
    assert dora.enter(other).status_code == 303
    assert dora.identity(other).credential != dora.identity(mine).credential


def test_who_is_in_goes_on_and_the_next_ticket_stays(dora: Started, browser: httpx.Client) -> None:
    dora.enter(browser)
    who, told = dora.identity(browser), list(dora.told)
    for ticket in (dora.told[1], "", "wrong", dora.told[-1]):
        response = dora.enter(browser, ticket, next="/releases")
        assert (response.status_code, response.headers["location"]) == (303, "/releases")
        assert "set-cookie" not in response.headers
    assert (dora.identity(browser), dora.told) == (who, told)


@pytest.mark.parametrize("ticket", ["", "wrong", "é", "x" * 4_000])
def test_a_wrong_ticket_lets_nobody_in(ticket: str, dora: Started, browser: httpx.Client) -> None:
    response = dora.enter(browser, ticket)
    assert (response.status_code, response.json()["code"]) == (401, "WB152")
    assert not browser.cookies
    assert len(dora.told) == 2


@pytest.mark.parametrize(
    "after", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nb: c"]
)
def test_it_leads_nowhere_else(after: str, dora: Started, browser: httpx.Client) -> None:
    response = dora.enter(browser, next=after)
    assert (response.status_code, response.headers["location"]) == (303, "/")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_another_site_cannot_lead_here(site: str, dora: Started, browser: httpx.Client) -> None:
    response = browser.get(
        f"{dora.address}/enter",
        params={"ticket": dora.told[-1]},
        headers={"sec-fetch-site": site},
    )
    assert (response.status_code, response.json()["code"]) == (403, "WB170")
    assert len(dora.told) == 2
    assert dora.enter(browser).status_code == 303


def test_of_browsers_that_bring_one_ticket_at_once_one_is_let_in(dora: Started) -> None:
    start, ticket, found = threading.Barrier(6), dora.told[-1], []

    def enter() -> None:
        with httpx.Client(trust_env=False, timeout=20) as browser:
            start.wait(20)
            found.append(dora.enter(browser, ticket).status_code)

    threads = [threading.Thread(target=enter) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == [303, 401, 401, 401, 401, 401]


def test_sessions_that_came_otherwise_sign_nothing(dora: Started, browser: httpx.Client) -> None:
    dora.enter(browser)
    who = dora.identity(browser)
    others: list[dict[str, Any]] = [
        {"credential": "another", "person": "dora"},
        {"via": Via.TOKEN},
        {"browser": False},
        {"credential": ""},
    ]
    for change in others:
        known = {name: getattr(who, name) for name in Identity.__dataclass_fields__}
        said, help_ = dora.fault(Identity(**known | change))
        assert said == "this server signs for the browser alone that came by its link"
        assert help_ == "open the link that the server printed last on stderr"


def test_a_session_of_an_earlier_start_needs_the_new_link(
    dora: Started, browser: httpx.Client
) -> None:
    person = Person(
        name="dora", scopes=frozenset(Scope), roles=frozenset(), authenticated=dora.clock()
    )
    secret, old = dora.accounts.sessions.begin(person, browser=True, now=dora.clock())
    browser.cookies.set(COOKIE, secret, domain="127.0.0.1")
    assert dora.fault(dora.identity(browser))[0].startswith("this server signs for the browser")
    assert dora.enter(browser, "").status_code == 401
    response = dora.enter(browser)
    assert response.status_code == 303
    assert dora.accounts.sessions.find(secret, now=dora.clock()) is None
    assert old.identifier not in response.text


def test_without_a_key_it_says_how_to_have_one(guarded: Guarded, browser: httpx.Client) -> None:
    with started(guarded, None) as found:
        assert found.enter(browser).status_code == 303
        who = found.identity(browser)
        assert who.person == "somebody"
        message, help_ = found.fault(who)
    assert message == "the server has no key to sign with"
    assert help_ == "start the server with --key NAME"


def test_a_key_nobody_trusts_signs_nothing(guarded: Guarded, browser: httpx.Client) -> None:
    with started(guarded, guarded.key("mia"), "mia") as found:
        found.enter(browser)
        who = found.identity(browser)
        assert who.person == "mia"
        message, help_ = found.fault(who)
    assert message == "nobody trusts your key mia yet"
    assert "weighbridge key trust mia --person PERSON --role ROLE" in help_


def test_no_ticket_stands_in_a_log() -> None:
    assert redacted("GET /enter?ticket=abc_d-e&next=/") == "GET /enter?ticket=[redacted]&next=/"


def test_a_server_of_a_team_has_no_such_door(guarded: Guarded, browser: httpx.Client) -> None:
    with started(guarded, None) as found:
        house = House(
            registry=guarded.registry,
            accounts=found.accounts,
            jobs=cast("Jobs", None),
            settings=ServerSettings(public_url="https://weighbridge.example"),
            folder=guarded.folder,
            clock=found.clock,
            drain=Drain(),
            address="http://127.0.0.1:1",
            in_clear=False,
        )
        with served(team_application(house)) as address:
            assert browser.get(f"{address}/enter").status_code == 404


LINK = re.compile(r"open (http://127\.0\.0\.1:\d+/enter\?ticket=[\w-]{43}) in your browser")


@contextlib.contextmanager
def serving(guarded: Guarded, *words: str) -> Iterator[subprocess.Popen[str]]:
    with passphrase_fd(PASSPHRASES["dora"]) as descriptor:
        process = subprocess.Popen(
            command("serve", "--port=0", "--grace=0", *words),
            cwd=guarded.folder,
            env=clean_environ()
            | {
                "WEIGHBRIDGE_KEYS": str(guarded.keys.root),
                "WEIGHBRIDGE_KEY_PASSPHRASE_FD": str(descriptor),
            },
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def link_of(process: subprocess.Popen[str]) -> tuple[str, list[str]]:
    """Read what a server says until it prints a link; return that, and what it said before."""
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        if found := LINK.search(line):
            return found[1], said
        said.append(line)
    raise AssertionError("".join(said))


@pytest.mark.slow
def test_who_serves_with_his_key_opens_the_printed_link(guarded: Guarded) -> None:
    with serving(guarded, "--key=dora", "--log-format=json") as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        link, _ = link_of(process)
        assert link.startswith(address)
        surfer = Surfer(address)
        with contextlib.closing(surfer.http):
            assert surfer.get(link).status_code == 303
            next_link, said = link_of(process)
            assert next_link != link
            assert surfer.get("/v1/whoami").json()["person"] == "dora"
            token = surfer.http.post(
                f"{address}/v1/tokens",
                json={"label": "mine", "scopes": ["read"]},
                headers={"origin": address, "x-csrf-token": "wrong"},
            )
            assert token.json()["code"] == "WB170"
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        said += process.stderr.readlines()
        assert process.wait(SECONDS) == 0
    logs = "".join(said)
    assert '"route":"/enter"' in logs
    assert link.partition("ticket=")[2] not in logs
    assert "dora keeps it" not in logs


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (("--key=dora", "--key=mia"), "", "this is said by one person, with one key"),
        (("--key=dora", "--config=s.toml"), 'public-url = "https://w.example"', "of your own"),
        (
            ("--key=dora", "--config=s.toml"),
            'public-url = "https://w.example"\n[oidc]\nissuer = "https://l"\nclient-id = "w"',
            "of your own",
        ),
        (("--key=dora", "--config=s.toml"), '[proxy]\ntrusted = ["10.0.0.0/8"]', "of your own"),
        (
            ("--key=dora", "--host=0.0.0.0", "--config=s.toml"),
            '[proxy]\ntrusted = ["10.0.0.0/8"]',
            "of your own",
        ),
        (("--key=dora", "--admission=production"), "", "without --admission"),
        (("--key=nobody",), "", "there is no key nobody"),
    ],
)
def test_a_key_signs_on_its_own_machine_alone(
    words: tuple[str, ...], settings: str, said: str, guarded: Guarded, tmp_path: Path
) -> None:
    assert tmp_path.is_dir()
    (guarded.folder / "s.toml").write_text(settings)
    with serving(guarded, *words) as process:
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (2, "")
    assert said in " ".join(err.split())
