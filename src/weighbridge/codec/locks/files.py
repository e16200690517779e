"""Names and times of the files a lock admits, in one form whatever wrote the lock."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import unquote

_BEHIND = re.compile(r"[?#]")


def file_name(place: str) -> str:
    """Take the file name from an address or path; `%2B` of a local version is a plus."""
    path = _BEHIND.split(place, maxsplit=1)[0] if "://" in place else place
    return unquote(path.replace("\\", "/").rpartition("/")[2])


def written(time: datetime) -> str:
    """Write a time in UTC, RFC 3339; one without a zone is UTC already."""
    zoned = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return zoned.strftime("%Y-%m-%dT%H:%M:%SZ")
