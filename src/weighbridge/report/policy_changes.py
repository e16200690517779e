"""What changes in a policy: with time, and from one version to the next."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.report.policy_words import DemandRow

_PARTS = {
    "when": "only if",
    "of": "asked of",
    "expr": "expression",
    "blocks": "effect",
    "effective_on": "blocks from",
    "expires_on": "ends",
    "origin": "from",
    "remediation": "what to do",
    "rules": "rules",
}
"""What of a demand may change beside its sentence, and what that is called."""


def coming(rows: Iterable[DemandRow], now: str) -> list[dict[str, str]]:
    """List what of a policy begins or ends after a time, soonest first."""
    found = [
        {"at": at, "id": row.id, "what": what}
        for row in rows
        for at, what in ((row.effective_on, "begins to block"), (row.expires_on, "ends"))
        if at > now
    ]
    return sorted(found, key=lambda one: (one["at"], one["id"]))


def differences(before: Sequence[DemandRow], after: Sequence[DemandRow]) -> list[dict[str, Any]]:
    """List which demands came, went and changed between two versions of a policy."""
    old, new = ({row.id: row for row in rows} for rows in (before, after))
    found = []
    for name in dict.fromkeys([*new, *old]):
        one, other = old.get(name), new.get(name)
        if one == other:
            continue
        kind = "added" if one is None else "removed" if other is None else "changed"
        found.append(
            {
                "id": name,
                "kind": kind,
                "before": None if one is None else one.demands,
                "after": None if other is None else other.demands,
                "parts": _changed(one, other),
            }
        )
    return found


def _changed(one: DemandRow | None, other: DemandRow | None) -> list[dict[str, str]]:
    """List the parts of a demand that changed beside its sentence."""
    if one is None or other is None:
        return []
    old, new = asdict(one), asdict(other)
    return [
        {"name": called, "before": _value(old[name]), "after": _value(new[name])}
        for name, called in _PARTS.items()
        if old[name] != new[name]
    ]


def _value(value: Any) -> str:  # noqa: ANN401 - whatever a demand consists of
    if isinstance(value, bool):
        return "blocks" if value else "warns"
    return str(value) if isinstance(value, str) else ", ".join(value)
