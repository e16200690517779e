"""Names of members of archives, and whether they lead out of the folder they are unpacked to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.record import ATTACK
from weighbridge.formats.text import shown

if TYPE_CHECKING:
    from weighbridge.formats.record import Record

_DRIVE: Final = re.compile(r"[A-Za-z]:")


def check_name(name: str, offset: int, record: Record) -> None:
    """Note a name that leads out of the folder an archive is unpacked to."""
    if "\\" in name or "\0" in name:
        record.problem(ATTACK, f"member name {shown(name)} holds a backslash", offset)
    elif name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        record.problem(
            ATTACK,
            f"member name {shown(name)} leads out of the archive",
            offset,
            "a relative path without `..`",
        )
