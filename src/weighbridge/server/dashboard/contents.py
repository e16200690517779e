"""All that a dashboard is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.server.dashboard.page import Parts, routes_of
from weighbridge.server.dashboard.pages import (
    acts,
    approvals,
    comparing,
    compatibility,
    dependencies,
    insights,
    keys,
    ledger,
    lineage,
    packs,
    pipeline,
    releases,
    stops,
    waivers,
)

if TYPE_CHECKING:
    from fastapi import APIRouter

    from weighbridge.server.login.browser import Browser

CONTENTS: Final[tuple[Parts, ...]] = (
    pipeline.PARTS,
    releases.PARTS,
    acts.PARTS,
    stops.PARTS,
    approvals.PARTS,
    waivers.PARTS,
    packs.PARTS,
    comparing.PARTS,
    dependencies.PARTS,
    compatibility.PARTS,
    lineage.PARTS,
    ledger.PARTS,
    keys.PARTS,
    insights.PARTS,
)


def dashboard_routes(browser: Browser) -> APIRouter:
    """Make the routes of the dashboard."""
    return routes_of(CONTENTS, browser)
