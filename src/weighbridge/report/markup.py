"""Untrusted text inside GitHub-flavoured Markdown: it stays text.

It cannot open a tag, a link, an image, a code span or a table cell, and cannot notify anyone:
GitHub looks for `@name`, `#1` and `GH-1` after rendering, so these are split by an empty HTML
comment.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A dot matters only where `www.` would become a link.
_SPECIAL = re.compile(r"[!#$&*:<>@\[\\\]_`{|}~]|(?<=www)\.", re.IGNORECASE)
_ISSUE = re.compile(r"(GH)(?=-[0-9])", re.IGNORECASE)


def prose(text: str) -> str:
    """Write text so that it reads as itself in a paragraph or a table cell."""
    escaped = _SPECIAL.sub(r"\\\g<0>", visible(text))
    split = escaped.replace("\\@", "\\@<!-- -->").replace("\\#", "\\#<!-- -->")
    return _ISSUE.sub(r"\1<!-- -->", split)


def code(text: str) -> str:
    """Write text as a code span (CommonMark 6.1) that may stand in a table cell."""
    shown = visible(text) or " "
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")


def code_block(text: str, *, language: str = "text") -> str:
    """Write lines already made visible as a fenced block (CommonMark 4.5)."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table of cells already escaped."""
    columns = list(headings)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def folded(summary: str, body: str) -> str:
    """Write a body that is shown when somebody asks for it."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def cut(text: str, longest: int) -> str:
    """Cut a text that is longer than so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def fitting(texts: Sequence[str], room: int, *, between: int) -> list[str]:
    """Take texts from the front while their bytes, and so many between two of them, fit."""
    sizes = accumulate(len(text.encode()) + between for text in texts)
    return [text for text, used in zip(texts, sizes, strict=True) if used <= room]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
