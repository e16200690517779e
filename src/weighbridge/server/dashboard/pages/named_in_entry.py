"""What an entry of the ledger names, each with the page or the bytes it leads to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.server.dashboard.rendering import href

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.event import Event

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_RELEASES: Final = {"release": "release", "digest": "release", "previous": "release before"}
_BLOBS: Final = {
    "policy": "policy",
    "environmentDigest": "environment as applied",
    "outcome": "outcome",
    "trust": "trust snapshot",
    "statement": "statement",
}
_ENTRIES: Final = {"cause": "set off by", "review": "reviewed in"}


def named(event: Event) -> list[dict[str, str]]:
    """List what an entry names: what it is, its name, and where it leads."""
    return [{"what": what, "value": value, "href": where} for what, value, where in _named(event)]


def _named(event: Event) -> Iterator[tuple[str, str, str]]:
    body = event.body
    for member, what in _RELEASES.items():
        if digest := _digest(body, member):
            yield what, digest, href("releases", digest)
    if isinstance(name := body.get("name"), str):
        yield "all about it", name, href("ledger", name=name)
    if isinstance(environment := body.get("environment"), str) and environment:
        yield "environment", environment, href("environments", environment)
    for member, what in _BLOBS.items():
        if digest := _digest(body, member):
            yield what, digest, href("v1", "blobs", digest)
    for member, what in _ENTRIES.items():
        if type(body.get(member)) is int:
            yield what, f"entry {body[member]}", href("ledger", str(body[member]))
    if event.control is not None:
        yield "who was trusted", f"entry {event.control}", href("ledger", str(event.control))


def _digest(body: Mapping[str, object], member: str) -> str:
    value = body.get(member)
    return value if isinstance(value, str) and _DIGEST.fullmatch(value) else ""
