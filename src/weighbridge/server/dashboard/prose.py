"""Markdown as HTML: of the docs, and of what rules and errors say of themselves.

A rule pack's text is by strangers, so all is treated alike: no HTML in Markdown, no picture but of
the docs, nothing invisible, and no link but to the docs, to this server or to the web.
"""

from __future__ import annotations

import functools
import posixpath
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlsplit

from markupsafe import Markup

from weighbridge.report.visible import visible
from weighbridge.server.dashboard.guidebook import HELP, PICTURES, guidebook

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ADDRESS: Final = re.compile(r"https://[^\s<>\"')\]]*[^\s<>\"')\].,;:]")
_MARK: Final = re.compile(r"[^\w\s-]")
_GAP: Final = re.compile(r"[-\s]+")
_KEPT: Final = 256
"""Texts whose HTML is kept."""


def prose(
    text: str, page: str = "", *, within: int = 1, pages: frozenset[str] | None = None
) -> Markup:
    """Make HTML of Markdown.

    Args:
        text: The Markdown.
        page: The page of the docs it is of, such as `how-to/roll-back.md`; empty for none.
        within: Level of the heading it stands under; its own are deeper.
        pages: Pages and pictures there are, those of the docs if not given: a link to what else
            lies there is text alone.
    """
    return _written(text, page, guidebook().known if pages is None else pages, within)


@functools.lru_cache(maxsize=_KEPT)
def _written(text: str, page: str, pages: frozenset[str], within: int) -> Markup:
    reader = _reader()
    seen = "\n".join(map(visible, text.expandtabs(4).split("\n")))
    tokens = reader.parse(seen)
    _settle(tokens, page, pages, within)
    html = str(reader.renderer.render(tokens, reader.options, {}))
    return Markup(html)  # noqa: S704 - the reader has escaped whatever is no Markdown


@functools.cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - for who reads prose

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("table_open", _open_table)
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    reader.add_render_rule("fence", _write_code)
    reader.add_render_rule("code_block", _write_code)
    return reader


def _open_table(_self: Any, tokens: Sequence[Token], at: int, *_: Any) -> str:  # noqa: ANN401 - the reader's own
    label = f'aria-label="Table {tokens[at].meta["number"]}"'
    return f'<div class="table" tabindex="0" role="region" {label}><table {label}>\n'


def _write_code(_self: Any, tokens: Sequence[Token], at: int, *_: Any) -> str:  # noqa: ANN401 - the reader's own
    # What can be scrolled must be reached by the keyboard.
    return f'<pre tabindex="0"><code>{Markup.escape(tokens[at].content)}</code></pre>\n'


def _settle(tokens: Sequence[Token], page: str, pages: Collection[str], within: int) -> None:
    """Number tables, name headings, and lead every link to where it can be followed."""
    tables, names, level = 0, set[str](), within
    for at, token in enumerate(tokens):
        if token.type == "table_open":
            tables += 1
            token.meta = {"number": tables}
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "heading_open":
            # Levels go up by one at a time, whatever the text does.
            level = min(int(token.tag[1]) + within - 1, level + 1)
            level = min(max(level, within + 1), 6)
            token.attrSet("id", _name_of(tokens[at + 1].content, names))
            token.tag = f"h{level}"
        elif token.type == "heading_close":
            token.tag = f"h{level}"
        if token.children:
            token.children = list(_led(token.children, page, pages))


def _led(children: Sequence[Token], page: str, pages: Collection[str]) -> Iterator[Token]:
    is_link: list[bool] = []
    for token in children:
        if token.type == "link_open":
            address = address_in(str(token.attrGet("href") or ""), page, pages)
            is_link.append(bool(address))
            token.attrs = {"href": address}
            if "://" in address:
                token.attrSet("rel", "noreferrer noopener")
            if not address:
                continue
        elif token.type == "link_close":
            if not is_link.pop():
                continue
        elif token.type == "image":
            _show(token, page, pages)
        if token.type == "text" and not any(is_link):
            yield from _addresses(token)
        else:
            yield token


def _addresses(text: Token) -> Iterator[Token]:
    """Make links of addresses that stand in a text as they are."""
    from markdown_it.token import Token  # noqa: PLC0415 - for who reads prose

    at = 0
    for found in _ADDRESS.finditer(text.content):
        address = found.group()
        yield Token("text", "", 0, content=text.content[at : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": address, "rel": "noreferrer noopener"})
        yield Token("text", "", 0, content=address)
        yield Token("link_close", "a", -1)
        at = found.end()
    yield Token("text", "", 0, content=text.content[at:])


def _show(token: Token, page: str, pages: Collection[str]) -> None:
    """Show a picture of the docs; of any other, what it shows in words."""
    source = str(token.attrGet("src") or "")
    address = address_in(source, page, pages)
    if not address.startswith(f"/{HELP}/{PICTURES}"):
        token.type, token.tag, token.children = "text", "", None
        return
    address, _, fragment = address.partition("#")
    token.attrs = {"src": address, "alt": "", "loading": "lazy"}
    if fragment in {"only-light", "only-dark"}:
        token.attrSet("class", fragment)


def address_in(link: str, page: str, pages: Collection[str]) -> str:
    """Return the address a link of a page leads to here; empty if it leads nowhere.

    Args:
        link: The link, as it is written.
        page: The page it stands on.
        pages: Pages and pictures there are.
    """
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return link if parts.scheme == "https" and parts.netloc else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    if not parts.path:
        return fragment
    if parts.path.startswith("/"):
        return ""
    found = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    return f"/{HELP}/{quote(found)}{fragment}" if found in pages else ""


def _name_of(heading: str, taken: set[str]) -> str:
    """Name a heading, for links, as the docs' site does."""
    stem = name = _GAP.sub("-", _MARK.sub("", heading).strip().lower()) or "part"
    number = 1
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    taken.add(name)
    return name
