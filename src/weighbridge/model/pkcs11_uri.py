"""PKCS#11 URIs (RFC 7512): which key on which token, and where its PIN is read from.

A PIN in the URI itself is refused: an argument can be read by others. So is a program to run.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

SCHEME = "pkcs11:"

_PATH = frozenset({"token", "manufacturer", "serial", "model", "object", "id", "type"})
_QUERY = frozenset({"module-path", "pin-source"})


class Pkcs11UriError(ValueError):
    """A text is no PKCS#11 URI, or one that asks for what is not done here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs11Uri:
    """A key on a token; what is empty is not asked for.

    Attributes:
        token: The token's label.
        manufacturer: Who made the token.
        serial: The token's serial number.
        model: The token's model.
        label: The key's label (`object`).
        id: The key's id.
        module_path: The library that reaches the token.
        pin_source: The file the PIN is read from.
    """

    token: str = ""
    manufacturer: str = ""
    serial: str = ""
    model: str = ""
    label: str = ""
    id: bytes = b""
    module_path: str = ""
    pin_source: str = ""


def read_pkcs11_uri(text: str) -> Pkcs11Uri:
    """Read a PKCS#11 URI.

    Raises:
        Pkcs11UriError: It is none, names no key, or holds what is not known.
    """
    if not text.lower().startswith(SCHEME):
        raise Pkcs11UriError(f"it does not begin with {SCHEME}")
    path, _, query = text[len(SCHEME) :].partition("?")
    found = _attributes(path, ";", _PATH)
    asked = _attributes(query, "&", _QUERY)
    if found.get("type", "private") != "private":
        raise Pkcs11UriError("it is not of a private key")
    source = unquote(asked.get("pin-source", "")).removeprefix("file:")
    if source.startswith("|"):
        raise Pkcs11UriError("its PIN would come from a program")
    # `file:///a` and `file:/a` are the same file.
    source = "/" + source.lstrip("/") if source.startswith("//") else source
    uri = Pkcs11Uri(
        token=unquote(found.get("token", "")),
        manufacturer=unquote(found.get("manufacturer", "")),
        serial=unquote(found.get("serial", "")),
        model=unquote(found.get("model", "")),
        label=unquote(found.get("object", "")),
        id=unquote_to_bytes(found.get("id", "")),
        module_path=unquote(asked.get("module-path", "")),
        pin_source=source,
    )
    if not (uri.label or uri.id):
        raise Pkcs11UriError("it names no key: neither object nor id")
    if not uri.module_path.startswith("/"):
        raise Pkcs11UriError("it does not say with a whole path which library reaches the token")
    return uri


def _attributes(text: str, divider: str, known: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(divider) if text else ():
        name, equals, value = part.partition("=")
        if name == "pin-value":
            # Its value is not repeated: it is a secret.
            raise Pkcs11UriError("it holds the PIN itself, which others can read")
        if not equals or name not in known:
            raise Pkcs11UriError(f"{name!r} is no attribute that is known here")
        if name in found:
            raise Pkcs11UriError(f"{name} stands twice")
        found[name] = value
    return found
