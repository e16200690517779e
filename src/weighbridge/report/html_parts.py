"""Pieces of a page about a promotion: text from outside, tables, badges, times.

Every text from outside is escaped and set apart from what stands around it, so that a name written
from right to left moves nothing but itself.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from weighbridge.report.lasting import lasting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.model.pack import Word


def plain(text: str) -> str:
    """Escape a text where no element may stand."""
    return escape(lasting(text))


def text(said: str) -> str:
    """Escape a text, and set it apart."""
    return f"<bdi>{plain(said)}</bdi>"


def code(said: str) -> str:
    """Set a digest or a name for machines."""
    return f"<code>{plain(said)}</code>"


def bold(said: str) -> str:
    """Set a name apart that one looks for."""
    return f"<b>{text(said)}</b>"


def badge(words: str, kind: str) -> str:
    """Set a verdict; `kind` is `good`, `bad` or `soft`."""
    return f'<span class="badge {kind}">{words}</span>'


def time(at: str) -> str:
    """Write a time for people, and for machines."""
    shown = at.replace("T", " ").replace("Z", " UTC")
    return f'<time datetime="{plain(at)}">{plain(shown)}</time>'


def who(word: Word) -> str:
    """Name who signed something, and in which role."""
    found = f"{bold(word.person)} ({text(', '.join(word.roles))})"
    if word.held_by:
        found += f"<br>signed by the server {text(word.held_by)} in this name"
    return found


def place(word: Word) -> str:
    """Say where something stands."""
    return f"entry {word.entry}<br>{code(word.bundle)}"


def section(name: str, title: str, body: str) -> str:
    """Write a section one can point at."""
    return f'<section id="{name}">\n<h2>{title}</h2>\n{body}\n</section>'


def paragraph(words: str) -> str:
    """Write a paragraph."""
    return f"<p>{words}</p>\n"


def listing(rows: Iterable[tuple[str, str]]) -> str:
    """Write names with their values."""
    body = "\n".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return f"<dl>\n{body}\n</dl>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table that falls into cards where there is no room for it."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td data-of="{heading}">{cell}</td>'
            for heading, cell in zip(headings, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<table class="cards">\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )
