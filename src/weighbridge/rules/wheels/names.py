"""File names of wheels, taken apart fast, and into no more tags than they have words.

A name counts as a wheel's exactly where `packaging.utils.parse_wheel_filename` takes it for one.
The tags a name stands for multiply with its length; here they are left unmultiplied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from weighbridge.rules.wheel_names import LONGEST, SUFFIX

_PLAIN: Final = "-py3-none-any.whl"
_PLAIN_HEAD: Final = re.compile(
    r"[A-Za-z0-9]+(?:[._][A-Za-z0-9]+)*-[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc|\.post|\.dev)[0-9]+)?",
    re.ASCII,
)
"""Names and versions nobody disputes; most are such."""

_HEADS: Final = (1, 2)
"""Dashes before the tags: name and version, with or without a build number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelName:
    """What the name of a wheel says it runs on.

    Attributes:
        file: The name.
        interpreters: Words of the first part of its tags, lower case.
        abis: Words of the second.
        platforms: Words of the third.
    """

    file: str
    interpreters: tuple[str, ...]
    abis: tuple[str, ...]
    platforms: tuple[str, ...]


class WheelNames:
    """Names of wheels; what they have in common is looked at once."""

    def __init__(self) -> None:
        """Know none yet."""
        self._heads: dict[str, bool] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._interpreters: dict[str, bool] = {}

    def read(self, file: str) -> WheelName | None:
        """Take a file name apart; None if it is not a wheel's, or longer than any file system's."""
        if not file.endswith(SUFFIX) or len(file) > LONGEST:
            return None
        head, *tags = file[: -len(SUFFIX)].rsplit("-", 3)
        if len(tags) != 3 or not self._is_head(head):  # noqa: PLR2004 - in three parts
            return None
        interpreters, abis, platforms = map(self._split, tags)
        if not (interpreters and abis and platforms and self._is_interpreter(tags[0])):
            return None
        return WheelName(file=file, interpreters=interpreters, abis=abis, platforms=platforms)

    def _is_head(self, head: str) -> bool:
        """Tell whether a name may start like this; all wheels of a package mostly do alike."""
        known = self._heads.get(head)
        if known is None:
            known = _PLAIN_HEAD.fullmatch(head) is not None or (
                head.count("-") in _HEADS and _is_wheel(head + _PLAIN)
            )
            self._heads[head] = known
        return known

    def _is_interpreter(self, word: str) -> bool:
        known = self._interpreters.get(word)
        if known is None:
            known = all(part.isidentifier() for part in word.split("."))
            self._interpreters[word] = known
        return known

    def _split(self, word: str) -> tuple[str, ...]:
        """Split a compressed tag set; nothing if a word of it is empty."""
        found = self._words.get(word)
        if found is None:
            parts = word.lower().split(".")
            found = () if "" in parts else tuple(parts)
            self._words[word] = found
        return found


def _is_wheel(file: str) -> bool:
    try:
        parse_wheel_filename(file)
    except InvalidWheelFilename:
        return False
    return True
