"""What lies beside the repository: advisories, resolved locks, rules of the owners."""

from __future__ import annotations

import json

from weighbridge.usecases.demo.course.repository import resource

RULES = ("staging-policy.yaml", "production-policy.yaml", "staging.yaml", "production.yaml")
"""What the owners publish and apply."""
_LAST_YEAR = "2025-01-05T09:00:00Z"


def papers(now: str) -> dict[str, bytes]:
    """Give the files of the desk by their paths.

    Args:
        now: The time; advisories that count are of today, or their age would be a finding.
    """
    flaw = _record("COURSE-2026-1", now, "a label with a line break is read as two")
    flaw["affected"] = [_versions("parcel-text", fixed="0.9.3")]
    attack = _record("MAL-2026-0", now, "sends the variables of the environment away when imported")
    attack["affected"] = [_versions("parcel-tensor")]
    later = _record(
        "COURSE-2026-2", now, "a label of more than 4,096 letters is cut off in silence"
    )
    later["affected"] = [_versions("parcel-labels", fixed="1.4.3")]
    old = {**flaw, "modified": _LAST_YEAR}
    return {
        "advisories/COURSE-2026-1.json": _json(flaw),
        "advisories/MAL-2026-0.json": _json(attack),
        "advisories-tomorrow/COURSE-2026-1.json": _json(flaw),
        "advisories-tomorrow/COURSE-2026-2.json": _json(later),
        "advisories-tomorrow/MAL-2026-0.json": _json(attack),
        "advisories-last-year/COURSE-2026-1.json": _json(old),
        "resolved/pylock.toml": resource("pylock.toml"),
        "resolved/requirements-dev.lock": resource("requirements-dev.lock"),
        **{f"rules/{name}": resource(name) for name in RULES},
    }


def _record(name: str, modified: str, summary: str) -> dict[str, object]:
    return {"id": name, "modified": modified, "summary": summary}


def _versions(package: str, *, fixed: str = "") -> dict[str, object]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    return {
        "package": {"ecosystem": "PyPI", "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()
