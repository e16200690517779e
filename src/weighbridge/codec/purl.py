"""Package URLs, read and written strictly (ECMA-427, https://github.com/package-url/purl-spec)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST: Final = 4_096
_TYPE: Final = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*")
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_CHARACTERS: Final = re.compile(r"(?:[!$&'()*+,;=:@/?A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*")
_NAMESPACED: Final = frozenset(
    {"alpm", "apk", "bitbucket", "composer", "deb", "github", "rpm", "swift"}
)
"""Types of packages whose names mean nothing without a namespace."""


class PurlError(ValueError):
    """The text is no package URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purl:
    """A package URL, taken apart.

    Attributes:
        type: Whose package it is: `pypi`, `deb` …
        name: Its name, normalised where the type says how.
        namespace: What its name is unique in, or empty.
        version: Its version, or empty.
        qualifiers: What else tells it from others of that version.
        subpath: The place in it that is meant, or empty.
    """

    type: str
    name: str
    namespace: str = ""
    version: str = ""
    qualifiers: Mapping[str, str] = field(default_factory=dict)
    subpath: str = ""


def read_purl(text: str) -> Purl:
    """Read a package URL.

    Raises:
        PurlError: It is none.
    """
    scheme, colon, rest = text.partition(":")
    if scheme.lower() != "pkg" or not colon:
        raise PurlError("it does not begin with `pkg:`")
    rest, _, fragment = rest.partition("#")
    if len(text) > _LONGEST or not _CHARACTERS.fullmatch(rest + fragment):
        raise PurlError("it is too long, or has characters that must be percent-encoded")
    rest, _, query = rest.partition("?")
    kind, slash, rest = rest.lstrip("/").partition("/")
    if not slash or not _TYPE.fullmatch(kind):
        raise PurlError("it names no type of package")
    # An `@` in a namespace (npm scopes) is percent-encoded, or stands before a slash.
    path, at, version = rest.strip("/").rpartition("@")
    if not at or "/" in version:
        path, version = rest.strip("/"), ""
    *namespace, name = [_decoded(part) for part in path.split("/") if part] or [""]
    kind = kind.lower()
    if not name or (kind in _NAMESPACED and not namespace):
        raise PurlError(f"it names no package of the type {kind}")
    return Purl(
        type=kind,
        name=name.lower().replace("_", "-") if kind == "pypi" else name,
        namespace="/".join(namespace),
        version=_decoded(version),
        qualifiers=_qualifiers(query),
        subpath="/".join(_decoded(part) for part in fragment.strip("/").split("/") if part),
    )


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise PurlError("what is percent-encoded in it is not UTF-8") from error


def _qualifiers(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in query.split("&") if query else ():
        key, equals, value = part.partition("=")
        if not equals or not _KEY.fullmatch(key) or key.lower() in found:
            raise PurlError("a qualifier is not `key=value`, or stands twice")
        if value:
            found[key.lower()] = _decoded(value)
    return found


def write_purl(purl: Purl) -> str:
    """Write a package URL in its canonical form."""
    parts = [*purl.namespace.split("/"), purl.name] if purl.namespace else [purl.name]
    text = f"pkg:{purl.type}/" + "/".join(_encoded(part) for part in parts)
    if purl.version:
        text += f"@{_encoded(purl.version)}"
    if purl.qualifiers:
        pairs = sorted(purl.qualifiers.items())
        text += "?" + "&".join(f"{key}={quote(value, safe=':/')}" for key, value in pairs)
    return text


def _encoded(text: str) -> str:
    return quote(text, safe=":")
