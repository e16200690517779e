"""Whether who asks wants a page or a document (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

_JSON = ("application/json", "application/problem+json")


def prefers_html(request: Request) -> bool:
    """Tell whether a page is wanted rather than a document; `?as=json` asks for the document."""
    if request.query_params.get("as") == "json":
        return False
    weights = _weights(request.headers.get("accept", ""))
    html = weights.get("text/html", 0.0)
    return html > max(weights.get(one, 0.0) for one in _JSON)


def _weights(accept: str) -> dict[str, float]:
    """Read how much each media type is wanted; what cannot be read is not."""
    found = {}
    for part in accept.lower().split(",")[:50]:
        kind, *parameters = (word.strip() for word in part.split(";"))
        text = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        found[kind] = (
            float(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else 0.0
        )
    return found
