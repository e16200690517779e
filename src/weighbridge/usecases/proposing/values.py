"""Values of foreign files, made fit for a manifest; what does not fit is nothing at all."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from weighbridge.codec.text import refused_character

_LONGEST = 500
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,126}", re.ASCII)
_PATCH = re.compile(r"\d+\.\d+\.\d+[A-Za-z0-9.+-]{0,20}", re.ASCII)


def text(value: object) -> str:
    """Take a line of text, composed as manifests have it; empty if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    line = unicodedata.normalize("NFC", str(value).strip())
    is_sound = len(line) <= _LONGEST and line.isprintable() and not refused_character(line)
    return line if is_sound else ""


def version(value: object) -> str:
    """Take a version; empty if it is none."""
    found = text(value)
    return found if _VERSION.fullmatch(found) else ""


def patch_level(value: object) -> str:
    """Take the version of a runtime if it goes to the patch level; `3.11` says too little."""
    found = text(value)
    return found if _PATCH.fullmatch(found) else ""


def mapping(value: object) -> dict[str, Any]:
    """Take a mapping; an empty one if it is none."""
    return value if isinstance(value, dict) else {}


def members(value: object) -> list[Any]:
    """Take a list; a single value is a list of one, nothing is none."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def slug(name: str, fallback: str = "model") -> str:
    """Make a name of a release or artifact."""
    found = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")
    return found[:100].strip("-._") or fallback
