"""Names of members of archives, and whether they lead out of the folder they are unpacked to."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from weighbridge.formats.record import ATTACK
from weighbridge.formats.text import shown

if TYPE_CHECKING:
    from weighbridge.formats.record import Record

_DRIVE: Final = re.compile(r"[A-Za-z]:")


def check_name(name: str, offset: int, record: Record) -> None:
    """Note a name that leads out of the folder an archive is unpacked to."""
    if "\0" in name:
        text = f"member name {shown(name)} holds a NUL, where some programs end it"
        record.problem(ATTACK, text, offset)
    elif "\\" in name:
        record.problem(ATTACK, f"member name {shown(name)} holds a backslash", offset)
    elif name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        record.problem(
            ATTACK,
            f"member name {shown(name)} leads out of the archive",
            offset,
            "a relative path without `..`",
        )


class Names:
    """The names of an archive's members, and which of them are unpacked to one file.

    What is unpacked to one file is another member to each program: the first of two, or the last.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._seen: dict[str, str] = {}
        self._folders: set[str] = set()

    @property
    def paths(self) -> list[str]:
        """Where the names lead, one for each file, in the order they were noted."""
        return [_path(name) for name in self._seen.values()]

    def note(self, name: str, offset: int, record: Record) -> None:
        """Note a name, and the problem if it is another's."""
        plain = _plain(name)
        folder = plain.rpartition("/")[0]
        other = self._seen.get(plain)
        if other is None:
            self._seen[plain] = name
            if not name.endswith("/") and (plain in self._folders or self._is_file(folder)):
                record.problem(ATTACK, f"{shown(name)} makes a folder of a file", offset)
        elif _path(other) == _path(name):
            record.problem(ATTACK, f"the member name {shown(name)} occurs twice", offset)
        else:
            text = f"the member names {shown(other)} and {shown(name)} are one to some programs"
            record.problem(ATTACK, text, offset)
        if folder:
            self._folders.add(folder)

    def _is_file(self, plain: str) -> bool:
        return not self._seen.get(plain, "/").endswith("/")


def _path(name: str) -> str:
    """Return where a name leads: `./a` and `a//b` lead to `a` and `a/b`."""
    folder = "/" if name.endswith("/") else ""
    return "/".join(part for part in name.split("/") if part not in {"", "."}) + folder


def _plain(name: str) -> str:
    """Return what is left of a name where it ends at NUL and case and accents are written alike."""
    cut = _path(name.partition("\0")[0].replace("\\", "/")).removesuffix("/")
    return cut.lower() if cut.isascii() else unicodedata.normalize("NFC", cut).casefold()
