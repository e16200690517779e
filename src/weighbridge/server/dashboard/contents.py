"""All that a dashboard is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.server.dashboard.page import Parts, routes_of
from weighbridge.server.dashboard.pages import (
    access,
    acts,
    data,
    environments,
    first,
    going_back,
    guide,
    policies,
    releases,
    rules,
    stops,
    what_if,
)

if TYPE_CHECKING:
    from fastapi import APIRouter

    from weighbridge.server.login.browser import Browser

CONTENTS: Final[tuple[Parts, ...]] = (
    releases.PARTS,
    acts.PARTS,
    stops.PARTS,
    guide.PARTS,
    rules.PARTS,
    policies.PARTS,
    what_if.PARTS,
    environments.PARTS,
    going_back.PARTS,
    access.PARTS,
    data.PARTS,
    first.PARTS,
)


def dashboard_routes(browser: Browser) -> APIRouter:
    """Make the routes of the dashboard."""
    router = routes_of(CONTENTS, browser)
    router.routes[:0] = guide.picture_routes()  # before `/help/…`, which is any other page
    return router
