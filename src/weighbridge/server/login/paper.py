"""Pages of logins, and where they lead on to."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import HTMLResponse

from weighbridge.server.dashboard.rendering import HEADERS, write

_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}", re.ASCII)
HOME: Final = "/"


def page(name: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Make a page from a template; every value is escaped."""
    return HTMLResponse(write(f"{name}.html", **values), status, HEADERS)


def local_path(wanted: str) -> str:
    """Return a path of this server to lead on to: what might be another's is not taken."""
    return wanted if _LOCAL.fullmatch(wanted) else HOME
