"""What is wrong with a login is a page in a browser, and a problem document elsewhere."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.server.login.people import Watch, team
from tests.server.login.stand_in import Liar, lying_app
from tests.server.team import served
from weighbridge.server.dashboard.rendering import POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    liar = Liar()
    with (
        served(lying_app(liar)) as liar.issuer,
        team(tmp_path_factory.mktemp("team"), liar.issuer, Watch()) as (found, _),
    ):
        yield found


def ask(address: str, path: str, accept: str, method: str = "GET") -> httpx.Response:
    with httpx.Client(base_url=address, trust_env=False, timeout=20) as client:
        return client.request(method, path, headers={"accept": accept})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/login/callback", 401, "WB152"),
        ("GET", "/login/callback?state=x&error=denied", 401, "WB152"),
        ("GET", "/login/device?code=none", 400, "WB272"),
        ("GET", "/login?again=perhaps", 400, "WB272"),
        ("GET", "/login/elsewhere", 404, "WB130"),
        ("POST", "/login/device", 401, "WB152"),
        ("POST", "/logout", 403, "WB170"),
        ("PUT", "/logout", 405, "WB272"),
    ],
)
def test_a_page_says_what_the_document_says(
    address: str, method: str, path: str, status: int, code: str
) -> None:
    page, told = (ask(address, path, accept, method) for accept in (BROWSER, "*/*"))
    assert (page.status_code, told.status_code) == (status, status)
    assert told.headers["content-type"] == "application/problem+json"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["cache-control"] == "no-store"
    assert page.headers.get("www-authenticate") == told.headers.get("www-authenticate")
    assert page.headers.get("allow") == told.headers.get("allow")
    (fault,) = told.json()["faults"]
    assert fault["code"] == code
    shown = html.unescape(re.sub(r"<[^>]*>", "", page.text))
    assert page.headers["x-request-id"] in shown
    for text in (fault["code"], fault["message"], fault["seen"], fault["cause"], *fault["help"]):
        assert text in shown


def test_nothing_that_was_sent_is_markup(address: str) -> None:
    path = "/login/device?code=%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AEx"
    page = ask(address, path, BROWSER)
    assert page.status_code == 400
    assert page.text.count("<script") == page.text.count('<script type="module" src="/assets/') == 1
    assert "&lt;script&gt;" in page.text
    assert "\u202e" not in page.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/login/callback", ""),
        ("/login/callback", "application/json"),
        ("/login/callback", "application/json, text/html;q=0.5"),
        ("/login/callback", "text/html;q=0"),
        ("/login/callback", "text/html;q=nan"),
        ("/login/callback", "text/html;q=-1"),
        ("/login/callback", "text/html, application/problem+json"),
        ("/v1/whoami", BROWSER),
        ("/login/callback?as=json", BROWSER),
    ],
)
def test_who_asks_for_a_document_gets_one(address: str, path: str, accept: str) -> None:
    told = ask(address, path, accept)
    assert told.headers["content-type"] == "application/problem+json"
    assert json.loads(told.content)["faults"]
