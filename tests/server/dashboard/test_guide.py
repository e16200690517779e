"""Help: the docs inside the dashboard, and Markdown that becomes HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.markup import Markup
from weighbridge.server.dashboard.guidebook import guidebook, listed, media_type
from weighbridge.server.dashboard.prose import prose
from weighbridge.usecases.own_docs import FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.dashboard.desk import Desk


def test_help_begins_with_the_first_page_and_lists_all(desk: Desk) -> None:
    found = desk.told("/help")
    assert (found["path"], found["title"]) == (FIRST, "weighbridge")
    titles = [one["title"] for one in found["sections"]]
    assert titles == ["Learn", "Practise", "Do", "Look up", "Understand"]
    paths = {page["path"] for one in found["sections"] for page in one["pages"]}
    assert {"tutorial/first-weighing.md", "course/2-papers.md", "how-to/roll-back.md"} <= paths


def test_a_page_of_the_docs_is_shown_whole(desk: Desk) -> None:
    found = desk.told("/help/how-to/roll-back.md")
    assert (found["title"], found["section"]) == ("Roll back", "Do")
    page = desk.page("/help/how-to/roll-back.md")
    assert "It takes one of the deployers , and no approval" in page.words
    assert "scene:" not in page.text
    assert 'href="/help/tutorial/promoting-a-release.md"' in page.text
    assert '<th scope="col">condition</th>' in page.text


def test_every_page_leads_only_to_pages_and_headings_there_are(desk: Desk) -> None:
    book = guidebook()
    read = {path: Markup(prose(book.text(path), path)) for path in book.pages}
    named = {
        path: {attributes["id"] for _, attributes in one.elements if "id" in attributes}
        for path, one in read.items()
    }
    for path, markup in read.items():
        assert markup.wrong() == [], path
        for tag, attributes in markup.elements:
            link = attributes.get("href", "")
            if tag == "a" and link.startswith("/help/"):
                target, _, heading = link.removeprefix("/help/").partition("#")
                assert target in book.known, path
                assert not heading or heading in named[target], link
    for path in [one for one in book.pages if one.startswith("how-to/")]:
        assert desk.page(f"/help/{path}").status == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "x.md",
        "../pyproject.toml",
        "%2e%2e/pyproject.toml",
        "how-to//index.md",
        ".nav.yml",
        "x" * 10_000,
    ],
)
def test_what_is_not_listed_is_not_there(desk: Desk, path: str) -> None:
    assert desk.page(f"/help/{path}").status == 404
    assert desk.page(f"/help/images/{path}").status == 404


def test_pictures_are_handed_out_and_links_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# no\n")
    docs = tmp_path / "docs"
    (docs / "images").mkdir(parents=True)
    (docs / "index.md").write_text("# First\n\n![what it shows](images/a-dark.png#only-dark)\n")
    (docs / "images" / "a-dark.png").write_bytes(b"png")
    (docs / "link.md").symlink_to(secret)
    book = listed(docs)
    assert (sorted(book.pages), sorted(book.pictures)) == (["index.md"], ["images/a-dark.png"])
    assert media_type("images/a-dark.png") == "image/png"
    shown = prose(book.text("index.md"), "index.md", pages=book.known)
    assert 'src="/help/images/a-dark.png"' in shown
    assert 'class="only-dark"' in shown
    assert 'alt="what it shows"' in shown


HOSTILE = """\
<script>alert(1)</script> <img src=x onerror=alert(1)>

[a](javascript:alert(1)) [b](data:text/html,x) [c](//evil.example/x) [d](/login) [e](http://evil.example)
[f](../../../etc/passwd) ![g](https://evil.example/x.png) [h]: x
https://example.com/"onmouseover=alert(1) \u202e {{7*7}}

| `a` | <b>b</b> |
| --- | --- |
| x | <style>*{}</style> |
"""


def test_no_text_becomes_markup_or_leads_astray() -> None:
    found = prose(HOSTILE, pages=frozenset())
    markup = Markup(found)
    assert markup.wrong() == []
    assert "\u202e" not in found
    links = [attributes["href"] for tag, attributes in markup.elements if tag == "a"]
    assert links == ["https://example.com/"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found
    assert "{{7*7}}" in found


def test_headings_follow_each_other_and_can_be_linked_to() -> None:
    found = prose("# A\n\n### B `c`\n\n## B c\n\n###### D\n", pages=frozenset())
    assert found.splitlines() == [
        '<h2 id="a">A</h2>',
        '<h3 id="b-c">B <code>c</code></h3>',
        '<h2 id="b-c_1">B c</h2>',
        '<h3 id="d">D</h3>',
    ]
