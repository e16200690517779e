"""Waivers: who answers for which findings, until when, and who asks that somebody does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.cursor import write_cursor
from weighbridge.server.cursors import read_cursor
from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.chronicle.waiving import Found


def waivers(asked: Asked) -> dict[str, Any]:
    """Show a page of waivers and requests, those that end first before the rest."""
    from weighbridge.usecases.chronicle.waiving import (  # noqa: PLC0415 - judges
        Found,
        Sought,
        candidates,
        look_at,
    )

    key = read_cursor(asked.query.get("after", ""), str, int)
    sought = Sought(
        rule=asked.query.get("rule", ""),
        environment=asked.query.get("environment", ""),
        name=asked.query.get("name", ""),
        state=asked.query.get("state", ""),
        after=None if key is None else (str(key[0]), int(key[1])),
    )
    with asked.services.chronicle.reading(asked.registry) as told:
        size, places = told.size, sorted(told.control.environments)
        said = [one for words in told.waivers.said.values() for one in words]
        rules = sorted({one.rule for one in said})
        rows = candidates(told, sought, now=asked.now)
    found = Found(states=(), problems=(), after=None)
    if size:
        with asked.registry.reading() as view:
            found = look_at(rows, sought, view=view, registry=asked.registry, now=asked.now)
    return {
        "schemaVersion": 1,
        "ever": len(said),
        "environments": places,
        "rules": rules,
        "sought": {
            "rule": sought.rule,
            "environment": sought.environment,
            "name": sought.name,
            "state": sought.state,
        },
        "waivers": _rows(found),
        "problems": [
            {"environment": place, "name": name, "why": why}
            for (place, name), why in found.problems
        ],
        "next": "" if found.after is None else write_cursor(*found.after),
    }


def _rows(found: Found) -> list[dict[str, Any]]:
    from weighbridge.report.waivers import waivers_json  # noqa: PLC0415

    told = waivers_json(state for state, _ in found.states)
    releases = (release for _, release in found.states)
    return [{**one, "release": release} for one, release in zip(told, releases, strict=True)]


PARTS = Parts(
    pages=(
        Page(
            path="/waivers",
            template="waivers.html",
            view=waivers,
            docs="how-to/waive-a-finding.md",
            tab="Waivers",
        ),
    ),
)
