"""Help: the docs of this version, as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from weighbridge.model.errors import NotFoundError
from weighbridge.server.answers import VOLATILE
from weighbridge.server.dashboard.guidebook import (
    PICTURES,
    SECTIONS,
    guidebook,
    media_type,
)
from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.guard import stored_route
from weighbridge.usecases.own_docs import FIRST

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from weighbridge.server.dashboard.guidebook import Guidebook
    from weighbridge.server.dashboard.page import Asked


def first(_asked: Asked) -> dict[str, Any]:
    """Tell the page one begins with, and all there are."""
    book = guidebook()
    return {**_told(book, FIRST), "sections": [_section(book, *one) for one in SECTIONS]}


def page(asked: Asked) -> dict[str, Any]:
    """Tell a page of the docs.

    Raises:
        NotFoundError: There is none of that path.
    """
    book, path = guidebook(), asked.names["path"]
    return {**_told(book, path), "sections": []}


def _told(book: Guidebook, path: str) -> dict[str, Any]:
    if path not in book.pages:
        raise NotFoundError("there is no such page in the help", help=["begin at /help"])
    section = path.partition("/")[0]
    return {
        "schemaVersion": 1,
        "path": path,
        "title": book.title(path),
        "section": dict(SECTIONS).get(section, ""),
        "markdown": book.text(path).partition("\n")[2].lstrip("\n"),
    }


def _section(book: Guidebook, folder: str, title: str) -> dict[str, Any]:
    """List the pages of a folder, not those of folders in it."""
    own = [one for one in book.pages if one.rpartition("/")[0] == folder]
    own.sort(key=lambda one: (not one.endswith("/index.md"), one))
    return {
        "title": title,
        "pages": [{"path": one, "title": book.title(one)} for one in own],
    }


def picture_routes() -> list[Route]:
    """Make the route of the pictures."""
    return [stored_route("/help/images/{name}", _give)]


async def _give(request: Request) -> Response:
    name, book = f"{PICTURES}{request.path_params['name']}", guidebook()
    if name not in book.pictures:
        raise NotFoundError("there is no such picture")
    data = await run_in_threadpool(book.pictures[name].read_bytes)
    return Response(data, 200, {"cache-control": VOLATILE}, media_type(name))


_GUIDE, _DOCS = "help.html", "how-to/use-the-dashboard.md"
PARTS = Parts(
    pages=(
        Page(path="/help", template=_GUIDE, view=first, docs=_DOCS, tab="All help"),
        Page(path="/help/{path:path}", template=_GUIDE, view=page, docs=_DOCS, tab="All help"),
    ),
)
