"""Which packages of the system the files of a build belong to, by the lists dpkg keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.probes.small_files import read_start

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_LISTS: Final = "var/lib/dpkg/info"
_LONGEST: Final = 64 << 20
_MERGED: Final = ("/bin/", "/sbin/", "/lib", "/lib32/", "/lib64/", "/libx32/")


def owners_of(paths: Collection[str], root: Path) -> dict[str, str] | None:
    """Name the package each file belongs to; files of none are not in it.

    Args:
        paths: Whole paths, links followed.
        root: The file system.

    Returns:
        Names of packages by path, or None where nobody keeps such lists.
    """
    lists = sorted((root / _LISTS).glob("*.list"))
    if not lists:
        return None
    wanted = {
        name.encode("utf-8", "surrogateescape"): path for path in paths for name in _names(path)
    }
    known = frozenset(wanted)
    found: dict[str, str] = {}
    for one in lists:
        for name in known.intersection((read_start(one, _LONGEST) or b"").split(b"\n")):
            found.setdefault(wanted[name], one.name.removesuffix(".list").partition(":")[0])
    return found


def _names(path: str) -> tuple[str, ...]:
    """Name a file as dpkg may know it: from before `/lib` became a link into `/usr`, or after."""
    short = path.removeprefix("/usr")
    return (path, short) if short != path and short.startswith(_MERGED) else (path,)
