"""Credentials in the addresses of a lock: on which lines, and never what they are."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from weighbridge.codec.locks.interface import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

_USERINFO = re.compile(
    r"(?<![A-Za-z0-9+.-])(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<userinfo>[^/?#\s\"']*)@"
)
_VARIABLES = re.compile(r"(?:\$\{?\w+\}?:?)+")
_LOGINS = frozenset({"", "git", "hg", "svn"})
_TOKEN = re.compile(r"(?P<before>://[^/\s\"'?#]+)/t/[A-Za-z0-9-]+(?=/)")


def without_token(address: str) -> str:
    """Leave out the token of a conda channel: `https://host/t/TOKEN/channel`."""
    return _TOKEN.sub(r"\g<before>", address)


def credential_lines(text: str) -> tuple[int, ...]:
    """Number the lines on which an address carries a credential, comments included.

    A variable that the installer fills in (`https://${USER}:${TOKEN}@host`) is none, nor is the
    login of an ssh address.
    """
    return tuple(islice(_lines(text), LIMITS.credentials))


def _lines(text: str) -> Iterator[int]:
    if "://" not in text:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if "://" in line and (_TOKEN.search(line) or _names_somebody(line)):
            yield number


def _names_somebody(line: str) -> bool:
    return "@" in line and any(
        _is_credential(found["scheme"], found["userinfo"]) for found in _USERINFO.finditer(line)
    )


def _is_credential(scheme: str, userinfo: str) -> bool:
    login, colon, password = userinfo.partition(":")
    if _VARIABLES.fullmatch(userinfo):
        return False
    if scheme.lower().endswith("ssh") or login in _LOGINS:
        return bool(colon and password and not _VARIABLES.fullmatch(password))
    return True
