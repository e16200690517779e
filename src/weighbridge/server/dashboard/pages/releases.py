"""Releases: the list in which one finds one, and what there is to say of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.cursor import write_cursor
from weighbridge.server.cursors import read_cursor
from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.finding import find_releases

if TYPE_CHECKING:
    from weighbridge.server.dashboard.page import Asked

_MANY = 50


def found(asked: Asked) -> dict[str, Any]:
    """List releases whose names contain something, in the order of their names."""
    part = asked.query.get("q", "")
    key = read_cursor(asked.query.get("after", ""), str, str)
    since = None if key is None else (str(key[0]), str(key[1]))
    rows, _ = find_releases(asked.services, part, since, _MANY + 1)
    return {
        "schemaVersion": 1,
        "containing": part,
        "releases": [{"name": n, "version": v, "digest": d} for n, v, d in rows[:_MANY]],
        "next": write_cursor(*rows[_MANY - 1][:2]) if len(rows) > _MANY else "",
    }


PARTS = Parts(
    pages=(
        Page(
            path="/releases",
            template="releases.html",
            view=found,
            docs="tutorial/promoting-a-release.md",
            tab="All releases",
        ),
    ),
)
