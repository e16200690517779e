"""What is wrong, as a page for who sits at a browser: the same as in the problem document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from weighbridge.report.problem import TITLES
from weighbridge.server.dashboard.media import prefers_html
from weighbridge.server.dashboard.rendering import HEADERS, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from weighbridge.model.errors import Fault


def wants_page(request: Request) -> bool:
    """Tell whether a browser asks for a page, and rather for a page than a document."""
    return not request.url.path.startswith("/v1/") and prefers_html(request)


def wrong_page(
    faults: Sequence[Fault],
    status: int,
    *,
    instance: str,
    path: str,
    headers: Mapping[str, str],
    login: bool,
) -> Response:
    """Make the page; nothing of what it shows is markup, or turns the text around.

    Args:
        faults: What is wrong.
        status: The status of the answer.
        instance: What names the request in the server's log.
        path: What was asked for: after a login one comes back to it.
        headers: Headers that the problem document has.
        login: Whether people log in here, at a provider.
    """
    text = write(
        "wrong.html",
        status=status,
        title=TITLES.get(status, "Error"),
        faults=faults,
        instance=instance,
        path=path,
        login=login,
    )
    found = HTMLResponse(text, status, HEADERS)
    own = {"content-type", "content-length", *found.headers}
    found.headers.update({name: one for name, one in headers.items() if name not in own})
    return found
