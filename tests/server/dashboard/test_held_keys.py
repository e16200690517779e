"""The whole way of a person who signs in the browser with a key that the server holds for him."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.identities import WEAK
from tests.server.dashboard.conftest import NOW
from tests.server.dashboard.desk import Desk, desk_of
from tests.server.team import EVERYTHING
from tests.usecases.promoted import FIRST
from weighbridge.adapters.kept_keys import KeptKeys
from weighbridge.model.team.session import Person
from weighbridge.seal.control import trust_key
from weighbridge.seal.keys import read_public_key
from weighbridge.server.keeping import KeptSigners
from weighbridge.server.login.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.usecases.promoted import Promoted

ORIGIN = "https://weighbridge.example"


@pytest.fixture
def held(moving: Promoted) -> Iterator[Desk]:
    """Serve a registry whose server holds keys."""
    keys = KeptKeys(moving.folder / "held", passphrase="a lock", cost=WEAK)  # noqa: S106 - of a test
    signers = KeptSigners(keys, registry=moving.registry, origin=ORIGIN)
    with desk_of(moving.registry, moving.folder, lambda: NOW, signers=signers) as found:
        yield found


def log_in(desk: Desk, who: str, authenticated: str) -> None:
    """Begin a session of somebody who proved to be himself at a time."""
    person = Person(name=who, scopes=EVERYTHING, roles=frozenset(), authenticated=authenticated)
    secret, _ = desk.accounts.sessions.begin(person, browser=True, now=NOW)
    client = desk.client(who)
    client.cookies.clear()
    client.cookies.set(Browser(desk.address).session, secret)


def test_a_key_is_made_trusted_and_signs(held: Desk, moving: Promoted) -> None:
    path = f"/releases/{moving.digest(FIRST)}/in/production/approve"
    page = held.page(path, "mia")
    assert "there is no key yet to sign with for you" in page.words
    assert 'href="/access/key"' in page.text
    assert held.send("/access/key", "mia", do="make").status == 303
    told = held.told("/access/key", "mia")
    assert told["kept"]["command"] in held.page("/access/key", "mia").words
    der = read_public_key("\n".join(told["kept"]["pem"]).encode()).spki_der
    moving.owners(trust_key(der, person="mia", roles=["ml-lead"], held_by=ORIGIN))
    page = held.page(path, "mia")
    assert f"which this server ({ORIGIN}) holds in your name" in page.words
    sent = held.send(path, "mia", shown=held.told(path, "mia")["outcome"])
    assert sent.status == 303
    with moving.registry.reading() as view:
        body = json.loads(view.entry(view.size - 1))["body"]
    assert (body["act"], body["person"]) == ("approve", "mia")


def test_who_logged_in_long_ago_is_sent_to_log_in_again(held: Desk, moving: Promoted) -> None:
    held.send("/access/key", "mia", do="make")
    told = held.told("/access/key", "mia")
    der = read_public_key("\n".join(told["kept"]["pem"]).encode()).spki_der
    moving.owners(trust_key(der, person="mia", roles=["ml-lead"], held_by=ORIGIN))
    log_in(held, "mia", "2026-03-01T11:54:59Z")
    path = f"/releases/{moving.digest(FIRST)}/in/production/approve"
    page = held.page(path, "mia")
    assert "you have not proved lately to be yourself" in page.words
    assert "/login?again=true&amp;next=%2Freleases%2Fsha256%3A" in page.text
    with moving.registry.reading() as view:
        size = view.size
    assert held.send(path, "mia").status == 401
    with moving.registry.reading() as view:
        assert view.size == size
    log_in(held, "mia", "2026-03-01T11:55:01Z")
    assert held.send(path, "mia").status == 303
