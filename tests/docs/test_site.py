"""Pages lead somewhere, and every page is reached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts.shown_commands import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md"))


def anchors(text: str) -> set[str]:
    """List the anchors of a page's headings, as the site makes them."""
    titles = re.findall(r"(?m)^#+ (.+)$", re.sub(r"(?ms)^```.*?^```$", "", text))
    words = (re.sub(r"[^\w\s-]", "", title).strip().lower() for title in titles)
    return {re.sub(r"[-\s]+", "-", one) for one in words}


def links(text: str) -> list[str]:
    return re.findall(r"\]\((?!https?:)([^)\s]+)\)", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_to_pages_and_headings_that_are_there(page: Path) -> None:
    for link in links(page.read_text(encoding="utf-8")):
        name, _, heading = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_file(), link
        assert target.is_relative_to(DOCS), link
        if heading:
            assert heading in anchors(target.read_text(encoding="utf-8")), link


def test_every_page_is_linked_from_another() -> None:
    reached = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in [*PAGES, ROOT / "README.md"]
        for link in links(page.read_text(encoding="utf-8"))
    }
    beside = {page for page in PAGES if page.parent.name == "adr"}
    assert set(PAGES) - reached - beside - {DOCS / "index.md"} == set()
