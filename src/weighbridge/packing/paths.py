"""Paths that can lie beside one another in a folder, on any system a release is pulled to.

What is refused: absolute paths and ways out, names no system can write, names that mean a device
or nothing on some, two names for one file where capitals or Unicode forms do not count, a file
where a folder must be, and names other tools keep for themselves.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from weighbridge.model.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_PATH = 4_096
LONGEST_NAME = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_KEPT = frozenset({".git", ".weighbridge"})
_WHITEOUT = ".wh."
"""Begins the names by which a layer of an image takes files of others away."""
_HELP = ("rename the file, and seal a new version",)


def path_faults(paths: Iterable[str]) -> list[Fault]:
    """Say of some paths why they cannot be the files of one folder; empty if they can."""
    found = []
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        wrong = _wrong(path)
        if wrong:
            found.append(_fault(path, wrong))
            continue
        folded = _folded(path)
        if (other := seen.setdefault(folded, path)) != path:
            found.append(_fault(path, f"and {other!r:.200} are one file on some systems"))
        for folder in _above(folded):
            folders.setdefault(folder, path)
    for folded, path in seen.items():
        if folded in folders:
            found.append(_fault(path, f"is a file, and a folder for {folders[folded]!r:.200}"))
    return found


def _fault(path: str, wrong: str) -> Fault:
    return Fault("INT009", f"{path!r:.200} {wrong}", wanted="paths beneath the folder", help=_HELP)


def _wrong(path: str) -> str:
    if path.startswith("/"):
        return "is absolute"
    if len(path) > LONGEST_PATH or len(path.encode(errors="replace")) > LONGEST_PATH:
        return f"is longer than {LONGEST_PATH} bytes"
    if _CONTROL.search(path):
        return "has a character that no name can have"
    return next(filter(None, map(_wrong_name, path.split("/"))), "")


def _wrong_name(name: str) -> str:
    if name in {"", ".", ".."}:
        return "leads nowhere beneath the folder"
    if len(name.encode()) > LONGEST_NAME:
        return f"has a name longer than {LONGEST_NAME} bytes"
    if _DEVICE.fullmatch(name) or name[-1] in ". " or ":" in name:
        return "means something else on some systems"
    if _folded(name) in _KEPT or name.startswith(_WHITEOUT):
        return "has a name that others keep for themselves"
    return ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _above(path: str) -> Iterator[str]:
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
