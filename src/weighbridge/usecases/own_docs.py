"""The docs that came with this version, and what they say of errors.

They are in the package, or beside the source tree it is developed in.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import weighbridge

FIRST: Final = "index.md"
"""The page one begins with."""
ERRORS: Final = "reference/errors"
"""Where the pages of errors are, one a code."""
SHOWN: Final = ("Why", "What to do", "What not to do")
"""The sections of such a page that `explain` prints, in their order."""
_HEADING: Final = re.compile(r"^## (.+)\n", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def docs_folder() -> Path:
    """Find the folder of the docs."""
    here = Path(weighbridge.__file__).parent
    folders = (here / "docs", here.parent.parent / "docs")
    return next((one for one in folders if (one / FIRST).is_file()), folders[0])


def told_of_error(code: str) -> str:
    """Return what the docs say of an error beyond its sentence, without their links (Markdown).

    Args:
        code: The code of an error there is; no path is made of anything else.
    """
    page = docs_folder() / ERRORS / f"{code}.md"
    if not page.is_file():
        return ""
    _, *parts = _HEADING.split(page.read_text(encoding="utf-8"))
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    sections = (f"## {title}\n\n{found[title].strip()}" for title in SHOWN if title in found)
    return _LINK.sub(r"\1", "\n\n".join(sections))
