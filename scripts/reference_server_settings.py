"""The page of what a server goes by: every table and key of the file of `serve --config`."""

from __future__ import annotations

from dataclasses import MISSING, asdict, fields
from typing import TYPE_CHECKING, Any

from weighbridge.codec.server_settings import PLACES, read_server_settings
from weighbridge.model.team.server_settings import (
    CiSettings,
    LimitSettings,
    OidcSettings,
    ServerSettings,
)
from weighbridge.server.services import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Row = tuple[str, str, str]

TABLES: Mapping[str, type] = {"oidc": OidcSettings, "ci": CiSettings, "limits": LimitSettings}
"""Fields of the settings that are tables, and what is in them."""
EXAMPLE = """\
public-url = "https://weighbridge.example.com"

[oidc]
issuer = "https://login.example.com"
client-id = "weighbridge"
client-secret-file = "secrets/oidc"
scopes = ["openid", "profile", "groups"]

[roles]
ml-leads = ["ml-lead", "scope:run"]
platform = ["owner", "releaser", "scope:admin"]

[scopes]
default = ["read", "write"]

[[ci]]
issuer = "https://token.actions.githubusercontent.com"
audience = "https://weighbridge.example.com"
claims = {repository = "acme/spam-filter", ref = "refs/heads/main"}
person = "ci-release"
scopes = ["read", "write"]
roles = ["checker"]

[proxy]
trusted = ["10.0.0.0/8"]

[limits]
requests-per-minute = 600
"""
_ABOUT = """\
What is in the file of `weighbridge serve --config FILE`. A key that is none, or a value that is
none of its, is refused with its line. Addresses begin with `https://`; on this machine `http://`
will do. Files are relative to the file. [How to run a server](../how-to/run-a-server.md),
[how to log in](../how-to/log-in.md).
"""


def server_settings_page(
    table: Callable[[Iterable[str], Iterable[Iterable[str]]], str],
    attributes: Callable[[type], Mapping[str, str]],
) -> str:
    """Write the page.

    Args:
        table: Writes a table of headings and rows.
        attributes: Reads what a class says of its attributes.

    Raises:
        SettingsError: The example is none.
    """
    read_server_settings(EXAMPLE, "the example")
    parts = ["# Settings of a server", _ABOUT, f"```toml\n{EXAMPLE}```"]
    for title, rows in _tables(attributes):
        parts += [f"## {title}", table(("key", "default", "meaning"), rows)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _tables(attributes: Callable[[type], Mapping[str, str]]) -> Iterator[tuple[str, list[Row]]]:
    meaning = attributes(ServerSettings)
    plain = [one for one in fields(ServerSettings) if one.name not in {*TABLES, *PLACES, "roles"}]
    yield "At the beginning", [_row(one.name, one, meaning) for one in plain]
    for name, kind in TABLES.items():
        title = f"`[[{name}]]`" if kind is CiSettings else f"`[{name}]`"
        told = attributes(kind)
        usual = asdict(Limits()) if kind is LimitSettings else {}
        yield title, [_row(one.name, one, told, usual) for one in fields(kind)]
    yield "`[roles]`", [("a group", "", meaning["roles"])]
    alone = {one.name: one for one in fields(ServerSettings) if one.name in PLACES}
    for field, (name, key) in PLACES.items():
        yield f"`[{name}]`", [_row(key, alone[field], {key: meaning[field]})]


def _row(
    name: str,
    field: Any,  # noqa: ANN401 - of any dataclass
    meaning: Mapping[str, str],
    usual: Mapping[str, object] = {},
) -> Row:
    if name.partition("_")[0] in usual:
        default = _written(usual[name.partition("_")[0]])
    elif field.default_factory is not MISSING:
        default = _written(field.default_factory())
    else:
        default = "demanded" if field.default is MISSING else _written(field.default)
    return f"`{name.replace('_', '-')}`", default, meaning[name]


def _written(value: object) -> str:
    if isinstance(value, tuple | frozenset):
        words = sorted(value) if isinstance(value, frozenset) else value
        return ", ".join(f"`{word}`" for word in words) or "none"
    return "none" if value is None or value == "" else f"`{value}`"
