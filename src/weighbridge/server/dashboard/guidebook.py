"""The docs, inside the dashboard, without a network.

Which pages there are is listed once; no path is ever made of what somebody asks for.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.usecases.own_docs import docs_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

HELP: Final = "help"
"""Under which address the docs are."""
PICTURES: Final = "images/"
"""Where pictures lie, below their folder."""
SECTIONS: Final = (
    ("tutorial", "Learn"),
    ("course", "Practise"),
    ("how-to", "Do"),
    ("reference", "Look up"),
    ("explanation", "Understand"),
)
"""Folders of the docs, and what they are for, in the order people read them."""
_REMARK: Final = re.compile(r"^<!--.*?-->\n", re.DOTALL | re.MULTILINE)
_PICTURES: Final = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidebook:
    """The docs that came with this version.

    Attributes:
        pages: Where each page lies, by its path in the docs.
        pictures: Where each picture lies, likewise.
        known: The paths of both: what can be linked to.
    """

    pages: Mapping[str, Path]
    pictures: Mapping[str, Path]
    known: frozenset[str]

    def text(self, page: str) -> str:
        """Read a page.

        Raises:
            KeyError: There is none of that path.
        """
        return _text(self.pages[page])

    def title(self, page: str) -> str:
        """Return what a page is called: its first heading.

        Raises:
            KeyError: There is none of that path.
        """
        first = self.text(page).partition("\n")[0]
        return first.removeprefix("# ").replace("`", "").strip()


@functools.cache
def guidebook() -> Guidebook:
    """List the docs that came with this version."""
    return listed(docs_folder())


def listed(folder: Path) -> Guidebook:
    """List the pages and pictures of a folder; no link in it is followed."""
    files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    pages = {name: path for name, path in files.items() if path.suffix == ".md"}
    pictures = {
        name: path
        for name, path in files.items()
        if name.startswith(PICTURES) and path.suffix in _PICTURES
    }
    return Guidebook(pages=pages, pictures=pictures, known=frozenset({*pages, *pictures}))


def media_type(picture: str) -> str:
    """Return the media type of a picture."""
    return _PICTURES[Path(picture).suffix]


@functools.cache
def _text(path: Path) -> str:
    """Read a page without its remarks, which are for who tests the docs."""
    return _REMARK.sub("", path.read_text(encoding="utf-8"))
