"""Every page of the table, light and dark, on a phone and at a desk, with scripts and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.keyboard import Keyboard
from tests.browser.pages import PAGES
from tests.browser.visiting import VIEWS, View

if TYPE_CHECKING:
    from tests.browser.inspecting import Inspector
    from tests.browser.pages import Visited
    from tests.browser.site import Site
    from tests.browser.visiting import Visitor

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize("visited", PAGES, ids=str)
def test_everybody_can_read_it(
    site: Site, visitor: Visitor, inspector: Inspector, visited: Visited, view: View
) -> None:
    window = visitor(view)
    path = site.path(visited.name, visited.path)
    window.visit(path, who=visited.who, status=visited.status)
    assert inspector.inspect(window, framed=visited.framed) == []


@pytest.mark.parametrize("visited", PAGES, ids=str)
def test_a_keyboard_is_enough(site: Site, visitor: Visitor, visited: Visited) -> None:
    path = site.path(visited.name, visited.path)
    page = visitor().visit(path, who=visited.who, status=visited.status)
    assert Keyboard(page).walk() == []


@pytest.mark.parametrize("visited", PAGES, ids=str)
def test_programs_ask_at_the_same_address(site: Site, visited: Visited) -> None:
    with site.client(visited.who) as client:
        path = site.path(visited.name, visited.path)
        told = client.get(path, headers={"accept": "application/json"})
    assert told.status_code == visited.status
    if visited.framed:
        assert told.headers["content-type"] == "application/json"
        assert isinstance(told.json()["schemaVersion"], int)
    elif visited.status >= 400:
        assert told.headers["content-type"] == "application/problem+json"
