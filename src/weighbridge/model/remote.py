"""What answers of object stores have in common: entity tags, and what errors say.

Reading a tree of objects and keeping blobs are two trades; this is all they share.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from datetime import datetime

SCHEMES = ("s3", "gs", "az")
"""Schemes of addresses in object stores."""

_PASSING = re.compile(r" in [\d.]+[nµm]?s\b(, after \d+ retries)?(, \w+: \w+)*|(?<=\w)\?\S*")
"""What an error says that differs from run to run, or is part of a credential."""


class Seen(TypedDict):
    """What a store says of an object."""

    path: str
    last_modified: datetime
    size: int
    e_tag: str | None


def is_address(path: str) -> bool:
    """Whether what a user named lies in an object store."""
    return path.partition("://")[0] in SCHEMES and "://" in path


def strong_tag(tag: str | None) -> str | None:
    """Write an entity tag as it is to be asked for; stores list it with quotes or without."""
    if not tag or tag.startswith("W/"):
        return None  # such a tag matches nothing (RFC 9110, 13.1.1)
    return f'"{_bare(tag)}"'


def is_same(now: Seen, then: Seen) -> bool:
    """Tell whether two looks at an object saw the same, by what lists and answers agree on.

    Some lists have finer times than answers, and only answers have versions.
    """
    if now["size"] != then["size"]:
        return False
    if now["e_tag"] and then["e_tag"]:
        return _bare(now["e_tag"]) == _bare(then["e_tag"])
    times = [one["last_modified"].replace(microsecond=0) for one in (now, then)]
    return times[0] == times[1]


def first_words(error: Exception) -> str:
    """Take what an error says first; the rest is the library's own debugging."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return " ".join(_PASSING.sub("", line).split())[:300]


def _bare(tag: str) -> str:
    return tag.removeprefix("W/").strip('"')
