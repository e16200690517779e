"""Addresses of databases: what they look like, and how they are shown without their passwords."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"postgres(?:ql)?://")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://")
_SECRET = re.compile(r"([?&](?:ssl)?password=)[^&]*")
HIDDEN = "***"


def is_database(place: str) -> bool:
    """Tell whether something names a database on a server rather than a folder."""
    return _SCHEME.match(place) is not None


def shown_address(place: str) -> str:
    """Write an address without the passwords in it; anything else is returned as it is."""
    if not is_database(place):
        return place
    scheme, rest = place.split("://", 1)
    before, question, query = rest.partition("?")
    login, at, server = before.rpartition("@")
    user, colon, _ = login.partition(":")
    hidden = f"{user}{colon}{HIDDEN if colon else ''}{at}{server}"
    return _SECRET.sub(rf"\1{HIDDEN}", f"{scheme}://{hidden}{question}{query}")


def is_folder(place: str) -> bool:
    """Tell whether something names a folder: all that is no address."""
    return _ADDRESS.match(place) is None
