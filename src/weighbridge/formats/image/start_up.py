"""Files that Python runs by itself when it starts: lines of `.pth` files, and `sitecustomize.py`.

Follows the documentation of `site`: a line of a `.pth` file that begins with `import` is executed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import fetch
from weighbridge.formats.record import Record
from weighbridge.formats.text import decoded
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_HOOKS: Final = re.compile(
    r"(?:.*/)?(?:site-packages|dist-packages)/[^/]+\.pth|"
    r"(?:.*/)?(?:site-packages|dist-packages|python[23][^/]*)/(?:site|user)customize\.py",
    re.DOTALL,
)
_EXECUTED: Final = re.compile(rb"^import[ \t][^\r\n]*", re.MULTILINE)
_CODE: Final = re.compile(rb"^[ \t]*[^#\s]", re.MULTILINE)
_SHOWN: Final = 200


def is_hook(path: str) -> bool:
    """Tell by its path whether Python looks at a file when it starts."""
    return path.endswith((".pth", "customize.py")) and _HOOKS.fullmatch(path) is not None


def read(path: str, size: int, *, limits: Limits) -> Reader:
    """Read what is executed at the start.

    Args:
        path: The file's path: a `.pth` file has other lines, too.
        size: Its bytes.
        limits: Budgets.
    """
    record = Record(format="text", size=size)
    wanted = min(size, limits.window)
    raw = yield from fetch(0, wanted, limits)
    record.coverage = len(raw)
    name = path.rpartition("/")[2]
    if size > wanted:
        record.unread(f"a file of {size} bytes that runs at every start is over a limit")
    pattern = _EXECUTED if name.endswith(".pth") else _CODE
    for found in pattern.finditer(raw):
        detail = decoded(found[0])[:_SHOWN] if name.endswith(".pth") else "the whole file"
        record.uses(CodeUse(kind="start-up-hook", name=name, offset=found.start(), detail=detail))
        if not name.endswith(".pth"):
            break
    return record.structure()
