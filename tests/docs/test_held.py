"""No page of the docs is held by nobody, and each is reached.

A page is held if its commands are run and compared (`test_commands.py`), if it is made from the
code and compared (`test_reference.py`), or if it names tests that hold what it says:
`<!-- held by: tests/a/test_b.py tests/c/test_d.py::test_e -->`. Those must be there. That they
hold what is said, a person sees who reads both.
"""

from __future__ import annotations

from collections import deque

from scripts import reference
from scripts.shown_commands import blocks
from tests.docs.pages import DOCS, PAGES, headings, holders, links, missing, prose, text

CLICKS = 3
SHORT = 20
"""A first paragraph says more than this many characters."""
GENERATED = {f"reference/{name}" for name in reference.pages()}


def held_by(page: str) -> set[str]:
    """Say what holds a page."""
    has_commands = any(block.language == "console" for block in blocks(text(page)))
    found = {"commands"} if has_commands else set()
    found |= {"made and compared"} if page in GENERATED else set()
    return found | {*holders(page)}


def clicks(first: str) -> dict[str, int]:
    """Count for each page that is reached how many links lead there from the first."""
    found, waiting = {first: 0}, deque([first])
    while waiting:
        page = waiting.popleft()
        for link in links(page):
            if link in PAGES and link not in found:
                found[link] = found[page] + 1
                waiting.append(link)
    return found


def first_paragraph(page: str) -> str:
    """Return what follows the title of a page."""
    parts = [part for part in prose(page).split("\n\n") if part.strip()]
    return parts[1].strip() if len(parts) > 1 else ""


def faults(page: str) -> list[str]:
    """Say what is wrong with the form of a page: title, first paragraph, headings."""
    found, first = headings(page), first_paragraph(page)
    titles = [one for one in found if one.startswith("# ")]
    wrong = {
        "it does not begin with its one title": titles != found[:1] or not found,
        "a heading stands twice": len({*found}) < len(found),
        "its first paragraph does not say what it is for": len(first) <= SHORT
        or first.startswith(("#", "|", "- ", "```")),
    }
    return [what for what, is_so in wrong.items() if is_so]


def test_every_page_is_held() -> None:
    """Run a page's commands, make it from the code, or name the tests that hold it."""
    assert [page for page in PAGES if not held_by(page)] == []


def test_what_holds_a_page_is_there() -> None:
    named = {one for page in PAGES for one in holders(page)}
    assert len(named) > 100
    assert sorted(wrong for one in named if (wrong := missing(one))) == []


def test_a_page_has_one_title_says_what_it_is_for_and_no_heading_twice() -> None:
    assert {page: wrong for page in PAGES if (wrong := faults(page))} == {}


def test_every_page_is_three_clicks_from_the_first_at_most() -> None:
    reached = clicks("index.md")
    assert {
        page: reached.get(page) for page in PAGES if reached.get(page, CLICKS + 1) > CLICKS
    } == {}


def test_the_navigation_of_the_site_has_every_page() -> None:
    listed = (DOCS / ".nav.yml").read_text(encoding="utf-8")
    missing = {page for page in PAGES if f"- {page}\n" not in listed}
    assert {page for page in missing if f"- {page.partition('/')[0]}/*\n" not in listed} == set()


def test_a_test_that_is_not_there_is_missed() -> None:
    here = "tests/docs/test_held.py"
    assert missing(here) == missing(f"{here}::test_every_page_is_held") == ""
    assert missing(f"{here}::test_nothing") == f"{here} has no test_nothing"
    assert missing("tests/docs/pages.py") == "tests/docs/pages.py is no file of tests"
    assert missing("tests/docs/__init__.py") == "tests/docs/__init__.py is no file of tests"
    assert missing("src/test_x.py") == "src/test_x.py is no file of tests"
