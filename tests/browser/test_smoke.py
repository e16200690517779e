"""One visit, for every run of the tests: there is a browser, and it sees a site."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tests.browser.site import site_of
from tests.browser.story import reopened
from tests.browser.visiting import View, Visitor, Windows

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


def test_a_browser_sees_who_is_logged_in(browser: Browser, tmp_path: Path) -> None:
    story = reopened(tmp_path, tmp_path)
    with (
        closing(story.registry),
        site_of(story, story.clock) as site,
        closing(Visitor(Windows(browser, site))) as visitor,
    ):
        window = visitor(View("dark", "phone"), site=site)
        _, login = site.accounts.commands.begin(source="127.0.0.1", now=site.clock())
        page = window.visit(f"/login/device?code={login.code}", who="דנה 🦊")
        assert page.get_by_text("Somebody at 127.0.0.1 asks to act as דנה 🦊").is_visible()
        assert page.get_by_role("button", name="Refuse").is_visible()
        assert visitor.trouble() == []
