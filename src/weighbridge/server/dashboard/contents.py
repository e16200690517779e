"""All that a dashboard is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.server.dashboard.page import Parts, routes_of
from weighbridge.server.dashboard.pages import approvals, insights, pipeline, releases, waivers

if TYPE_CHECKING:
    from fastapi import APIRouter

    from weighbridge.server.login.browser import Browser

CONTENTS: Final[tuple[Parts, ...]] = (
    pipeline.PARTS,
    releases.PARTS,
    approvals.PARTS,
    waivers.PARTS,
    insights.PARTS,
)


def dashboard_routes(browser: Browser) -> APIRouter:
    """Make the routes of the dashboard."""
    return routes_of(CONTENTS, browser)
