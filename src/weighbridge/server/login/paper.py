"""Pages of logins: server-made, without script or style."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from jinja2 import Environment

_POLICY: Final = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}", re.ASCII)
HOME: Final = "/"


def page(name: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Make a page from a template; every value is escaped."""
    headers = {
        "content-security-policy": _POLICY,
        "cache-control": "no-store",
        # Without a referrer, browsers say `Origin: null` of a form's sender.
        "referrer-policy": "same-origin",
    }
    return HTMLResponse(_environment().get_template(f"{name}.html").render(values), status, headers)


def local_path(wanted: str) -> str:
    """Return a path of this server to lead on to: what might be another's is not taken."""
    return wanted if _LOCAL.fullmatch(wanted) else HOME


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - heavy

    loader = PackageLoader("weighbridge.server.login", "pages")
    return Environment(autoescape=True, loader=loader, undefined=StrictUndefined)
