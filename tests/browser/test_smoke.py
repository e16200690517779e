"""One visit, for every run of the tests: there is a browser, and it sees the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.visiting import View

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor


def test_a_browser_sees_who_is_logged_in(visitor: Visitor) -> None:
    window = visitor(View("dark", "phone"))
    _, login = window.site.accounts.commands.begin(source="127.0.0.1", now=window.site.clock())
    page = window.visit(f"/login/device?code={login.code}", who="dora")
    assert page.get_by_text("Somebody at 127.0.0.1 asks to act as dora").is_visible()
    assert page.get_by_role("button", name="Refuse").is_visible()
