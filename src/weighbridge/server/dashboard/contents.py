"""All that a dashboard is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.server.dashboard.page import Parts, routes_of
from weighbridge.server.dashboard.pages import (
    acts,
    comparing,
    compatibility,
    dependencies,
    keys,
    ledger,
    lineage,
    packs,
    releases,
    stops,
)

if TYPE_CHECKING:
    from fastapi import APIRouter

    from weighbridge.server.login.browser import Browser

CONTENTS: Final[tuple[Parts, ...]] = (
    releases.PARTS,
    acts.PARTS,
    stops.PARTS,
    packs.PARTS,
    comparing.PARTS,
    dependencies.PARTS,
    compatibility.PARTS,
    lineage.PARTS,
    ledger.PARTS,
    keys.PARTS,
)


def dashboard_routes(browser: Browser) -> APIRouter:
    """Make the routes of the dashboard."""
    return routes_of(CONTENTS, browser)
