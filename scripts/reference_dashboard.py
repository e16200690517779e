"""The page of docs/reference that lists the pages of the dashboard, from what makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.server.access import PAGES
from weighbridge.server.dashboard.contents import CONTENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_ABOUT: Final = """\
Each page is a document, too: add `?as=json`, or ask for `application/json`; `schemaVersion` is in
it. Lists go on with `after`, the `next` of the page before. How to use them:
[the dashboard](../how-to/use-the-dashboard.md).
"""
_FORMS: Final = """\
Forms are for pages of this server: they carry the session's token, and the browser says where they
come from. Who writes a program uses the [API or the command
line](../how-to/use-a-registry-on-a-server.md).
"""


def dashboard_page(table: Callable[[Iterable[str], Iterable[Iterable[str]]], str]) -> str:
    """Write the page.

    Args:
        table: Writes a table of headings and rows.
    """
    parts = [
        "# Pages of the dashboard",
        _ABOUT,
        table(("page", "what it says", "more"), _pages()),
        "## Forms",
        _FORMS,
        table(("path", "what it does"), _forms()),
        "## Files",
        table(("path", "what it is"), _files()),
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _pages() -> Iterator[tuple[str, ...]]:
    for parts in CONTENTS:
        for page in parts.pages:
            name = page.docs.rpartition("/")[2].removesuffix(".md").replace("-", " ")
            says = PAGES["GET", page.path].says
            yield f"`{page.path}`", says, f"[{name}](../{page.docs})"


def _forms() -> Iterator[tuple[str, ...]]:
    for parts in CONTENTS:
        for form in parts.forms:
            yield f"`{form.path}`", PAGES["POST", form.path].says


def _files() -> Iterator[tuple[str, ...]]:
    for parts in CONTENTS:
        for file in parts.files:
            yield f"`{file.path}`", PAGES["GET", file.path].says
