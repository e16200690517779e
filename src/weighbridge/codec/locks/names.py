"""What files of locks are called."""

from __future__ import annotations

import re

NAMES: tuple[tuple[str, str], ...] = (
    (r"pylock(?:\..+)?\.toml", "pylock"),
    (r"uv\.lock", "uv"),
    (r"requirements.*\.lock", "requirements"),
    (r"requirements.*\.txt", "requirements"),
    (r"conda-lock\.ya?ml", "conda"),
    (r"conda-(?:linux|osx|win)-[a-z0-9]+\.lock", "conda"),
)
"""File names as regular expressions, and the formats they stand for; the first one counts."""


def lock_format(name: str) -> str | None:
    """Tell the format of a lock by its file's name; None if it has another."""
    return next((found for form, found in NAMES if re.fullmatch(form, name)), None)
