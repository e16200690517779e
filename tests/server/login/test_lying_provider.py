"""What a provider's token must say to count, tried with one that says something else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.oidc_servers import signing_key
from tests.server.login.people import Surfer, Watch, team
from tests.server.login.stand_in import Liar, lying_app
from tests.server.team import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@dataclass(frozen=True)
class In:
    """A time so many seconds from when the test runs, which may be long after its collection."""

    seconds: int


def at_last(claims: dict[str, Any]) -> dict[str, Any]:
    now = int(time.time())
    return {name: now + one.seconds if isinstance(one, In) else one for name, one in claims.items()}


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    liar = Liar()
    with served(lying_app(liar)) as liar.issuer:
        yield liar


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, liar: Liar) -> Iterator[str]:
    with team(tmp_path_factory.mktemp("team"), liar.issuer, Watch()) as (address, _):
        yield address


@pytest.fixture
def browser(address: str, liar: Liar) -> Iterator[Surfer]:
    right = Liar(issuer=liar.issuer, key=liar.key)
    vars(liar).update(vars(right))
    browser = Surfer(address)
    yield browser
    browser.http.close()


def refusal(browser: Surfer, response: httpx.Response) -> tuple[str, str]:
    assert browser.session == ""
    fault = response.json()["faults"][0]
    return fault["code"], fault["cause"] or fault["message"]


def test_the_right_one_counts(browser: Surfer) -> None:
    assert browser.log_in("dora").status_code == 200
    assert browser.session


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "x"}, "its nonce is another login's"),
        ({"nonce": None}, "its nonce is another login's"),
        ({"iss": "https://evil"}, "another issuer made it"),
        ({"aud": "other"}, "it is for another client"),
        ({"aud": ["other"]}, "it is for another client"),
        ({"aud": ["weighbridge", "other"]}, "it was given to another client"),
        ({"azp": "other"}, "it was given to another client"),
        ({"exp": In(-61)}, "it is over"),
        ({"exp": None}, "its `exp` is no time"),
        ({"exp": True}, "its `exp` is no time"),
        ({"exp": "soon"}, "its `exp` is no time"),
        ({"iat": In(600)}, "it is of the future"),
        ({"iat": None}, "its `iat` is no time"),
        ({"nbf": In(600)}, "it does not count yet"),
        ({"at_hash": "x"}, "another access token belongs to it"),
        ({"auth_time": In(600)}, "its auth_time is of the future"),
        ({"preferred_username": None}, "the provider does not say who this is"),
        ({"preferred_username": "do\nra"}, "the provider does not say who this is"),
        ({"preferred_username": ["dora"]}, "the provider does not say who this is"),
        ({"groups": {"a": 1}}, "the provider's groups are no list"),
    ],
)
def test_a_claim_that_is_not_right(
    browser: Surfer, liar: Liar, claims: dict[str, Any], why: str
) -> None:
    liar.claims = at_last(claims)
    assert refusal(browser, browser.log_in("dora")) == ("WB152", why)


@pytest.mark.parametrize(
    ("auth_time", "why"),
    [
        (In(-400), "the person did not prove anew to be himself"),
        (None, "it does not say when the person proved to be himself"),
    ],
    ids=["early", "untold"],
)
def test_who_is_to_prove_anew_that_he_is_himself_must(
    browser: Surfer, liar: Liar, auth_time: In | None, why: str
) -> None:
    liar.claims = at_last({"auth_time": auth_time})
    response = browser.log_in("dora", "/login?again=true")
    assert refusal(browser, response) == ("WB152", why)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "HS256", "kid": "one"},
        {"alg": "RS256", "kid": "two"},
    ],
)
def test_a_token_that_no_key_of_the_provider_signed(
    browser: Surfer, liar: Liar, header: dict[str, str]
) -> None:
    liar.header = header
    code, why = refusal(browser, browser.log_in("dora"))
    assert (code, why) == ("WB152", "no key of the provider signed this")


def test_a_key_that_is_the_providers_no_more(browser: Surfer, liar: Liar) -> None:
    liar.published = signing_key("one")
    code, why = refusal(browser, browser.log_in("dora"))
    assert (code, why) == ("WB152", "no key of the provider signed this")


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("x" * (1 << 19)),
        PlainTextResponse("no document"),
        JSONResponse([]),
        JSONResponse({}, 500),
        RedirectResponse("http://127.0.0.1:2/", 307),
    ],
)
def test_a_provider_that_does_not_answer_as_it_must(
    browser: Surfer, liar: Liar, answer: Response
) -> None:
    liar.answer = answer
    assert refusal(browser, browser.log_in("dora"))[0] == "WB150"


def test_a_provider_that_gives_no_id_token(browser: Surfer, liar: Liar) -> None:
    liar.answer = JSONResponse({"access_token": "a"})
    code, why = refusal(browser, browser.log_in("dora"))
    assert (code, why) == ("WB152", "the provider gave no id_token")
