"""Where packages come from, and whether that is a place the manifest names."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.codec.address import without_credentials

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock, Pin
    from weighbridge.model.release.dependencies import PackageSource

_SEPARATORS: Final = re.compile(r"[-_.]+")
_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)")
_COMMIT: Final = re.compile(r"@[^@/]*$")
_PORTS: Final = {"http": ":80", "https": ":443", "ssh": ":22"}
_KINDS: Final = {
    "index": "index",
    "url": "url",
    "git": "git",
    "path": "directory",
    "editable": "directory",
}
_ANY: Final = "*"
_LOOPBACK: Final = re.compile(r"localhost|127(?:\.\d+){3}|\[::1\]")
_PLAIN: Final = frozenset({"http", "git", "git+http", "git+git", "ftp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePlace:
    """Where an entry of a lock comes from.

    Attributes:
        kind: `index`, `url`, `git` or `directory`, as sources have it.
        address: Its address, normalised; empty if the lock does not say.
    """

    kind: str
    address: str


def place_of(pin: Pin, lock: Lock) -> PackagePlace:
    """Tell where an entry comes from."""
    kind = _KINDS.get(pin.source, pin.source)
    if kind != "index":
        return PackagePlace(kind=kind, address=normalised(pin.reference, kind))
    index = pin.index
    if not index and len(lock.indexes) == 1 and not lock.adds_indexes:
        index = lock.indexes[0]
    return PackagePlace(kind=kind, address=normalised(index, kind))


def normalised(address: str, kind: str) -> str:
    """Write an address so that two ways to write the same one are equal."""
    text = without_credentials(address.strip())
    if kind == "directory":
        return posixpath.normpath(text.removeprefix("file://")) if text else ""
    if kind == "git":
        text = text.removeprefix("git+")
    found = _ADDRESS.match(text)
    if found is None:
        return text.rstrip("/")
    scheme, host, path = found[1].lower(), found[2].lower(), found[3]
    if kind == "git":
        path = _COMMIT.sub("", path).removesuffix(".git")
    host = host.removesuffix(_PORTS.get(scheme, "")) if scheme in _PORTS else host
    return f"{scheme}://{host}{path}".rstrip("/")


def is_from(place: PackagePlace, source: PackageSource) -> bool:
    """Tell whether a place is a source, or lies below one that is no index."""
    if place.kind != source.kind or not place.address:
        return False
    ref = normalised(source.ref, source.kind)
    below = source.kind in ("url", "directory")
    if below and ref == ".":
        return not place.address.startswith(("..", "/"))
    return place.address == ref or (below and place.address.startswith(f"{ref}/"))


def allows(source: PackageSource, name: str) -> bool:
    """Tell whether one of a source's patterns fits the name of a package."""
    return any(fits(pattern, name) for pattern in source.allow or ())


def fits(pattern: str, name: str) -> bool:
    """Tell whether a name is what a pattern says; `*` stands for any text.

    Both are compared in the form of PEP 503.
    """
    first, *others = _SEPARATORS.sub("-", pattern.lower()).split(_ANY)
    plain = _SEPARATORS.sub("-", name.lower())
    if not others:
        return plain == first
    *middle, last = others
    if not plain.startswith(first) or len(plain) < len(first) + len(last):
        return False
    end = len(plain) - len(last)
    at = len(first)
    for part in middle:
        found = plain.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return plain.endswith(last)


def is_plain(address: str) -> bool:
    """Tell whether bytes from an address can be changed by whoever carries them."""
    found = _ADDRESS.match(address)
    if found is None or found[1].lower() not in _PLAIN:
        return False
    host = found[2].rpartition("@")[2]
    return _LOOPBACK.fullmatch(re.sub(r":\d+$", "", host)) is None
