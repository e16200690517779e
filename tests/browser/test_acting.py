"""With a keyboard and nothing else somebody approves, waives, promotes and rolls back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.keyboard import Keyboard
from tests.browser.pages import STOPPED, WAITING
from tests.browser.story import LEFT, PEOPLE
from tests.browser.visiting import Visitor, Windows
from weighbridge.model.ports import NoProgress
from weighbridge.server.signing import NO_SIGNERS, KeptKey, Standing
from weighbridge.usecases.rollback import roll_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.site import Site
    from tests.usecases.promoted import Promoted
    from weighbridge.model.ports import Signer
    from weighbridge.model.team.account import Identity

pytestmark = pytest.mark.slow


class TheirKeys:
    """Signs for everybody in the story with his own key."""

    keeps = False

    def __init__(self, story: Promoted) -> None:
        self._story = story
        self._keys = {person: key for key, (person, _) in PEOPLE.items()}

    def standing(self, identity: Identity, *, now: str) -> Standing:
        del now
        key = self._story.keys.public(self._keys[identity.person]).spki_digest
        return Standing(person=identity.person, key=key)

    def signer(self, identity: Identity, *, now: str) -> Signer:
        del now
        return self._story.key(self._keys[identity.person])

    def kept(self, identity: Identity) -> KeptKey | None:
        return NO_SIGNERS.kept(identity)

    def make(self, identity: Identity, *, now: str) -> KeptKey:
        return NO_SIGNERS.make(identity, now=now)


@pytest.fixture
def desk(browser: Browser, own_site: Site) -> Iterator[Visitor]:
    """Visit a site at which something can be signed."""
    own_site.sign_with(TheirKeys(own_site.story))
    windows = Windows(browser, own_site)
    found = Visitor(windows)
    yield found
    trouble = found.trouble()
    found.close()
    windows.close()
    assert trouble == []


def newest(site: Site) -> dict[str, Any]:
    with site.story.registry.reading() as view:
        entry: dict[str, Any] = json.loads(view.entry(view.size - 1))
    return entry


def words(page: Page) -> str:
    return page.locator("main").inner_text()


def test_a_keyboard_approves_and_promotes(desk: Visitor, own_site: Site) -> None:
    path = f"/releases/{own_site.story.digest(WAITING)}/in/production"
    page = desk().visit(path, who="dora")
    assert "Not yet in production" in words(page)
    Keyboard(page).press("link", "Approve")
    page.wait_for_url("**/approve")
    assert own_site.story.digest(WAITING) in words(page)
    Keyboard(page).write("Reason (if you like)", "gelesen, gut: 👍")
    Keyboard(page).press("button", "Sign: approve")
    page.wait_for_url("**/production?entered=*")
    assert "It is in the ledger: entry" in words(page)
    body = newest(own_site)["body"]
    assert (body["act"], body["person"]) == ("approve", "dora")

    page = desk().visit(path, who="max")
    assert "It may go to production" in words(page)
    Keyboard(page).press("link", "Promote it")
    page.wait_for_url("**/promote")
    Keyboard(page).press("button", "Sign: promote it", "Space")
    page.wait_for_url("**/production?entered=*")
    assert "It stands there now." in words(page)
    assert newest(own_site)["kind"] == "promotion.done"


def test_a_keyboard_waives(desk: Visitor, own_site: Site) -> None:
    who = PEOPLE["mia"][0]
    page = desk().visit(f"/releases/{own_site.story.digest(STOPPED)}/in/staging", who=who)
    Keyboard(page).press("link", "Waive SEC001")
    page.wait_for_url("**/waive/SEC001")
    Keyboard(page).write("Reason", "read it: our own class")
    Keyboard(page).reach("textbox", "Until")
    page.keyboard.type("03/20/2026")
    Keyboard(page).press("button", "Sign: waive it")
    page.wait_for_url("**/staging?entered=*")
    body = newest(own_site)["body"]
    assert (body["act"], body["person"], body["rule"]) == ("waive", who, "SEC001")
    assert body["expires"] == "2026-03-20T00:00:00Z"


def test_a_keyboard_rolls_back(desk: Visitor, own_site: Site) -> None:
    page = desk().visit("/environments/staging/rollback/spam-filter", who="max")
    Keyboard(page).press("button", "Sign: roll back")
    page.wait_for_url("**/in/staging?entered=*")
    assert newest(own_site)["kind"] == "rollback.done"
    assert "It stands there now." in words(page)


def test_a_keyboard_rejects_with_a_reason_that_is_only_text(desk: Visitor, own_site: Site) -> None:
    path = f"/releases/{own_site.story.digest(WAITING)}/in/production/reject"
    page = desk().visit(path, who="dora")
    hit: list[str] = []
    page.on("dialog", lambda dialog: hit.append(dialog.message))
    reason = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    Keyboard(page).write("Reason", reason)
    Keyboard(page).press("button", "Sign: reject")
    page.wait_for_url("**/production?entered=*")
    assert reason in words(page)
    assert hit == []


def test_a_page_that_is_open_shows_what_came_since(desk: Visitor, own_site: Site) -> None:
    story = own_site.story
    page = desk().visit("/environments/staging", who="dora")
    row = page.get_by_role("row").filter(has_text="spam-filter")
    assert "rolled back" not in row.inner_text()
    done = roll_back(
        "spam-filter",
        "staging",
        release=story.digest(LEFT),
        expected=3,
        signer=story.key("max"),
        registry=story.registry,
        progress=NoProgress(),
    )
    assert done.moved
    row.filter(has_text="rolled back").wait_for(timeout=20_000)
