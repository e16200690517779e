"""The pages of what servers and workers go by: every table and key of the files of `--config`."""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from weighbridge.codec import server_settings, worker_settings
from weighbridge.model.team.job_settings import JobSettings, ReplaySettings, WarnSettings
from weighbridge.model.team.server_settings import (
    CiSettings,
    LimitSettings,
    OidcSettings,
    ServerSettings,
    SigningSettings,
)
from weighbridge.server.services import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Row = tuple[str, str, str]
    Table = Callable[[Iterable[str], Iterable[Iterable[str]]], str]
    Attributes = Callable[[type], Mapping[str, str]]

_SERVER = """\
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

[signing]
keys = "signing-keys"
passphrase-file = "secrets/signing"

[proxy]
trusted = ["10.0.0.0/8"]

[limits]
requests-per-minute = 600
"""
_WORKER = """\
engine = "processes:2"

[schedule]
rescan = "02:00"
warn = "06:00"

[warn]
days = 14
advisories = 7

[push]
to = ["oci://registry.example.com/models/*"]

[replay]
allow = true
inputs = "/srv/inputs"

[telemetry]
otlp-endpoint = "https://collector.example.com"
"""
_REFUSED = """\
A key that is none, or a value that is none of its, is refused with its line. Addresses begin with
`https://`; on this machine `http://` will do. Files and folders are relative to the file.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """A file of settings.

    Attributes:
        whose: Who goes by it.
        about: What it is, and where more is told.
        example: One of them.
        read: Reads one.
        kind: What is read.
        places: Fields that stand in a table: its name, and the key in it.
        tables: Fields that are a table: its name, and what is in it.
        free: Fields that are a table of keys of one's own: its name, and what a key is.
    """

    whose: str
    about: str
    example: str
    read: Callable[[str, str], object]
    kind: type
    places: Mapping[str, tuple[str, str]]
    tables: Mapping[str, tuple[str, type]]
    free: Mapping[str, tuple[str, str]]


SERVER = _Settings(
    whose="server",
    about="What is in the file of `weighbridge serve --config FILE`; see "
    "[how to run a server](../how-to/run-a-server.md), [how to log in](../how-to/log-in.md).",
    example=_SERVER,
    read=server_settings.read_server_settings,
    kind=ServerSettings,
    places=server_settings.PLACES,
    tables={
        "oidc": ("[oidc]", OidcSettings),
        "ci": ("[[ci]]", CiSettings),
        "signing": ("[signing]", SigningSettings),
        "limits": ("[limits]", LimitSettings),
    },
    free={"roles": ("[roles]", "a group")},
)
WORKER = _Settings(
    whose="worker",
    about="What is in the file of `weighbridge worker --config FILE`; see "
    "[how to run workers](../how-to/run-workers.md).",
    example=_WORKER,
    read=worker_settings.read_worker_settings,
    kind=JobSettings,
    places=worker_settings.PLACES,
    tables={"replay": ("[replay]", ReplaySettings), "warning": ("[warn]", WarnSettings)},
    free={},
)


def settings_page(settings: _Settings, *, table: Table, attributes: Attributes) -> str:
    """Write a page.

    Args:
        settings: The file it is about.
        table: Writes a table of headings and rows.
        attributes: Reads what a class says of its attributes.

    Raises:
        SettingsError: The example is none.
    """
    settings.read(settings.example, "the example")
    parts = [f"# Settings of a {settings.whose}", settings.about, _REFUSED]
    parts.append(f"```toml\n{settings.example}```")
    for title, rows in _tables(settings, attributes).items():
        parts += [f"## {title}", table(("key", "default", "meaning"), rows)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _tables(settings: _Settings, attributes: Attributes) -> dict[str, list[Row]]:
    meaning = attributes(settings.kind)
    found: dict[str, list[Row]] = {"At the beginning": []}
    for one in fields(settings.kind):
        if one.name in settings.places:
            name, key = settings.places[one.name]
            row = _row(key, one, {key: meaning[one.name]})
            found.setdefault(f"`[{name}]`", []).append(row)
        elif one.name in settings.tables:
            title, kind = settings.tables[one.name]
            found[f"`{title}`"] = list(_rows(kind, attributes(kind)))
        elif one.name in settings.free:
            title, key = settings.free[one.name]
            found[f"`{title}`"] = [(key, "", meaning[one.name])]
        else:
            found["At the beginning"].append(_row(one.name, one, meaning))
    return found


def _rows(kind: type, meaning: Mapping[str, str]) -> Iterator[Row]:
    usual = asdict(Limits()) if kind is LimitSettings else {}
    for one in fields(kind):
        yield _row(one.name, one, meaning, usual)


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
    if isinstance(value, bool):
        return f"`{value}`".lower()
    return "none" if value is None or value == "" else f"`{value}`"
