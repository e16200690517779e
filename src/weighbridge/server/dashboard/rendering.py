"""From a document to a page of HTML: one environment of templates, one set of headers.

Whatever a template writes is made visible and escaped; no template switches that off. Style and
script come from this server alone, so that text which got through would still not run.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from starlette.responses import HTMLResponse

from weighbridge.model.wording import human_size, plural
from weighbridge.report.charts_svg import bars_svg, line_svg
from weighbridge.report.visible import visible
from weighbridge.server.dashboard.assets import address_of
from weighbridge.server.dashboard.navigation import GROUPS
from weighbridge.server.dashboard.times import ago, ahead, lasting, moment
from weighbridge.server.signing import login_again

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment
    from markupsafe import Markup

    from weighbridge.server.dashboard.page import Asked, Page

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    # Without a referrer, browsers say `Origin: null` of a form's sender.
    "referrer-policy": "same-origin",
    "vary": "accept",
}


def render(
    page: Page, told: Mapping[str, Any], asked: Asked, *, csrf: str, entered: Mapping[str, Any]
) -> HTMLResponse:
    """Write a page.

    Args:
        page: The page.
        told: Its document.
        asked: Who asks, and for what.
        csrf: What forms of this session carry; empty for who has none.
        entered: The entry a form has just made; empty if none did.
    """
    text = write(
        page.template,
        told=told,
        path=_path(page.path, asked.names),
        query=asked.query,
        tab=page.tab,
        docs=page.docs,
        me=asked.identity,
        logs_in=asked.services.logs_in,
        csrf=csrf,
        now=asked.now,
        entered=entered,
    )
    return HTMLResponse(text, 200, HEADERS)


def write(template: str, **values: Any) -> str:  # noqa: ANN401 - what templates are given
    """Fill a template in; every value is made visible and escaped."""
    return environment().get_template(template).render(values)


@functools.cache
def environment() -> Environment:
    """Make the environment of all templates, once."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - heavy

    from weighbridge.server.dashboard.prose import prose  # noqa: PLC0415 - goes with it

    found = Environment(
        autoescape=True,
        loader=PackageLoader("weighbridge.server.dashboard"),
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals.update(
        asset=address_of,
        bars=picture(bars_svg),
        groups=GROUPS,
        href=href,
        line=picture(line_svg),
        login_again=login_again,
    )
    found.filters.update(
        ago=ago,
        ahead=ahead,
        lasting=lasting,
        moment=moment,
        plural=plural,
        prose=prose,
        short=_short,
        size=human_size,
    )
    return found


def picture(draw: Callable[..., str]) -> Callable[..., Markup]:
    """Let templates draw: what a pure function of `report` makes is markup, and safe by itself."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with the templates

    return lambda *values, **more: Markup(draw(*values, **more))  # noqa: S704 - it escapes


def href(*parts: str | int, **query: str | int) -> str:
    """Write an address of this server: parts of the path and the query, each escaped.

    No part is a dot segment: browsers would take `..` for the path above.
    """
    path = "".join(f"/{quote(str(part), safe='@:')}" for part in parts if part not in {".", ".."})
    given = {name: value for name, value in query.items() if value != ""}
    return (path or "/") + (f"?{urlencode(given)}" if given else "")


def _path(route: str, names: Mapping[str, str]) -> str:
    """Fill names into the path of a route."""
    words: list[str] = []
    for part in route.split("/"):
        name, _, kind = part.strip("{}").partition(":")
        value = names[name] if part.startswith("{") else part
        words += value.split("/") if kind == "path" else [value]
    return href(*(word for word in words if word))


def _seen(value: Any) -> Any:  # noqa: ANN401 - whatever a template writes
    """Show a text on one line, nothing invisible in it; what is markup already stays as it is."""
    return visible(value) if type(value) is str else value


def _short(digest: str) -> str:
    """Shorten a digest to what people compare; its whole is in the title beside it."""
    return digest.removeprefix("sha256:")[:12]
