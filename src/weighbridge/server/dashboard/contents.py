"""All that a dashboard is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.server.dashboard.page import Parts, routes_of
from weighbridge.server.dashboard.pages import (
    access,
    acts,
    approvals,
    comparing,
    compatibility,
    data,
    dependencies,
    environments,
    first,
    going_back,
    guide,
    insights,
    keys,
    ledger,
    lineage,
    packs,
    pipeline,
    policies,
    releases,
    rules,
    stops,
    waivers,
    what_if,
)

if TYPE_CHECKING:
    from fastapi import APIRouter

    from weighbridge.server.login.browser import Browser

CONTENTS: Final[tuple[Parts, ...]] = (
    pipeline.PARTS,
    first.PARTS,
    releases.PARTS,
    acts.PARTS,
    approvals.PARTS,
    waivers.PARTS,
    packs.PARTS,
    comparing.PARTS,
    dependencies.PARTS,
    compatibility.PARTS,
    lineage.PARTS,
    environments.PARTS,
    stops.PARTS,
    going_back.PARTS,
    policies.PARTS,
    what_if.PARTS,
    rules.PARTS,
    data.PARTS,
    ledger.PARTS,
    access.PARTS,
    keys.PARTS,
    insights.PARTS,
    guide.PARTS,
)


def dashboard_routes(browser: Browser) -> APIRouter:
    """Make the routes of the dashboard."""
    router = routes_of(CONTENTS, browser)
    router.routes[:0] = guide.picture_routes()  # before `/help/…`, which is any other page
    return router
