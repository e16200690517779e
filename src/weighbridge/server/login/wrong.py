"""What is wrong with a login, as a page for who sits at a browser: as in the problem document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.report.problem import TITLES
from weighbridge.report.visible import visible
from weighbridge.server.login.paper import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from weighbridge.model.errors import Fault

ENTER: Final = "/enter"
"""Where a person comes in who started the server himself: nobody logs in there."""
_HTML, _JSON = "text/html", ("application/json", "application/problem+json")


def wants_page(request: Request) -> bool:
    """Tell whether a browser asks for a page of logins, and rather for a page than a document."""
    path = request.url.path
    if path not in {"/login", "/logout", ENTER} and not path.startswith("/login/"):
        return False
    weights = _weights(request.headers.get("accept", ""))
    html = weights.get(_HTML, 0.0)
    return html > max(weights.get(one, 0.0) for one in _JSON)


def wrong_page(
    faults: Sequence[Fault],
    status: int,
    *,
    instance: str,
    headers: Mapping[str, str],
    login: bool = True,
) -> Response:
    """Make the page; nothing of what it shows is markup, or turns the text around.

    Args:
        faults: What is wrong.
        status: The status of the answer.
        instance: What names the request in the server's log.
        headers: Headers that the problem document has.
        login: Whether there is a login to try again.
    """
    told = [
        {
            "code": fault.code,
            "message": visible(fault.message),
            "seen": visible(fault.seen),
            "wanted": visible(fault.wanted),
            "cause": visible(fault.cause),
            "help": [visible(one) for one in fault.help],
        }
        for fault in faults
    ]
    title = TITLES.get(status, "Error")
    found = page("wrong", status=status, title=title, faults=told, instance=instance, login=login)
    own = {"content-type", "content-length", *found.headers}
    found.headers.update({name: one for name, one in headers.items() if name not in own})
    found.headers["vary"] = "accept"
    return found


def _weights(accept: str) -> dict[str, float]:
    """Read how much each media type is wanted (RFC 9110, 12.5.1); what cannot be read is not."""
    found = {}
    for part in accept.lower().split(",")[:50]:
        kind, *parameters = (word.strip() for word in part.split(";"))
        text = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        found[kind] = (
            float(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else 0.0
        )
    return found
