"""Every page of the dashboard, by an address at which there is something to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.server.access import PAGES
from weighbridge.server.dashboard.contents import CONTENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PICTURES = {"/assets/{name}", "/help/images/{name}"}
FILES = _PICTURES | {file.path for parts in CONTENTS for file in parts.files}
"""Routes that hand out bytes, and no page."""


def routes(method: str = "GET") -> list[str]:
    """List the routes of pages, or of forms."""
    return [path for verb, path in PAGES if verb == method and path not in FILES]


def names(release: str, other: str, *, name: str = "demo") -> dict[str, str]:
    """Say what stands for the names in routes."""
    return {
        "digest": release,
        "left": other,
        "right": release,
        "environment": "production",
        "name": name,
        "act": "approve",
        "index": "3",
        "code": "INT001",
        "rule": "SEC001",
        "policy": "house",
        "path:path": "how-to/get-unblocked.md",
    }


def filled(route: str, known: Mapping[str, str]) -> str:
    """Fill names into a route."""
    for name, value in known.items():
        route = route.replace(f"{{{name}}}", value)
    if "/policies/" in route:
        route = route.replace("/policies/demo", "/policies/house")
    return route


def addresses(known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """List each route with an address of it."""
    for route in routes():
        yield route, filled(route, known)
