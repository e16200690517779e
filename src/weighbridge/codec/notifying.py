"""Read `notify.toml`, which lies in a registry: `[[sink]]` tables, one for each who is told."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

from weighbridge.model.errors import SettingsError
from weighbridge.model.location import Location
from weighbridge.model.notification import Sink, SinkKind

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "notify.toml"
MOST = 32
"""Sinks of one registry, at most."""

_KINDS: tuple[str, ...] = get_args(SinkKind)
_KEYS = {
    "name": "name",
    "kind": "kind",
    "url": "url",
    "when": "when",
    "secret-file": "secret_file",
    "user": "user",
    "from": "sender",
    "to": "to",
    "alias": "alias",
}
_NEEDED = {
    "webhook": {"name", "kind", "url", "secret-file"},
    "chat": {"name", "kind", "url"},
    "mail": {"name", "kind", "url", "from", "to"},
    "mlflow": {"name", "kind", "url"},
}
_TAKEN = {
    "webhook": {"when"},
    "chat": {"when"},
    "mail": {"when", "user", "secret-file"},
    "mlflow": {"when", "alias", "secret-file"},
}
_SCHEMES = {
    "webhook": {"http", "https"},
    "chat": {"http", "https"},
    "mail": {"smtp", "smtps"},
    "mlflow": {"http", "https"},
}
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_ADDRESS = re.compile(
    r"[^\s@<>,;:\"\\()\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
)
_ALIAS = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_RESERVED = re.compile(r"latest|v[0-9]+", re.ASCII | re.IGNORECASE)
"""What no alias of MLflow's may be called."""
_ENVIRONMENT = "{environment}"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TABLE = re.compile(r"^[ \t]*\[\[[ \t]*sink[ \t]*\]\]", re.MULTILINE)


def read_sinks(text: str, file: str) -> tuple[Sink, ...]:
    """Read the sinks of a registry.

    Args:
        text: The document (TOML).
        file: Its name for messages.

    Raises:
        SettingsError: It is none, or a sink could not be told anything.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{file} is not TOML: {error}", location=Location(file)) from error
    sinks = table.pop("sink", [])
    if table or not isinstance(sinks, list) or len(sinks) > MOST:
        raise SettingsError(
            f"{file} holds tables [[sink]], at most {MOST}, and nothing else",
            location=Location(file),
            seen=", ".join(sorted(table)) or f"{type(sinks).__name__} sink",
        )
    lines = [text.count("\n", 0, found.start()) + 1 for found in _TABLE.finditer(text)]
    if len(lines) != len(sinks):  # written another way, or inside a text: places are unknown
        lines = [1] * len(sinks)
    read = [_read(one, Location(file, line)) for one, line in zip(sinks, lines, strict=True)]
    names = [sink.name for sink in read]
    for at, sink in enumerate(read):
        if sink.name in names[:at]:
            message = f"two sinks are called {sink.name}"
            raise SettingsError(message, location=Location(file, sink.line))
    return tuple(read)


def _read(table: Any, where: Location) -> Sink:
    if not isinstance(table, dict):
        raise SettingsError("a sink is a table", location=where, seen=type(table).__name__)
    _check_keys(table, where)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key == "to":
            value = [value] if isinstance(value, str) else value  # noqa: PLW2901 - one, or several
            if not isinstance(value, list) or not value or not all(map(_is_address, value)):
                raise _wrong(key, value, "a mail address, or a list of them", where)
            values[key] = tuple(value)
        elif not isinstance(value, str) or not value.strip():
            raise _wrong(key, value, "text", where)
        else:
            values[key] = value
    if not _NAME.fullmatch(values["name"]):
        raise _wrong("name", values["name"], "lower-case letters, digits and `-`", where)
    if "from" in values and not _is_address(values["from"]):
        raise _wrong("from", values["from"], "a mail address", where)
    if "alias" in values and not _is_alias(values["alias"]):
        wanted = f"letters, digits, `_`, `-` and {_ENVIRONMENT}; not `latest`, `v1`, `v2` …"
        raise _wrong("alias", values["alias"], wanted, where)
    _check_url(values["kind"], values["url"], where)
    return Sink(line=where.line, **{_KEYS[key]: value for key, value in values.items()})


def _check_keys(table: Mapping[str, Any], where: Location) -> None:
    for key in table:
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, n=1)
            advice = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(_KEYS)}"
            raise SettingsError(f"a sink has no {key}", location=where, help=[advice])
    kind = table.get("kind")
    if kind not in _KINDS:
        raise _wrong("kind", kind, ", ".join(_KINDS), where)
    if missing := sorted(_NEEDED[kind] - set(table)):
        message = f"a sink of the kind {kind} needs {', '.join(missing)}"
        raise SettingsError(message, location=where, wanted=", ".join(sorted(_NEEDED[kind])))
    if odd := sorted(set(table) - _NEEDED[kind] - _TAKEN[kind]):
        message = f"a sink of the kind {kind} takes no {', '.join(odd)}"
        raise SettingsError(message, location=where)
    if ("user" in table) != ("secret-file" in table) and kind == "mail":
        message = "whoever logs in at a mail server needs both user and secret-file"
        raise SettingsError(message, location=where)


def _check_url(kind: str, url: str, where: Location) -> None:
    """Refuse what is no address, and what would be sent in the clear to another machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    printable = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in _SCHEMES[kind] or not host or parts.username or not printable:
        schemes = " or ".join(f"{scheme}://" for scheme in sorted(_SCHEMES[kind]))
        raise _wrong("url", url, f"{schemes} and a host", where)
    if kind == "mail" and (parts.path.strip("/") or parts.query or parts.fragment):
        raise _wrong("url", url, "a mail server's host and port alone", where)
    if kind == "mlflow" and (parts.query or parts.fragment):
        raise _wrong("url", url, "the address of a tracking server alone", where)
    if parts.scheme == "http" and host not in _LOOPBACK:
        message = "what is told would be sent in the clear"
        raise SettingsError(message, location=where, seen=url, help=["use https://"])


def _is_alias(text: str) -> bool:
    named = text.replace(_ENVIRONMENT, "x")
    return _ALIAS.fullmatch(named) is not None and not _RESERVED.fullmatch(text)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def _wrong(key: str, value: object, wanted: str, where: Location) -> SettingsError:
    message = f"the {key} of a sink is not what it must be"
    return SettingsError(message, location=where, seen=str(value), wanted=wanted)
