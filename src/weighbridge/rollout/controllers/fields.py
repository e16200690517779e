"""Fields of objects that anybody may have written: a value of the wanted type, or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

RELEASE: Final = "weighbridge.dev/release"
"""Annotation of everything that is rendered: the release digest."""
_WHOLE: Final = 100
_LONGEST: Final = 500


def at(found: object, *path: str) -> object:
    """Return what stands at a path of names; None if nothing does."""
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def text(found: object, *path: str) -> str:
    """Return a text; empty if there is none."""
    value = at(found, *path)
    return value if isinstance(value, str) else ""


def number(found: object, *path: str) -> int | None:
    """Return a whole number; None if there is none."""
    value = at(found, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def entries(found: object, *path: str) -> list[dict[str, object]]:
    """Return the objects of a list; what else stands in it is left out."""
    value = at(found, *path)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def percent(value: int | None) -> int:
    """Return a share of requests, between none and all."""
    return min(max(value or 0, 0), _WHOLE)


def sentence(*words: str) -> str:
    """Join what a controller says into a line of bounded length."""
    return " ".join(" ".join(filter(None, words)).split())[:_LONGEST]


def millis(moment: str) -> int:
    """Return a moment of Kubernetes (RFC 3339) in milliseconds of Unix time; 0 if it is none."""
    try:
        return max(int(datetime.fromisoformat(moment).timestamp() * 1000), 0)
    except (ValueError, OverflowError):
        return 0


def condition(found: object, kind: str) -> dict[str, object]:
    """Return a condition of an object's status; empty if it has none of that type."""
    known = entries(found, "status", "conditions")
    return next((one for one in known if one.get("type") == kind), {})


def is_of(found: object, digest: str) -> bool:
    """Tell whether an object says that it is of a release, and is to stay."""
    stays = at(found, "metadata", "deletionTimestamp") is None
    return stays and bool(digest) and text(found, "metadata", "annotations", RELEASE) == digest


def runs(found: object, digest: str) -> bool:
    """Tell whether the pods of an object are to be of a release."""
    said = text(found, "spec", "template", "metadata", "annotations", RELEASE)
    return bool(digest) and said == digest


def is_seen(found: object) -> bool:
    """Tell whether a controller's status is of the newest that was asked of it."""
    wanted = number(found, "metadata", "generation")
    seen = at(found, "status", "observedGeneration")
    if isinstance(seen, str):  # Argo writes a text
        seen = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < _LONGEST else None
    return wanted is not None and not isinstance(seen, bool) and seen == wanted
