"""Read settings: `weighbridge.toml`, the environment, flags; the nearest to the user wins."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import SettingsError
from weighbridge.model.finding import Severity
from weighbridge.model.location import Location
from weighbridge.model.settings import Setting, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = (
    "registry",
    "select",
    "ignore",
    "fail-on",
    "baseline",
    "templates",
    "engine",
    "store",
    "log-keys",
    "encrypt-to",
    "age-identity",
    "rule-packs",
    "links",
)
FILE = "weighbridge.toml"
_PATHS = ("registry", "baseline", "log-keys", "age-identity")
_MEMBERS = {
    "templates": "catalogues of templates",
    "encrypt-to": "recipients of age",
    "rule-packs": "rule packs",
}
ENGINE = re.compile(r"here|processes(:[1-9][0-9]{0,3})?|dask://[^/\s]+:[0-9]+")
ENGINES = "processes, processes:N, dask://HOST:PORT, here"
_LINK = re.compile(r"[a-z0-9][a-z0-9-]{0,39}=https?://[!-~]{1,2000}")
_FORMS = {
    "store": (
        re.compile(r"(?:s3|gs|az|file)://.+|(?!\w+://).+"),
        "s3://BUCKET/PREFIX, gs://…, az://…, or a path",
    ),
    "engine": (ENGINE, ENGINES),
}
_VARIABLES = {f"WEIGHBRIDGE_{key.upper().replace('-', '_')}": key for key in KEYS}


def read_settings(
    text: str, file: str, *, environ: Mapping[str, str], flags: Mapping[str, Any], registry: str
) -> Settings:
    """Merge all sources of settings.

    Args:
        text: Contents of `weighbridge.toml`, empty if there is none.
        file: Its name for messages.
        environ: Environment variables.
        flags: Values given on the command line, by key; None for those not given.
        registry: Where the registry is if nobody says otherwise.

    Raises:
        SettingsError: A key or value that is no setting.
    """
    found: dict[str, Setting[Any]] = {"registry": Setting(registry)}
    found.update(_from_file(text, file))
    if home := environ.get("WEIGHBRIDGE_HOME"):
        found["registry"] = Setting(home, "WEIGHBRIDGE_HOME")
    for variable, key in _VARIABLES.items():
        if value := environ.get(variable):
            found[key] = Setting(_read(key, value, Location(variable)), variable)
    for key, value in flags.items():
        if value not in (None, ()):
            found[key] = Setting(_read(key, value, Location(f"--{key}")), f"--{key}")
    return Settings(**{key.replace("-", "_"): setting for key, setting in found.items()})


def _from_file(text: str, file: str) -> dict[str, Setting[Any]]:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"{file} is not TOML: {error}"
        raise SettingsError(message, location=Location(file)) from error
    found = {}
    for key, value in table.items():
        line = _line_of(key, text)
        if key not in KEYS:
            close = difflib.get_close_matches(key, KEYS, n=1)
            advice = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(KEYS)}"
            message = f"{key!r} is not a setting"
            raise SettingsError(message, location=Location(file, line), help=[advice])
        found[key] = Setting(_read(key, value, Location(file, line)), f"{file}:{line}")
    return found


def _line_of(key: str, text: str) -> int:
    stands = re.search(rf"""^\s*\[*\s*["']?{re.escape(key)}["']?\s*[]=.]""", text, re.MULTILINE)
    return 1 if stands is None else text.count("\n", 0, stands.end()) + 1


def _read(key: str, value: Any, where: Location) -> Any:
    """Bring one value into its type."""
    if key == "fail-on":
        if value not in list(Severity):
            words = ", ".join(Severity)
            raise SettingsError(f"fail-on is one of {words}", location=where, seen=str(value))
        return Severity(value)
    if key in _PATHS:
        if not isinstance(value, str) or not value:
            raise SettingsError(f"{key} is a path", location=where, seen=str(value))
        return value
    if key in _FORMS:
        form, wanted = _FORMS[key]
        if not isinstance(value, str) or not form.fullmatch(value):
            raise SettingsError(f"{key} is one of {wanted}", location=where, seen=str(value))
        return value
    if key == "links":
        return _links(value, where)
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, list | tuple) or not all(isinstance(one, str) for one in entries):
        members = _MEMBERS.get(key, "rule codes")
        raise SettingsError(f"{key} is a list of {members}", location=where, seen=str(value))
    return tuple(word.strip() for one in entries for word in one.split(",") if word.strip())


def _links(value: Any, where: Location) -> tuple[str, ...]:
    """Read templates of links: a table, or `NAME=ADDRESS` separated by blanks."""
    named = (
        [f"{name}={one}" for name, one in sorted(value.items())]
        if isinstance(value, dict)
        else (value.split() if isinstance(value, str) else [str(value)])
    )
    for one in named:
        if not _LINK.fullmatch(one):
            raise SettingsError(
                'links are addresses by their names: loki = "https://…{query}"',
                location=where,
                seen=one,
            )
    return tuple(named)
