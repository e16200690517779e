"""Style and script of the dashboard: files beside this one, at addresses that name their bytes."""

from __future__ import annotations

import functools
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import NotFoundError
from weighbridge.server.answers import stored
from weighbridge.server.guard import stored_route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

PATH: Final = "/assets/{name}"
_TYPES: Final = {
    "weighbridge.css": "text/css",
    "weighbridge.svg": "image/svg+xml",
    "weighbridge.js": "text/javascript",
    "proof.js": "text/javascript",
}


@functools.cache
def _bytes(name: str) -> tuple[bytes, str]:
    data = resources.files(__name__).joinpath(name).read_bytes()
    return data, sha256(data).hexdigest()


def address_of(name: str) -> str:
    """Return the address of a file: of other bytes it is another one."""
    return f"/assets/{name}?v={_bytes(name)[1][:16]}"


def asset_routes() -> list[Route]:
    """Make the route of the files."""
    return [stored_route(PATH, _give)]


async def _give(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _TYPES:
        raise NotFoundError("there is no such file")
    data, digest = _bytes(name)
    return stored(request, data, etag=digest, media_type=f"{_TYPES[name]}; charset=utf-8")
