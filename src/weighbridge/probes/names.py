"""File names: bytes to the system, text to us, and which of them mean one file everywhere.

A name is UTF-8 whatever the locale says; a byte that is not is kept as a surrogate escape
(PEP 383), so that the file can be named in a problem. Such a name is never read.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from weighbridge.model.fact import PathProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def as_text(name: bytes) -> str:
    """Read a name the system gave."""
    return name.decode("utf-8", "surrogateescape")


def as_bytes(name: str) -> bytes:
    """Write a name for the system."""
    return name.encode("utf-8", "surrogateescape")


def is_utf8(name: str) -> bool:
    """Tell whether a name is text, and text a file can be named with."""
    if "\0" in name:
        return False
    if name.isascii():
        return True
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:  # a surrogate
        return False
    return True


def shown(name: str) -> str:
    r"""Write a name with the bytes that are not UTF-8 as `\xNN`."""
    try:
        return as_bytes(name).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # a surrogate that stands for no byte: somebody typed it
        return name.encode("utf-8", "backslashreplace").decode("utf-8")


def below(path: str, name: str) -> str:
    """Write the path of a name in a folder; the tree's own folder is the empty path."""
    return f"{path}/{name}" if path else name


def name_problems(path: str, names: Iterable[str]) -> Iterator[PathProblem]:
    """Find names in a folder that other systems would not keep apart, or not keep at all."""
    seen: dict[str, str] = {}
    for name in names:
        if not is_utf8(name):
            yield PathProblem(path=shown(below(path, name)), kind="encoding")
            continue
        if "\\" in name:
            yield PathProblem(path=below(path, name), kind="foreign")
        if not (name.isascii() or unicodedata.is_normalized("NFC", name)):
            yield PathProblem(path=below(path, name), kind="not-nfc")
        first = seen.setdefault(name.lower() if name.isascii() else _folded(name), name)
        if first is not name:
            yield PathProblem(path=below(path, name), kind="collision", target=below(path, first))


def _folded(name: str) -> str:
    """Fold a name as Unicode's canonical caseless matching does (Unicode 3.13, D145)."""
    decomposed = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFC", decomposed.casefold())
