"""What is so of every page: a document behind it, a way to the docs, and no markup but ours."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.every import addresses, names, routes
from tests.server.dashboard.markup import Markup
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.server import dashboard
from weighbridge.server.dashboard.contents import CONTENTS
from weighbridge.server.dashboard.navigation import GROUPS

if TYPE_CHECKING:
    from tests.server.dashboard.desk import Desk
    from tests.usecases.promoted import Promoted

FOLDER = Path(dashboard.__file__).parent
DOCS = Path(__file__).parents[3] / "docs"
TEMPLATES = sorted(FOLDER.glob("templates/*.html"))


def test_each_page_is_a_document_and_leads_to_the_docs(desk: Desk, still: Promoted) -> None:
    known = names(still.digest(SECOND), still.digest(FIRST))
    for route, path in addresses(known):
        page = desk.page(path, "cat")
        if page.status == 404 and route.endswith("/waive/{rule}"):
            continue
        if "/waive/" in route:
            assert page.status == 400, route  # nothing there is to be waived
            continue
        assert page.status == 200, (route, page.words)
        told = desk.told(path, "cat")
        again = desk.client("cat").get(f"{path}{'&' if '?' in path else '?'}as=json")
        assert again.json() == told, route
        found = Markup(page.text)
        assert found.wrong() == [], route
        tags = [tag for tag, _ in found.elements]
        assert (tags.count("h1"), tags.count("main")) == (1, 1), route
        links = {attributes.get("href", "") for tag, attributes in found.elements if tag == "a"}
        assert any(link.startswith("/help/") for link in links), route
        assert any("as=json" in html.unescape(link) for link in links), route


def test_each_page_is_explained_by_a_page_of_the_docs() -> None:
    for parts in CONTENTS:
        for page in parts.pages:
            assert (DOCS / page.docs).is_file(), (page.path, page.docs)
            assert (FOLDER / "templates" / page.template).is_file(), page.path


def test_the_navigation_leads_to_pages() -> None:
    known = set(routes())
    for _, entries in GROUPS:
        for name, address in entries:
            assert address in known, name
    tabs = {name for _, entries in GROUPS for name, _ in entries} | {""}
    assert {page.tab for parts in CONTENTS for page in parts.pages} <= tabs


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_switches_escaping_off(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    off = r"\|\s*safe\b|autoescape|Markup|\bstyle=|<style|\son\w+=|javascript:"
    assert re.findall(off, text) == []
    assert re.findall(r"<script(?! type=\"module\" src=)", text) == []
    assert re.findall(r"\s[a-z-]+=(?:\{\{|')", text) == [], "an attribute without quotes"


def test_nobody_sees_a_page_who_may_not_read(desk: Desk, still: Promoted) -> None:
    known = names(still.digest(SECOND), still.digest(FIRST))
    for route, path in addresses(known):
        page = desk.page(path, "")
        assert page.status == 401, route
        assert "Log in" in page.words, route
        assert "demo" not in page.words.replace(path, ""), route
