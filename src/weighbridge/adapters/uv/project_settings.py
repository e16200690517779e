"""What a project's `[tool.uv]` says about where packages come from, as a `uv.toml` of our own.

uv is told to read no settings but these: whatever else a folder or a user has set is not heard.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEYS = (
    "exclude-newer",
    "extra-index-url",
    "find-links",
    "fork-strategy",
    "index-strategy",
    "index-url",
    "no-index",
    "prerelease",
    "resolution",
)
_INDEX_KEYS = ("name", "url", "default", "explicit", "format")


def settings_of(project: bytes) -> str:
    """Write the settings that a project makes and a resolution follows.

    Args:
        project: Its `pyproject.toml`; one that cannot be read makes none, and uv says so.
    """
    try:
        tool = tomllib.loads(project.decode()).get("tool", {})
        uv = tool.get("uv", {}) if isinstance(tool, dict) else {}
    except (ValueError, RecursionError):
        return ""
    return "".join(_lines(uv)) if isinstance(uv, dict) else ""


def _lines(uv: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{key} = {value}\n" for key in _KEYS if (value := _written(uv.get(key))))
    indexes = uv.get("index", [])
    for index in indexes if isinstance(indexes, list) else ():
        if isinstance(index, dict):
            yield "[[index]]\n"
            yield from (
                f"{key} = {value}\n" for key in _INDEX_KEYS if (value := _written(index.get(key)))
            )


def _written(value: object) -> str:
    """Write text, a truth value, or a list of text as TOML has it; nothing for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return f"[{', '.join(map(_written, value))}]"
    return ""
