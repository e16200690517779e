"""Permissions of packed files: the umask of whoever packed them is no part of what they packed."""

from __future__ import annotations

from typing import Final

_KIND: Final = 0o170000
_SPECIAL: Final = 0o7000
_EXECUTABLE: Final = 0o100
_REGULAR: Final = 0o100000


def settled_mode(mode: int) -> int:
    """Keep of a Unix mode its kind, setuid, setgid, sticky, and whether the owner may execute.

    As git does. A mode without a kind is a plain file's.
    """
    kind = mode & _KIND or _REGULAR
    return kind | mode & (_SPECIAL | _EXECUTABLE)
