"""systemd's unit files as we write them (systemd.syntax(7), systemd.service(5)).

A unit replaces `%`, and command lines replace `$`: every word that comes from a manifest is quoted
whole, so that it reaches the program as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN: Final = re.compile(r"[A-Za-z0-9_@:,.=/-]+")
_ESCAPED: Final = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "%": "%%"}
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f]")


def word(text: str) -> str:
    """Quote a word of a command line."""
    return text if _PLAIN.fullmatch(text) else f'"{_escaped(text).replace("$", "$$")}"'


def command(*words: str) -> str:
    """Write a command line; its program is found on the path of the service."""
    return " ".join(("/usr/bin/env", *map(word, words)))


def assignment(name: str, value: str) -> str:
    """Write what `Environment=` sets; there, nothing is replaced but `%`."""
    return f'"{name}={_escaped(value)}"'


def holds(text: str) -> bool:
    """Tell whether a variable can hold a text: systemd takes no control characters in it."""
    return not _UNFIT.search(text.replace("\n", "").replace("\t", ""))


def plain(text: str) -> str:
    """Write a value that is not made of words, such as a path or a description."""
    return text.replace("%", "%%")


def unit(head: Iterable[str], **sections: Iterable[tuple[str, object]]) -> bytes:
    """Write a unit.

    Args:
        head: Lines of a comment above it.
        sections: Its sections by name (`Unit`, `Service` …), each with its settings in order.
    """
    lines = [f"# {line}".rstrip() for line in head]
    for name, settings in sections.items():
        lines += ["", f"[{name}]", *(f"{key}={value}" for key, value in settings)]
    return ("\n".join(lines).lstrip("\n") + "\n").encode()


def _escaped(text: str) -> str:
    found = "".join(_ESCAPED.get(character, character) for character in text)
    return _UNFIT.sub(lambda one: f"\\x{ord(one[0]):02x}", found)
