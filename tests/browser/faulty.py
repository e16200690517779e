"""A site each page of which has one fault, and a page that has none."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response

from tests.server.team import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright._impl._api_structures import SetCookieParam
    from starlette.requests import Request

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' http:"
)
_STYLE: Final = """\
body { font: 16px/1.5 sans-serif; color: #111; background: #fff; margin: 8px }
a { color: #00c } button, input { min-height: 24px; min-width: 24px; font: inherit }
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #111 } a { color: #9cf } .pale { color: #444 }
}
:focus-visible { outline: 3px solid #c60 }
.blind:focus-visible { outline: none }
.away { position: fixed; left: -500px }
.small { min-height: 0; min-width: 0; height: 16px; padding: 0; font-size: 10px }
.short { width: 80px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
.low { height: 20px; overflow: hidden }
.wide { width: 900px; overflow-x: auto } .scrolls { overflow-x: auto; max-width: 100% }
.over { position: relative; top: -40px } .unseen { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%) }
"""
_SCRIPTS: Final = {
    "writes": 'document.querySelector("h1").textContent = "By a script";',
    "breaks": 'throw new Error("it broke");',
    "complains": 'console.error("it is not well");',
    "asks": 'fetch("/never");',
    "traps": """document.addEventListener("keydown", (event) => {
        if (event.key === "Tab" && document.activeElement.id === "trap") event.preventDefault();
    });""",
}
_BODY: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A page – weighbridge</title><link rel="stylesheet" href="/style.css"></head>
<body><a href="#main">Skip to the content</a>
<header><nav aria-label="Pages"><a href="/good">Here</a></nav></header>
<main id="main" tabindex="-1"><h1>A page</h1>{main}</main></body></html>"""
_ROW: Final = "<p>A line of text that is long enough to be wider than a box.</p>"

FAULTS: Final = {
    "good": f'<p class="unseen">For who hears it.</p>{_ROW}'
    '<p><label>Until <input type="date"></label> '
    "<button>Do it</button></p>"
    '<div class="scrolls" tabindex="0" role="region" aria-label="Wide">'
    '<p class="wide">A box that is scrolled.</p></div><noscript><p>Without.</p></noscript>',
    "script": "<script>1</script>",
    "style": '<p style="color: red">Red.</p>',
    "elsewhere": '<img alt="A picture" src="http://192.0.2.1/picture.png">',
    "named": '<img alt="A picture" src="http://example.com/picture.png">',
    "missing": '<img alt="A picture" src="/picture.png">',
    "writes": '<script src="/writes.js"></script>',
    "breaks": '<script src="/breaks.js"></script>',
    "complains": '<script src="/complains.js"></script>',
    "asks": '<script src="/asks.js"></script>',
    "no-alt": '<img src="/dot.svg" width="30" height="30">',
    "pale": '<p class="pale">Nobody reads this in the dark.</p>',
    "wide": '<p class="wide">A box that is wider than a phone.</p>',
    "short": f'<div class="short">{_ROW}</div>',
    "low": f'<div class="low">{_ROW * 3}</div>',
    "over": "<h2>A heading</h2><p class='over'><button>On top of the heading</button></p>",
    "small": '<p><button class="small">Small</button></p>',
    "two-h1": "<h1>Another</h1>",
    "blind": '<p><button class="blind">Where am I?</button></p>',
    "away": '<p><button class="away">Far away</button></p>',
    "traps": '<p><button id="trap">Stay</button></p><p><button>Never</button></p>'
    '<script src="/traps.js"></script>',
}


@dataclass
class FaultySite:
    """That site; everybody is the same there."""

    address: str

    def cookie(self, who: str) -> SetCookieParam:
        return {"name": "who", "value": who, "url": self.address}


@contextlib.contextmanager
def faulty_site() -> Iterator[FaultySite]:
    """Serve it."""
    app = FastAPI()

    async def page(request: Request) -> Response:
        text = _BODY.format(main=FAULTS[request.path_params["fault"]])
        return HTMLResponse(text, headers={"content-security-policy": _POLICY})

    async def style(_request: Request) -> Response:
        return Response(_STYLE, media_type="text/css")

    async def script(request: Request) -> Response:
        return Response(_SCRIPTS[request.path_params["name"]], media_type="text/javascript")

    async def dot(_request: Request) -> Response:
        return Response('<svg xmlns="http://www.w3.org/2000/svg"/>', media_type="image/svg+xml")

    async def never(request: Request) -> Response:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response()

    app.add_route("/style.css", style)
    app.add_route("/never", never)
    app.add_route("/dot.svg", dot)
    app.add_route("/picture.png", lambda _request: Response(status_code=404))
    app.add_route("/{name}.js", script)
    app.add_route("/{fault}", page)
    with served(app) as address:
        yield FaultySite(address)
