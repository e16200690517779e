"""Somebody logs in, confirms the login of a command line, and logs out, with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.keyboard import Keyboard
from tests.browser.visiting import View

if TYPE_CHECKING:
    from tests.browser.site import Site
    from tests.browser.visiting import Visitor

pytestmark = pytest.mark.slow

VIEWS = (View("dark", "phone", script=False), View("light", "desk"))


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_command_line_is_let_in(site: Site, visitor: Visitor, view: View) -> None:
    secret, login = site.accounts.commands.begin(source="127.0.0.1", now=site.clock())
    # It leads to the provider, back, and on to where it began.
    page = visitor(view).visit(f"/login/device?code={login.code}")
    button = "It is my terminal: log in"
    page.get_by_role("button", name=button).wait_for()
    assert page.url == f"{site.address}/login/device?code={login.code}"
    Keyboard(page).press("button", button)
    page.get_by_text("The command line is logged in.").wait_for()
    person = site.accounts.commands.poll(login.identifier, secret, now=site.clock())
    assert person is not None
    assert person.name == "dora"


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_command_line_is_refused(site: Site, visitor: Visitor, view: View) -> None:
    _, login = site.accounts.commands.begin(source="127.0.0.1", now=site.clock())
    page = visitor(view).visit(f"/login/device?code={login.code}", who="dora")
    Keyboard(page).press("button", "Refuse", "Space")
    page.get_by_text("The login was refused.").wait_for()
    assert site.accounts.commands.waiting(login.code, now=site.clock()) is None


def test_a_login_that_is_nobodys_is_told_and_begun_again(visitor: Visitor) -> None:
    page = visitor().visit("/login/callback?state=x", status=401)
    assert page.get_by_text("no login of this browser is under way").is_visible()
    Keyboard(page).reach("link", "Log in")
